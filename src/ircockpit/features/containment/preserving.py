"""Evidence kept beside a change: what a system's record names is read from its targets the moment a plan opens."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.command.action import Result
from ircockpit.core import stated
from ircockpit.core.errors import CockpitError, ExitCode, RefusedError, defect
from ircockpit.core.jsontext import canonical
from ircockpit.core.scopes import RESTRICTED
from ircockpit.features.containment import shelf
from ircockpit.features.containment.offers import engine_target, known_missing_of
from ircockpit.features.evidence.drafts import exhibit_drafts
from ircockpit.features.evidence.queries import exhibits, never_copy
from ircockpit.features.incidents.queries import incident as incident_of
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.summary import blanked
from ircockpit.features.systems.queries import is_accepted, system, systems
from ircockpit.features.systems.rules import NAME, Control, System
from ircockpit.inert.gate import clean, line
from ircockpit.net.giveup import GiveUp
from ircockpit.render.span import Span
from ircockpit.secrets.sources import resolve
from ircockpit.store.locks import held_now
from ircockpit.store.workstation import Draft

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.preserving import Captured
    from ircockpit.features.containment.engine.spec import Preserve
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.store.workstation import Workstation

PRESERVED = "containment.preserved"
BEGUN, WHOLE, PART, NOTHING = "begun", "kept", "in part", "not kept"
AGAIN_US = 15 * 60 * 1_000_000
"""Microseconds within which what was kept of an incident is not read again when another plan is opened."""
SAID = 240
GRACE_S = 60.0
"""Seconds that a command waits at its end for what is still being read."""


class Wish(NamedTuple):
    """One thing to be kept of a target."""

    name: str
    title: str
    what: "tuple[Measure, Preserve] | None"
    why_not: str
    """Why it cannot be read from this device; empty where it can."""


class Preserved(NamedTuple):
    """What is on record of one such thing in an incident."""

    name: str
    title: str
    outcome: str
    exhibit: str
    """Its label, ``E3``, where something was kept."""
    why: str
    at_us: int
    """When it ended, or began where that is all that is known."""
    device: str = ""


def preserves(station: "Workstation", system_id: str) -> bool:
    """Whether the record of a system names anything to be kept."""
    return any(each.preserve for each in systems(station.view) if each.ident == system_id)


def _stop(station: "Workstation", incident: str) -> bool:
    """Have whoever is at it stop, in whatever process; whether anybody is."""
    with held_now(_lock(station, incident)) as ours:
        if not ours:
            _marker(station, incident).touch(mode=0o600)
        return not ours


def at_it(station: "Workstation", incident: str) -> bool:
    """Whether a process of this device is reading for an incident now."""
    if not _lock(station, incident).exists():
        return False
    with held_now(_lock(station, incident)) as ours:
        return not ours


def _lock(station: "Workstation", incident: str) -> Path:
    return station.profile.snapshots / f"preserve-{incident}.lock"


def _marker(station: "Workstation", incident: str) -> Path:
    return station.profile.snapshots / f"preserve-{incident}.stop"


def wishes(station: "Workstation", incident: "IncidentRow") -> list[Wish]:
    """What the record of the incident's system names, in its order; each with why it cannot be read from here."""
    if not incident.system:
        return []
    found = system(station.view, incident.system)
    return [_wish(station, found, each) for each in found.preserve]


def _wish(station: "Workstation", found: System, each: Control) -> Wish:
    from ircockpit.features.containment.engine.preserving import bind

    place = found.target(each.target)
    title = line(each.title, 60)
    if not NAME.fullmatch(each.name):  # a colleague's record; a file is called after it
        return Wish(line(each.name, 60), title, None, "its name is not one that this device takes")
    if place is None or not is_accepted(station.profile, place):
        why = "its target is not described" if place is None else "its target is not accepted on this device"
        return Wish(each.name, title, None, why)
    try:
        held = shelf.connector(station.profile, each.connector)
        measure, spec = bind(held, each.action, dict(each.params), engine_target(station.profile, place))
    except CockpitError as error:
        return Wish(each.name, title, None, error.what)
    if each.title in (each.name, each.name.replace("-", " ")):
        title = line(spec.title, 60)
    auth = measure.target.credentials(spec.plane)
    why = known_missing_of((*(auth.sources if auth is not None else ()), *measure.secrets.values()))
    return Wish(each.name, title, None if why else (measure, spec), why)


def preserved(station: "Workstation", incident: str) -> list[Preserved]:
    """What is on record of each thing that was to be kept of an incident, the latest of each name, oldest first."""
    latest: dict[tuple[str, str], Preserved] = {}
    rows = station.view.rows(
        "SELECT body, wall, device FROM entry WHERE ent=? AND type=? AND doubt='' ORDER BY lam, event_id",
        (incident, PRESERVED),
    )
    for body, wall, device in rows:
        said = stated.table(body)
        name = stated.text(said.get("name"))
        title, outcome, exhibit, why = (
            stated.text(said.get(field)) for field in ("title", "outcome", "exhibit", "why")
        )
        latest.pop((device, name), None)
        latest[device, name] = Preserved(name, title, outcome, exhibit, why, int(wall), str(device))
    return list(latest.values())


def preserve(
    station: "Workstation", incident: str, give_up: GiveUp, tell: Callable[[str], object] = lambda _: None
) -> list[Preserved]:
    """Read and keep, one after the other, what was not kept a short while ago; returns what came of it.

    Nothing waits for this, and what goes wrong is on record. Where a duty forbids copies about the incident, nothing is
    read. Another window or command that is at it already is left to it.
    """
    (row,) = incidents(station.view, [incident])
    wanted = wishes(station, row)
    if not wanted:
        return []
    with held_now(_lock(station, incident)) as ours:
        if ours:
            _marker(station, incident).unlink(missing_ok=True)
        now = station.clock.wall_us()
        known = preserved(station, incident)
        fresh = {each.name for each in known if each.outcome in (WHOLE, PART) and now - each.at_us < AGAIN_US}
        todo = [each for each in wanted if each.name not in fresh] if ours else []
        if todo:
            station.append([_said(row, each, BEGUN) for each in todo])
        return [_one(station, row, each, give_up, tell) for each in todo]


def _one(
    station: "Workstation", row: "IncidentRow", wish: Wish, give_up: GiveUp, tell: Callable[[str], object]
) -> Preserved:
    from ircockpit.features.containment.engine.preserving import STOPPED, capture
    from ircockpit.features.containment.engine.transport import TargetTransport

    forbidden = never_copy(station, row.ident, row.stream)
    marker = _marker(station, row.ident)

    def stopped() -> bool:
        return give_up.asked or marker.exists()

    why = STOPPED if stopped() else forbidden or wish.why_not
    found = None
    if not why and wish.what is not None:
        measure, spec = wish.what
        try:
            with TargetTransport(measure.target, lambda uri: resolve(uri).reveal(), give_up) as transport:
                found = capture(transport, measure, spec, station.clock, stopped)
            why = found.why
        except CockpitError as error:  # a certificate or a secret that is gone
            why = error.what
    label = ""
    if found is not None and found.lines:
        try:
            label = _keep(station, row, wish, found)
        except CockpitError as error:
            why = error.what
    outcome = NOTHING if not label else PART if why else WHOLE
    why = why or ("" if label else "there was nothing")
    came = Preserved(wish.name, wish.title, outcome, label, clean(line(why, SAID)), station.clock.wall_us())
    station.append([_said(row, wish, outcome, came, found)])
    tell(words_of(came))
    return came


def words_of(came: Preserved) -> str:
    """What came of it, as a sentence: ``kept conversations of the bot as E3``."""
    why = f": {came.why}" if came.why else ""
    if came.outcome in (WHOLE, PART):
        return f"{came.outcome}: {came.title} as {came.exhibit}{why}"
    return f"{NOTHING}: {came.title}{why or ', it was cut off'}"


def _keep(station: "Workstation", row: "IncidentRow", wish: Wish, found: "Captured") -> str:
    """Take it into custody, restricted; the exhibit's label. Raises :class:`RefusedError` where it must not be copied."""
    from ircockpit.features.containment.engine.request import bound, planned

    assert wish.what is not None  # noqa: S101 - only what was read is kept
    measure, spec = wish.what
    here = measure._replace(found={"next": spec.first})
    header = {
        "preserved": wish.name, "title": wish.title, "target": measure.target.name, "connector": measure.connector.id,
        "connector_sha256": measure.connector.sha256, "pages": found.pages, "whole": not found.why, "why": found.why,
        "first_request": bound(planned(spec, here, spec.plane, here.scope)),
    }  # fmt: skip
    if forbidden := never_copy(station, row.ident, row.stream):
        raise RefusedError(forbidden, safe="nothing was kept")
    path = station.profile.snapshots / f"{wish.name} of {measure.target.name.replace('/', '_')}.jsonl"
    try:
        path.touch(mode=0o600)
        path.write_bytes(b"\n".join((canonical(header), *found.lines)) + b"\n")
        origin = f"{wish.title}, read from {measure.target.name} beside containment"
        with exhibit_drafts(station, row.ident, str(path), origin, scope=RESTRICTED) as (ident, drafts):
            station.append(drafts)
    finally:
        with suppress(OSError):
            path.unlink()
    return next(each.label for each in exhibits(station.view, row.ident) if each.ident == ident)


def _said(
    row: "IncidentRow",
    wish: Wish,
    outcome: str,
    came: Preserved | None = None,
    found: "Captured | None" = None,
) -> Draft:
    body: dict[str, Any] = {"name": wish.name, "title": wish.title, "outcome": outcome}
    if came is not None:
        body |= {"exhibit": came.exhibit, "why": came.why}
    if found is not None:
        body |= {"pages": found.pages, "lines": len(found.lines)}
    return Draft(row.stream, PRESERVED, row.ident, (body,))


class Preserving:
    """One run in a daemon thread with a workstation of its own: no key and no change waits for it."""

    def __init__(
        self,
        open_station: "Callable[[], AbstractContextManager[Workstation]]",
        incident: str,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._open, self._incident, self._tell = open_station, incident, tell
        self.give_up = GiveUp()
        self.problem: CockpitError | None = None
        self._thread = threading.Thread(target=self._run, name="preserve", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; whether it is over."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with self._open() as station:
                preserve(station, self._incident, self.give_up, self._tell)
        except Exception as error:  # whatever it is, it must reach nobody as a traceback over a screen
            self.problem = error if isinstance(error, CockpitError) else defect(error)


@contextmanager
def beside(station: "Workstation", incident: "IncidentRow") -> Iterator[None]:
    """Preserve while a command plans and sends, and let it end what it has begun; an interrupt leaves the rest.

    Where the command itself fails, nobody is kept from trying again: what is not read by then is left.
    """
    from ircockpit.command.progress import tell, waiting
    from ircockpit.features.catalogue import open_workstation

    if not preserves(station, incident.system):
        yield
        return
    folder = station.profile.folder
    running = Preserving(lambda: open_workstation(folder, beside=True), incident.ident, tell)
    try:
        yield
        with suppress(KeyboardInterrupt), waiting("preserving; an interrupt leaves what is not read yet"):
            running.wait(GRACE_S)
    finally:
        running.give_up.now()
        running.wait(1.0)
        station.refresh()


def preserve_now(station: "Workstation", *, incident: str, stop: bool = False) -> Result:
    """Keep what the system's record names, now; or stop what is being read."""
    from ircockpit.command.progress import tell

    row = incident_of(station.view, incident)
    if stop:
        ended = _stop(station, row.ident)
        said = "it stops before its next page" if ended else "nothing is being preserved here"
        return Result({"incident": row.ident, "stopped": ended}, (), said)
    if not preserves(station, row.system):
        raise RefusedError(
            f"the system of {row.short} names nothing to preserve", safe="nothing was read",
            fix="ircockpit system add NAME --preserve says what",
        )  # fmt: skip
    came = preserve(station, row.ident, GiveUp(), tell)
    lines = tuple((Span(clean(line(words_of(each), SAID))),) for each in came)
    data = blanked([each._asdict() for each in came])
    bad = any(each.outcome != WHOLE for each in came)
    said = "" if came else "all of it was preserved a short while ago, or somebody is at it"
    return Result(data, lines, said, int(ExitCode.FAILED if bad else ExitCode.OK))
