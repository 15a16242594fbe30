"""One containment from plan to proof: prepare and show, approve by a signed event, execute with every step on record."""

import json
import os
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import CockpitError, RefusedError, StoreError
from ircockpit.features.containment.afar import measure_afar
from ircockpit.features.containment.approvals import refuse_used, unused_approval
from ircockpit.features.containment.inhand import in_hand, kept_file
from ircockpit.features.containment.offers import Offer, closed_reason, measure_of
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.containment.counting import Counting
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.inert.gate import clean
from ircockpit.store.profile import write_file
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ircockpit.features.containment.engine.journal import Outcome, Step
    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.engine.probe import Proof, Sample
    from ircockpit.features.containment.engine.run import Runner
    from ircockpit.net.giveup import GiveUp

APPROVAL_US = 10 * 60 * 1_000_000
"""An approval not used within ten minutes has to be given again."""
PROOF_SAMPLES = 12
"""Probe samples kept with the record: enough to see the turn."""


class Prepared(NamedTuple):
    """A plan with what was read before it: everything an approval is about."""

    offer: Offer
    plan: "Plan"
    proof: "Proof"
    reach: str = ""
    """What the target says of how many it reaches now, or why that is not known."""

    @property
    def wide(self) -> bool:
        """Whether the incident's id has to be typed: it reaches everybody, or its connector asks for that."""
        action = self.plan.measure.action
        return action.blast.tier == "global" or action.approval == "typed-confirm"


class Progress(NamedTuple):
    """What a running containment says of itself, gated."""

    action: str
    title: str
    state: str
    ms: int | None
    detail: str
    passes: int = 0
    wanted: int = 0
    answer: str = ""
    """Beginning of the data plane's latest answer."""
    contained: bool = False
    """Whether that answer is the control's, as the probe says, and no longer the model's."""


class Looked(NamedTuple):
    """What looking at a control again showed."""

    word: str
    """``engaged``, ``drifted`` or ``unknown``; the state a run came to that was finished."""
    said: str
    failure: CockpitError | None = None
    """Why it could not be read, where it could not."""


WATCHED = ("effective", "unverified")
"""States that another device may find drifted; those on the way are its own who sends."""
Tell = Callable[[Progress], None]


def prepare(station: Workstation, offer: Offer, give_up: "GiveUp | None" = None) -> Prepared:
    """Read the control, probe the data plane, and make the exact plan. Sends nothing that changes anything.

    Raises a :class:`CockpitError` where the control cannot be used or read, or was given up.
    """
    from ircockpit.features.containment.engine.plan import Expiry, make_plan

    if offer.why_not:
        raise RefusedError(offer.why_not, safe="nothing was sent")
    measure = measure_of(station, offer)
    if measure.action.approval == "two-person":
        raise RefusedError(
            f"{measure.action.title} needs the approval of two people, which cannot be given here yet",
            safe="nothing was sent",
            fix="choose another control, or do it by hand together and note it",
        )
    with _runner(station, measure, _Silent(), give_up=give_up) as (runner, trust):
        measure = runner.resolve(measure)
        counting = Counting(measure, give_up)
        reading = runner.read(measure)
        proof = runner.prove(measure)
    if give_up is not None and give_up.asked:
        raise RefusedError("planning was given up", safe="nothing was sent")
    plan = make_plan(
        measure,
        reading,
        trust=trust,
        device=station.identity.device,
        nonce=os.urandom(16).hex(),
        expiry=Expiry.after(station.clock, APPROVAL_US),
        made_us=station.clock.wall_us(),
    )
    return Prepared(offer, plan, proof, counting.said())


def approve(station: Workstation, row: IncidentRow, prepared: Prepared, reason: str) -> str:
    """Record the plan and its approval, signed by this device; returns the action's id.

    The approval binds the plan's hash, which covers absolute addresses, bodies, connector, trust, the state
    read before, this device, a nonce and an expiry. Raises :class:`RefusedError` for a closed incident.
    """
    from ircockpit.core.occurred import from_wall
    from ircockpit.features.containment.engine.plan import bound_fields

    if closed := closed_reason(station, row.ident):
        raise RefusedError(closed, safe="nothing was sent")
    plan, control = prepared.plan, prepared.offer.control
    action, ident = plan.measure.action, station.new_id(row.stream)
    hours = station.clock.wall_us() + action.ttl_h * 3_600_000_000
    facts = {
        "incident": row.ident,
        "system": row.system,
        "control": control.name,
        "title": clean(prepared.offer.title),
        "family": action.family,
        "connector": plan.measure.connector.id,
        "connector_sha256": plan.measure.connector.sha256,
        "target": plan.measure.target.name,
        "plan": plan.hash,
        "state": "planned",
        "summary": f"{plan.shift.what} from {plan.shift.now} to {plan.shift.after}",
        "expires": from_wall(hours, station.clock.offset_minutes()),
    }
    approval = {
        "plan": plan.hash,
        "title": clean(prepared.offer.title),
        "reason": reason,
        "direction": plan.direction,
        "bound": json.dumps(bound_fields(plan), sort_keys=True),
        "people": 1,
    }
    proof = {
        "what": f"probe before sending: {'served, so it can fail' if prepared.proof.could_fail else prepared.proof.reason}",
        "samples": [_sample(each) for each in prepared.proof.samples],
    }
    station.append(
        [
            Draft(row.stream, "containment.planned", ident, (facts,)),
            Draft(row.stream, "containment.observed", ident, (proof,)),
            Draft(row.stream, "containment.approved", ident, (approval,)),
        ]
    )
    return ident


def execute(
    station: Workstation,
    row: IncidentRow,
    prepared: Prepared,
    action: str,
    tell: Tell,
) -> "Outcome":
    """Send an approved plan, read it back, probe it; every step is durable before the next is taken.

    Raises :class:`RefusedError`, with nothing sent, unless this device has approved this very plan for this
    action and has not used that approval yet.
    """
    with in_hand(station, action):
        approved = unused_approval(station, row.stream, action)
        journal = _Journal(station, row.stream, action, prepared.offer.title, tell)
        journal.keep("proof", {"could_fail": prepared.proof.could_fail, "reason": prepared.proof.reason})
        with _runner(station, prepared.plan.measure, journal) as (runner, _):
            outcome = runner.apply(prepared.plan, prepared.proof, approved)
        journal.conclude(outcome)
    return outcome


def plan_back(station: Workstation, row: ActionRow, give_up: "GiveUp | None" = None) -> "Plan":
    """The plan that leads back to what was observed before an action.

    Raises :class:`RefusedError` on a device that did not execute it, :class:`ConflictError` where the target
    has drifted.
    """
    from ircockpit.features.containment.engine.plan import Expiry, Observed, make_revert

    applied = _restored(station, row)
    left = _kept(station, row.ident, "left")
    with _runner(station, applied.measure, _Silent(), give_up=give_up) as (runner, trust):
        current = runner.read(applied.measure)
    return make_revert(
        applied,
        current,
        observed=Observed(left["state"]) if "state" in left else None,
        captures=left.get("captures", {}),
        trust=trust,
        device=station.identity.device,
        nonce=os.urandom(16).hex(),
        expiry=Expiry.after(station.clock, APPROVAL_US),
    )


def revert(station: Workstation, row: ActionRow, plan: "Plan", reason: str, tell: Tell) -> "Outcome":
    """Approve and send the way back, read it back, probe that users are served again; a plan is used once."""
    from ircockpit.features.containment.engine.plan import bound_fields

    refuse_used(station, row, plan.hash)
    approval = {
        "plan": plan.hash,
        "title": row.title,
        "reason": reason,
        "direction": plan.direction,
        "bound": json.dumps(bound_fields(plan), sort_keys=True),
        "people": 1,
    }
    with in_hand(station, row.ident):
        station.append([Draft(row.stream, "containment.approved", row.ident, (approval,))])
        journal = _Journal(station, row.stream, row.ident, row.title, tell, lifting=True)
        with _runner(station, plan.measure, journal) as (runner, _):
            outcome = runner.revert(plan, plan.hash)
        journal.conclude(outcome)
    return outcome


def look(station: Workstation, row: ActionRow, tell: Tell) -> Looked:
    """Read a control back and probe it once; a run of this device that was cut off is picked up and finished."""
    from ircockpit.features.containment.queries import lifting

    if row.state in ("planned", "approved"):
        raise RefusedError(
            f"{row.short} was never sent", safe="nothing was sent", fix="stop again with a new plan"
        )
    if not kept_file(station, row.ident, "before").exists():
        return _watch(station, row, measure_afar(station, row), settled=WATCHED)
    if row.state == "reverting" or (row.state == "unknown" and lifting(station.view, row.ident)):
        raise RefusedError(
            f"lifting {row.short} was cut off or got no answer", safe="nothing was sent now",
            fix="lift it again: where it is back already, nothing is sent and only the proof is made",
        )  # fmt: skip
    with in_hand(station, row.ident):
        return _look(station, row, tell)


def _look(station: Workstation, row: ActionRow, tell: Tell) -> Looked:
    from ircockpit.features.containment.engine.probe import Proof
    from ircockpit.features.containment.queries import ENGAGED, RUNNING

    plan = _restored(station, row)
    if row.state not in RUNNING and row.state != "unknown":
        return _watch(station, row, plan.measure, settled=ENGAGED)
    journal = _Journal(station, row.stream, row.ident, row.title, tell)
    with _runner(station, plan.measure, journal) as (runner, _):
        kept = _kept(station, row.ident, "proof")
        proof = Proof(
            bool(kept.get("could_fail")), str(kept.get("reason", "no proof was kept")), (), plan.probe, 0
        )
        outcome = runner.resume(plan, proof)
        journal.conclude(outcome)
    state = outcome.state.value
    return Looked(state, f"{state}: {outcome.reason}" if outcome.reason else state)


def _watch(station: Workstation, row: ActionRow, measure: "Measure", *, settled: tuple[str, ...]) -> Looked:
    """One look, recorded; ``settled`` are the states it may turn to drifted."""
    with _runner(station, measure, _Silent()) as (runner, _):
        truth = runner.watch_once(measure)
    sample = [_sample(truth.sample)] if truth.sample else []
    drafts = [
        Draft(
            row.stream,
            "containment.observed",
            row.ident,
            ({"what": clean(truth.said), "samples": sample, "read": int(truth.observed is not None)},),
        )
    ]
    if truth.word == "drifted" and row.state in settled and row.state != "drifted":
        body: dict[str, Any] = {"detail": clean(truth.said), "title": row.title}
        drafts.append(
            station.set_field(row.stream, "containment.stepped", row.ident, "state", "drifted", **body)
        )
    station.append(drafts)
    return Looked(truth.word, f"{truth.word}: {truth.said}", truth.failure)


class _Silent:
    """A journal for reading only."""

    def snapshot(self, raw: bytes) -> None:
        """Nothing is sent, so nothing has to be found back."""

    def step(self, step: "Step") -> None:
        """Reading takes no step."""

    def sample(self, sample: "Sample", passes: int, wanted: int) -> None:
        """The proof keeps its own samples."""


class _Journal:
    """Steps as signed events, durable when the call returns; the way back in a file of its own before anything is sent."""

    def __init__(
        self, station: Workstation, stream: str, action: str, title: str, tell: Tell, *, lifting: bool = False
    ) -> None:
        self._station, self._stream, self._action = station, stream, action
        self._title, self._tell = clean(title), tell
        # A step of the way back must not read like one of a second stop.
        self._named = f"lifting {self._title}" if lifting else self._title
        self._last = Progress(action, self._title, "approved", None, "")

    def snapshot(self, raw: bytes) -> None:
        """Keep the way back on disk."""
        write_file(kept_file(self._station, self._action, "before"), raw)

    def keep(self, name: str, value: dict[str, Any]) -> None:
        """Keep what a later revert or resumption on this device needs."""
        write_file(kept_file(self._station, self._action, name), json.dumps(value).encode())

    def step(self, step: "Step") -> None:
        """Record a transition and tell of it."""
        detail = _own_words(self._station, step.said)
        ms = None if step.since_us is None else step.since_us // 1000
        body: dict[str, Any] = {"detail": detail, "title": self._named}
        if ms is not None:
            body["ms"] = ms
        if step.exchange is not None:
            exchange = step.exchange
            body["exchange"] = f"{exchange.method} {exchange.url} -> {exchange.status}: {exchange.excerpt}"
        draft = self._station.set_field(
            self._stream, "containment.stepped", self._action, "state", step.state.value, **body
        )
        self._keep_left(step)
        self._station.append([draft])
        self._last = self._last._replace(state=step.state.value, ms=ms, detail=detail, passes=0, wanted=0)
        self._tell(self._last)

    def _keep_left(self, step: "Step") -> None:
        """Keep what the way back needs as soon as it is known: it is lost with the answer that gave it."""
        if step.observed is None and not step.captures:
            return
        left = _kept(self._station, self._action, "left")
        if step.observed is not None:
            left["state"] = step.observed.state
        # A lifting captures nothing; what the change gave must outlive one that did not go through.
        left["captures"] = {**left.get("captures", {}), **step.captures}
        self.keep("left", left)

    def sample(self, sample: "Sample", passes: int, wanted: int) -> None:
        """Tell of a probe; the samples are recorded together at the end."""
        # While a control is lifted, what passes is the model's own answer again.
        contained = self._named == self._title and sample.verdict.value == "pass"
        self._last = self._last._replace(answer=clean(sample.exchange.excerpt), contained=contained)
        self._tell(self._last._replace(passes=passes, wanted=wanted))

    def conclude(self, outcome: "Outcome") -> None:
        """Record the probe samples that prove the outcome, or why there are none."""
        half = PROOF_SAMPLES // 2
        some = outcome.samples
        # Both ends: the turn is seen in the last ones.
        kept = some if len(some) <= PROOF_SAMPLES else (*some[:half], *some[-half:])
        if kept:
            body = {
                "what": f"{outcome.attempts} probes, {outcome.passes} in a row at the end",
                "samples": [_sample(s) for s in kept],
            }
            self._station.append([Draft(self._stream, "containment.observed", self._action, (body,))])


@contextmanager
def _runner(
    station: Workstation,
    measure: "Measure",
    journal: Any,
    give_up: "GiveUp | None" = None,
) -> "Iterator[tuple[Runner, str]]":
    """The engine on a measure. ``give_up`` breaks reading off; what sends runs to its end."""
    from ircockpit.features.containment.engine.run import Runner
    from ircockpit.features.containment.engine.transport import TargetTransport
    from ircockpit.secrets.sources import resolve

    event = threading.Event()  # never set: whoever has sent wants to know what became of it
    wait = event.wait if give_up is None else give_up.wait
    with TargetTransport(measure.target, lambda uri: resolve(uri).reveal(), give_up) as transport:
        yield (
            Runner(transport, station.clock, wait, journal, event.is_set, station.identity.device),
            transport.trust,
        )


def _restored(station: Workstation, row: ActionRow) -> "Plan":
    from ircockpit.features.containment.engine.snapshot import restore
    from ircockpit.features.containment.offers import engine_target
    from ircockpit.features.systems.queries import is_accepted, system

    path = kept_file(station, row.ident, "before")
    try:
        raw = path.read_bytes()
    except OSError:
        raise RefusedError(
            f"the way back of {row.short} was kept on the device that executed it, and this is another one",
            safe="nothing was sent",
            fix="revert it there, or change the target by hand and note it",
        ) from None
    place = system(station.view, row.system).target(row.target)
    if place is None or not is_accepted(station.profile, place):
        raise RefusedError(
            f"the target {row.target} is not accepted on this device", fix="ircockpit system trust NAME"
        )
    return restore(raw, engine_target(station.profile, place)).plan


def _kept(station: Workstation, action: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(kept_file(station, action, name).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise StoreError(
            f"what was kept of action {action[:8]} cannot be read", safe="nothing was sent"
        ) from None
    return found if isinstance(found, dict) else {}


def _own_words(station: Workstation, text: str) -> str:
    return clean(text.replace(station.identity.device, f"{station.identity.name}'s machine"))


def _sample(sample: "Sample") -> dict[str, Any]:
    return {
        "n": sample.number,
        "verdict": sample.verdict.value,
        "why": clean(sample.why),
        "status": sample.exchange.status or 0,
        "ms": sample.exchange.elapsed_us // 1000,
        "answer": clean(sample.exchange.excerpt),
        "wall": sample.wall_us,
    }
