"""A control for the budget of idle bytes: an app whose indicator never comes to rest."""

from textual.app import App, ComposeResult
from textual.widgets import LoadingIndicator


class Restless(App[None]):
    """One LoadingIndicator."""

    def compose(self) -> ComposeResult:
        yield LoadingIndicator()


if __name__ == "__main__":
    Restless().run(mouse=False)
