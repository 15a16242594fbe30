"""What a system's record says of connectors, held against those that are on this device."""

from typing import TYPE_CHECKING

from ircockpit.core.errors import BadInput, CockpitError
from ircockpit.inert.gate import line

if TYPE_CHECKING:
    from ircockpit.features.systems.rules import Control
    from ircockpit.store.profile import Profile

CELLS = 40


def unchecked(profile: "Profile", control: "Control") -> str:
    """Why a control could not be checked on this device, empty where it fits its connector.

    Raises :class:`BadInput`, naming what there is, where the connector is here and has no such action or parameter.
    """
    from ircockpit.features.containment import shelf
    from ircockpit.features.containment.engine.measure import fill

    held = [each.connector for each in shelf.connectors(profile)]
    found = next((each for each in held if each.id == control.connector), None)
    name = line(control.name, CELLS)
    if found is None:
        return (
            f"control {name} was not checked: this device has no connector {line(control.connector, CELLS)};"
            " ircockpit contain connectors lists those it has"
        )
    known = f"{found.id}: {', '.join(action.id for action in found.actions)}"
    try:
        fill(found.action(control.action), dict(control.params))
    except CockpitError as error:
        raise BadInput(
            f"control {name}: {error.what}",
            safe="nothing was recorded",
            fix=f"there is: {known}; {error.fix}".rstrip("; "),
        ) from None
    return ""


def unpreserved(profile: "Profile", what: "Control") -> str:
    """Why something that is to be preserved could not be checked on this device; as :func:`unchecked`."""
    import msgspec

    from ircockpit.features.containment import shelf
    from ircockpit.features.containment.engine.measure import fill

    held = [each.connector for each in shelf.connectors(profile) if each.connector.id == what.connector]
    if not held:
        known = line(what.connector, CELLS)
        return f"what is preserved as {what.name} was not checked: this device has no connector {known}"
    spec = next((each for each in held[0].preserve if each.id == what.action), None)
    known = ", ".join(each.id for each in held[0].preserve) or "nothing"
    if spec is None:
        raise BadInput(
            f"{held[0].id} preserves no {what.action!r}",
            safe="nothing was recorded",
            fix=f"it preserves: {known}",
        )
    try:
        fill(msgspec.structs.replace(held[0].actions[0], id=spec.id, params=spec.params), dict(what.params))
    except CockpitError as error:
        raise BadInput(
            f"what is preserved as {what.name}: {error.what}", safe="nothing was recorded", fix=error.fix
        ) from None
    return ""


def secrets_of(profile: "Profile", control: "Control") -> tuple[str, ...]:
    """The sources of a control's secret parameters, as recorded; none where this device has not its connector."""
    from ircockpit.features.containment import shelf

    stated = dict(control.params)
    try:
        declared = shelf.connector(profile, control.connector).action(control.action).params
    except CockpitError:
        return ()
    return tuple(
        stated[name] for name, param in declared.items() if param.type == "secret" and name in stated
    )
