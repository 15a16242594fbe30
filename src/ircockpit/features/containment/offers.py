"""What a system's controls offer in an incident: which digit does what, and why one cannot be used."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import CockpitError
from ircockpit.features.containment import queries, shelf
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.systems.queries import is_accepted, systems
from ircockpit.features.systems.rules import Control, System, read_auth
from ircockpit.features.systems.rules import Target as Place
from ircockpit.inert.gate import line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.target import Credentials, Target
    from ircockpit.store.profile import Profile
    from ircockpit.store.workstation import Workstation


class Offer(NamedTuple):
    """One control of the incident's system."""

    digit: int
    control: Control
    title: str
    """What it does, in words: as recorded, else as its connector calls it."""
    place: Place | None
    blast: str
    why_not: str
    """Why it cannot be used here now, empty where it can."""
    action: ActionRow | None
    """The newest action of this control in the incident."""
    proved_us: int
    """When a device of the team last saw it effective, in an incident or in a proof outside of them; 0 for never."""

    @property
    def in_force(self) -> bool:
        """Whether it may be on because of this incident."""
        return self.action is not None and self.action.state in queries.ENGAGED


def offers(station: "Workstation", incident: str, system_id: str) -> list[Offer]:
    """The controls of a system, in the order of their digits; ``incident`` is empty for signals that are none yet."""
    system = next((each for each in systems(station.view) if each.ident == system_id), None)
    if system is None:
        return []
    from ircockpit.features.readiness.queries import proved_us

    outside = proved_us(station, system)
    found = [
        _offer(station, incident, system, digit, control, outside.get(control.name, 0))
        for digit, control in enumerate(system.controls, 1)
    ]
    closed = closed_reason(station, incident)
    return [offer._replace(why_not=closed) for offer in found] if closed else found


def closed_reason(station: "Workstation", incident: str) -> str:
    """Why nothing is stopped from a closed incident, empty for an open one: nobody would look for it there."""
    rows = incidents(station.view, [incident] if incident else [])
    if not rows or not rows[0].closed:
        return ""
    return f"{rows[0].short} is closed: ircockpit reopen {rows[0].short} --why REASON"


def measure_of(station: "Workstation", offer: Offer) -> "Measure":
    """The control made concrete. Raises a :class:`CockpitError` saying why it cannot be used."""
    return measure_for(station, offer.control, offer.place)


def measure_for(station: "Workstation", control: Control, place: Place | None) -> "Measure":
    """A control made concrete at a target. Raises a :class:`CockpitError` saying why it cannot be used."""
    from ircockpit.features.containment.engine.measure import bind

    held = shelf.connector(station.profile, control.connector)
    return bind(held, control.action, dict(control.params), engine_target(station.profile, place))


def engine_target(profile: "Profile", place: Place | None) -> "Target":
    """A recorded target as the engine takes it, with the program this device allows for it."""
    from ircockpit.core.errors import UsageError
    from ircockpit.features.containment.engine.target import Target

    if place is None:
        raise UsageError("the control has no target")
    name = place.admin.removeprefix("exec:")
    return Target(
        place.name,
        place.admin,
        place.probe or None,
        place.probes,
        max(place.replicas, 1),
        auth=_credentials(place.auth),
        probe_auth=_credentials(place.probe_auth),
        ca_file=place.ca or None,
        client_cert=place.cert or None,
        program=shelf.programs(profile).get(name, "") if name != place.admin else "",
    )


def _credentials(text: str) -> "Credentials | None":
    from ircockpit.features.containment.engine.target import Auth, OAuth2, SigV4

    if not text:
        return None
    stated = read_auth(text)
    words = stated.words
    match stated.kind:
        case "sigv4":
            return SigV4(*words)
        case "oauth2":
            return OAuth2(words[0], words[1], words[2], " ".join(words[3:]))
        case "basic":
            return Auth("Authorization", words[1], "Basic ", user=words[0])
        case "query":
            return Auth(words[0], words[1], query=True)
        case "bearer":
            return Auth("Authorization", words[0], "Bearer ")
        case _:
            return Auth(words[0], words[2], words[1])


def _offer(
    station: "Workstation", incident: str, system: System, digit: int, control: Control, outside_us: int
) -> Offer:
    place = system.target(control.target)
    title, blast, why_not = control.title, "", ""
    try:
        held = shelf.connector(station.profile, control.connector)
        blast = held.action(control.action).blast.text
        if title == control.name:
            title = held.action(control.action).title
    except CockpitError as error:
        why_not = error.what
    if place is None:
        why_not = f"its target {control.target} is not described"
    elif not is_accepted(station.profile, place):
        why_not = f"this device has not accepted {place.admin}: ircockpit system trust {system.name}"
    elif not why_not:
        try:
            measure = measure_of(station, Offer(digit, control, title, place, "", "", None, 0))
            why_not = _secret_missing(measure)
        except CockpitError as error:
            why_not = error.what
    newest = queries.latest_of_control(station.view, incident, control.name)
    return Offer(
        digit,
        control,
        line(title, queries.TITLE_CELLS),
        place,
        blast,
        why_not,
        newest,
        max(_proved(station, system.ident, control.name), outside_us),
    )


def _secret_missing(measure: "Measure") -> str:
    """Why a secret that a control needs is not to be had, where that is known without asking for it."""
    auth = measure.target.auth
    return known_missing_of((*(auth.sources if auth is not None else ()), *measure.secrets.values()))


def known_missing_of(sources: "Iterable[str]") -> str:
    """Why one of these secrets is not to be had, as far as that is known without asking; empty where they may be."""
    from ircockpit.secrets.sources import known_missing

    return next(filter(None, map(known_missing, sources)), "")


def _proved(station: "Workstation", system: str, control: str) -> int:
    rows = station.view.rows(
        "SELECT max(e.wall) FROM action a JOIN entry e ON e.ent = a.id AND e.type = 'containment.stepped' AND e.doubt = ''"
        " WHERE a.system = ? AND a.control = ? AND json_extract(e.body, '$.value') = 'effective'",
        (system, control),
    )
    return int(rows[0][0] or 0)
