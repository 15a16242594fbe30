"""The quick way through a record that is as it must be: event by event, keeping next to nothing of what was read.

It only ever says that all holds. Whatever is not exactly as expected, be it a fault or merely unusual, makes it give
up; the full verification then says what it is. It asks no less than that one does.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger.certificate import DEVICE, Certificate
from ircockpit.ledger.envelope import Links, raw_event_id, read_links
from ircockpit.ledger.event import PURPOSE, SignedEvent
from ircockpit.ledger.merkle import leaf_hash
from ircockpit.ledger.parts import SALT_BYTES, Part, digest_of_leaves
from ircockpit.ledger.revocation import Cuts
from ircockpit.ledger.signing import verify
from ircockpit.ledger.stream import AUTHORITY, LANE_OPENED, STREAM_OPENED, read_genesis, read_opening
from ircockpit.ledger.verify import Prefix
from ircockpit.store.scan import Bare, scan

if TYPE_CHECKING:
    from ircockpit.store.log import Log


class Passed(NamedTuple):
    """A stream in which all holds."""

    events: int
    lanes: int


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
    ) -> None:
        self._log = log
        self._stream = stream
        self._certificates = certificates
        self._prefixes = prefixes
        self._cuts = cuts
        self._heads_only = heads_only
        self._lanes: set[tuple[str, str]] = set()
        self._lane = ("", "")
        self._key = b""
        self._n = self._lam = self._events = self._geneses = 0
        self._last: str | None = None
        """Id of the event before in the lane; below the same in bytes, and its signature: with ``heads_only`` the last
        one counts.
        """
        self._id = self._sig = b""

    def passed(self, heard: Callable[[], None]) -> Passed | None:
        """Whether all holds; ``None`` where that cannot be said in this way."""
        try:
            for row in scan(self._log, self._stream):
                heard()
                self._take(row)
            self._end_lane()
        except (
            _GivenUpError,
            BadInput,
            TrustError,
            TypeError,
        ):  # TypeError: a column holds another kind of thing
            return None
        return Passed(self._events, len(self._lanes))

    def _take(self, row: Bare) -> None:
        ident, device, epoch, n, lam, raw, sig, parts = row
        links = read_links(raw)
        said = (links.device, links.epoch, links.n, links.lam, links.stream)
        if raw_event_id(raw) != ident or said != (device, epoch, n, lam, self._stream):
            raise _GivenUpError
        if (device, epoch) != self._lane:
            self._end_lane()
            self._begin_lane((device, epoch), _event(row), links)
        elif n != self._n + 1 or links.prev != self._last or links.type == LANE_OPENED:
            raise _GivenUpError
        _check_body(parts, links.body)
        if links.type == STREAM_OPENED:
            self._look_at_genesis(_event(row), links)
        if not self._follows(links) or not (self._heads_only or self._signed(ident, sig)):
            raise _GivenUpError
        self._n, self._lam, self._last, self._id, self._sig = n, lam, ident.hex(), ident, sig
        self._events += 1

    def _begin_lane(self, lane: tuple[str, str], event: SignedEvent, links: Links) -> None:
        if lane in self._lanes or links.n != 1:
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
        if self._heads_only and not self._signed(self._id, self._sig):
            raise _GivenUpError
        # The chain of a lane's last event was followed through all of it: where a revocation names that, all stands.
        if not self._cuts.named(self._stream, *self._lane, self._last):
            raise _GivenUpError
        self._last = None

    def _signed(self, ident: bytes, sig: bytes) -> bool:
        return verify(self._key, PURPOSE, ident, sig)

    def _look_at_genesis(self, event: SignedEvent, links: Links) -> None:
        genesis = read_genesis(event)
        self._geneses += 1
        if links.n != 2 or self._geneses > 1 or genesis is None or genesis.kind == AUTHORITY:
            raise _GivenUpError

    def _follows(self, links: Links) -> bool:
        """Whether the Lamport number is the one that what is referred to gives."""
        highest, complete = self._lam, True
        if links.base:
            # By the log's columns, which every event of the stream is held against as its turn comes.
            held = self._log.lams(links.base)
            if len(held) != len(links.base):
                return False
            highest = max(highest, *held.values())
        if links.seen is not None:
            prefix = self._prefixes.get((links.seen.gen, links.seen.seq))
            if prefix is None:
                complete = False
            elif prefix.root != links.seen.root:
                return False
            else:
                highest = max(highest, prefix.max_lam)
        return links.lam == highest + 1 or (not complete and links.lam > highest)


def _event(row: Bare) -> SignedEvent:
    return SignedEvent(row[5], row[6], tuple(Part(*part) for part in row[7]))


def _check_body(parts: list[tuple[Any, Any, Any]], body: str) -> None:
    """What :func:`parts.check_parts` checks, for rows."""
    for leaf, salt, data in parts:
        if data is None and salt is None:
            continue
        if len(salt) != SALT_BYTES or leaf_hash(salt + data) != leaf:
            raise _GivenUpError
    if digest_of_leaves([leaf for leaf, _, _ in parts]) != body:
        raise _GivenUpError
