"""What the clocks of several incidents ask for in safe words: for whoever takes over, and for alarms."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.features.clocks.alarms import alarms
from ircockpit.features.clocks.pages import left
from ircockpit.features.clocks.queries import board
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
_PAUSE_US = 10_000_000
"""Microseconds between two looks at all clocks, however much happens meanwhile."""


class Due(NamedTuple):
    """One clock, named by nothing but its file's own short name."""

    clock: str
    state: str
    at_us: int | None
    at_once: bool

    def late(self, now_us: int) -> bool:
        """Whether its target is over."""
        return self.at_us is not None and self.at_us < now_us


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
        self._heard: set[str] | None = None
        self._seen: ViewState | None = None
        self._looked_us = 0
        self._ahead: list[_Ring] = []

    def ring(self) -> str:
        """The most urgent alarm that is due and was not said yet, in one sentence; it is said now. Else empty."""
        now = self._station.clock.wall_us()
        self._look(now)
        if self._heard is None:
            self._heard = set(typed.lines(self._file))
        due = [each for each in self._ahead if each.at_us <= now and each.key not in self._heard]
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

    def _look(self, now_us: int) -> None:
        state = self._station.view.state
        if state == self._seen or abs(now_us - self._looked_us) < _PAUSE_US:
            return
        self._seen, self._looked_us = state, now_us
        self._ahead = [
            _Ring(
                alarm.at_us,
                f"{row.ident} {each.clock.id} {each.due_us} {alarm.percent}",
                alarm.percent,
                row.short,
                each,
            )
            for row in incidents(self._station.view, with_events(self._station))
            for each in running(board(self._station, row).standings)
            for alarm in alarms(each)
        ]
