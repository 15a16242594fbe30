"""What readiness asks of the outside, in one daemon thread with a workstation of its own; the screen only hears of it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ircockpit.core.errors import CockpitError, defect
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.readiness import proving
from ircockpit.features.readiness.looking import look
from ircockpit.features.readiness.proving import Planned
from ircockpit.features.readiness.queries import readiness
from ircockpit.net.giveup import GiveUp
from ircockpit.render.glyphs import counted

if TYPE_CHECKING:
    from ircockpit.core.clock import Clock
    from ircockpit.store.workstation import Workstation

Told = Callable[[str], None]
Ended = Callable[[Any], object]


class Asking:
    """One look, plan or proof at a time in a cockpit."""

    def __init__(self, home: Path, clock: "Clock", told: Told, ended: Ended) -> None:
        """``told`` hears how far it is, ``ended`` what came of it: words, a plan, or the failure."""
        self._home, self._clock, self._told, self._ended = home, clock, told, ended
        self._give_up = GiveUp()
        self.sends = False
        """Whether what is under way changes something outside: then it runs to its end, for it is taken back."""

    def stop(self) -> None:
        """Break off what only reads."""
        if not self.sends:
            self._give_up.now()

    def look(self) -> None:
        """Try every secret and ask every control, read-only."""

        def work(station: "Workstation") -> str:
            found = look(station, [each.system for each in readiness(station)], self._give_up, self._told)
            stopped = "stopped after " if self._give_up.asked else ""
            return f"{stopped}looked at {counted(found, 'thing')}, read-only"

        self._start(work)

    def plan(self, system: str, control: str, hours: int) -> None:
        """What a proof would send."""

        def work(station: "Workstation") -> tuple[Planned, int]:
            [stands] = readiness(station, [system])
            planned = proving.plan(station, stands.system, control, self._give_up)
            if hours:
                proving.refuse_unscheduled(planned)
            return planned, hours

        self._start(work)

    def prove(self, planned: Planned) -> None:
        """There and back, by the very requests that were shown."""
        self.sends = True

        def work(station: "Workstation") -> proving.Done:
            return proving.prove(
                station,
                planned.system,
                planned.control,
                planned.plan.bound,
                self._told,
                exact=True,
                how="by hand",
                armed=True,
            )

        self._start(work)

    def _start(self, work: Callable[["Workstation"], Any]) -> None:
        def run() -> None:
            outcome: Any
            try:
                with open_workstation(self._home, clock=self._clock, beside=True) as station:
                    outcome = work(station)
            except CockpitError as error:
                outcome = error
            except Exception as error:  # the thread must report, whatever happened
                outcome = defect(error)
            self._ended(outcome)

        threading.Thread(target=run, name="readiness", daemon=True).start()
