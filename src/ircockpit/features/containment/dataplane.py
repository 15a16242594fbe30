"""The data plane of a target as users reach it: one request at a time there, and the control's own answer told from others."""

from typing import TYPE_CHECKING, NamedTuple, Self

from ircockpit.core.errors import BadInput, CockpitError, RefusedError
from ircockpit.core.jsontext import strict_loads
from ircockpit.features.containment import queries
from ircockpit.features.containment.afar import measure_afar
from ircockpit.features.containment.offers import engine_target, measure_for
from ircockpit.features.containment.queries import CONTAINED, NEITHER, SERVED
from ircockpit.features.systems.queries import is_accepted
from ircockpit.features.systems.rules import System, Target
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.transport import TargetTransport
    from ircockpit.net.giveup import GiveUp
    from ircockpit.net.http import Response


class Probed(NamedTuple):
    """What one probe says."""

    reads: str
    """``served``, ``contained``, or ``neither``."""
    status: int
    ms: int


def probing(station: Workstation, system: System, target: Target, name: str) -> "Measure":
    """A control of a target whose probe can be asked. Raises :class:`CockpitError` saying why there is none."""
    controls = [each for each in system.controls if each.target == target.name]
    control = next((each for each in controls if each.name == name), None)
    if control is None:
        there = ", ".join(each.name for each in controls) or "none"
        raise RefusedError(
            f"{target.name} has no control {name!r} whose probe could be asked", safe="nothing was recorded or sent",
            fix=f"--control names one of: {there}",
        )  # fmt: skip
    measure = measure_for(station, control, target)
    if measure.probe is None:
        raise RefusedError(f"the connector of {name} defines no probe", safe="nothing was recorded or sent")
    return measure


def probe_url(measure: "Measure") -> str:
    """Where the probe of a control asks; empty where there is no probe."""
    from ircockpit.features.containment.engine.probe import request_of

    planned = request_of(measure)
    return planned.url if planned is not None else ""


def control_of(station: Workstation, action: str, system: str) -> "tuple[Measure | None, str]":
    """The control that an action switched, so that its own answer can be told anywhere in its system; else why it cannot be.

    Also at another target than its own: what is asked in a fix's stead may be led past the very same gateway.
    """
    try:
        row = queries.action(station.view, action)
        if row.system != system:
            return None, "the control is one of another system than the one that is asked"
        measure = measure_afar(station, row)
    except CockpitError as error:
        return None, error.what
    return (
        (measure, "")
        if measure.probe is not None
        else (None, "its connector has no probe that says how it answers")
    )


class DataPlane:
    """Asks the data plane of one target; a context manager.

    Entered only where this device has accepted the addresses; a secret that is not to be had is found out then.
    ``give_up`` ends from another thread what is under way. Raises what the transport raises.
    """

    def __init__(
        self,
        station: Workstation,
        system: System,
        target: Target,
        measure: "Measure | None",
        give_up: "GiveUp",
        *,
        untold: str = "",
    ) -> None:
        if not is_accepted(station.profile, target):
            raise RefusedError(
                f"this device has not accepted the addresses of {target.name}", safe="nothing was sent",
                fix=f"read them and accept them: ircockpit system trust {system.name}",
            )  # fmt: skip
        self._station, self._measure, self._give_up = station, measure, give_up
        self.untold = untold
        """Why the control's own answer cannot be told from an error here; empty where it can, or there is none."""
        self._target = engine_target(station.profile, target)
        self._transport: TargetTransport

    def __enter__(self) -> Self:
        from ircockpit.features.containment.engine.transport import TargetTransport
        from ircockpit.secrets.sources import resolve

        if self._target.probe_auth is not None:
            for source in self._target.probe_auth.sources:
                resolve(source)
        self._transport = TargetTransport(self._target, lambda uri: resolve(uri).reveal(), self._give_up)
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.__exit__(None, None, None)

    def post(self, url: str, body: bytes, timeout_s: float) -> "Response":
        """Send one JSON request with the users' credentials."""
        from ircockpit.features.containment.engine.request import Header, PlannedRequest, credentials

        own, in_query, signing = credentials(self._target.probe_auth)
        headers = (Header("content-type", "application/json"), *own)
        request = PlannedRequest(
            "probe", "POST", url, headers, body.decode("ascii"), in_query=in_query, signing=signing
        )
        return self._transport.send(request, timeout_s)

    def redact(self, text: str) -> str:
        """The text without any secret that was used."""
        return self._transport.redact(text)

    def is_contained(self, response: "Response") -> bool:
        """Whether an answer is the control's own, by what its connector's probe says: no error and no outage is."""
        from ircockpit.features.containment.engine import expression

        measure = self._measure
        spec = measure.probe if measure is not None else None
        if measure is None or spec is None:
            return False
        try:
            value = strict_loads(response.body, floats=True)
        except BadInput:
            value = None
        scope = {
            **measure.scope, "status": response.status, "headers": dict(response.headers),
            "text": response.body.decode("utf-8", "replace"), "body": value,
        }  # fmt: skip
        return expression.holds(spec.contained, scope).yes and not expression.holds(spec.serving, scope).yes

    def probe(self, timeout_s: float) -> Probed:
        """Ask the control's own probe once; never raises for what the network does."""
        from ircockpit.features.containment.engine.probe import Verdict, probe_once

        measure = self._measure
        spec = measure.probe if measure is not None else None
        if measure is None or spec is None:
            raise RefusedError("the control has no probe", safe="nothing was sent")
        sample = probe_once(
            self._transport, measure, spec, self._station.clock, number=1,
            vantage=self._station.identity.device, timeout_s=timeout_s,
        )  # fmt: skip
        reads = {Verdict.PASS: CONTAINED, Verdict.FAIL: SERVED}.get(sample.verdict, NEITHER)
        return Probed(reads, sample.exchange.status or 0, sample.exchange.elapsed_us // 1000)
