"""What a hub takes away of its record: parts that erasures name, in the step that takes the erasure in."""

import base64
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ircockpit.blobs.pages import rewrite
from ircockpit.core.errors import BadInput
from ircockpit.hub.ended import Ended
from ircockpit.hub.store import Incoming, Outcome, Word
from ircockpit.ledger import receipt
from ircockpit.ledger.envelope import Envelope, decode, event_id
from ircockpit.ledger.event import from_wire, to_wire
from ircockpit.ledger.joining import signature_to_wire
from ircockpit.ledger.parts import Part, decision, drop, read_part
from ircockpit.ledger.revocation import AFTER, DEVICE_REVOKED
from ircockpit.ledger.stream import STREAM_OPENED, is_closed, read_genesis
from ircockpit.ledger.withdrawal import BY_LEAD, DIRECTIVES, Directive, Withdrawal, fold

if TYPE_CHECKING:
    from sqlite3 import Connection

TRACES = "erase.traces"
"""Setting: ``1`` while free pages and the engine's companion files may still hold what was taken away."""
MEMBER_ADDED = "member.added"


def withdrawal(db: "Connection", num: int, ended: Ended | None = None) -> Withdrawal:
    """What the directives of one stream come to; the hub has judged who may give them.

    A receipt is for good, while a revocation can come to a hub that was put back after what a thief has asked for:
    what is asked by a revoked device is judged each time. Until the end of its lane is here again, what takes away
    waits, and what keeps holds.
    """
    ended = ended or Ended(db)
    # CROSS JOIN: left to choose, the engine reads every event of the stream to find the few that direct.
    rows = db.execute(
        "SELECT e.receipt, e.envelope, e.sig, e.parts FROM directive d CROSS JOIN event e"
        " ON e.stream=d.stream AND e.seq=d.seq"
        " WHERE d.stream=?",
        (num,),
    ).fetchall()
    return fold(_doubted(_directive(*row), decode(row[1]), num, ended) for row in rows)


def fitted(db: "Connection", num: int, batch: Sequence[Incoming]) -> list[Incoming]:
    """The batch without the parts that an erasure has named before they came."""
    if not _directed(db, num):
        return list(batch)
    found = withdrawal(db, num)
    return [_fit(found, each) for each in batch]


def follow(db: "Connection", num: int, batch: Sequence[Incoming], outcomes: Sequence[Outcome]) -> None:
    """Do what the events just taken in ask for: note what directs, take away what is to go, fill in what was lacking."""
    directs, revokes, ended = False, False, Ended(db)
    directed = _directed(db, num)
    for incoming, outcome in zip(batch, outcomes, strict=True):
        if outcome.word is Word.DUP:
            _fill(db, num, incoming)
        if outcome.word not in (Word.OK, Word.FORK, Word.QUARANTINED):
            continue
        if incoming.envelope.type in DIRECTIVES:
            db.execute("INSERT INTO directive VALUES (?,?)", (num, outcome.seq))
            directs = True
        elif incoming.envelope.type == STREAM_OPENED and not outcome.reason and _is_privileged(incoming):
            db.execute("INSERT INTO privileged VALUES (?) ON CONFLICT DO NOTHING", (num,))
        envelope = incoming.envelope
        revokes |= envelope.type == DEVICE_REVOKED
        if directed and ended.cuts.ends(envelope.stream, envelope.device, envelope.epoch, incoming.event_id):
            directs = True  # what waited for the end of its lane counts now
    if revokes:  # a hold of that device may have ended with it, in whatever record
        for (other,) in db.execute("SELECT DISTINCT stream FROM directive").fetchall():
            _take_away(db, other, withdrawal(db, other, ended))
    elif directs:
        _take_away(db, num, withdrawal(db, num, ended))


def files_to_go(db: "Connection") -> frozenset[str]:
    """See :class:`~ircockpit.hub.store.Store`."""
    wanted, ended = set[str](), Ended(db)
    for (num,) in db.execute("SELECT DISTINCT stream FROM directive").fetchall():
        wanted |= withdrawal(db, num, ended).files_to_go()
    return frozenset(sha256 for sha256 in wanted if not _named(db, sha256))


def leave_no_trace(db: "Connection", path: Path) -> bool:
    """See :class:`~ircockpit.hub.store.Store`. Waits for nobody: it is tried again after the next request."""
    row = db.execute("SELECT value FROM meta WHERE key=?", (TRACES,)).fetchone()
    if row is None or row[0] != "1":
        return True
    if not rewrite(db, path):
        return False
    db.execute("UPDATE meta SET value='' WHERE key=?", (TRACES,))
    return True


def _directed(db: "Connection", num: int) -> bool:
    return db.execute("SELECT 1 FROM directive WHERE stream=? LIMIT 1", (num,)).fetchone() is not None


def _fit(found: Withdrawal, incoming: Incoming) -> Incoming:
    parts = incoming.event.parts
    going = found.to_go(incoming.event_id, incoming.envelope.type, len(parts))
    return (
        incoming._replace(event=incoming.event._replace(parts=_without(parts, going))) if going else incoming
    )


def _without(parts: Sequence[Part], going: Iterable[int]) -> tuple[Part, ...]:
    gone = frozenset(going)
    return tuple(drop(part) if index in gone else part for index, part in enumerate(parts))


def _fill(db: "Connection", num: int, incoming: Incoming) -> None:
    """Keep the words of an event that came here first from somebody they are withheld from.

    What an erasure names stays away, also under a hold that came too late for it.
    """
    if all(part.data is None for part in incoming.event.parts):
        return
    row = db.execute(
        "SELECT seq, envelope, sig, parts FROM event WHERE stream=? AND id=?",
        (num, bytes.fromhex(incoming.event_id)),
    ).fetchone()
    if row is None:
        return
    seq, *kept = row
    parts = _parts(*kept)
    if all(part.data is not None for part in parts):
        return
    gone = withdrawal(db, num).erased(incoming.event_id, incoming.envelope.type, len(parts))
    both = tuple(
        mine if mine.data is not None or index in gone else theirs
        for index, (mine, theirs) in enumerate(zip(parts, incoming.event.parts, strict=True))
    )
    if both != parts:
        wires = to_wire(incoming.event._replace(parts=both))["p"]
        db.execute(
            "UPDATE event SET parts=? WHERE stream=? AND seq=?",
            (json.dumps(wires, separators=(",", ":")), num, seq),
        )


def _is_privileged(incoming: Incoming) -> bool:
    genesis = read_genesis(incoming.event)
    return genesis is not None and is_closed(genesis.kind)


def _take_away(db: "Connection", num: int, found: Withdrawal) -> None:
    named = {event_id for order in found.orders for event_id in order.named}
    for ident in sorted(named):
        row = db.execute(
            "SELECT seq, envelope, sig, parts FROM event WHERE stream=? AND id=?", (num, bytes.fromhex(ident))
        ).fetchone()
        if row is None:
            continue  # not here yet, or of another stream, about which this one says nothing
        seq, raw, sig, text = row
        envelope = decode(raw)
        parts = _parts(raw, sig, text)
        going = found.to_go(ident, envelope.type, len(parts))
        if not any(parts[index].data is not None for index in going):
            continue
        event = from_wire({"e": raw.decode(), "s": signature_to_wire(sig), "p": json.loads(text)})
        kept = to_wire(event._replace(parts=_without(parts, going)))["p"]
        db.execute(
            "UPDATE event SET parts=? WHERE stream=? AND seq=?",
            (json.dumps(kept, separators=(",", ":")), num, seq),
        )
        if envelope.type == MEMBER_ADDED:
            _forget_name(db, _facts(parts))
        db.execute(
            "INSERT INTO meta VALUES (?, '1') ON CONFLICT (key) DO UPDATE SET value='1'",
            (TRACES,),
        )


def _forget_name(db: "Connection", facts: dict[str, Any]) -> None:
    """What a hub's own lists call a member goes with the name in the record of members, from which they are made."""
    name, user = str(facts.get("name", "")), str(facts.get("user", ""))
    db.execute(
        "UPDATE invitation SET name='' WHERE name=? OR used_by IN (SELECT device FROM device WHERE user=?)",
        (name, user),
    )
    db.execute("UPDATE device SET name='' WHERE user=?", (user,))


def _named(db: "Connection", sha256: str) -> bool:
    """Whether any event that does not direct still names a file; parts are kept as base64 of their bytes."""
    return any(
        db.execute(
            "SELECT 1 FROM event e WHERE instr(parts, ?) > 0 AND NOT EXISTS"
            " (SELECT 1 FROM directive d WHERE d.stream=e.stream AND d.seq=e.seq) LIMIT 1",
            (spelled,),
        ).fetchone()
        for spelled in _spellings(sha256)
    )


def _spellings(text: str) -> list[str]:
    """The three ways a text stands inside base64, after where in a group of three bytes it begins."""
    found = []
    for lead in range(3):
        raw = b"\0" * lead + text.encode()
        whole = raw[: len(raw) // 3 * 3]
        found.append(base64.b64encode(whole).decode()[4 if lead else 0 :])
    return found


def _parts(raw: bytes, sig: bytes, text: str) -> tuple[Part, ...]:
    return from_wire({"e": raw.decode(), "s": signature_to_wire(sig), "p": json.loads(text)}).parts


def _directive(stated: bytes, raw: bytes, sig: bytes, text: str) -> Directive:
    envelope, body = decode(raw), decision(_parts(raw, sig, text))
    given = receipt.decode(stated)
    doubt = "" if given.accepted else given.verdict
    return Directive(event_id(raw), envelope.type, envelope.ent, body, settled=True, doubt=doubt)


def _doubted(directive: Directive, envelope: Envelope, num: int, ended: Ended) -> Directive:
    if directive.doubt:
        return directive
    why = ended.doubt(num, envelope, directive.event_id)
    if why == AFTER:
        return directive._replace(doubt="quarantined:revoked")
    return directive._replace(doubt=why) if why and directive.type in BY_LEAD else directive


def _facts(parts: Iterable[Part]) -> dict[str, Any]:
    """What the parts that are held say, as far as they can be read."""
    body: dict[str, Any] = {}
    for part in parts:
        try:
            body = {**(read_part(part) or {}), **body}
        except BadInput:
            continue
    return body
