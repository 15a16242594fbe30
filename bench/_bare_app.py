"""The baseline: the least app Textual can be, one line of text on an otherwise empty screen."""

from textual.app import App, ComposeResult
from textual.widgets import Static

READY = "bare app ready"


class Bare(App[None]):
    """One Static."""

    def compose(self) -> ComposeResult:
        yield Static(READY)

    def on_key(self) -> None:
        self.exit()


if __name__ == "__main__":
    Bare().run(mouse=False)
