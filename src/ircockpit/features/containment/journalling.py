"""What a run writes down as it goes: steps as signed events, the way back in a file of this device, probes as evidence."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput, StoreError
from ircockpit.core.jsontext import strict_loads
from ircockpit.features.containment.inhand import kept_file
from ircockpit.features.containment.queries import action
from ircockpit.inert.gate import clean
from ircockpit.store.profile import write_file
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.answer import Exchange
    from ircockpit.features.containment.engine.journal import Outcome, Step
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.engine.probe import Sample

PROOF_SAMPLES = 12
"""Probe samples kept with the record: enough to see the turn."""


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


Tell = Callable[[Progress], None]


class Silent:
    """A journal for reading only."""

    def snapshot(self, raw: bytes) -> None:
        """Nothing is sent, so nothing has to be found back."""

    def step(self, step: "Step") -> None:
        """Reading takes no step."""

    def sample(self, sample: "Sample", passes: int, wanted: int) -> None:
        """The proof keeps its own samples."""


class Journal:
    """Steps as signed events, durable when the call returns; the way back in a file of its own before anything is sent."""

    def __init__(
        self,
        station: Workstation,
        stream: str,
        ident: str,
        title: str,
        tell: Tell,
        plan: "Plan",
        approved: str = "",
    ) -> None:
        """``approved``: the hash under which ``plan`` was approved, where it was made again from what was kept of it."""
        self._station, self._stream, self._action = station, stream, ident
        self._title, self._tell, self._plan = clean(title), tell, approved or plan.hash
        self._way = plan.direction
        # A step of the way back must not read like one of a second stop.
        self._named = f"lifting {self._title}" if plan.direction == "revert" else self._title
        self._last = Progress(ident, self._title, "approved", None, "")
        self._sent = False

    def snapshot(self, raw: bytes) -> None:
        """Keep the way back on disk."""
        write_file(kept_file(self._station, self._action, "before"), raw)

    def keep(self, name: str, value: dict[str, Any]) -> None:
        """Keep what a later revert or resumption on this device needs."""
        write_file(kept_file(self._station, self._action, name), json.dumps(value).encode())

    def step(self, step: "Step") -> None:
        """Record a transition and tell of it."""
        detail = own_words(self._station, step.said)
        ms = None if step.since_us is None else step.since_us // 1000
        body: dict[str, Any] = {"detail": detail, "title": self._named, "plan": self._plan}
        if ms is not None:
            body["ms"] = ms
        if step.exchange is not None:
            body["exchange"] = _exchanged(step.exchange)
        draft = self._station.set_field(
            self._stream, "containment.stepped", self._action, "state", step.state.value, **body
        )
        self._keep_left(step)
        self._station.append([draft])
        self._sent = self._sent or step.number is not None
        self._last = self._last._replace(state=step.state.value, ms=ms, detail=detail, passes=0, wanted=0)
        self._tell(self._last)

    def _keep_left(self, step: "Step") -> None:
        """Keep what the way back needs as soon as it is known: it is lost with the answer that gave it."""
        left = read_kept(self._station, self._action, "left")
        awaits = {"way": self._way, "seen": step.seen, "plan": self._plan} if step.awaits else None
        if step.observed is None and not step.captures and left.get("awaits") == awaits:
            return
        left["awaits"] = awaits
        if step.observed is not None:
            left["state"] = step.observed.state
        # A lifting captures nothing; what the change gave must outlive one that did not go through.
        left["captures"] = {**left.get("captures", {}), **step.captures}
        self.keep("left", left)

    def sample(self, sample: "Sample", passes: int, wanted: int) -> None:
        """Tell of a probe; the samples are recorded together at the end."""
        # While a control is lifted, what passes is the model's own answer again.
        contained = self._named == self._title and sample.verdict.value == "pass"
        self._last = self._last._replace(
            answer=clean(sample.exchange.words or sample.exchange.excerpt), contained=contained
        )
        self._tell(self._last._replace(passes=passes, wanted=wanted))

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Where a step cannot be recorded any more, say that the request is out: it is not to be done again blindly."""
        try:
            yield
        except StoreError as error:
            if self._sent:
                short = action(self._station.view, self._action).short
                error.safe = "it was sent and may be in force"
                error.fix = f"mend that, then look before anything else: ircockpit contain check {short}"
            raise

    def conclude(self, outcome: "Outcome") -> None:
        """Record the probe samples that prove the outcome, or why there are none."""
        half = PROOF_SAMPLES // 2
        some = outcome.samples
        # Both ends: the turn is seen in the last ones.
        kept = some if len(some) <= PROOF_SAMPLES else (*some[:half], *some[-half:])
        if kept:
            body = {
                "what": f"{outcome.attempts} probes, {outcome.passes} in a row at the end",
                "samples": [sample_of(s) for s in kept],
            }
            self._station.append([Draft(self._stream, "containment.observed", self._action, (body,))])


def read_kept(station: Workstation, action: str, name: str) -> dict[str, Any]:
    """What this device keeps of an action under a name; empty where it keeps nothing. Raises :class:`StoreError`."""
    try:
        found = strict_loads(kept_file(station, action, name).read_bytes(), floats=True)
    except FileNotFoundError:
        return {}
    except (OSError, BadInput):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("captures", {}), dict):
        raise StoreError(
            f"what was kept of action {action[:8]} cannot be read", safe="nothing was sent",
            fix="read the control where it stands, change it by hand and note it",
        )  # fmt: skip
    return found


def sample_of(sample: "Sample") -> dict[str, Any]:
    """A probe as the record keeps it."""
    return {
        "n": sample.number,
        "verdict": sample.verdict.value,
        "why": clean(sample.why),
        "status": sample.exchange.status or 0,
        "ms": sample.exchange.elapsed_us // 1000,
        "answer": clean(sample.exchange.excerpt),
        "wall": sample.wall_us,
    }


def _exchanged(exchange: "Exchange") -> str:
    """A change and what came back; only HTTP answers with a status."""
    from ircockpit.features.containment.engine.answer import answered
    from ircockpit.features.containment.engine.request import LINE, PROGRAM

    if exchange.method == LINE:
        return f"{exchange.url} {answered(exchange)}"
    if exchange.method == PROGRAM:
        return f"{exchange.url} {answered(exchange)}: {exchange.excerpt}"
    return f"{exchange.method} {exchange.url} -> {exchange.status}: {exchange.excerpt}"


def own_words(station: Workstation, text: str) -> str:
    """What the engine says, with a name where it names this device."""
    return clean(text.replace(station.identity.device, f"{station.identity.name}'s machine"))
