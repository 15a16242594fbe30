"""What reaches the network runs here, in daemon threads with a workstation of their own; screens only hear of it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ircockpit.core.errors import CockpitError, defect
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.containment import chaining, lifting, looking, queries, stopping
from ircockpit.features.containment.approvals import check_people
from ircockpit.features.containment.journalling import Tell
from ircockpit.features.containment.offers import Offer
from ircockpit.features.containment.preserving import Preserving
from ircockpit.features.containment.stopping import Prepared
from ircockpit.features.incidents.queries import incidents
from ircockpit.render.glyphs import duration
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.chaining import Chain
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.recipes import Recipe
    from ircockpit.features.containment.verdicts import Ground
    from ircockpit.net.giveup import GiveUp

T = TypeVar("T")
Ended = Callable[[str, CockpitError | None], None]


class Beside:
    """Starts the slow halves of containment; each call returns at once.

    None of them waits for a view that has to be made anew: the screen sees to that (screens.remaking).
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._preserving: Preserving | None = None

    def prepare(
        self,
        offer: Offer,
        give_up: "GiveUp",
        done: Callable[[Prepared | CockpitError], object],
        *,
        anew: bool = False,
    ) -> None:
        """Read, probe and plan a control, until it is given up; a plan of it that waits is made again, to be sent."""

        def plan(station: Workstation) -> Prepared:
            waits = None if anew else stopping.to_send(station, offer)
            if waits is not None:
                return stopping.prepare_proposed(station, waits, give_up)
            return stopping.prepare(station, offer, give_up)

        self._plan(plan, done)

    def preserve(self, incident: str) -> None:
        """Begin to keep what the system's record names, where nobody is at it here already."""
        if self._preserving is None or self._preserving.wait(0):
            self._preserving = Preserving(lambda: open_workstation(self._home, beside=True), incident)

    def execute(self, incident: str, prepared: Prepared, tell: Tell, ended: Ended) -> None:
        """Approve, send and prove."""

        def work() -> None:
            with open_workstation(self._home, beside=True) as station:
                row = incidents(station.view, [incident])[0]
                action = stopping.approve(station, row, prepared, prepared.glass or "stop first")
                if prepared.waits:
                    short = queries.action(station.view, action).short
                    ended(
                        f"proposed as {short}: nothing was sent; a colleague approves it, then its digit sends",
                        None,
                    )
                    return
                outcome = stopping.execute(station, row, prepared, action, tell)
                took = f" after {duration(outcome.since_us // 1000)}" if outcome.since_us is not None else ""
                why = f": {outcome.reason}" if outcome.reason else ""
                ended(f"{prepared.offer.title} {outcome.state.value}{took}{why}", None)

        _start(lambda: _told(work, ended), "contain")

    def plan_chain(
        self,
        incident: str,
        recipe: "Recipe",
        give_up: "GiveUp",
        done: "Callable[[Chain | CockpitError], object]",
    ) -> None:
        """Plan all steps of a recipe, until it is given up."""

        def plan(station: Workstation) -> "Chain":
            row = incidents(station.view, [incident])[0]
            return chaining.plan_chain(station, row, recipe, give_up=give_up)

        self._plan(plan, done)

    def run_chain(self, chain: "Chain", tell: Tell, ended: Ended) -> None:
        """Send and verify its steps, one after the other."""

        def work() -> None:
            with open_workstation(self._home, beside=True) as station:
                ended(chaining.run_chain(station, chain, "stop first", tell).said, None)

        _start(lambda: _told(work, ended), "contain")

    def check(self, action: str, tell: Tell, ended: Ended) -> None:
        """Read back and probe once, or finish what was cut off."""

        def work() -> None:
            with open_workstation(self._home, beside=True) as station:
                ended(looking.look_again(station, queries.action(station.view, action), tell), None)

        _start(lambda: _told(work, ended), "check")

    def plan_back(
        self, action: str, give_up: "GiveUp", done: "Callable[[Plan | CockpitError], object]"
    ) -> None:
        """Plan the way back, until it is given up."""

        def plan(station: Workstation) -> "Plan":
            row, waits = queries.action(station.view, action), lifting.lift_to_send(station, action)
            if waits is not None:
                check_people(station, row.stream, row.ident, waits.plan, waits.people)
            return lifting.plan_back(station, row, give_up, waits)

        self._plan(plan, done)

    def revert(
        self, action: str, plan: "Plan", rests_on: "Ground", then: str, tell: Tell, ended: Ended
    ) -> None:
        """Send the way back and prove that users are served again; ``then`` says what comes after that."""

        def work() -> None:
            with open_workstation(self._home, beside=True) as station:
                row = queries.action(station.view, action)
                waits = stopping.people_for(plan, row) > 1 and lifting.lift_to_send(station, action) is None
                if waits:
                    lifting.propose_back(
                        station,
                        row,
                        plan,
                        rests_on.reason,
                        verdict=rests_on.cites,
                        despite=rests_on.despite,
                        route=rests_on.route,
                    )
                    ended(
                        f"lifting {row.short} is proposed: nothing was sent; a colleague approves it first",
                        None,
                    )
                    return
                outcome = lifting.revert(
                    station,
                    row,
                    plan,
                    rests_on.reason,
                    tell,
                    verdict=rests_on.cites,
                    despite=rests_on.despite,
                    route=rests_on.route,
                )
                why = (
                    f": {outcome.reason}"
                    if outcome.reason
                    else then
                    if outcome.state.value == "reverted"
                    else ""
                )
                ended(f"{row.title} {outcome.state.value}{why}", None)

        _start(lambda: _told(work, ended), "lift")

    def _plan(self, plan: Callable[[Workstation], T], done: Callable[[T | CockpitError], object]) -> None:
        """Make a plan in a thread; what stands in its way is handed over in its place."""

        def work() -> None:
            outcome: T | CockpitError
            try:
                with open_workstation(self._home, beside=True) as station:
                    outcome = plan(station)
            except CockpitError as error:
                outcome = error
            except Exception as error:  # the thread must report, whatever happened
                outcome = defect(error)
            done(outcome)

        _start(work, "plan")


def _told(work: Callable[[], None], ended: Ended) -> None:
    try:
        work()
    except CockpitError as error:
        ended("", error)
    except Exception as error:  # the thread must report, whatever happened
        ended("", defect(error))


def _start(work: Callable[[], None], name: str) -> None:
    # Daemon threads: a target that hangs must not keep the program from ending; the record says how far it came.
    threading.Thread(target=work, name=name, daemon=True).start()
