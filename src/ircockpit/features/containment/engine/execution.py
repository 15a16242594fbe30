"""One run of one plan, from approval to the last probe, each transition journalled before the next begins."""

from typing import Any

from ircockpit.core.errors import BadInput, CockpitError, OfflineError
from ircockpit.features.containment.engine import answer, expression, resolving
from ircockpit.features.containment.engine import probe as probing
from ircockpit.features.containment.engine.answer import Answer, Exchange, Reading, same
from ircockpit.features.containment.engine.effect import Effect
from ircockpit.features.containment.engine.journal import Outcome, Step
from ircockpit.features.containment.engine.plan import Observed, Plan, filled
from ircockpit.features.containment.engine.probe import Proof
from ircockpit.features.containment.engine.retrying import TRANSIENT, Tries, asked_pause
from ircockpit.features.containment.engine.snapshot import snapshot
from ircockpit.features.containment.engine.spec import Send
from ircockpit.features.containment.engine.states import NOT_AS_LEFT, State
from ircockpit.features.containment.engine.transport import NOT_SENT, UNKNOWN
from ircockpit.features.containment.engine.ways import WAYS, Go, Surroundings
from ircockpit.inert.gate import line

RESENDS = 1
"""Times a repeatable change is sent again after silence, and only after a reading that shows it is not made."""
SAID = 240
"""Cells of a sentence in the journal."""
NOTHING_SENT = "nothing was sent"
UNSEEN = "it reads as before; the change was never seen, and its way back was sent after it"
MAY_FOLLOW = "and may still follow"
_OVER = (State.EFFECTIVE, State.REVERTED, State.FAILED, State.DRIFTED)
"""After which nothing of a run is still to be seen."""


class Execution:
    """The course of one plan; made for one run and used once."""

    def __init__(self, around: Surroundings, plan: Plan, proof: Proof, *, seen: bool = False) -> None:
        """``seen``: whether an earlier run read the change back already; what reads otherwise now was changed since."""
        self._around = around
        self._plan = plan
        self._measure = plan.measure
        self._proof = proof
        self._way = WAYS[plan.direction]
        self._ends_us = around.clock.mono_us() + int(self._measure.action.deadline_s * 1e6)
        self._sent_us: int | None = None
        self._made = 0
        self._seen = seen
        self._awaits = False
        self._doubt = ""
        """Why something that was sent may have been taken, although no answer says so."""
        self._doubted: Exchange | None = None
        self._otherwise = ""
        """Why it was not sent once more."""
        self._observed: Observed | None = None
        self._captures: dict[str, Any] = {}
        self._warnings: list[str] = []
        self._effect: Effect | None = None

    def run(self) -> Outcome:
        """Everything: from the last look before sending to the last probe."""
        # A lifting never begins at approved: cut off there, a control in force would read as never sent.
        begins = State.APPROVED if self._plan.direction == "apply" else State.REVERTING
        self._step(begins, "reading it once more before anything is sent")
        ended = self._before_sending()
        if ended is not None:
            return ended
        if not self._plan.nothing_to_do:
            for number, spec in enumerate(self._plan.specs, 1):
                result = self._change(number, spec)
                if isinstance(result, Outcome):
                    return result
                if result is Go.SETTLE:
                    break
        return self._settle()

    def pick_up(self) -> Outcome:
        """After an interruption: whatever was sent was sent, so only read back and probe."""
        self._awaits = True
        self._step(State.UNKNOWN, "picked up again; reading back before anything else")
        return self._settle()

    # Before anything is sent

    def _before_sending(self) -> Outcome | None:
        """Proof, snapshot, look-ups, last reading, in this order: nothing lies between that reading and sending."""
        if self._stop_reason():
            return self._end(State.FAILED, f"{self._stop_reason()}; {NOTHING_SENT}")
        if self._plan.direction == "apply":
            self._renew_proof()
            if not self._plan.nothing_to_do:
                self._around.journal.snapshot(snapshot(self._plan, self._around.clock.wall_us()))
        if otherwise := self._looked_up_otherwise():
            return self._end(State.FAILED, f"not as approved, {NOTHING_SENT}, plan it again: {otherwise}")
        try:
            reading = self._read()
        except CockpitError as error:
            return self._end(
                State.FAILED, f"it cannot be read right before sending: {error.what}; {NOTHING_SENT}"
            )
        if not same([reading.state, reading.version], [self._plan.before, self._plan.version]):
            already = ", and already is as the plan would make it" if self._reached(reading) else ""
            return self._end(
                State.DRIFTED, f"the target changed since the plan was made{already}; {NOTHING_SENT}"
            )
        return None

    def _looked_up_otherwise(self) -> str:
        """Why it is not to be sent, where what was looked up for the plan is something else by now; empty otherwise.

        The way back goes to what the stop was sent to, whatever bears that name now, and needs no fallback.
        """
        if self._plan.direction == "revert" or self._plan.nothing_to_do:
            return ""
        return resolving.changed(self._around.transport, self._measure, self._left())

    def _renew_proof(self) -> None:
        """An old proof says nothing about now: an outage may have begun since."""
        clock, spec = self._around.clock, self._measure.probe
        age_us = clock.mono_us() - self._proof.mono_us
        if spec is None or 0 <= age_us <= probing.PROOF_FRESH_US:  # less than 0: from another boot
            return
        self._proof = probing.prove(
            self._around.transport,
            self._measure,
            clock,
            self._around.sleep,
            vantage=self._around.device,
            tries=1,
            timeout_s=min(probing.RENEW_S, self._left()),
        )

    # Sending

    def _change(self, number: int, spec: Send) -> Outcome | Go:
        attempt, tries, again = 0, Tries(self._measure.action), False
        while True:
            if self._stop_reason():
                return self._cut_short(self._stop_reason())
            try:
                whole = filled(self._plan, number - 1, self._captures)
            except BadInput as error:
                return self._cut_short(error.what)
            self._step(self._way.sent, self._said_sending(number, again or attempt > 0), number=number)
            if self._sent_us is None:
                self._sent_us = self._around.clock.mono_us()
            wait = min(spec.timeout_s, self._left())
            self._awaits = number == len(self._plan.specs)
            try:
                got = answer.ask(self._around.transport, whole, spec, self._measure, wait)
            except UNKNOWN as error:
                self._doubt = "no answer came"
                after = self._after_silence(error, again=attempt < RESENDS)
                if after is not None:
                    return after
                attempt += 1
            except NOT_SENT as error:
                # What was refused here will be refused again; a place that is away may be back.
                away = isinstance(error, OfflineError) and not attempt
                go = self._once_more(tries.pause()) if away else None
                if go is not Go.AGAIN:
                    return go or self._not_sent(error)
                again = True
            else:
                result = self._judge(number, spec, got, tries)
                if result is not Go.AGAIN:
                    return result
                again = True

    def _once_more(self, pause_s: float | None) -> Go | None:
        """Wait, read, and only then send again; ``None`` where it is not to be sent again."""
        if pause_s is None or pause_s >= self._left():
            return None
        self._around.sleep(pause_s)
        if self._stop_reason() or self._elsewhere():
            return None
        try:
            reading = self._read()
        except CockpitError:
            return None
        if self._reached(reading):
            return Go.SETTLE
        return Go.AGAIN if self._made or same(reading.state, self._plan.before) else None

    def _elsewhere(self) -> bool:
        """Whether what was looked up is something else by now, before anything was made; half a change is made whole."""
        self._otherwise = "" if self._made else self._looked_up_otherwise()
        return bool(self._otherwise)

    def _after_silence(self, error: CockpitError, *, again: bool) -> Outcome | Go | None:
        """Read before anything else; ``None`` means send once more."""
        self._step(State.UNKNOWN, f"{error.what}; reading back before anything else")
        again = again and self._measure.action.repeatable
        reading, trouble = self._poll_control(until_read=again)
        if reading is not None and self._reached(reading):
            return Go.SETTLE
        if reading is not None and again and not self._stop_reason() and not self._elsewhere():
            return None
        seen = (
            f"it cannot be read back ({trouble})" if reading is None else "it does not read back as changed"
        )
        return self._end(State.UNKNOWN, f"no answer after sending, and {seen}; it may still arrive")

    def _not_sent(self, error: CockpitError) -> Outcome:
        if self._made or self._doubt:
            return self._cut_short(error.what)
        self._sent_us = None
        return self._end(State.FAILED, f"{error.what}; {NOTHING_SENT}")

    def _judge(self, number: int, spec: Send, got: Answer, tries: Tries) -> Outcome | Go:
        if spec.guard is not None and expression.holds(spec.guard, got.scope).yes:
            reason = f"the target {answer.answered(got.exchange)}: somebody else changed it"
            return self._cut_short(reason) if self._made else self._end(State.DRIFTED, reason, got.exchange)
        ok = expression.holds(spec.good, got.scope)
        self._warn(ok.warning)
        if not ok.yes:
            return self._refused(got, tries)
        for name, text in spec.capture.items():
            try:
                value = expression.evaluate(text, got.scope)
                answer.check_secretless(value, name, self._around.transport, self._measure)
                self._captures[name] = value
            except CockpitError as error:
                self._warn(error.what)
        self._made += 1
        self._step(
            self._way.accepted,
            f"change {number} of {len(self._plan.requests)} accepted: it {answer.answered(got.exchange)}",
            number=number,
            exchange=got.exchange,
        )
        return Go.ON

    def _refused(self, got: Answer, tries: Tries) -> Outcome | Go:
        """An answer that is not ``ok`` is no proof that nothing happened: read what it did."""
        exchange = got.exchange
        refusal = f"the control {answer.answered(exchange)}, not as its connector expects"
        no = answer.says_no(exchange)
        if not no:
            self._doubt, self._doubted = refusal, exchange
        try:
            reading = self._read()
        except CockpitError as error:
            return self._end(State.UNKNOWN, f"{refusal}, and cannot be read back: {error.what}", exchange)
        if self._reached(reading):
            self._warn(refusal)
            return Go.SETTLE
        unchanged = not self._made and same(reading.state, self._plan.before)
        if exchange.status in TRANSIENT and (unchanged or self._made):
            asked_s = asked_pause(got.scope["headers"], self._around.clock.wall_us())
            if (go := self._once_more(tries.pause(asked_s))) is not None:
                return go
            if asked_s >= self._left():
                refusal += f" and asks to wait {asked_s:g} s, longer than there is time for it"
                self._doubt = "" if not self._doubt else refusal
        if unchanged and not self._doubt:
            return self._end(State.FAILED, f"{refusal}; it reads back unchanged", exchange)
        if unchanged:
            return Go.SETTLE
        self._awaits = self._awaits and not no
        return self._end(State.PARTIAL, f"{refusal}; it reads back as neither before nor after", exchange)

    def _cut_short(self, reason: str) -> Outcome:
        if not self._made and not self._doubt:
            return self._end(State.FAILED, f"{reason}; {NOTHING_SENT}")
        if not self._made:
            return self._end(State.UNKNOWN, f"{reason}; {self._doubt} to what was sent, {MAY_FOLLOW}")
        self._awaits = False
        try:
            self._read()
        except CockpitError:
            self._warn("the target could not be read after stopping half way")
        return self._end(
            State.PARTIAL, f"{reason}; {self._made} of {len(self._plan.requests)} changes were made"
        )

    # After sending

    def _settle(self) -> Outcome:
        reading, trouble = self._poll_control()
        if reading is None:
            return self._end(State.UNVERIFIED, f"it cannot be read back: {trouble}")
        if not self._reached(reading):
            if self._plan.nothing_to_do:
                return self._end(State.DRIFTED, f"somebody changed it while it was looked at; {NOTHING_SENT}")
            last = f" ({trouble})" if trouble else ""
            if self._seen:
                self._awaits = False
                return self._end(State.DRIFTED, f"it {NOT_AS_LEFT}{last}")
            if same(reading.state, self._plan.before) or (
                self._plan.direction == "revert" and reading.contained
            ):
                # No answer is a proof that nothing follows: what was taken may be carried out later.
                said = "accepted, but" if self._made else f"{self._doubt or 'sent before'}, and"
                said += f" it reads back unchanged so far{last}, {MAY_FOLLOW}"
                return self._end(State.UNKNOWN, said, self._doubted)
            return self._end(State.PARTIAL, f"accepted, but it reads back as neither before nor after{last}")
        self._seen = True
        if self._awaits:
            self._observed = Observed(reading.state)
        self._step(self._way.recorded, self._said_recorded())
        return self._prove_effect()

    def _prove_effect(self) -> Outcome:
        spec, clock = self._measure.probe, self._around.clock
        if spec is None and self._plan.direction == "revert":
            # Read back as before, it is not in force any more; that nobody saw users served again is said.
            return self._end(self._way.done, "it reads back as before, and no probe shows what users get")
        if spec is None:
            self._awaits = False
            return self._end(State.UNVERIFIED, self._proof.reason or "no probe is configured")
        until = clock.mono_us() + int(spec.within_s * 1e6)
        self._effect = effect = Effect(self._around, self._measure, spec, self._way)
        if not effect.shown(until, self._ends_us):
            return self._not_effective(effect)
        self._awaits = False
        if self._flipped_back():
            return self._end(
                State.DRIFTED, "it was changed again while it was probed: somebody else is at it"
            )
        if self._plan.direction == "apply" and not self._proof.could_fail:
            return self._end(State.UNVERIFIED, self._proof.reason)
        return self._end(self._way.done, UNSEEN if self._plan.unseen else "")

    def _flipped_back(self) -> bool:
        """Whether the control, asked a last time, is no longer as it was recorded."""
        try:
            return not self._reached(self._read())
        except CockpitError as error:
            self._warn(f"it was probed, but could not be read a last time: {error.what}")
            return False

    def _not_effective(self, effect: Effect) -> Outcome:
        self._awaits = self._plan.direction == "revert" or self._proof.could_fail
        if self._around.cancelled():
            return self._end(State.UNVERIFIED, "stopped by a person while probing")
        return self._end(State.UNVERIFIED, effect.why_not())

    # Common to all

    def _read(self) -> Reading:
        reading = answer.read(self._around.transport, self._measure, self._left())
        for warning in reading.warnings:
            self._warn(warning)
        if self._sent_us is not None:
            self._observed = Observed(reading.state)
        return reading

    def _poll_control(self, *, until_read: bool = False) -> tuple[Reading | None, str]:
        """Read until the goal is reached, or (``until_read``) until a reading succeeds, or the time is up.

        The last reading, if any, and what stood in the way of another.
        """
        spec, clock = self._measure.action.verify.control, self._around.clock
        until = min(clock.mono_us() + int(spec.timeout_s * 1e6), self._ends_us)
        last: Reading | None = None
        trouble = ""
        while True:
            try:
                last = self._read()
                trouble = ""
            except CockpitError as error:
                trouble = error.what
            if last is not None and not trouble and (until_read or self._reached(last)):
                return last, ""
            if clock.mono_us() >= until:
                return last, trouble
            if self._around.cancelled():
                return last, trouble or "stopped by a person"
            self._around.sleep(spec.every_ms / 1000)

    def _reached(self, reading: Reading) -> bool:
        if self._plan.direction == "apply":
            return reading.contained
        return same(reading.state, self._plan.goal)

    def _left(self) -> float:
        return max((self._ends_us - self._around.clock.mono_us()) / 1e6, 0.05)

    def _stop_reason(self) -> str:
        if self._around.cancelled():
            return "stopped by a person"
        if self._around.clock.mono_us() >= self._ends_us:
            return f"the time for it, {self._measure.action.deadline_s:g} s, has passed"
        expired = self._sent_us is None and self._plan.expiry.over(self._around.clock)
        return "the approval of this plan has expired meanwhile" if expired else ""

    def _since(self) -> int | None:
        return None if self._sent_us is None else self._around.clock.mono_us() - self._sent_us

    def _warn(self, warning: str) -> None:
        text = line(warning, SAID)
        if text and text not in self._warnings:
            self._warnings.append(text)

    def _said_sending(self, number: int, again: bool) -> str:
        request = self._plan.requests[number - 1]
        more = " once more, as it reads back unchanged" if again else ""
        return f"sending{more} {request.method} {request.url}"

    def _said_recorded(self) -> str:
        if self._sent_us is None and self._plan.nothing_to_do:
            return f"it reads so already; {NOTHING_SENT}"
        return "it reads back as changed" if self._plan.direction == "apply" else "it reads back as before"

    def _step(
        self, state: State, said: str, *, number: int | None = None, exchange: Exchange | None = None
    ) -> None:
        step = Step(
            state,
            line(said, SAID),
            self._around.clock.wall_us(),
            self._since(),
            number,
            exchange,
            self._observed,
            dict(self._captures),
            tuple(self._warnings),
            self._awaits,
            self._seen,
        )
        self._around.journal.step(step)

    def _end(self, state: State, reason: str, exchange: Exchange | None = None) -> Outcome:
        since = self._since()
        if state in _OVER:
            self._awaits = False
        if state is State.FAILED and self._plan.direction == "revert":
            # What could not be lifted is in force as before, and no probe of this run says more.
            state, reason = State.UNVERIFIED, f"not lifted: {reason}"
        reason = line(f"{reason}; not sent again: {self._otherwise}" if self._otherwise else reason, SAID)
        effect = self._effect
        probed = f", {effect.said}" if effect is not None and effect.said else ""
        # Cut like every other duration on the screen, so that two places never differ by a tenth.
        took = f" after {since // 100_000 / 10:.1f} s" if since is not None else ""
        said = (
            f"{state.value}: {reason}"
            if reason
            else f"{state.value}{took}{probed}, seen from {self._around.device}"
        )
        self._step(state, said, exchange=exchange)
        return Outcome(
            state,
            reason,
            since,
            effect.samples.count if effect is not None else 0,
            effect.passes if effect is not None else 0,
            effect.samples.kept() if effect is not None else (),
            self._observed,
            dict(self._captures),
            tuple(self._warnings),
        )
