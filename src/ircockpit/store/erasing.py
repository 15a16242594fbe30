"""What is to go of this device's log, and taking it away: from the log, the search index, files and free pages.

The directives in the log are the list of what is to be done; what was done is noted in the same step. A process that
is killed in between leaves the note behind the list, and the next start goes on.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.adoption import ADOPTED
from ircockpit.core.errors import BadInput, TrustError
from ircockpit.core.ids import named_thing
from ircockpit.core.scopes import PRIVILEGED, may_read
from ircockpit.ledger.parts import check_parts, decision, drop
from ircockpit.ledger.withdrawal import BY_LEAD, Directive, Order, Withdrawal, fold
from ircockpit.store import remembered
from ircockpit.store.log import PRESENT
from ircockpit.store.sqlite import told

if TYPE_CHECKING:
    from ircockpit.ledger.envelope import Envelope
    from ircockpit.ledger.event import SignedEvent
    from ircockpit.ledger.parts import Part
    from ircockpit.store.log import Log, Stored
    from ircockpit.store.logwriter import LogWriter
    from ircockpit.store.profile import Identity

SWEPT = "erase.swept"
"""Log setting: the state of the directives up to which everything was taken away."""
TRACES = "erase.traces"
"""Log setting: :data:`TO_REWRITE`, then :data:`TO_CONFIRM`, then empty once all is done."""
ROLE = "access.role"
"""Log setting: the role of this device as its hub says; absent where there is no hub."""
TO_REWRITE = "rewrite"
"""Free pages and the engine's companion files may still hold what was taken away."""
TO_CONFIRM = "confirm"
"""Nothing is left here, and that is still to be said in the record."""
WIDEST = "access.widest"
"""Log setting: the narrowest scope this device may read, as its hub says; absent where there is no hub."""


class Going(NamedTuple):
    """An event of which parts are to be taken away now."""

    stored: "Stored"
    parts: frozenset[int]


def withdrawal(log: "Log", stream: str) -> Withdrawal:
    """What the directives held of a stream come to; those that are not what was signed do not count."""
    found = fold(each for row in _rows(log, stream) if (each := _directive(log, *row)) is not None)
    if stream not in (known := remembered.known(log)):
        return found
    # What named it may have been lost with what came after the state that was put back.
    return found._replace(orders=(*found.orders, Order("", "", known[stream], {})))


def erased(log: "Log", event: "SignedEvent") -> frozenset[int]:
    """Parts of an event that an erasure names; what else is missing of it is withheld."""
    envelope = event.envelope
    return withdrawal(log, envelope.stream).erased(event.id, envelope.type, len(event.parts))


def fitting(found: Withdrawal, event: "SignedEvent", envelope: "Envelope") -> "tuple[Part, ...]":
    """The parts of an arriving event without those that an erasure, as ``found``, has named before it came."""
    going = found.to_go(event.id, envelope.type, len(event.parts))
    return tuple(drop(part) if index in going else part for index, part in enumerate(event.parts))


def is_privileged(log: "Log", stream: str) -> bool:
    """Whether the genesis held of a stream says that it is for those who read what is privileged."""
    from ircockpit.ledger.stream import is_closed, read_genesis

    for stored in log.openings(stream):
        try:
            genesis = read_genesis(stored.event)
        except (BadInput, TrustError):
            continue
        if genesis is not None:
            return is_closed(genesis.kind)
    return False


def directed(log: "Log") -> list[str]:
    """Streams in which something says what is to go or to stay."""
    named = {row[0] for row in _all(log, "SELECT DISTINCT stream FROM directive")}
    return sorted(named | remembered.known(log).keys())


def due(log: "Log") -> bool:
    """Whether something came since the last sweep that may take more away."""
    return _state(log) != log.meta(SWEPT)


def settle_alone(log: "Log", decides: "Callable[[Envelope], bool]") -> None:
    """Where no hub judges: what needs authority counts if its author, as ``decides`` says, has it."""
    from ircockpit.ledger.envelope import decode

    rows = _all(
        log,
        "SELECT d.event, e.envelope FROM directive d JOIN event e ON e.arrival=d.event"
        " WHERE d.settled=0 AND d.event NOT IN (SELECT event FROM doubt)",
    )
    counting = [(arrival,) for arrival, raw in rows if decides(decode(raw))]
    if counting:
        with log.writing():
            log.db.executemany("UPDATE directive SET settled=1 WHERE event=?", counting)


def going(log: "Log", device: str) -> Iterator[Going]:
    """Every event held here with parts that are to go and have not gone."""
    widest = log.meta(WIDEST) or PRIVILEGED
    for stream in directed(log):
        found = withdrawal(log, stream)
        for event_id in _named(found):
            stored = log.get(event_id)
            if stored is None or stored.event.envelope.stream != stream:
                continue  # an order of one record says nothing about another
            numbers = _to_go(log, found, stored, device, widest)
            held = frozenset(i for i, part in enumerate(stored.event.parts) if part.data is not None)
            yield Going(stored, numbers & held)


def _to_go(log: "Log", found: Withdrawal, stored: "Stored", device: str, widest: str) -> frozenset[int]:
    event, envelope = stored.event, stored.event.envelope
    numbers = found.to_go(event.id, envelope.type, len(event.parts))
    if envelope.device == device or not _confirmed(log, event.id):
        return numbers  # what others may read only here, or only we hold, is never dropped for its scope
    return numbers | frozenset(
        index
        for index in range(len(event.parts))
        if not may_read(widest, found.scope(event.id, envelope.type, envelope.scope, index))
    )


def note_swept(log: "Log", writer: "LogWriter") -> None:
    """Everything that the directives held now ask for was done; in the step that did it."""
    writer.set_meta(SWEPT, _state(log))


def waits(log: "Log") -> list[str]:
    """Event ids of erasures and releases that await the hub's word."""
    rows = _all(
        log,
        "SELECT e.id FROM directive d JOIN event e ON e.arrival=d.event WHERE d.settled=0"
        " AND d.type<>? AND d.event NOT IN (SELECT event FROM doubt) ORDER BY d.event",
        (ADOPTED,),
    )
    return [bytes(row[0]).hex() for row in rows]


def done_at(me: "Identity", stream: str, order: Order) -> tuple[str, str]:
    """Stream and thing under which devices say that they have carried an order out.

    That is the order's own; of one in the record of members, where no device writes, it is said in the organisation's.
    """
    if stream != me.authority_stream:
        return stream, order.ent
    return me.org_stream, named_thing(me.org_stream, "erasure", order.event_id)


def doubted(log: "Log", type_: str) -> "list[Stored]":
    """The directives of one type that are held and do not count."""
    rows = _all(
        log,
        "SELECT d.event FROM directive d JOIN doubt ON doubt.event=d.event WHERE d.type=? ORDER BY d.event",
        (type_,),
    )
    return log.at([arrival for (arrival,) in rows])


class Missing(NamedTuple):
    """Parts that are not held, of which only the leaf is left."""

    erased: int
    withheld: int


def missing(log: "Log", stream: str | None = None) -> Missing:
    """How many parts are not held, of one stream or of all, by the reason for it."""
    where, values = (" AND e.stream=?", (stream,)) if stream else ("", ())
    rows = _all(
        log,
        "SELECT e.id, p.i FROM part p JOIN event e ON e.arrival=p.event"  # noqa: S608 - fixed texts
        f" WHERE p.data IS NULL{where} ORDER BY p.event",
        values,
    )
    ident, gone, erased_parts = b"", frozenset[int](), 0
    for event, index in rows:
        if event != ident:
            stored = log.get(bytes(event).hex())
            ident, gone = event, stored.erased if stored else frozenset()
        erased_parts += index in gone
    return Missing(erased_parts, len(rows) - erased_parts)


def named_elsewhere(log: "Log", sha256: str, apart: dict[int, frozenset[int]]) -> bool:
    """Whether a part that stays still names a file; directives do not count, nor the parts in ``apart``."""
    rows = _all(
        log,
        "SELECT event, i FROM part WHERE instr(data, ?) > 0 AND event NOT IN (SELECT event FROM directive)",
        (sha256.encode(),),
    )
    return any(index not in apart.get(arrival, frozenset()) for arrival, index in rows)


def saying(log: "Log", texts: frozenset[bytes]) -> dict[bytes, list[str]]:
    """Of these bytes each with the ids of the events that hold it in a part; those that direct are left out."""
    found: dict[bytes, list[str]] = {}
    if texts:
        with told(log.path):
            for ident, data in log.db.execute(
                "SELECT e.id, p.data FROM part p JOIN event e ON e.arrival=p.event WHERE p.data IS NOT NULL"
                " AND p.event NOT IN (SELECT event FROM directive)"
            ):
                for text in texts:
                    if text in data:
                        found.setdefault(text, []).append(bytes(ident).hex())
    return found


def _named(found: Withdrawal) -> list[str]:
    named = [*(each.named for each in found.orders), *(each.named for each in found.narrowings)]
    return sorted({event_id for each in named for event_id in each})


def _confirmed(log: "Log", event_id: str) -> bool:
    return bool(
        _all(
            log,
            f"SELECT 1 FROM receipt r {PRESENT} WHERE r.event=? LIMIT 1",  # noqa: S608 - fixed text
            (bytes.fromhex(event_id),),
        )
    )


def _state(log: "Log") -> str:
    """Changes whenever a directive comes, counts, or counts no more, or the right to read changes."""
    rows = _all(
        log,
        "SELECT count(*), coalesce(sum(settled), 0), (SELECT count(*) FROM doubt d JOIN directive USING (event)),"
        " (SELECT coalesce(sum(seq), 0) FROM cursor WHERE stream IN"
        " (SELECT stream FROM directive WHERE type='scope.narrowed')) FROM directive",
    )
    return " ".join(map(str, (*rows[0], log.meta(WIDEST) or "")))


def _rows(log: "Log", stream: str) -> list[Any]:
    return _all(
        log,
        "SELECT e.arrival, e.id, e.envelope, d.settled, coalesce(doubt.reason, '') FROM directive d"
        " JOIN event e ON e.arrival=d.event LEFT JOIN doubt ON doubt.event=d.event WHERE d.stream=?",
        (stream,),
    )


def _directive(
    log: "Log", arrival: int, ident: bytes, raw: bytes, settled: int, doubt: str
) -> Directive | None:
    from ircockpit.ledger.envelope import decode, event_id

    try:
        envelope = decode(raw)
        parts = log.parts(arrival)
        check_parts(parts, envelope.body)
    except (BadInput, TrustError):
        return None
    if event_id(raw) != bytes(ident).hex():
        return None
    authorised = bool(settled) or envelope.type not in BY_LEAD
    return Directive(bytes(ident).hex(), envelope.type, envelope.ent, decision(parts), authorised, doubt)


def _all(log: "Log", sql: str, values: tuple[object, ...] = ()) -> list[Any]:
    with told(log.path):
        return log.db.execute(sql, values).fetchall()
