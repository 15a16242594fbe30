"""Systems as the view knows them, and which target addresses this device has accepted."""

import json
from typing import TYPE_CHECKING, Any

from ircockpit.core.digest import sha256
from ircockpit.core.errors import NotFound
from ircockpit.core.jsontext import canonical
from ircockpit.features.systems.events import KINDS
from ircockpit.features.systems.rules import Control, System, Target, system_from

if TYPE_CHECKING:
    from ircockpit.store.profile import Profile
    from ircockpit.store.view import View

_FIELDS = KINDS[0].fields
_JSON = ("match", "targets", "controls", "escalation", "preserve")
TRUST_FILE = "targets.json"


def systems(view: "View") -> list[System]:
    """All systems recorded, by name."""
    columns = ", ".join(f'"{name}"' for name in _FIELDS)
    rows = view.rows(f"SELECT id, {columns} FROM system ORDER BY name, id")
    return [_system(row) for row in rows]


def system(view: "View", name_or_id: str) -> System:
    """One system by name or id. Raises :class:`NotFound` naming those that exist."""
    known = systems(view)
    found = [each for each in known if name_or_id in (each.name, each.ident)]
    if len(found) == 1:
        return found[0]
    if not known:
        raise NotFound(
            "no system is recorded yet",
            fix="ircockpit init leads through a first one; ircockpit system add records one",
        )
    names = ", ".join(each.name for each in known)
    raise NotFound(f"no one system is called {name_or_id!r}", fix=f"recorded are: {names}")


def control_of(found: System, name: str) -> tuple[Control, Target]:
    """A control of a system, and its target. Raises :class:`NotFound` naming those there are."""
    control = next((each for each in found.controls if each.name == name), None)
    if control is None:
        known = ", ".join(each.name for each in found.controls) or "none"
        raise NotFound(
            f"{found.name} has no control {name!r}", safe="nothing was sent", fix=f"its controls: {known}"
        )
    place = found.target(control.target)
    if place is None:
        raise NotFound(
            f"the target {control.target} is not described", safe="nothing was sent", fix="correct the record"
        )
    return control, place


def is_accepted(profile: "Profile", target: Target) -> bool:
    """Whether this device has accepted exactly these addresses, header and CA for the target."""
    return mark(target) in accepted(profile)


def accepted(profile: "Profile") -> set[str]:
    """Marks of all targets this device has accepted."""
    try:
        return set(json.loads((profile.folder / TRUST_FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return set()


def mark(target: Target) -> str:
    """The digest that stands for a target with all its addresses."""
    fields = {**target.stated, "replicas": 0}  # how many answer is no address
    # What came later is left out where it is empty, so that what was accepted before is so still.
    later = {name for name in ("probe_auth", "cert", "replicas") if not fields[name]}
    stated = {name: value for name, value in fields.items() if name not in later}
    return sha256(b"ircockpit/target/1\0" + canonical(stated)).hexdigest()


def _system(row: tuple[Any, ...]) -> System:
    stated: dict[str, Any] = dict(zip(_FIELDS, row[1:], strict=True))
    for name in _JSON:
        try:
            stated[name] = json.loads(stated[name]) if isinstance(stated[name], str) else []
        except ValueError:
            stated[name] = []
    return system_from(row[0], stated)
