"""Where a run goes: the data plane of a system's target, asked as the run was planned."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import RefusedError
from ircockpit.features.containment.queries import CONTAINED, SERVED, data_plane, probe_address
from ircockpit.features.replay.asking import Said, address, body, read
from ircockpit.features.replay.events import BLOCKED, FAILED, PROBE, REPRODUCED
from ircockpit.features.replay.queries import RunRow
from ircockpit.features.replay.rules import Terms
from ircockpit.features.systems.queries import system
from ircockpit.features.systems.rules import System, Target
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.net.giveup import GiveUp

_PROBE_TOKENS = 16
"""A probe asks for a word or two; what it costs is not told."""
_OWN = "the control's own answer"


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

    Nothing is asked of this device's acceptance yet: that is looked at before anything is sent.
    """
    if not ident:
        raise RefusedError(
            "which system the incident is about is not known", safe="nothing was recorded or sent",
            fix="ircockpit assign INCIDENT SYSTEM",
        )  # fmt: skip
    found = system(station.view, ident)
    with_probe = [each for each in found.targets if each.probe]
    target = next((each for each in with_probe if not name or each.name == name), None)
    if target is None:
        there = ", ".join(each.name for each in with_probe) or "none has an address of its data plane"
        raise RefusedError(
            f"{found.name} has no target {name!r} that users reach" if name else f"{found.name} has no target to ask",
            safe="nothing was recorded or sent", fix=f"targets: {there}",
        )  # fmt: skip
    if terms.api != PROBE:
        return Place(found, target, address(target.probe, terms))
    return Place(found, target, probe_address(station, found, target, control))


class Line:
    """The way to one target for one run; a context manager. Raises with nothing sent where it may not be gone."""

    def __init__(self, station: Workstation, row: RunRow, give_up: "GiveUp") -> None:
        place = place_of(station, row.system, row.target, row.terms, row.control)
        self._terms, self._url = row.terms, place.url
        self._plane = data_plane(
            station, place.system, place.target, give_up, action=row.action,
            control=row.control if row.terms.api == PROBE else "",
        )  # fmt: skip
        self.untold = self._plane.untold
        """Why the control's own answer cannot be told from an error here; empty where it can, or there is none."""
        if place.url != row.url:
            raise RefusedError(
                "the target's address is not the one that was planned", safe="nothing was sent",
                fix="plan a new run: ircockpit replay plan",
            )  # fmt: skip

    def __enter__(self) -> "Line":
        self._plane.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._plane.__exit__()

    def ask(self, prompt: str) -> Asked:
        """Send one request and say what came of it. Raises a :class:`CockpitError` for no whole answer."""
        timeout_s = self._terms.timeout_ms / 1000
        if self._terms.api == PROBE:
            return self._probe(timeout_s)
        response = self._plane.post(self._url, body(prompt, self._terms), timeout_s)
        said = read(response, prompt, self._terms)
        model = said.model if self._plane.redact(said.model) == said.model else ""
        said = said._replace(text=self._plane.redact(said.text), model=model)
        if self._plane.is_contained(response):
            said = said._replace(kind=BLOCKED, why=_OWN, wait_s=0.0)
        return Asked(said, response.status, response.elapsed_us // 1000)

    def _probe(self, timeout_s: float) -> Asked:
        probed = self._plane.probe(timeout_s)
        kind, why = {CONTAINED: (BLOCKED, _OWN), SERVED: (REPRODUCED, "the probe is served")}.get(
            probed.reads, (FAILED, f"neither served nor {_OWN}")
        )
        return Asked(Said(kind, why=why, tokens=_PROBE_TOKENS), probed.status, probed.ms)
