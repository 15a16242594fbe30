"""From the answers to a control that is proved: read, planned, shown, confirmed, there and back, and always taken back."""

import time
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.command.progress import waiting
from ircockpit.core.errors import CockpitError
from ircockpit.features.containment.inhand import in_hand
from ircockpit.features.containment.offers import engine_target
from ircockpit.features.containment.proofs import engaged_at
from ircockpit.features.containment.queries import proofs_left
from ircockpit.features.containment.rules import Badge, Tried, mark
from ircockpit.features.containment.trying import Ready, Trial, award, hand_of
from ircockpit.features.starting import rules
from ircockpit.features.starting.pages import plan_page
from ircockpit.features.starting.recognising import Heard
from ircockpit.features.systems.queries import systems
from ircockpit.inert.gate import clean, line
from ircockpit.render.span import Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from ircockpit.features.starting.guide import Guide


class Looked(NamedTuple):
    """The target as it is now, for this control."""

    ready: Ready | None
    page: tuple[Line, ...]
    """The plan, where it can be tried; else what keeps it from that, and what the gateway needs."""
    why_not: str = ""
    is_served: bool = True
    """Whether what the gateway's configuration lacks may be the reason: where nobody is served, it is another one."""
    needs: str = ""
    """The question that came up by it: credentials of either plane."""


SILENT = (
    "approved:",
    "accepted:",
    "recorded:",
    "reverting: reading",
    "reverting: change",
    "reverting: it reads",
)
"""Steps that are not told one by one; how it ends, and what is sent, is."""
PROBES_EVERY_S = 2.0
SERVED = (200, 0)
"""Of an answer over HTTP, and the exit status of a program."""


class Course:
    """Tells the course of a trial, without what is alike each time."""

    def __init__(self, say: "Callable[[str], None]") -> None:
        self._say, self._next = say, time.monotonic() + PROBES_EVERY_S
        self.effective = ""
        """How long the last effect took, in words."""

    def __call__(self, said: str) -> None:
        """One step, as the trial tells it."""
        if said.startswith("probe "):
            if time.monotonic() < self._next:
                return
            self._next = time.monotonic() + PROBES_EVERY_S
        elif said.startswith(SILENT):
            return
        state, _, rest = said.partition(": ")
        told = rest.partition(", seen from ")[0] or said
        if state == "effective":
            self.effective = told.partition(",")[0]
        self._say(f"  {said if state.startswith('probe') else told}")


def look(guide: "Guide") -> Looked:
    """Read the control and probe; nothing is changed. Raises a :class:`CockpitError` where the target cannot be bound."""
    with guide.transport() as transport:
        heard = Heard(transport)
        trial = _trial(guide, heard)
        with waiting("reading the control and asking as a user"):
            found = trial.prepare(guide.action.id, rules.params_of(guide.answers))
        if isinstance(found, Ready):
            return Looked(found, plan_page(found, _reached(heard, found)))
        for key, plane in (("auth", "control"), ("probe_auth", "probe")):
            if found.unready and heard.is_closed(plane):  # type: ignore[arg-type]
                return Looked(None, (), found.said, needs=key)
        is_served = heard.status.get("probe", 200) in SERVED
        return Looked(None, (), _why_not(guide, found, heard), found.unready and is_served)


def _why_not(guide: "Guide", found: Tried, heard: Heard) -> str:
    """Why it cannot be tried, with what answered instead, and what the probe asked where that is the reason."""
    if not found.unready:
        return found.said
    why = f"{found.said} ({heard.instead})" if heard.instead else found.said
    if on := _is_on(guide):
        return f"{why}. {on} at this gateway now, which may be why: it has to be taken back first"
    if heard.probed:
        why += f". It asked {heard.probed}; users who ask otherwise need a connector of your own: docs/connector-cookbook.md"
    return why


def _is_on(guide: "Guide") -> str:
    """Which control is on at this gateway by what this device knows, in the beginning of a sentence; empty for none."""
    place, known = rules.place_of(guide.answers), systems(guide.station.view)
    at = {
        (system.ident, target.name): system.name
        for system in known
        for target in system.targets
        if target.admin == place.admin or (place.probe and target.probe == place.probe)
    }
    for left in proofs_left(guide.station):
        if (left.system, left.target) in at:
            return f"{left.control} of {at[left.system, left.target]} is left ON by a trial"
    row = engaged_at(guide.station.view, known, place)
    return f"{line(row.title, 60)} ({row.short}) of an incident is on" if row else ""


def _reached(heard: Heard, ready: Ready) -> str:
    """How many it reaches now, where the target can be asked."""
    from ircockpit.features.containment.engine.reach import count

    reach = count(heard, ready.plan.measure)
    return reach.said if reach is not None else ""


def run(guide: "Guide", ready: Ready, say: "Callable[[str], None]") -> Tried:
    """There and back, twice; what is on when somebody leaves is taken back first."""
    # What another trial has on now must not be taken for one that was cut off.
    with in_hand(guide.station, hand_of(guide.connector.id)), guide.transport() as transport:
        return _trial(guide, Heard(transport), say).run(ready)


def badge(guide: "Guide", done: Tried) -> Badge:
    """Keep what was proved."""
    with guide.transport() as transport:
        version = _trial(guide, Heard(transport)).version()
    target = rules.place_of(guide.answers)
    proved = mark(done.action, rules.params_of(guide.answers), target.admin, target.probe)
    return award(
        guide.station, guide.connector.sha256,
        Badge(clean(version) or "a version not stated", target.name, guide.station.clock.wall_us(), (done.action,), (proved,)),
    )  # fmt: skip


def prepared(guide: "Guide") -> str:
    """What the gateway needs in its configuration, with the parameters as they are answered; empty where nothing is known."""
    from ircockpit.features.containment.engine.measure import partly_bound
    from ircockpit.features.containment.engine.template import fill_text

    if not guide.action.prepare:
        return ""
    target = engine_target(guide.station.profile, rules.place_of(guide.answers))
    try:
        measure = partly_bound(guide.connector, guide.action.id, rules.params_of(guide.answers), target)
        return fill_text(guide.action.prepare, measure.scope)
    except CockpitError:
        return guide.action.prepare


def _trial(guide: "Guide", heard: Heard, say: "Callable[[str], None] | None" = None) -> Trial:
    target = engine_target(guide.station.profile, rules.place_of(guide.answers))
    return Trial(guide.station, guide.connector, target, heard, say or (lambda _: None))
