"""Approvals on record: what this device has approved for an action, and whether it was used."""

from typing import TYPE_CHECKING

from ircockpit.core.errors import BadInput, RefusedError, TrustError
from ircockpit.store.fold import happening

if TYPE_CHECKING:
    from ircockpit.core.reduce import Happening
    from ircockpit.features.containment.queries import ActionRow
    from ircockpit.store.workstation import Workstation


def unused_approval(station: "Workstation", stream: str, action: str) -> str:
    """The plan hash this device has approved for an action and not sent yet."""
    own = _own_events(station, stream, action)
    approvals = [each for each in own if each.type == "containment.approved"]
    if not approvals:
        raise RefusedError(
            "nobody has approved this on this device",
            safe="nothing was sent",
            fix="plan it again and approve it",
        )
    if any(each.type == "containment.stepped" for each in own):
        raise _used()
    return str(max(approvals, key=lambda each: each.lam).body.get("plan", ""))


def refuse_used(station: "Workstation", row: "ActionRow", plan: str) -> None:
    """Raise :class:`RefusedError` where this device has approved a plan of that hash for the action before."""
    if any(each.body.get("plan") == plan for each in _own_events(station, row.stream, row.ident)):
        raise _used()


def _used() -> RefusedError:
    return RefusedError(
        "this approval was used already", safe="nothing was sent", fix="plan it again and approve it"
    )


def _own_events(station: "Workstation", stream: str, action: str) -> "list[Happening]":
    """What this device has recorded of an action: from the log, whose newest part the view may not have yet."""
    found = []
    for stored in station.log.of_thing(station.view.arrivals_of(action), station.view.applied, stream):
        try:
            event = happening(stored)
        except (BadInput, TrustError):
            continue  # verification says where; it must not keep anybody from stopping
        if event.ent == action and event.device == station.identity.device and not stored.doubt:
            found.append(event)
    return found
