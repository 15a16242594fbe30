"""Looking again and again at the controls that this device switched on, while they are in force; targets are only read."""

import random
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import CockpitError, ConflictError, defect
from ircockpit.core.stated import moment_us
from ircockpit.features.containment.inhand import kept_file
from ircockpit.features.containment.looking import FOLLOWED, WAITING, Glance, glance, keep, look
from ircockpit.features.containment.queries import ENGAGED, RUNNING, ActionRow, action, watched
from ircockpit.net.giveup import GiveUp
from ircockpit.store.locks import held_now

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ircockpit.store.workstation import Workstation

LANES = 2
"""Looks at once at most: a look costs processor time, and somebody is typing."""
BETWEEN_S = 0.2
"""At least between the beginnings of two looks."""
JITTER = 0.25
"""Part of the interval by which a look may come earlier or later, so that many do not come at once."""
SILENT = 3
"""Looks in a row without an answer before that is put on record."""


class News(NamedTuple):
    """Something that somebody at the screen should know."""

    action: str
    said: str
    """One sentence in words of the program alone: it may come up on a page that is read over a shoulder."""


class _Seen(NamedTuple):
    word: str
    silent: int


class _Look:
    """One look in a daemon thread: a target that hangs must not keep the program from ending."""

    def __init__(self, look: Callable[[], Glance]) -> None:
        self.found: Glance | None = None
        self._look = look
        threading.Thread(target=self._run, name="look", daemon=True).start()

    def _run(self) -> None:
        try:
            self.found = self._look()
        except CockpitError as error:  # somebody else is at it, or its target is not accepted any more
            self.found = Glance("unknown", error.what, None, read=False, failure=error)
        except Exception as error:  # the thread must report, whatever happened
            told = defect(error)
            self.found = Glance("unknown", told.what, None, read=False, failure=told)


class Monitor:
    """One thread and a few readers beside a cockpit; everything it finds goes on record only where it changed.

    Only the device that switched a control on looks at it, since only there it is known how it was left: a team has
    one at a time without a word between its devices. Two windows of one device share a lock.
    """

    def __init__(
        self,
        open_station: "Callable[[], AbstractContextManager[Workstation]]",
        every_s: float,
        tell: Callable[[News], object],
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._open, self._every_s, self._tell, self._chance = open_station, every_s, tell, chance
        self._give_up = GiveUp()
        self._due_us: dict[str, int] = {}
        self._seen: dict[str, _Seen] = {}
        self._reminded: set[tuple[str, str]] = set()
        self._under_way: dict[str, _Look] = {}
        self.looks = 0
        """How many have ended."""
        self.running = False

    def start(self) -> None:
        """Begin; nothing waits for it, and the program's end does not."""
        self.running = True
        threading.Thread(target=self._run, name="monitor", daemon=True).start()

    def stop(self) -> None:
        """Begin no further look, and break those off that are under way."""
        self._give_up.now()

    def _run(self) -> None:
        try:
            with self._open() as station, held_now(station.profile.snapshots / "monitor.lock") as ours:
                while ours and not self._give_up.asked:
                    self._round(station)
                    self._give_up.wait(BETWEEN_S if self._under_way or self._is_due(station) else 1.0)
        except CockpitError:
            return  # a view in the making, a disk that is full: the cockpit begins it anew
        finally:
            self.running = False

    def _is_due(self, station: "Workstation") -> bool:
        now = station.clock.mono_us()
        return any(due <= now for due in self._due_us.values())

    def _round(self, station: "Workstation") -> None:
        """Take in what has ended, begin at most one look more, and remind of what is past its time."""
        station.refresh()
        rows = {row.ident: row for row in watched(station.view)}
        self._remind(station, rows.values())
        for ident, begun in list(self._under_way.items()):
            if begun.found is not None:
                del self._under_way[ident]
                self._take(station, rows.get(ident), begun.found)
        mine = [row for row in rows.values() if kept_file(station, row.ident, "before").exists()]
        now = station.clock.mono_us()
        self._due_us = {row.ident: self._due_us.get(row.ident) or self._next(now, first=True) for row in mine}
        if len(self._under_way) >= LANES:
            return
        for row in sorted(mine, key=lambda each: self._due_us[each.ident]):
            if self._due_us[row.ident] <= now and row.ident not in self._under_way:
                self._due_us[row.ident] = self._next(now)
                self._begin(station, row)
                return

    def _next(self, now_us: int, *, first: bool = False) -> int:
        # The first look comes anywhere within one interval, so that those of one night do not march in step.
        part = self._chance() if first else 1 + JITTER * (2 * self._chance() - 1)
        return now_us + int(self._every_s * part * 1e6)

    def _begin(self, station: "Workstation", row: ActionRow) -> None:
        try:
            look = glance(station, row, self._give_up)
        except CockpitError:
            return  # its target is not accepted any more, or what was kept is gone: a look by hand says so
        self._under_way[row.ident] = _Look(look)

    def _finish(self, ident: str) -> Glance:
        """Read back and probe what has followed late, with every step on record; nothing is sent."""
        with self._open() as station:
            station.refresh()
            try:
                found = look(station, action(station.view, ident), lambda _: None)
            except ConflictError as error:  # a person is at it: they see what it comes to
                return Glance(WAITING, error.what, None, read=False, failure=None)
            short = action(station.view, ident).short
        said = f"{short} took effect late: it is {found.word} now"
        return Glance("finished", said, None, read=True, failure=found.failure)

    def _take(self, station: "Workstation", row: ActionRow | None, seen: Glance) -> None:
        self.looks += 1
        if row is not None and seen.word == "finished":
            self._tell(News(row.ident, seen.said))
        if row is None or row.state in RUNNING or self._give_up.asked or seen.word in ("finished", WAITING):
            return
        if seen.word == FOLLOWED:
            self._under_way[row.ident] = _Look(lambda: self._finish(row.ident))
            return
        before = self._seen.get(row.ident, _Seen(_word(row.state), 0))
        silent = before.silent + 1 if seen.word == "unknown" else 0
        if seen.word == "unknown":
            self._seen[row.ident] = before._replace(silent=silent)
            if silent == SILENT:
                keep(station, row, seen, settled=())
                self._tell(News(row.ident, f"{row.short} cannot be looked at: its target does not answer"))
            return
        self._seen[row.ident] = _Seen(seen.word, 0)
        if seen.word != before.word or before.silent >= SILENT:
            keep(station, row, seen, settled=ENGAGED)
        if seen.word == "drifted" != before.word:
            from ircockpit.features.containment.engine.states import NOT_AS_LEFT

            self._tell(News(row.ident, f"{row.short} {NOT_AS_LEFT}"))
        elif seen.word == "engaged" != before.word:
            self._tell(News(row.ident, f"{row.short} reads as it was left again"))

    def _remind(self, station: "Workstation", rows: Iterable[ActionRow]) -> None:
        now = station.clock.wall_us()
        for row in rows:
            ends = moment_us(row.expires)
            if ends and ends <= now and (row.ident, row.expires) not in self._reminded:
                self._reminded.add((row.ident, row.expires))
                self._tell(News(row.ident, f"{row.short} is past its time and still {row.state}"))


def _word(state: str) -> str:
    return "drifted" if state == "drifted" else "engaged"
