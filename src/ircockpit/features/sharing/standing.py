"""How this device and its hub stand to each other: what is unsent, unconfirmed, refused, at odds, on its way."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.halves import Fetched, on_their_way
from ircockpit.features.evidence.queries import held_back
from ircockpit.features.incidents.queries import disputed_ids, heads, incidents
from ircockpit.features.membership.queries import not_accepted
from ircockpit.store import outbox
from ircockpit.sync import exhibits
from ircockpit.sync.alarms import alarms
from ircockpit.sync.refusals import refusals
from ircockpit.sync.worker import LAST_OK

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

MOST = 50
"""Records and disagreements shown; how many more there are is said."""


class Record(NamedTuple):
    """A record with entries that the hub has not confirmed."""

    stream: str
    incident: str
    """The incident it is of; empty for the records of signals, of members and of the organisation."""
    title: str
    waiting: int
    since_us: int
    """When the oldest of them was written, by this device's clock."""


class Dispute(NamedTuple):
    """A field that two people changed without knowing of each other."""

    incident: str
    short: str
    field: str
    sides: tuple[str, ...]


class Standing(NamedTuple):
    """What sharing leaves open on this device; read from its own databases, the hub is not asked."""

    hub: str
    last_ok_us: int
    waiting: int
    provisional: int
    """Those of them that others wrote: they came past the hub, which has not confirmed them."""
    records: list[Record]
    not_accepted: int
    refused: int
    disputes: list[Dispute]
    files: list[str]
    """Hashes of the files to send."""
    held_back: list[str]
    """Hashes of those that must not be copied, and are not sent."""
    fetching: list[Fetched]
    alarms: list[str]


def standing(station: "Workstation") -> Standing:
    """Everything at once."""
    log, view = station.log, station.view
    waits = outbox.waiting(log) if station.identity.hub else {}
    found = exhibits.pending(log, FileBlobs(station.profile.blobs)).files if station.identity.hub else []
    stay = [each for each in found if held_back(station, each)]
    return Standing(
        station.identity.hub,
        int(log.meta(LAST_OK) or "0"),
        sum(each.events for each in waits.values()),
        outbox.of_others(log, station.identity.device) if waits else 0,
        [_record(station, stream, each) for stream, each in list(waits.items())[:MOST]],
        sum(not each.adopted_by for each in not_accepted(view)),
        len(refusals(log)),
        [
            Dispute(
                row.ident,
                row.short,
                field,
                tuple(f"{h.author} says {h.shown}" for h in heads(view, row.ident, field)),
            )
            for row in incidents(view, disputed_ids(view))
            for field in row.disputed
        ],
        [each for each in found if each not in stay],
        stay,
        on_their_way(FileBlobs(station.profile.blobs)),
        [each.text for each in alarms(log)],
    )


def _record(station: "Workstation", stream: str, waits: outbox.Waiting) -> Record:
    oldest = station.log.since(waits.first - 1, 1)
    incident, title = _of(station, stream)
    return Record(stream, incident, title, waits.events, oldest[0].event.envelope.wall if oldest else 0)


def _of(station: "Workstation", stream: str) -> tuple[str, str]:
    """The incident of a stream, and how the stream is called."""
    if stream == station.identity.org_stream:
        return "", "the organisation's record"
    if stream == station.identity.authority_stream:
        return "", "the record of members"
    rows = station.view.rows("SELECT id FROM incident WHERE stream=? LIMIT 1", (stream,))
    if not rows:
        return "", "a record of signals"
    row = incidents(station.view, [rows[0][0]])[0]
    return row.ident, f"{row.short} {row.title}"
