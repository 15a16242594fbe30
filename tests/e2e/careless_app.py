"""Controls for words that are lifted for seconds: a cockpit that never blurs them again, or paints at every repeat."""

import sys

from ircockpit.__main__ import main
from ircockpit.screens.revealed import Revealed

_lift = Revealed._lift


def paint_often(self: Revealed, wanted: list[int]) -> None:
    """Lift, and paint the whole page though nothing on it has changed."""
    _lift(self, wanted)
    self.refresh()


def never(self: Revealed) -> None:
    """Forget that time is over."""


if __name__ == "__main__":
    if sys.argv.pop() == "often":
        Revealed._lift = paint_often  # type: ignore[method-assign]
    else:
        Revealed._look_at_time = never  # type: ignore[method-assign]
    main()
