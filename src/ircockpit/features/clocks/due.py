"""What the clocks of several incidents ask for in safe words: for whoever takes over, and for alarms."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.features.clocks.alarms import alarms
from ircockpit.features.clocks.boards import board
from ircockpit.features.clocks.pages import left
from ircockpit.features.clocks.queries import Due
from ircockpit.features.clocks.standing import Standing, State
from ircockpit.features.incidents.queries import IncidentRow, incidents
from ircockpit.store import typed

if TYPE_CHECKING:
    from pathlib import Path

    from ircockpit.store.view import State as ViewState
    from ircockpit.store.workstation import Workstation

_TIMED = frozenset({State.OVERDUE, State.RUNNING, State.TOLLED, State.COUNSEL, State.WAITING})
_RUNNING = frozenset({State.OVERDUE, State.RUNNING})
HEARD = "alarms"
"""The file of the profile that holds which alarms were said here."""
_AT_ONCE = 4
"""Incidents that are looked at between two keys."""


def due_of(station: "Workstation", row: IncidentRow) -> tuple[tuple[Due, ...], int]:
    """The clocks of an incident that have a time or wait for an event, and how many duties are not decided."""
    found = board(station, row).standings
    timed = tuple(
        Due(each.clock.id, each.state.value, each.due_us, each.at_once_us is not None)
        for each in found
        if each.state in _TIMED
    )
    return timed, sum(each.state is State.UNSURE for each in found)


def with_events(station: "Workstation") -> list[str]:
    """Incidents, closed ones too, in which an event was recorded that clocks count from: no other one can run out."""
    rows = station.view.rows(
        "SELECT DISTINCT incident FROM anchor UNION SELECT DISTINCT incident FROM filing"
    )
    return [str(ident) for (ident,) in rows]


def running(found: Iterable[Standing]) -> list[Standing]:
    """Those that run or are overdue."""
    return [each for each in found if each.state in _RUNNING]


class _Ring(NamedTuple):
    at_us: int
    key: str
    percent: int
    short: str
    standing: Standing


class Bell:
    """Says each alarm once on this device, whatever it is restarted for."""

    def __init__(self, station: "Workstation") -> None:
        self._station = station
        self._file: Path = station.profile.folder / HEARD
        self._heard: set[str] = set(typed.lines(self._file))
        self._seen: ViewState | None = None
        self._left: list[str] = []
        """Incidents that are still to be looked at since the view has changed."""
        self._ahead: dict[str, list[_Ring]] = {}

    def look(self, most: int = _AT_ONCE) -> bool:
        """Look at the clocks of a few incidents; whether there are more to look at, between two keys."""
        view = self._station.view
        state = view.state
        if state != self._seen and not self._left:
            self._seen, self._left = state, with_events(self._station)
            self._ahead = {ident: self._ahead.get(ident, []) for ident in self._left}
        chosen, self._left = self._left[:most], self._left[most:]
        for row in incidents(view, chosen):
            self._ahead[row.ident] = [
                _Ring(
                    alarm.at_us,
                    f"{row.ident} {each.clock.id} {each.due_us} {alarm.percent}",
                    alarm.percent,
                    row.short,
                    each,
                )
                for each in running(board(self._station, row).standings)
                for alarm in alarms(each)
            ]
        return bool(self._left)

    def ring(self) -> str:
        """The most urgent alarm that is due and was not said yet, in one sentence; it is said now. Else empty."""
        now = self._station.clock.wall_us()
        due = [
            each
            for rings in self._ahead.values()
            for each in rings
            if each.at_us <= now and each.key not in self._heard
        ]
        if not due:
            return ""
        last = max(due, key=lambda each: (each.percent, -(each.standing.due_us or 0)))
        # Of one clock the latest alarm says it all.
        for each in due:
            if each.short == last.short and each.standing.clock.id == last.standing.clock.id:
                self._heard.add(each.key)
                typed.add(self._file, each.key)
        gone = "its time is over" if last.percent >= 100 else f"{last.percent} % of its time is gone"
        return f"{last.short} {last.standing.clock.id}: {gone}, {left(last.standing, now)}"
