"""Looking at a control from a device that did not switch it on: what the record and this device's own trust allow."""

from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError, RefusedError
from ircockpit.core.jsontext import canonical, strict_loads
from ircockpit.features.containment.offers import measure_for
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.systems.queries import is_accepted, system
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.measure import Measure

_SAFE = "nothing was read, nothing was sent"


def measure_afar(station: Workstation, row: ActionRow) -> "Measure":
    """What an action of another device is about, to be read and probed from here.

    Raises :class:`RefusedError` saying why it cannot be read from this device.
    """
    found = system(station.view, row.system)
    control = next((each for each in found.controls if each.name == row.control), None)
    place = found.target(row.target)
    if control is None or place is None:
        raise _not_from_here(
            f"{found.name} has no such control or target any more", "check it where it was applied"
        )
    if not is_accepted(station.profile, place):
        raise _not_from_here(
            f"this device has not accepted {place.admin}",
            f"ircockpit system trust {found.name}, or check it where it was applied",
        )
    try:
        measure = measure_for(station, control, place)
    except CockpitError as error:
        raise _not_from_here(error.what, error.fix) from None
    approved = measure if row.state == "attested" else _as_approved(station, row, measure)
    if approved is None:
        raise _not_from_here(
            "the control is not what it was when it was approved: connector, parameters or address differ",
            "check it where it was applied",
        )
    return approved


def _not_from_here(why: str, fix: str) -> RefusedError:
    return RefusedError(f"it cannot be read from this device: {why}", safe=_SAFE, fix=fix)


def _as_approved(station: Workstation, row: ActionRow, measure: "Measure") -> "Measure | None":
    """The very thing that was approved, with what its names stood for then; ``None`` where it is another now."""
    rows = station.view.rows(
        "SELECT json_extract(body, '$.bound') FROM entry WHERE ent=? AND type='containment.approved' AND doubt=''"
        " AND json_extract(body, '$.plan')=?",
        (row.ident, row.plan),
    )
    for (text,) in rows:
        try:
            then = strict_loads(str(text).encode(errors="replace"), floats=True)
            resolved = measure._replace(found=dict(then.get("resolved", {})))
            if all(canonical(then[name]) == canonical(value) for name, value in _read_now(resolved).items()):
                return resolved
        except (TypeError, ValueError, KeyError, AttributeError, CockpitError):
            continue
    return None


def _read_now(measure: "Measure") -> dict[str, object]:
    from ircockpit.features.containment.engine.request import bound, planned

    return {
        "connector_sha256": measure.connector.sha256,
        "action": measure.action.id,
        "params": dict(measure.params),
        "read": bound(planned(measure.action.read, measure, "control", measure.scope)),
    }
