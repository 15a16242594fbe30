"""A connector tried on a real target: each action there and back, twice, and what that proved, kept by its hash."""

import json
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import CockpitError, RefusedError, StoreError
from ircockpit.features.containment.inhand import kept_file
from ircockpit.features.containment.journalling import own_words
from ircockpit.features.containment.rules import FAILED, NOT_TRIED, STUCK, VERIFIED, Badge, Tried
from ircockpit.store.profile import write_file
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.connector import Connector
    from ircockpit.features.containment.engine.journal import Outcome, Step
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.engine.probe import Proof, Sample
    from ircockpit.features.containment.engine.target import Target
    from ircockpit.features.containment.engine.transport import Transport

ROUNDS = 2
"""Times each action goes there and back: the second shows that the first left nothing behind."""
APPROVED_US = 10 * 60 * 1_000_000


class Ready(NamedTuple):
    """An action that can be tried now, and exactly what that sends first."""

    action: str
    plan: "Plan"
    proof: "Proof | None"
    """``None`` where a trial that was cut off is to be taken back."""


class Trial:
    """Tries the actions of one connector on one target."""

    def __init__(
        self,
        station: Workstation,
        connector: "Connector",
        target: "Target",
        transport: "Transport",
        tell: Callable[[str], None],
        *,
        rounds: int = ROUNDS,
        name: str = "",
        may_return: Callable[[], None] = lambda: None,
    ) -> None:
        """``name`` is what the way back is kept under, where that is not the connector's own trial of the action.

        ``may_return`` is asked right before anything is taken back, and raises where somebody needs it on by now.
        """
        from ircockpit.features.containment.engine.run import Runner

        self._station, self._connector, self._target = station, connector, target
        self._transport, self._tell = transport, tell
        self._rounds, self._name, self._may_return = rounds, name, may_return
        self._journal = _Journal(station, tell)
        event = threading.Event()  # never set: what was sent is taken back, too
        self._runner: Runner = Runner(
            transport, station.clock, event.wait, self._journal, event.is_set, station.identity.device
        )

    def prepare(self, action: str, params: Mapping[str, Any]) -> Ready | Tried:
        """Read, prove and plan; or why this action is not to be tried now. Sends nothing that changes anything."""
        from ircockpit.features.containment.engine.measure import bind

        self._begin(action)
        try:
            if self._journal.left_over():
                return Ready(action, self._back(self._journal.restored(self._target)), None)
            measure = self._runner.resolve(bind(self._connector, action, params, self._target))
            return self._planned(action, measure)
        except CockpitError as error:
            return Tried(action, NOT_TRIED, error.in_one(), unready=True)

    def run(self, ready: Ready) -> Tried:
        """There and back, so many times; where it cannot be taken back, that is said before all else.

        Who leaves meanwhile has it taken back first; who leaves that, too, finds the way back at the next trial.
        """
        try:
            return self._run(ready)
        except KeyboardInterrupt:
            if self._journal.left_over() and ready.proof is not None:
                self._tell("taking it back before leaving")
                with suppress(CockpitError):  # it is kept, and said where that is asked
                    self._taken_back(self._back(self._journal.restored(self._target)), [])
            raise

    def _run(self, ready: Ready) -> Tried:
        from ircockpit.features.containment.engine.states import State

        self._begin(ready.action)
        course: list[str] = []
        if ready.proof is None:
            try:
                outcome = self._taken_back(ready.plan, course)
            except CockpitError as error:
                return Tried(ready.action, STUCK, error.in_one(), tuple(course))
            if outcome.state is not State.REVERTED:
                return self._stuck(ready.action, outcome, course)
            return Tried(
                ready.action, NOT_TRIED, "a trial that was cut off was taken back; try again", tuple(course)
            )
        plan, proof = ready.plan, ready.proof
        for number in range(self._rounds):
            if number:
                again = self._planned(ready.action, plan.measure)
                if isinstance(again, Tried):
                    return again._replace(word=FAILED, course=tuple(course))
                assert again.proof is not None  # noqa: S101 - planned here
                plan, proof = again.plan, again.proof
            there = self._runner.apply(plan, proof, plan.hash)
            course += [there.state.value]
            if there.since_us is None:
                self._journal.forget()  # nothing was sent, so there is nothing to take back
                return Tried(ready.action, FAILED, there.reason, tuple(course))
            try:
                back = self._taken_back(self._back(plan, there), course)
            except CockpitError as error:
                return Tried(ready.action, STUCK, error.in_one(), tuple(course))
            if back.state is not State.REVERTED:
                return self._stuck(ready.action, back, course)
            if there.state is not State.EFFECTIVE:
                return Tried(ready.action, FAILED, there.reason, tuple(course))
        times = f", {self._rounds} times" if self._rounds > 1 else ""
        return Tried(ready.action, VERIFIED, f"effective and back{times}", tuple(course))

    def version(self) -> str:
        """What the server calls its version, empty where the connector has no question or there is no answer."""
        from ircockpit.features.containment.engine.resolving import server_version

        return server_version(self._transport, self._connector, self._target)

    def _begin(self, action: str) -> None:
        self._journal.begin(self._name or _ident(self._connector.id, action))

    def _planned(self, action: str, measure: Any) -> Ready | Tried:
        from ircockpit.features.containment.engine.plan import make_plan

        spec = measure.action
        if not spec.reversible:
            return Tried(action, NOT_TRIED, "it cannot be taken back")
        if spec.approval == "two-person":
            return Tried(action, NOT_TRIED, "it needs two people, so nobody tries it alone")
        reading = self._runner.read(measure)
        if reading.contained:
            return Tried(action, NOT_TRIED, "it is on already: somebody needs it now")
        proof = self._runner.prove(measure)
        if not proof.could_fail:
            return Tried(action, NOT_TRIED, f"it would prove nothing: {proof.reason}", unready=True)
        plan = make_plan(measure, reading, **self._about(), made_us=self._station.clock.wall_us())
        return Ready(action, plan, proof)

    def _back(self, plan: "Plan", outcome: "Outcome | None" = None) -> "Plan":
        from ircockpit.features.containment.engine.plan import Observed, make_revert

        left = self._journal.left
        observed = Observed(left["state"]) if "state" in left else None
        return make_revert(
            plan,
            self._runner.read(plan.measure),
            observed=observed if outcome is None else outcome.observed,
            captures=left.get("captures", {}),
            **self._about(),
        )

    def _taken_back(self, back: "Plan", course: list[str]) -> "Outcome":
        from ircockpit.features.containment.engine.states import State

        self._may_return()
        outcome = self._runner.revert(back, back.hash)
        course.append(outcome.state.value)
        if outcome.state is State.REVERTED:
            self._journal.forget()
        return outcome

    def _stuck(self, action: str, outcome: "Outcome", course: list[str]) -> Tried:
        reason = outcome.reason or outcome.state.value
        return Tried(action, STUCK, f"{reason}; the way back is kept: try it again", tuple(course))

    def _about(self) -> dict[str, Any]:
        from ircockpit.features.containment.engine.plan import Expiry

        expiry: Expiry = Expiry.after(self._station.clock, APPROVED_US)
        device = self._station.identity.device
        return {
            "trust": self._transport.trust,
            "device": device,
            "nonce": os.urandom(16).hex(),
            "expiry": expiry,
        }


def is_left_on(station: Workstation, connector: str, action: str) -> bool:
    """Whether a trial was cut off before it was taken back."""
    return kept_file(station, _ident(connector, action), "before").exists()


def hand_of(connector: str) -> str:
    """What is held in hand while actions of a connector are tried."""
    return f"trial-{connector}"


def _ident(connector: str, action: str) -> str:
    return f"try-{connector}-{action}"


class _Journal:
    """The way back of the trial under way, on disk before anything is sent, until it was taken."""

    def __init__(self, station: Workstation, tell: Callable[[str], None]) -> None:
        self._station, self._tell = station, tell
        self._ident = ""
        self.left: dict[str, Any] = {}

    def begin(self, name: str) -> None:
        """From here on it is about the trial of this name."""
        self._ident = name
        self.left = {}
        with suppress(OSError, ValueError):
            self.left = json.loads(self._file("left").read_text("utf-8"))

    def left_over(self) -> bool:
        """Whether a trial of it was cut off before it was taken back."""
        return self._file("before").exists()

    def restored(self, target: "Target") -> "Plan":
        """The plan of the trial that was cut off."""
        from ircockpit.features.containment.engine.snapshot import restore

        try:
            return restore(self._file("before").read_bytes(), target).plan
        except OSError as error:
            raise StoreError(f"the way back cannot be read: {error.strerror}") from None

    def forget(self) -> None:
        """It was taken back, and that was read and probed."""
        self.left = {}
        for name in ("before", "left"):
            self._file(name).unlink(missing_ok=True)

    def snapshot(self, raw: bytes) -> None:
        """See :class:`engine.journal.Journal`."""
        self._file("left").unlink(missing_ok=True)
        self.left = {}
        write_file(self._file("before"), raw)

    def step(self, step: "Step") -> None:
        """See :class:`engine.journal.Journal`."""
        if step.observed is not None or step.captures:
            if step.observed is not None:
                self.left["state"] = step.observed.state
            self.left["captures"] = {**self.left.get("captures", {}), **step.captures}
            write_file(self._file("left"), json.dumps(self.left).encode())
        self._tell(f"{step.state.value}: {own_words(self._station, step.said)}")

    def sample(self, sample: "Sample", passes: int, wanted: int) -> None:
        """See :class:`engine.journal.Journal`."""
        self._tell(f"probe {sample.number}: {passes} of {wanted}")

    def _file(self, name: str) -> Path:
        return kept_file(self._station, self._ident, name)


BADGES_FILE = "verified.json"


def badges(station: Workstation) -> dict[str, Badge]:
    """By the SHA-256 of a connector file, what was proved of it here."""
    try:
        stated = json.loads((station.profile.connectors / BADGES_FILE).read_text("utf-8"))
        return {
            digest: Badge(
                each["server"],
                each["target"],
                each["at_us"],
                tuple(each["actions"]),
                tuple(each.get("marks", ())),
            )
            for digest, each in stated.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def award(station: Workstation, digest: str, badge: Badge) -> Badge:
    """Keep a badge, with the actions that an earlier one of the same server proved."""
    if not badge.actions:
        raise RefusedError("nothing was proved, so there is no badge")
    with station.profile.lock():  # two commands at once must not forget each other's
        known = badges(station)
        before = known.get(digest)
        if before is not None and (before.server, before.target) == (badge.server, badge.target):
            badge = badge._replace(
                actions=tuple(dict.fromkeys((*before.actions, *badge.actions))),
                marks=tuple(dict.fromkeys((*before.marks, *badge.marks))),
            )
        known[digest] = badge
        stated = {
            key: {**each._asdict(), "actions": list(each.actions), "marks": list(each.marks)}
            for key, each in known.items()
        }
        write_file(station.profile.connectors / BADGES_FILE, json.dumps(stated, sort_keys=True).encode())
    return badge
