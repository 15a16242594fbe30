"""The doors of the engine: read, prove, apply, resume, revert, and look again."""

from collections.abc import Callable

from ircockpit.core.clock import Clock
from ircockpit.core.errors import CockpitError, RefusedError
from ircockpit.features.containment.engine import answer, probe, resolving
from ircockpit.features.containment.engine.answer import Reading, same
from ircockpit.features.containment.engine.execution import Execution
from ircockpit.features.containment.engine.journal import Journal, Outcome, Truth
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.plan import Direction, Observed, Plan
from ircockpit.features.containment.engine.probe import Proof, Sample, Verdict
from ircockpit.features.containment.engine.spec import Probe
from ircockpit.features.containment.engine.transport import Transport
from ircockpit.features.containment.engine.vantage import vantages
from ircockpit.features.containment.engine.ways import WAYS, Surroundings

ENGAGED, DRIFTED, UNKNOWN = "engaged", "drifted", "unknown"
FOLLOWED, WAITING = "followed", "waiting"


class Runner:
    """Runs plans on one target, one at a time, in one thread that is not the screen's.

    ``sleep`` waits for so many seconds and may return early; ``cancelled`` is asked between all steps;
    ``device`` names this machine, which a plan must be made for and from which every probe is seen.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        sleep: Callable[[float], object],
        journal: Journal,
        cancelled: Callable[[], bool],
        device: str,
    ) -> None:
        self._around = Surroundings(transport, clock, sleep, journal, cancelled, device)

    def resolve(self, measure: Measure) -> Measure:
        """The measure with what its names stand for on the target. Raises as :func:`resolving.resolve` does."""
        return resolving.resolve(self._around.transport, measure)

    def read(self, measure: Measure) -> Reading:
        """Read the control once. Raises as :func:`answer.read` does."""
        return answer.read(self._around.transport, measure)

    def prove(self, measure: Measure) -> Proof:
        """Probe before anything is sent; never raises for what the network does."""
        around = self._around
        return probe.prove(around.transport, measure, around.clock, around.sleep, vantage=around.device)

    def apply(self, plan: Plan, proof: Proof, approved: str) -> Outcome:
        """Switch it on, read it back, probe it.

        ``approved`` is the plan hash somebody approved. Raises :class:`RefusedError`, with nothing sent, when
        the plan is another, has expired, or is for another device or trust; errors of the journal pass
        through. All else is an outcome.
        """
        self._admit(plan, approved, "apply")
        return Execution(self._around, plan, _about(plan, proof)).run()

    def revert(self, plan: Plan, approved: str) -> Outcome:
        """Go back to the state found, read it back, probe that users are served; refuses as :meth:`apply`."""
        self._admit(plan, approved, "revert")
        return Execution(self._around, plan, self._no_proof(plan)).run()

    def resume(self, plan: Plan, proof: Proof, *, seen: bool = False) -> Outcome:
        """Finish a run that ended before its proof: reads back and probes, sends nothing, measures no time.

        ``plan`` comes from :func:`snapshot.restore`, ``proof`` from the record of the run that ended, and ``seen``
        says whether that run read the change back.
        """
        return Execution(self._around, plan, _about(plan, proof), seen=seen).pick_up()

    def watch_once(self, measure: Measure) -> Truth:
        """Look once at a measure in force: read the control, then probe, each a single time.

        Names are looked up first where what they stand for is not known.
        """
        around = self._around
        try:
            if measure.action.resolve and not measure.found:
                measure = self.resolve(measure)
            reading = answer.read(around.transport, measure)
        except CockpitError as error:
            said = f"it cannot be read: {error.what}"
            return self._truth(UNKNOWN, said, None, None)._replace(failure=error)
        observed = Observed(reading.state)
        if not reading.contained:
            why = f": {reading.warnings[0]}" if reading.warnings else ""
            return self._truth(DRIFTED, f"the control reads as not contained{why}", observed, None)
        spec = measure.probe
        if spec is None:
            return self._truth(ENGAGED, "the control reads contained; there is no probe", observed, None)
        sample = self._asked(measure, spec, Verdict.PASS)
        if sample.verdict is Verdict.FAIL:
            return self._truth(
                DRIFTED, "the control reads contained, but the probe is served", observed, sample
            )
        if sample.verdict is Verdict.INCONCLUSIVE:
            return self._truth(UNKNOWN, f"the control reads contained; {sample.why}", observed, sample)
        return self._truth(ENGAGED, "the control and the probe read contained", observed, sample)

    def follows(self, plan: Plan, *, seen: bool) -> tuple[str, str]:
        """Look once whether what was sent has taken effect by now, with a sentence: ``followed`` or ``waiting``.

        Where it was seen to do so (``seen``), what users get is asked, and ``drifted`` means that somebody changed it
        since. Raises as :meth:`read` does.
        """
        reading = self.read(plan.measure)
        made = reading.contained if plan.direction == "apply" else same(reading.state, plan.goal)
        if not made:
            return (DRIFTED if seen else WAITING), "the control does not read as the change makes it"
        spec = plan.measure.probe
        if not seen or spec is None:
            return FOLLOWED, "the control reads as the change makes it"
        wanted = WAYS[plan.direction].wanted
        sample = self._asked(plan.measure, spec, wanted)
        return (FOLLOWED if sample.verdict is wanted else WAITING), "it is read and probed"

    def _asked(self, measure: Measure, spec: Probe, wanted: Verdict) -> Sample:
        """One probe of each address; the first that is not as wanted, else the last."""
        around = self._around
        for number, each in enumerate(vantages(measure), 1):
            sample = probe.probe_once(
                around.transport,
                each,
                spec,
                around.clock,
                number=number,
                vantage=around.device,
                timeout_s=spec.timeout_s,
            )
            if sample.verdict is not wanted:
                break
        return sample

    def _admit(self, plan: Plan, approved: str, direction: Direction) -> None:
        around = self._around
        reasons = (
            (plan.direction != direction, f"this plan is not one to {direction}"),
            (plan.hash != approved, "this is not the plan that was approved"),
            (plan.expiry.over(around.clock), "the approval of this plan has expired"),
            (plan.device != around.device, "this plan was approved for another device"),
            (
                plan.trust != around.transport.trust,
                "certificates are configured otherwise than when it was approved",
            ),
        )
        for wrong, reason in reasons:
            if wrong:
                raise RefusedError(
                    reason, safe="Nothing was sent.", fix="Make the plan again and approve it."
                )

    def _truth(self, word: str, said: str, observed: Observed | None, sample: Sample | None) -> Truth:
        return Truth(word, said, observed, sample, self._around.clock.wall_us())

    def _no_proof(self, plan: Plan) -> Proof:
        reason = "no probe shows that users are served again"
        return Proof(False, reason, (), plan.probe, self._around.clock.mono_us())


def _about(plan: Plan, proof: Proof) -> Proof:
    """The proof, if it is about this plan's probe; otherwise one that proves nothing."""
    if proof.probe == plan.probe:
        return proof
    return proof._replace(could_fail=False, reason="the proof given is about another probe", probe=plan.probe)
