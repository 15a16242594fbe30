"""A stream as it is handed on: the events under the hub's receipts in their order, then those that await one."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.store.log import PRESENT, Log
from ircockpit.store.sqlite import told

if TYPE_CHECKING:
    from ircockpit.ledger.event import SignedEvent


class Held(NamedTuple):
    """An event with the receipt of the present generation, where there is one."""

    receipt: bytes | None
    event: "SignedEvent"


def under_receipts(log: Log, stream: str, gen: int, upto: int) -> Iterator[Held]:
    """The events of the first ``upto`` receipts of the present generation; one in memory at a time."""
    yield from _walk(
        log,
        f"SELECT e.id, r.raw FROM receipt r {PRESENT} JOIN event e ON e.id=r.event"  # noqa: S608 - fixed text
        " WHERE r.stream=? AND r.gen<=? AND r.seq<=? ORDER BY r.seq",
        (stream, gen, upto),
    )


def in_order_of_arrival(log: Log, stream: str, gen: int, after: int) -> Iterator[Held]:
    """The events that the first ``after`` receipts of the present generation do not cover, in the order they came here."""
    yield from _walk(
        log,
        f"SELECT e.id, NULL FROM event e WHERE e.stream=? AND NOT EXISTS (SELECT 1 FROM receipt r {PRESENT}"  # noqa: S608
        " WHERE r.event=e.id AND r.stream=e.stream AND r.gen<=? AND r.seq<=?)"
        " ORDER BY e.arrival",
        (stream, gen, after),
    )


def _walk(log: Log, sql: str, values: Sequence[object]) -> Iterator[Held]:
    with told(log.path):
        for ident, receipt in log.db.execute(sql, tuple(values)):
            stored = log.get(bytes(ident).hex())
            if stored is not None:
                yield Held(receipt, stored.event)
