"""The data plane asked as a user would ask it: pass, fail or inconclusive, and whether it could fail."""

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from ircockpit.core.clock import Clock
from ircockpit.core.errors import CockpitError
from ircockpit.features.containment.engine import expression
from ircockpit.features.containment.engine.answer import Exchange, ask, cached_s
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.request import PlannedRequest, planned
from ircockpit.features.containment.engine.spec import Probe
from ircockpit.features.containment.engine.transport import Transport
from ircockpit.features.containment.engine.vantage import address, vantages

PROOF_TRIES = 3
"""Probes before sending, while none is served; more would keep a responder from stopping the harm."""
PROOF_FRESH_US = 60_000_000
"""Microseconds after which a proof is made once more right before sending."""
RENEW_S = 2.0
"""Seconds a renewal may take at most: stopping comes first."""
KEPT_FIRST, KEPT_LAST = 20, 80
"""Samples kept of a long wait, from its beginning and its end."""


class Verdict(StrEnum):
    """What one probe says."""

    PASS = "pass"  # noqa: S105 - a verdict
    """The answer is the control's own: contained."""
    FAIL = "fail"
    """A healthy answer: not contained."""
    INCONCLUSIVE = "inconclusive"
    """Neither, or both, or no answer: says nothing about the control."""


class Sample(NamedTuple):
    """One probe."""

    number: int
    verdict: Verdict
    why: str
    """What made it inconclusive, or a warning; empty otherwise."""
    wall_us: int
    mono_us: int
    exchange: Exchange
    vantage: str
    """The device that asked; another place may see another answer."""


class Proof(NamedTuple):
    """Whether the probe was seen to read "not contained" before anything was sent."""

    could_fail: bool
    reason: str
    samples: tuple[Sample, ...]
    probe: PlannedRequest | None
    """The request the proof is about; it holds for no other."""
    mono_us: int


class Samples:
    """Counts every probe and keeps the first and the last of them."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[Sample] = []
        self._last: deque[Sample] = deque(maxlen=KEPT_LAST)

    def add(self, sample: Sample) -> None:
        """Count and keep a sample."""
        self.count += 1
        if len(self._first) < KEPT_FIRST:
            self._first.append(sample)
        else:
            self._last.append(sample)

    def kept(self) -> tuple[Sample, ...]:
        """The samples kept, oldest first."""
        return (*self._first, *self._last)


def request_of(measure: Measure) -> PlannedRequest | None:
    """The probe's request, where there is a probe."""
    spec = measure.probe
    return None if spec is None else planned(spec, measure, "probe", measure.scope)


def requests_of(measure: Measure) -> tuple[PlannedRequest, ...]:
    """The probe's requests, one for each address."""
    spec = measure.probe
    return (
        () if spec is None else tuple(planned(spec, each, "probe", each.scope) for each in vantages(measure))
    )


def probe_once(
    transport: Transport,
    measure: Measure,
    spec: Probe,
    clock: Clock,
    *,
    number: int,
    vantage: str,
    timeout_s: float,
) -> Sample:
    """Ask once, for at most ``timeout_s`` seconds. Never raises for what the network does."""
    request = planned(spec, measure, "probe", measure.scope)
    started = clock.mono_us()
    try:
        answer = ask(transport, request, spec, measure, min(spec.timeout_s, timeout_s))
    except CockpitError as error:
        nothing = Exchange(request.method, request.url, None, clock.mono_us() - started, "")
        now = clock.wall_us(), clock.mono_us()
        return Sample(number, Verdict.INCONCLUSIVE, error.what, *now, nothing, vantage)
    contained = expression.holds(spec.contained, answer.scope)
    serving = expression.holds(spec.serving, answer.scope)
    verdict, why = Verdict.INCONCLUSIVE, contained.warning or serving.warning
    if contained.yes and serving.yes:
        why = "the answer reads both contained and served; the connector's predicates overlap"
    elif contained.yes and (old_s := cached_s(answer)):
        # Whoever asks for something else is not answered by that cache. What it still serves is served.
        why = f"the control's answer comes from a cache and is {old_s} s old"
    elif contained.yes:
        verdict = Verdict.PASS
    elif serving.yes:
        verdict = Verdict.FAIL
    else:
        neither = f"status {answer.exchange.status} is neither the control's answer nor a healthy one"
        why = f"{neither}: {why}" if why else neither
    return Sample(number, verdict, why, clock.wall_us(), clock.mono_us(), answer.exchange, vantage)


def prove(
    transport: Transport,
    measure: Measure,
    clock: Clock,
    sleep: Callable[[float], object],
    *,
    vantage: str,
    tries: int = PROOF_TRIES,
    timeout_s: float = 5.0,
) -> Proof:
    """Probe before anything is sent: only a probe that is served now could fail later.

    A probe that never reads "not contained" here (an outage, a wrong address, a control already on) caps the
    action at ``unverified``, with the reason given here.
    """
    spec, request = measure.probe, request_of(measure)
    if spec is None:
        missing = "connector defines" if measure.action.verify.probe is None else "target has an address for"
        return Proof(False, f"no probe: the {missing} none", (), request, clock.mono_us())
    samples: list[Sample] = []
    left = list(vantages(measure))
    last: dict[str, Sample] = {}
    # Several addresses share the time that one has: a responder waits for all of them.
    ends_us = clock.mono_us() + int(tries * timeout_s * 1e6)
    for number in range(1, tries + 1):
        for each in tuple(left):
            there_is_s = (ends_us - clock.mono_us()) / 1e6
            if there_is_s <= 0:
                break
            sample = probe_once(
                transport,
                each,
                spec,
                clock,
                number=number,
                vantage=vantage,
                timeout_s=min(timeout_s, there_is_s),
            )
            samples.append(sample)
            last[address(each)] = sample
            if sample.verdict is Verdict.FAIL:
                left.remove(each)
        if not left:
            return Proof(True, "", tuple(samples), request, clock.mono_us())
        if number < tries:
            sleep(spec.every_ms / 1000)
    where = f" at {address(left[0])}" if measure.target.probe_beside else ""
    seen = last.get(address(left[0]))
    if seen is None:
        reason = f"there was no time to probe{where} before anything was sent, so it proves nothing"
    elif seen.verdict is Verdict.PASS:
        reason = f"the probe read contained{where} before anything was sent, so it could not fail"
    else:
        reason = f"the probe was not served{where} before anything was sent, so it could not fail: {seen.why}"
    return Proof(False, reason, tuple(samples), request, clock.mono_us())
