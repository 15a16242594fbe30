"""Where one can be in the cockpit and come back to, and the way one came."""

from typing import NamedTuple

LONGEST = 200
"""Places that are remembered; the oldest are forgotten first."""


class Place(NamedTuple):
    """Something that can be opened again: the queue, sync, the settings, or a tab of an incident."""

    name: str
    ident: str = ""
    """The incident, for a tab."""


class History:
    """The places one was in, in order, and where among them one is now."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1
        self._going: int | None = None
        """Where among them somebody has asked to be, until they are."""
        self.last: Place | None = None
        """The place before this one, whichever way one came."""

    @property
    def here(self) -> Place | None:
        """The place that was come to last."""
        return self._places[self._at] if self._places else None

    def visit(self, place: Place) -> None:
        """Somebody is there now; unless they went back or on, what lay ahead of the place they left is forgotten."""
        going, self._going = self._going, None
        if going is not None and self._places[going] == place:
            self.last, self._at = self.here, going
            return
        if place == self.here:
            return
        self.last = self.here
        self._places = [*self._places[: self._at + 1], place][-LONGEST:]
        self._at = len(self._places) - 1

    def step(self, by: int) -> Place | None:
        """Where one comes by going back (-1) or on (1), ``None`` where there is nothing; :meth:`visit` says that one came."""
        at = self._at + by
        if not 0 <= at < len(self._places):
            return None
        self._going = at
        return self._places[at]
