"""Why evidence of an incident cannot be copied now, before it is tried."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

COPY = "copy"


def take_in(station: "Workstation", ident: str | None) -> str:
    """A duty forbids copies of what the incident is about."""
    rows = station.view.rows("SELECT stream FROM incident WHERE id=?", (ident,)) if ident else []
    reason = never_copy(station, ident or "", str(rows[0][0])) if rows else ""
    return (
        f"{reason} :evidence add FILE --incident ID --clear takes in what holds none of it" if reason else ""
    )


def never_copy(station: "Workstation", incident: str, stream: str) -> str:
    """What the duties that forbid copies say, in their own words; empty where none stands."""
    from ircockpit.features.clocks.queries import forbidden
    from ircockpit.inert.foreign import words

    return " ".join(words(each.says) for each in forbidden(station, incident, stream, COPY))
