"""A run that is sent beside the screens: one at a time in a cockpit, heard of by whoever shows it, stopped by anybody there."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.core.clock import Clock
from ircockpit.core.errors import CockpitError, defect
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.replay import queries
from ircockpit.features.replay.recording import result_words
from ircockpit.features.replay.sending import Far, send
from ircockpit.features.replay.watching import Watcher
from ircockpit.net.giveup import GiveUp

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

Ended = Callable[[str, CockpitError | None], object]


class Sending:
    """One run on its way. Its thread ends with the process; what it sent is on the disk by then, and it goes on there later."""

    def __init__(self, what: str, clock: Clock) -> None:
        """``what`` is the id of a run, where it is one; ``clock`` the one by which the cockpit says what is due."""
        self.what = what
        self._clock = clock
        self.far: Far | None = None
        self._give_up = GiveUp()

    def stop(self) -> None:
        """Send nothing more, and break off what is under way."""
        self._give_up.now()

    def words(self) -> str:
        """How far it is."""
        far = self.far
        return f"{far.sent} of {far.number} sent, {far.tokens:,} tokens: {far.said}" if far else "beginning"

    def begin(self, home: Path, told: Callable[[], object], ended: Ended) -> None:
        """Send the run."""

        def work(station: "Workstation") -> str:
            row = queries.run(station.view, self.what)
            return result_words(station, send(station, row, give_up=self._give_up, tell=self._heard(told)))

        self._start(home, work, ended)

    def watch(self, home: Path, not_before: dict[str, int], told: Callable[[], object], ended: Ended) -> None:
        """Send the runs of watches that are due."""

        def work(station: "Workstation") -> str:
            said, watcher = [], Watcher(station, not_before)
            while not self._give_up.asked and (row := watcher.next()) is not None:
                done = watcher.send(row, self._give_up, self._heard(told))
                said.append(f"{row.short}: {done.error.what}" if done.error else "")
                said.append(result_words(station, done.run) if done.run else "")
            return " ".join(each for each in said if each)

        self._start(home, work, ended)

    def _heard(self, told: Callable[[], object]) -> Callable[[Far], None]:
        def heard(far: Far) -> None:
            self.far = far
            told()

        return heard

    def _start(self, home: Path, work: Callable[["Workstation"], str], ended: Ended) -> None:
        def run() -> None:
            try:
                with open_workstation(home, clock=self._clock, beside=True) as station:
                    said = work(station)
            except CockpitError as error:
                ended("", error)
            except Exception as error:  # the thread must report, whatever happened
                ended("", defect(error))
            else:
                ended(said, None)

        threading.Thread(target=run, name="replay", daemon=True).start()
