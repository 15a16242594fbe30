"""What the record's streams and devices are called here, and what each kind of finding means to a person."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import CockpitError
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.foreign import is_safe
from ircockpit.ledger.verify import Kind
from ircockpit.store.lanemark import read_mark
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from ircockpit.store.log import Log
    from ircockpit.store.profile import Profile
    from ircockpit.store.view import View


class Sense(NamedTuple):
    """What a kind of finding means, and what to do about it."""

    means: str
    fix: str


_COPY = "keep this profile's folder as it is, and take the record from the hub or a colleague's copy"
SENSE: dict[Kind, Sense] = {
    Kind.UNREADABLE: Sense("the bytes were changed or the disk is failing; the entry is not shown", _COPY),
    Kind.ALTERED: Sense("somebody or something changed this entry after it was signed", _COPY),
    Kind.BODY: Sense("the words of this entry are not those its author signed", _COPY),
    Kind.MISSING: Sense("an entry that must exist was taken out, or never arrived", _COPY),
    Kind.REORDERED: Sense("the entry was moved to another place in its lane", _COPY),
    Kind.REPEATED: Sense("the entry stands there more than once", _COPY),
    Kind.CHAIN: Sense("the entry before this one is not the one its author had written", _COPY),
    Kind.FORK: Sense(
        "a device was copied or restored from a backup, or its key is stolen; both branches are kept",
        "ask its owner; if nobody knows, have the device's key replaced",
    ),
    Kind.LAMPORT: Sense(
        "its number does not follow from what its author had seen", "ask its author's device owner"
    ),
    Kind.CERTIFICATE: Sense(
        "no trusted certificate names the key, so the signatures prove nothing",
        "import the certificate from the organisation, or treat the entries as unsigned",
    ),
    Kind.REVOKED: Sense(
        "the device was lost or its key stolen before this was written; whoever held the key then wrote it",
        "it does not count; if it is the owner's own word, somebody who leads can adopt it",
    ),
    Kind.OPENING: Sense("the record or the lane does not begin as it must", _COPY),
    Kind.HISTORY: Sense(
        "the hub's signed history is another than the one held here",
        "keep the profile and the hub's data as proof, and tell whoever runs the hub",
    ),
}


class Titles(NamedTuple):
    """Names for streams and devices, as far as this device can tell."""

    streams: dict[str, str]
    devices: dict[str, str]

    def of(self, stream: str) -> str:
        """What a record is called; ungated."""
        return self.streams.get(stream) or (f"record {stream[:8]}" if stream else "this log")

    def device(self, device: str) -> str:
        """A device with its owner's name; ungated."""
        return self.devices.get(device) or f"device {device[:8]}"


def titles(view: "View", log: "Log") -> Titles:
    """Names for what a log holds. A view that cannot be read only makes them shorter, and so do safe summaries."""
    try:
        streams = {
            stream: short_id(view, "incident", ident) + ("" if is_safe() else f" {title or 'untitled'}")
            for ident, stream, title in view.rows("SELECT id, stream, title FROM incident")
        }
        for stream, kind in view.rows("SELECT id, kind FROM stream"):
            streams.setdefault(stream, f"{kind} record {stream[:8]}")
        known = {} if is_safe() else names(view)
    except CockpitError:
        streams, known = {}, {}
    return Titles(streams, _devices(log, known))


def stream_of(view: "View", incident: str) -> str:
    """The stream of an incident named by short id or UUID. Raises :class:`NotFound`."""
    _, ident = resolve(view, incident, "incident")
    return str(view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])


def lane_mark(profile: "Profile") -> tuple[str, int]:
    """The epoch this device writes in and how many events it has noted beside the log."""
    return read_mark(profile.lane_mark)


def _devices(log: "Log", known: dict[str, str]) -> dict[str, str]:
    from ircockpit.core.errors import BadInput
    from ircockpit.ledger.certificate import decode

    found: dict[str, str] = {}
    for held in log.certificates():
        try:
            certificate = decode(held.raw)
        except BadInput:
            continue
        found[certificate.device] = f"device {certificate.device[:8]} ({name_of(known, certificate.subject)})"
    return found
