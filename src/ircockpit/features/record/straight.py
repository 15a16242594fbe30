"""The quick way through a record that is as it must be: event by event, keeping next to nothing of what was read.

It only ever says that all holds. Whatever is not exactly as expected, be it a fault or merely unusual, makes it give
up; the full verification then says what it is. It asks no less than that one does.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger.certificate import DEVICE, Certificate
from ircockpit.ledger.envelope import Envelope
from ircockpit.ledger.event import PURPOSE
from ircockpit.ledger.parts import check_parts
from ircockpit.ledger.receipt import sig_hash
from ircockpit.ledger.revocation import Cuts
from ircockpit.ledger.signing import verify
from ircockpit.ledger.stream import AUTHORITY, LANE_OPENED, STREAM_OPENED, read_genesis, read_opening
from ircockpit.ledger.verify import Prefix

if TYPE_CHECKING:
    from ircockpit.ledger.event import SignedEvent
    from ircockpit.store.log import Log, Row


class Passed(NamedTuple):
    """A stream in which all holds."""

    events: int
    lanes: int
    sig_hashes: dict[str, str]
    """By event id, where the hub's history is to be held against them."""


class _GivenUpError(Exception):
    """Something is not as it mostly is."""


class Straight:
    """One pass over one stream."""

    def __init__(
        self,
        log: "Log",
        stream: str,
        certificates: Mapping[str, Certificate],
        prefixes: Mapping[tuple[int, int], Prefix],
        cuts: Cuts,
        *,
        heads_only: bool,
        with_history: bool,
    ) -> None:
        self._log = log
        self._stream = stream
        self._certificates = certificates
        self._prefixes = prefixes
        self._cuts = cuts
        self._heads_only = heads_only
        self._with_history = with_history
        self._lanes: set[tuple[str, str]] = set()
        self._lane = ("", "")
        self._key = b""
        self._n = self._lam = self._events = self._geneses = 0
        self._last: str | None = None
        """Id of the event before in the lane, and below its signature: with ``heads_only`` the last one counts."""
        self._sig = b""
        self._hashes: dict[str, str] = {}

    def passed(self, heard: Callable[[], None]) -> Passed | None:
        """Whether all holds; ``None`` where that cannot be said in this way."""
        try:
            for row in self._log.rows(self._stream):
                heard()
                self._take(row)
            self._end_lane()
        except (_GivenUpError, BadInput, TrustError):
            return None
        return Passed(self._events, len(self._lanes), self._hashes)

    def _take(self, row: "Row") -> None:
        event = row.event
        envelope, ident = event.envelope, event.id
        lane = (envelope.device, envelope.epoch)
        if (
            ident != row.ident
            or envelope.n != row.n
            or envelope.lam != row.lam
            or lane != (row.device, row.epoch)
            or envelope.stream != self._stream
        ):
            raise _GivenUpError
        if lane != self._lane:
            self._end_lane()
            self._begin_lane(lane, event, envelope)
        elif envelope.n != self._n + 1 or envelope.prev != self._last or envelope.type == LANE_OPENED:
            raise _GivenUpError
        check_parts(event.parts, envelope.body)
        if envelope.type == STREAM_OPENED:
            self._look_at_genesis(event, envelope)
        if not self._follows(envelope) or not (self._heads_only or self._signed(ident, event.sig)):
            raise _GivenUpError
        self._n, self._lam, self._last, self._sig = envelope.n, envelope.lam, ident, event.sig
        self._events += 1
        if self._with_history:
            self._hashes[ident] = sig_hash(event.sig)

    def _begin_lane(self, lane: tuple[str, str], event: "SignedEvent", envelope: Envelope) -> None:
        if lane in self._lanes or envelope.n != 1:
            raise _GivenUpError
        opening = read_opening(event)
        certificate = self._certificates.get(opening.certificate) if opening is not None else None
        if opening is None or certificate is None:
            raise _GivenUpError
        if certificate.device != lane[0] or certificate.purpose != DEVICE:
            raise _GivenUpError
        if opening.predecessor and not self._log.lams([opening.predecessor]):
            raise _GivenUpError
        self._lanes.add(lane)
        self._lane, self._key, self._lam = lane, bytes.fromhex(certificate.key), 0

    def _end_lane(self) -> None:
        if self._last is None:
            return
        if self._heads_only and not self._signed(self._last, self._sig):
            raise _GivenUpError
        # The chain of a lane's last event was followed through all of it: where a revocation names that, all stands.
        if not self._cuts.named(self._stream, *self._lane, self._last):
            raise _GivenUpError
        self._last = None

    def _signed(self, ident: str, sig: bytes) -> bool:
        return verify(self._key, PURPOSE, bytes.fromhex(ident), sig)

    def _look_at_genesis(self, event: "SignedEvent", envelope: Envelope) -> None:
        genesis = read_genesis(event)
        self._geneses += 1
        if envelope.n != 2 or self._geneses > 1 or genesis is None or genesis.kind == AUTHORITY:
            raise _GivenUpError

    def _follows(self, envelope: Envelope) -> bool:
        """Whether the Lamport number is the one that what is referred to gives."""
        highest, complete = self._lam, True
        if envelope.base:
            # By the log's columns, which every event of the stream is held against as its turn comes.
            held = self._log.lams(envelope.base)
            if len(held) != len(envelope.base):
                return False
            highest = max(highest, *held.values())
        if envelope.seen is not None:
            prefix = self._prefixes.get((envelope.seen.gen, envelope.seen.seq))
            if prefix is None:
                complete = False
            elif prefix.root != envelope.seen.root:
                return False
            else:
                highest = max(highest, prefix.max_lam)
        return envelope.lam == highest + 1 or (not complete and envelope.lam > highest)
