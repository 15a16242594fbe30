"""Evidence files: kept while offline, sent in chunks, fetched by colleagues, spoiled on the way and on the hub's disk."""

from typing import TYPE_CHECKING

from tests.sim.fresh import CHUNK_BYTES

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.core.errors import TrustError
from ircockpit.features.evidence.rules import exhibit_id
from ircockpit.hub.asking import Answer, Asked, refusal
from ircockpit.store.workstation import Draft
from ircockpit.sync import exhibits

if TYPE_CHECKING:
    from tests.sim.device import Device
    from tests.sim.town import Town

MOST_CHUNKS = 4


def take_in(town: "Town", who: "Device") -> None:
    """A file is kept and recorded; what it was copied from may change afterwards."""
    found = town.pick(who)
    if found is None:
        return
    incident, stream = found
    data = town.rng.choice(sorted(town.files.values())) if town.files and town.rng.random() < 0.2 else b""
    data = data or town.rng.randbytes(town.rng.randrange(CHUNK_BYTES * MOST_CHUNKS))
    source = who.disk.folder / "source"
    source.write_bytes(data)
    blobs = FileBlobs(who.profile.blobs)
    kept = blobs.put_path(source)
    source.write_bytes(b"changed since")
    town.files[kept.sha256] = data
    facts = {
        "incident": incident,
        "number": 1,
        "sha256": kept.sha256,
        "size": kept.size,
        "manifest": kept.manifest,
    }
    town.write(
        who, [Draft(stream, "evidence.added", exhibit_id(incident, kept.sha256), (facts, {"name": "a file"}))]
    )


def upload(town: "Town", who: "Device") -> None:
    """What the hub lacks is sent to it."""
    if not who.busy and town.joined(who):
        town.in_round(who, lambda: carry(who))


def carry(who: "Device") -> int:
    """Send what the hub may lack; returns how many files it lacked."""
    link, blobs = who.connection(), FileBlobs(who.profile.blobs)
    found = exhibits.pending(link.log, blobs)
    return exhibits.send_all(link.log, link.client, found, blobs, open_to_all, who.wire, lambda _: None).files


def fetch(town: "Town", who: "Device") -> None:
    """A colleague wants to see a file."""
    if who.busy or not town.joined(who):
        return
    blobs = FileBlobs(who.profile.blobs)
    known = [row[0] for row in who.station.view.rows("SELECT DISTINCT sha256 FROM exhibit ORDER BY 1")]
    lacking = [each for each in known if each and not blobs.has(each)]
    if lacking:
        wanted = town.rng.choice(lacking)
        town.in_round(
            who,
            lambda: exhibits.fetch_blob(
                who.connection().client, blobs, wanted, open_to_all, transport=who.wire
            ),
        )


def rot(town: "Town", _: "Device") -> None:
    """A byte changes on the hub's disk in a file that is half received."""
    received = sorted(town.hub.folder.uploads.glob("*/bytes"))
    if received:
        place = town.rng.choice(received)
        raw = bytearray(place.read_bytes())
        if raw:
            raw[town.rng.randrange(len(raw))] ^= 1
            place.write_bytes(raw)
            town.note("    on the hub's disk", "rotten byte")


def blob_answer(town: "Town", asked: Asked) -> Answer:
    """What the hub's web server does with a request for a file's bytes."""
    members, blobs = town.hub.members, town.hub.folder.blobs
    try:
        members.check_open_to(members.signed_in(asked), asked)
    except TrustError as error:
        return refusal(401, error)
    wanted = asked.path.rpartition("/")[2]
    if not blobs.has(wanted):
        return Answer(404)
    raw = blobs.path(wanted).read_bytes()
    first, _, last = asked.headers["range"].removeprefix("bytes=").partition("-")
    if int(first) >= len(raw):
        return Answer(416)
    piece = raw[int(first) : int(last) + 1]
    span = f"bytes {first}-{int(first) + len(piece) - 1}/{len(raw)}"
    return Answer(206, piece, (("content-range", span),))
