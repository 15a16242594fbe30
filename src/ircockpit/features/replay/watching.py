"""The watch period: a run repeated on a schedule, while a cockpit or ``ircockpit replay watch`` runs here and never else."""

from collections.abc import Callable
from typing import NamedTuple

from ircockpit.core.errors import BadInput, CockpitError, RefusedError
from ircockpit.features.replay.events import AGAIN, BEFORE, EARLY, ENDED, ON, PLANNED, RUNNING
from ircockpit.features.replay.journal import Journal
from ircockpit.features.replay.planning import plan_again
from ircockpit.features.replay.queries import RunRow, WatchRow, run, runs, watch, watches
from ircockpit.features.replay.rules import LEAST_MINUTES, MOST_MINUTES
from ircockpit.features.replay.sending import CANCELLED, Far, send
from ircockpit.features.replay.target import place_of
from ircockpit.net.giveup import GiveUp
from ircockpit.store.workstation import Draft, Workstation

RETRY_S = 300.0
"""Seconds after which a run that could not be sent is tried again."""
NOWHERE = "nothing is sent while neither a cockpit nor ircockpit replay watch runs on this device"


class Done(NamedTuple):
    """What became of one due run."""

    watch: WatchRow
    run: RunRow | None
    error: CockpitError | None


def begin(station: Workstation, row: RunRow, minutes: int, days: int) -> WatchRow:
    """Repeat a run every so many minutes for so many days, from this device. Raises with nothing recorded."""
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES or not 1 <= days <= 365:
        raise BadInput(
            f"a run is repeated every {LEAST_MINUTES} minutes to {MOST_MINUTES // 1440} days, for 1 to 365 days",
            safe="nothing was recorded", fix="for example: --every 6h --days 14",
        )  # fmt: skip
    if not row.counts.sent:
        raise RefusedError(
            f"{row.short} has not been sent yet: what is repeated has to have run once", safe="nothing was recorded",
            fix=f"ircockpit replay run {row.short}",
        )  # fmt: skip
    if row.phase == BEFORE or row.phase == AGAIN:
        raise RefusedError(
            f"{row.short} is no run after a containment or a mend", safe="nothing was recorded",
            fix=f"ircockpit replay after {row.before or row.ident}",
        )  # fmt: skip
    for each in watches(station.view, row.incident):
        if each.run == row.ident and each.state == ON:
            raise RefusedError(
                f"{each.short} repeats it already",
                safe="nothing was recorded",
                fix=f"ircockpit replay end {each.short}",
            )
    ident = station.new_id(row.stream)
    until = station.clock.wall_us() + days * 86_400_000_000
    facts = {"incident": row.incident, "run": row.ident, "minutes": minutes, "until": until, "state": ON}
    station.append([Draft(row.stream, "watch.begun", ident, (facts,))])
    return watch(station.view, ident)


def end(station: Workstation, row: WatchRow, why: str) -> None:
    """End a watch."""
    if row.state != ON:
        raise RefusedError(f"{row.short} has ended already", safe="nothing was changed")
    station.append([station.set_field(row.stream, "watch.set", row.ident, "state", ENDED, why=why)])


def due(station: Workstation) -> list[WatchRow]:
    """The watches of this device that are to be sent now, the one that waits longest first."""
    now = station.clock.wall_us()
    found = [
        each for each in watches(station.view) if each.device == station.identity.device and each.is_due(now)
    ]
    return sorted(found, key=lambda each: each.due_us)


def repeat(
    station: Workstation, row: WatchRow, give_up: GiveUp, tell: Callable[[Far], object] = lambda _: None
) -> RunRow:
    """Send the due run of a watch; one that was cut off is finished first. Raises what sending raises."""
    with Journal(station, row.ident).ours():
        station.refresh()
        row = watch(station.view, row.ident)
        own = station.identity.device  # what others say is part of it they cannot have sent for it
        mine = [
            each for each in runs(station.view, row.incident) if (each.watch, each.device) == (row.ident, own)
        ]
        half = mine[-1] if mine and _is_half(mine[-1]) and _leads_there(station, mine[-1]) else None
        if half is None and not row.is_due(station.clock.wall_us()):
            return mine[-1] if mine else run(station.view, row.run)  # another window was quicker
        return send(
            station, half or plan_again(station, run(station.view, row.run), row), give_up=give_up, tell=tell
        )


def _is_half(row: RunRow) -> bool:
    """Whether a run can go on: one that spent its tokens cannot."""
    return row.state in (PLANNED, RUNNING) or (row.state == EARLY and row.why == CANCELLED)


def _leads_there(station: Workstation, row: RunRow) -> bool:
    """Whether a run that was cut off still goes to where it was planned to; else another one is planned."""
    return place_of(station, row.system, row.target, row.terms, row.control).url == row.url


class Watcher:
    """Sends what is due, one run after the other; what cannot be sent now is tried again later."""

    def __init__(self, station: Workstation, not_before: dict[str, int] | None = None) -> None:
        """``not_before`` remembers over several of these when a watch is tried again."""
        self._station = station
        self._not_before = {} if not_before is None else not_before

    def next(self) -> WatchRow | None:
        """The watch that is to be sent now; those whose time is over are ended on the way."""
        now = self._station.clock.wall_us()
        for each in watches(self._station.view):
            if each.device == self._station.identity.device and each.is_over(now):
                end(self._station, each, "its time is over")
        most = now + int(RETRY_S * 1e6)  # a clock that went back makes nobody wait longer than that
        waits = (each for each in due(self._station) if not now < self._not_before.get(each.ident, 0) <= most)
        return next(waits, None)

    def send(self, row: WatchRow, give_up: GiveUp, tell: Callable[[Far], object] = lambda _: None) -> Done:
        """Send it and say what became of it; never raises for what may go wrong outside."""
        try:
            return Done(row, repeat(self._station, row, give_up, tell), None)
        except CockpitError as error:
            self._not_before[row.ident] = self._station.clock.wall_us() + int(RETRY_S * 1e6)
            return Done(row, None, error)
