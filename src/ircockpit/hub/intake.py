"""Reading what a workstation pushes: everything about an event that needs no other event."""

from collections.abc import Sequence
from typing import Any

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.core.jsontext import compact
from ircockpit.core.reduce import STRAY, is_stray
from ircockpit.features.table import events
from ircockpit.hub.store import Incoming, Outcome, Store, Word
from ircockpit.ledger.authority import writes_as, writing_keys
from ircockpit.ledger.base64text import from_base64
from ircockpit.ledger.envelope import Envelope, event_id
from ircockpit.ledger.event import SignedEvent, check_body, read_wire, signature_holds
from ircockpit.ledger.parts import is_padded, read_part, repeated_key
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.stream import LANE_OPENED, STREAM_OPENED, read_genesis, read_opening


def read_event(value: Any, stream: str, roster: Roster, authority: str) -> Incoming | Outcome:
    """The event, or why it is refused: its form, its stream, its device, its signature or a part of its body.

    ``authority`` is the stream in which only the organisation's authority writes: what a device signs there is refused.

    An actor the device is not certified to, a thing of another stream, or a key in two parts is no reason to
    refuse, which would stop the lane: such an event is taken in and does not count.
    """
    try:
        event, envelope = read_wire(value)
    except BadInput:
        return Outcome("", Word.INVALID, 0, "form")
    ident = event.id
    if envelope.stream != stream:
        return Outcome(ident, Word.INVALID, 0, "stream")
    keys = writing_keys(roster, envelope.device, in_authority=stream == authority)
    if not keys:
        known = stream == authority and roster.keys(envelope.device)
        return Outcome(ident, Word.INVALID, 0, "authority" if known else "device")
    try:
        if not any(signature_holds(event, key) for key in keys):
            raise TrustError("no key of its device has signed it")
        check_body(event, envelope)
        _check_opening(event, envelope)
    except TrustError:
        return Outcome(ident, Word.INVALID, 0, "signature")
    except BadInput:
        return Outcome(ident, Word.INVALID, 0, "body")
    return Incoming(event, envelope, ident, _quarantine(event, envelope, roster, stream == authority))


def known(values: Sequence[Any], stream: str, store: Store) -> dict[int, Outcome]:
    """Which of these are here already, byte for byte, by their places in the list: they were looked at when they came.

    Nearly all are where many devices give a hub back what it lost, or an answer did not arrive.
    """
    ids = {
        place: event_id(value["e"].encode("utf-8", "replace"))
        for place, value in enumerate(values)
        if isinstance(value, dict) and value.keys() == {"e", "s", "p"} and isinstance(value["e"], str)
    }
    held = store.held(stream, list(set(ids.values())))
    return {
        place: Outcome(ident, Word.DUP, held[ident][0])
        for place, ident in ids.items()
        if ident in held and held[ident][1:] == (_bytes(values[place]["s"]), compact(values[place]["p"]))
    }


def _bytes(text: Any) -> bytes | None:
    try:
        return from_base64(text, "signature")
    except BadInput:
        return None


def _quarantine(event: SignedEvent, envelope: Envelope, roster: Roster, in_authority: bool) -> str:
    if not writes_as(roster, envelope.device, envelope.actor, in_authority=in_authority):
        return "actor"
    if is_stray(events(), envelope.type, envelope.stream, envelope.ent):
        return STRAY
    if not all(map(is_padded, event.parts)):
        return "padding"
    try:
        return "parts" if len(event.parts) > 1 and repeated_key(map(read_part, event.parts)) else ""
    except BadInput:
        return ""  # a part that is no JSON object says nothing twice; whoever folds it leaves the entry out


def _check_opening(event: SignedEvent, envelope: Envelope) -> None:
    if (envelope.n == 1) != (envelope.type == LANE_OPENED):
        raise BadInput("event 1 of a lane, and only that, must open it")
    if envelope.n == 1:
        read_opening(event)
    elif envelope.type == STREAM_OPENED:
        read_genesis(event)
