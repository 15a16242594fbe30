"""The cockpit, waiting for ever behind a terminal that takes no more of what it has to write."""

import threading

from ircockpit.__main__ import main
from ircockpit.screens.app import CockpitApp


def wait(self: CockpitApp) -> None:
    """What writing to a full terminal comes to."""
    threading.Event().wait()


if __name__ == "__main__":
    CockpitApp._watch = wait  # type: ignore[method-assign]
    main()
