"""What the record says of controls that took effect and were taken back, and what may be on at an address now."""

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core import stated
from ircockpit.core.digest import sha256
from ircockpit.core.errors import CockpitError
from ircockpit.core.ids import belongs
from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.inhand import kept_file
from ircockpit.features.containment.queries import ENGAGED, ActionRow, action
from ircockpit.features.containment.rules import Left
from ircockpit.features.systems.rules import Control
from ircockpit.store.locks import held_now

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ircockpit.features.containment.rules import Badge
    from ircockpit.features.systems.rules import System, Target
    from ircockpit.store.profile import Profile
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

_ON_THE_WAY = ("approved", *ENGAGED)


class InIncident(NamedTuple):
    """A control that became effective in an incident and was taken back."""

    control: str
    incident: str
    who: str
    """Pseudonym of who sent it."""
    device: str
    at_us: int
    """When it was seen effective, by the clock of that device."""
    sha256: str
    """Of the connector file it was sent with."""
    bound: dict[str, object]
    """What was approved: connector, action, parameters, requests."""

    def is_of(self, control: Control, place: "Target") -> bool:
        """Whether it was this control as it is recorded now: same connector and action, parameters and address."""
        params = self.bound.get("params")
        given = params if isinstance(params, dict) else {}
        read = self.bound.get("read")
        url = str(read.get("url", "")) if isinstance(read, dict) else ""
        return (
            (self.bound.get("connector"), self.bound.get("action")) == (control.connector, control.action)
            and all(str(given.get(name)).lower() == value.lower() for name, value in control.params)
            and url.startswith(place.admin.rstrip("/"))
        )


class Proofs:
    """Of all systems, read once."""

    def __init__(self, station: "Workstation") -> None:
        from ircockpit.features.containment.trying import badges

        self._profile = station.profile
        self._in_incidents = in_incidents(station.view)
        self._badges = badges(station)
        self._files: dict[str, str] = {}

    def in_incidents(self, system: str) -> "list[InIncident]":
        """Those of a system (UUID), the newest first."""
        return self._in_incidents.get(system, [])

    def file(self, connector: str) -> str:
        """SHA-256 of the file of a connector as this device has it; empty where it has none."""
        if connector not in self._files:
            self._files[connector] = file_digest(self._profile, connector)
        return self._files[connector]

    def badge(self, connector: str) -> "Badge | None":
        """What was proved on this device of that file."""
        return self._badges.get(self.file(connector))


def in_incidents(view: "View") -> dict[str, list[InIncident]]:
    """By system, every action that became effective and was taken back, the newest first."""
    # CROSS JOIN keeps the order: left to choose, the engine goes through every entry of the record.
    rows = view.rows(
        "SELECT a.system, a.stream, a.control, a.incident, e.actor, e.device, e.wall, a.connector_sha256,"
        " (SELECT json_extract(p.body, '$.bound') FROM entry p WHERE p.ent = a.id AND p.type = 'containment.approved'"
        "  AND p.doubt = '' AND json_extract(p.body, '$.direction') = 'apply' ORDER BY p.arrival DESC LIMIT 1)"
        " FROM action a CROSS JOIN entry e ON e.ent = a.id AND e.type = 'containment.stepped' AND e.doubt = ''"
        " AND json_extract(e.body, '$.value') = 'effective' WHERE a.state = 'reverted' ORDER BY e.wall DESC"
    )
    found: dict[str, list[InIncident]] = {}
    for system, stream, control, incident, who, device, wall, digest, bound in rows:
        if incident and not belongs(str(incident), stream):
            continue  # told in another record than its incident's: whoever wrote it may have no part in that
        found.setdefault(stated.text(system), []).append(
            InIncident(
                stated.text(control), stated.text(incident), stated.text(who), stated.text(device), stated.whole(wall),
                stated.text(digest), stated.table(bound),
            )
        )  # fmt: skip
    return found


def engaged_at(view: "View", known: "Iterable[System]", place: "Target") -> ActionRow | None:
    """An action of any incident that is on its way to an address, or may be in force there."""
    places = [
        (system.ident, each.name)
        for system in known
        for each in system.targets
        if each.admin == place.admin or (place.probe and each.probe == place.probe)
    ]
    marks = ",".join("?" * len(_ON_THE_WAY))
    rows = view.rows(
        f"SELECT a.id FROM action a JOIN json_each(?) p ON a.system = p.value ->> 0 AND a.target = p.value ->> 1"  # noqa: S608
        f" WHERE a.state IN ({marks}) ORDER BY a.lam DESC LIMIT 1",
        (json.dumps(places), *_ON_THE_WAY),
    )
    return action(view, str(rows[0][0])) if rows else None


def left_on(station: "Workstation") -> list[Left]:
    """The proofs and trials of this device whose way back was not taken yet, the oldest first."""
    found = trials_left(station)
    for path in sorted(station.profile.snapshots.glob("prove-*.about.json")):
        name = path.name.removesuffix(".about.json")
        before = kept_file(station, name, "before")
        if not before.exists():
            continue
        with suppress(OSError, ValueError, AttributeError):
            about = json.loads(path.read_text("utf-8"))
            system, control, target = (
                stated.text(about.get(each)) for each in ("system", "control", "target")
            )
            left = Left(
                name, system, control, target, stated.whole(about.get("at_us")), _is_running(station, name)
            )
            found.append(_of(_held(before), left))
    return sorted(found, key=lambda each: each.at_us)


def trials_left(station: "Workstation") -> list[Left]:
    """The trials that were cut off, by whichever door they were begun, each with the control of the record it was of.

    One of what no system has recorded is called by its connector and action, and has the system whose target it was
    switched on at, where there still is one.
    """
    from ircockpit.features.containment.trying import hand_of
    from ircockpit.features.systems.queries import systems

    found = []
    for path in sorted(station.profile.snapshots.glob("try-*.before.json")):
        name, held = path.name.removesuffix(".before.json"), _held(path)
        action = stated.text(held.get("action"))
        connector = name.removeprefix("try-").removesuffix(f"-{action}")
        left = Left(
            name, "", f"{connector}/{action}" if action else name, "", stated.whole(held.get("taken_us")),
            _is_running(station, hand_of(connector)), connector=connector,
        )  # fmt: skip
        found.append(_placed(station.profile, systems(station.view), _of(held, left)))
    return found


def with_left(station: "Workstation", system: "System") -> "System":
    """A system with what is left on at its targets and is no control of the record, so that it is taken back like one."""
    known = {each.name for each in system.controls}
    return system._replace(
        controls=(
            *system.controls,
            *(
                Control(left.control, left.control, left.connector, left.action, left.target, left.params)
                for left in left_on(station)
                if left.system == system.ident and left.control not in known and left.connector
            ),
        )
    )


def _held(path: "Path") -> dict[str, object]:
    """What was kept before sending; empty where it cannot be read."""
    with suppress(OSError, ValueError):
        return stated.table(path.read_text("utf-8"))
    return {}


def _of(held: dict[str, object], left: Left) -> Left:
    """The same with what its way back says it was."""
    given = held.get("params")
    params = given if isinstance(given, dict) else {}
    source = stated.text(held.get("connector"))
    return left._replace(
        connector=left.connector or _id_in(source), action=stated.text(held.get("action")),
        params=tuple((str(name), _as_recorded(value)) for name, value in params.items()),
        address=stated.text(held.get("base_url")),
    )  # fmt: skip


def _as_recorded(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _id_in(source: str) -> str:
    """The id that a connector's own text states; empty where it states none."""
    from ircockpit.features.containment.engine.connector import load

    with suppress(CockpitError):
        return load(source.encode()).id
    return ""


def _placed(profile: "Profile", known: "Iterable[System]", left: Left) -> Left:
    """The same with the system it was switched on at; of several controls at one address, the one with its parameters."""
    from ircockpit.features.containment.offers import engine_target

    params = dict(left.params)
    found: list[tuple[int, tuple[str, str, str]]] = []
    for system in known:
        there = []
        for place in system.targets:
            with suppress(CockpitError):
                if engine_target(profile, place).base_url == left.address:
                    there.append(place.name)
        found += [(2, (system.ident, left.control, name)) for name in there]
        for control in system.controls:
            if control.target in there and (control.connector, control.action) == (
                left.connector,
                left.action,
            ):
                same = all(params.get(name, "").lower() == value.lower() for name, value in control.params)
                found.append((int(not same), (system.ident, control.name, control.target)))
    if not found:
        return left
    system_of, control_of, target_of = min(found)[1]
    return left._replace(system=system_of, control=control_of, target=target_of)


def file_digest(profile: "Profile", connector: str) -> str:
    """SHA-256 of the file of a connector as this device has it, without reading what it says; empty where it has none."""
    from importlib.resources import files

    own = profile.connectors / f"{connector}.yaml"
    try:
        if own.is_file():
            return _digest(own)
        if connector in SHIPPED:
            folder = files("ircockpit.features.containment.connectors")
            return sha256(folder.joinpath(f"{connector}.yaml").read_bytes()).hexdigest()
    except OSError:
        return ""
    return ""


def _digest(path: "Path") -> str:
    return sha256(path.read_bytes()).hexdigest()


def _is_running(station: "Workstation", name: str) -> bool:
    path = station.profile.snapshots / f"{name}.lock"
    if not path.exists() or not os.access(path, os.W_OK):
        return False
    with held_now(path) as ours:
        return not ours
