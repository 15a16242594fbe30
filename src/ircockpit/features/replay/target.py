"""Where a run goes: an address this device has accepted, secrets by their source, and the control's own answer told apart."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import BadInput, CockpitError, RefusedError
from ircockpit.core.jsontext import strict_loads
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.afar import measure_afar
from ircockpit.features.containment.offers import engine_target, measure_for
from ircockpit.features.replay.asking import Said, address, body, read
from ircockpit.features.replay.events import PROBE
from ircockpit.features.replay.queries import RunRow
from ircockpit.features.replay.rules import BLOCKED, FAILED, REPRODUCED, Terms
from ircockpit.features.systems.queries import is_accepted, system
from ircockpit.features.systems.rules import System, Target
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.request import PlannedRequest
    from ircockpit.features.containment.engine.transport import HttpTransport
    from ircockpit.net.giveup import GiveUp
    from ircockpit.net.http import Response

_PROBE_TOKENS = 16
"""A probe asks for a word or two; what it costs is not told."""
EXCERPT = 80


class Place(NamedTuple):
    """A target of a system with what is asked there."""

    system: System
    target: Target
    url: str


class Asked(NamedTuple):
    """What came of one request."""

    said: Said
    status: int
    ms: int


def place_of(station: Workstation, ident: str, name: str, terms: Terms, control: str = "") -> Place:
    """The place a run is to go to: the data plane of a system's target. Raises :class:`CockpitError` saying what lacks.

    Nothing is asked of this device's acceptance yet: one may plan what a colleague's device will send.
    """
    if not ident:
        raise RefusedError(
            "which system the incident is about is not known", safe="nothing was recorded or sent",
            fix="ircockpit assign INCIDENT SYSTEM",
        )  # fmt: skip
    found = system(station.view, ident)
    with_probe = [each for each in found.targets if each.probe]
    chosen = [each for each in with_probe if not name or each.name == name]
    if len(chosen) != 1 and not (chosen and not name):
        there = ", ".join(each.name for each in with_probe) or "none has an address of its data plane"
        raise RefusedError(
            f"{found.name} has no target {name!r} that users reach" if name else f"{found.name} has no target to ask",
            safe="nothing was recorded or sent", fix=f"targets: {there}",
        )  # fmt: skip
    target = chosen[0]
    if terms.api != PROBE:
        return Place(found, target, address(target.probe, terms))
    measure = _probing(station, found, target, control)
    from ircockpit.features.containment.engine.probe import request_of

    planned = request_of(measure)
    return Place(found, target, planned.url if planned is not None else target.probe)


class Line:
    """The way to one target for one run; a context manager.

    Made only where this device has accepted the addresses. A secret that is not to be had is found out here,
    before anything is sent. ``give_up`` ends from another thread what is under way.
    """

    def __init__(self, station: Workstation, row: RunRow, give_up: "GiveUp") -> None:
        self._station, self._terms, self._give_up = station, row.terms, give_up
        place = place_of(station, row.system, row.target, row.terms, row.control)
        if not is_accepted(station.profile, place.target):
            raise RefusedError(
                f"this device has not accepted the addresses of {place.target.name}", safe="nothing was sent",
                fix=f"read them and accept them: ircockpit system trust {place.system.name}",
            )  # fmt: skip
        if place.url != row.url:
            raise RefusedError(
                "the target's address is not the one that was planned", safe="nothing was sent",
                fix="plan a new run: ircockpit replay plan",
            )  # fmt: skip
        self.place = place
        self._measure: Measure | None = None
        self.untold = ""
        """Why the control's own answer cannot be told from an error here; empty where it can, or there is none."""
        if row.terms.api == PROBE:
            self._measure = _probing(station, place.system, place.target, row.control)
        elif row.action:
            self._measure, self.untold = _control_of(station, row)
        self._transport: HttpTransport

    def __enter__(self) -> "Line":
        from ircockpit.features.containment.engine.transport import HttpTransport
        from ircockpit.secrets.sources import resolve

        target = engine_target(self.place.target)
        if target.probe_auth is not None:
            resolve(target.probe_auth.secret)
        self._transport = HttpTransport(target, lambda uri: resolve(uri).reveal(), self._give_up)
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.__exit__(None, None, None)

    def ask(self, prompt: str) -> Asked:
        """Send one request and say what came of it. Raises a :class:`CockpitError` for no whole answer."""
        timeout_s = self._terms.timeout_ms / 1000
        if self._terms.api == PROBE:
            return self._probe(timeout_s)
        response = self._transport.send(self._request(prompt), timeout_s)
        said = read(response, prompt, self._terms)
        said = said._replace(text=self._transport.redact(said.text))
        if self._is_the_controls(response):
            said = said._replace(kind=BLOCKED, why="the control's own answer", wait_s=0.0)
        return Asked(said, response.status, response.elapsed_us // 1000)

    def _request(self, prompt: str) -> "PlannedRequest":
        from ircockpit.features.containment.engine.request import Header, PlannedRequest

        headers = [Header("content-type", "application/json")]
        auth = engine_target(self.place.target).probe_auth
        if auth is not None:
            headers.append(Header(auth.header.lower(), auth.prefix, auth.secret))
        return PlannedRequest(
            "probe", "POST", self.place.url, tuple(headers), body(prompt, self._terms).decode()
        )

    def _is_the_controls(self, response: "Response") -> bool:
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

    def _probe(self, timeout_s: float) -> Asked:
        from ircockpit.features.containment.engine.probe import Verdict, probe_once

        measure = self._measure
        spec = measure.probe if measure is not None else None
        if measure is None or spec is None:  # place_of has refused it before
            raise RefusedError("the control has no probe", safe="nothing was sent")
        sample = probe_once(
            self._transport, measure, spec, self._station.clock, number=1,
            vantage=self._station.identity.device, timeout_s=timeout_s,
        )  # fmt: skip
        kinds = {Verdict.PASS: BLOCKED, Verdict.FAIL: REPRODUCED, Verdict.INCONCLUSIVE: FAILED}
        words = {Verdict.PASS: "the control's own answer", Verdict.FAIL: "the probe is served"}
        said = Said(kinds[sample.verdict], "", words.get(sample.verdict, "neither served nor the control's answer"),
                    _PROBE_TOKENS)  # fmt: skip
        return Asked(said, sample.exchange.status or 0, sample.exchange.elapsed_us // 1000)


def _probing(station: Workstation, found: System, target: Target, name: str) -> "Measure":
    control = next(
        (each for each in found.controls if each.name == name and each.target == target.name), None
    )
    if control is None:
        there = ", ".join(each.name for each in found.controls if each.target == target.name) or "none"
        raise RefusedError(
            f"{target.name} has no control {name!r} whose probe could be asked", safe="nothing was recorded or sent",
            fix=f"--control names one of: {there}",
        )  # fmt: skip
    measure = measure_for(station, control, target)
    if measure.probe is None:
        raise RefusedError(f"the connector of {name} defines no probe", safe="nothing was recorded or sent")
    return measure


def _control_of(station: Workstation, row: RunRow) -> "tuple[Measure | None, str]":
    """The control that a run is about, so that its own answer is told from an error; else why it cannot be."""
    try:
        action = containment.action(station.view, row.action)
        if (action.system, action.target) != (row.system, row.target):
            return None, "the control is at another target than the one that is asked"
        measure = measure_afar(station, action)
    except CockpitError as error:
        return None, error.what
    return (
        (measure, "")
        if measure.probe is not None
        else (None, "its connector has no probe that says how it answers")
    )
