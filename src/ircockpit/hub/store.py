"""What a hub keeps, as one protocol that every database behind it fulfils."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ircockpit.ledger.certificate import SignedCertificate
from ircockpit.ledger.envelope import Envelope
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.withdrawal import Withdrawal

if TYPE_CHECKING:
    from ircockpit.hub.court import Court


class Word(StrEnum):
    """What became of one event that was pushed."""

    OK = "ok"
    """Taken in."""
    DUP = "dup"
    """Was here already, at the seq stated."""
    FORK = "fork"
    """Taken in beside another event with the same place in its lane: a device was copied."""
    LATER = "later"
    """Not taken in now: its device is beyond the quota named in the reason; welcome another day."""
    QUARANTINED = "quarantined"
    """Taken in and given a receipt, but it does not count, for the reason stated."""
    MISSING = "missing"
    """Not taken in: the event named in the reason must come first."""
    INVALID = "invalid"
    """Not taken in: it breaks a rule, or its device is unknown."""


class Outcome(NamedTuple):
    """The answer about one event."""

    event_id: str
    word: Word
    seq: int = 0
    reason: str = ""


class Device(NamedTuple):
    """A device that may sign in."""

    device: str
    user: str
    key: str
    """Public key as hex."""
    name: str
    role: str
    added_at: int
    """µs since 1970 on the hub's clock."""


class Invitation(NamedTuple):
    """A one-time code that is out."""

    ident: str
    key: bytes
    """What both sides prove the code with (``joining.invitation_key``)."""
    name: str
    role: str
    expires_at: int
    """µs since 1970 on the hub's clock."""
    attempts: int = 0
    used_by: str = ""
    """Device that joined with it."""


class Incoming(NamedTuple):
    """A pushed event whose signature and parts hold."""

    event: SignedEvent
    envelope: Envelope
    event_id: str
    quarantine: str = ""
    """Reason for which it does not count, found before its place is known."""


class Head(NamedTuple):
    """How far a stream's history goes."""

    stream: str
    gen: int
    seq: int
    root: str
    changed: int
    """Number of the newest change of any stream when this one last changed: what changed later has a higher one."""


class Row(NamedTuple):
    """One event as handed out."""

    receipt: bytes
    envelope: bytes
    sig: bytes
    parts: str
    """JSON list of the parts in wire form."""


class Page(NamedTuple):
    """Consecutive events of one stream, and the tree up to the last of them."""

    gen: int
    head: int
    rows: list[Row]
    tree: Frontier


class LaneEnd(NamedTuple):
    """An event of a device's lane that no other one held follows."""

    stream: str
    epoch: str
    n: int
    event_id: str


class Counts(NamedTuple):
    """What a hub holds."""

    devices: int
    streams: int
    events: int
    quarantined: int
    forks: int


class Shown(NamedTuple):
    """A checkpoint that this hub has signed, as a workstation shows it."""

    gen: int
    size: int
    root: str
    text: str
    """The checkpoint itself, signature included."""


class Store(Protocol):
    """A hub's database. Every method is one transaction; what it returned is durable. Usable from any thread."""

    def close(self) -> None:
        """Let go of the database."""
        ...

    def meta(self, key: str) -> str | None:
        """A small setting."""
        ...

    def set_meta(self, key: str, value: str) -> None:
        """Keep a small setting."""
        ...

    def add_certificates(self, certificates: Sequence[SignedCertificate]) -> int:
        """Keep certificates; returns how many were new."""
        ...

    def certificates(self) -> list[SignedCertificate]:
        """All certificates, in order of their ids."""
        ...

    def add_device(self, device: Device) -> None:
        """Let a device in, or change what is kept about it."""
        ...

    def devices(self) -> list[Device]:
        """All devices, in the order they joined."""
        ...

    def add_invitation(self, invitation: Invitation) -> None:
        """Keep a new invitation."""
        ...

    def forget_invitations(self, before: int) -> None:
        """Take away those that expired before a time (µs): nobody can use them, and they name people."""
        ...

    def invitation(self, ident: str) -> Invitation | None:
        """The invitation of a code."""
        ...

    def count_attempt(self, ident: str) -> int:
        """Count one failed proof; returns how many there were."""
        ...

    def use_invitation(self, ident: str, device: str) -> bool:
        """Mark an invitation used by a device; ``False`` where another one used it before."""
        ...

    def heads(self, after: int = 0, limit: int = -1, privileged: bool = True) -> list[Head]:
        """Heads of the streams changed after a change number, in order of their last change; -1 for no limit.

        Those of privileged streams are left out where they are not for who asks.
        """
        ...

    def head(self, stream: str) -> Head | None:
        """One stream's head; ``None`` for an unknown one."""
        ...

    def shared(self, stream: str, gen: int) -> int:
        """How many receipts of an earlier generation the present one has kept, as far as is known here."""
        ...

    def heed(self, stream: str, shown: Shown, now_us: int) -> bool:
        """Under lock: whether a checkpoint proves that the database was put back to an earlier state.

        It does where it speaks of a generation, a size or a root that is not known here. Every stream then
        begins a new generation, before anything further is signed, and the checkpoint is kept.
        """
        ...

    def raise_all(self, least: int, why: str, now_us: int) -> int:
        """Begin a new generation, at least this one, in every stream, and with it in every stream to come."""
        ...

    def highest(self) -> tuple[int, int]:
        """How many events were ever taken in, and the highest generation."""
        ...

    def append(
        self,
        stream: str,
        batch: Sequence[Incoming],
        received_at: int,
        court: "Court | None" = None,
        pusher: str = "",
    ) -> tuple[list[Outcome], Page]:
        """Give events their places under the stream's lock; returns one outcome for each and an empty page at the head.

        See :func:`ircockpit.hub.admission.admit_batch` for the rules. Roles are judged inside the lock by
        ``court``; without one, every role may everything. What the device ``pusher`` begins is counted
        (:mod:`ircockpit.hub.quota`).
        """
        ...

    def held(self, stream: str, event_ids: Sequence[str]) -> dict[str, tuple[int, bytes, str]]:
        """Seq, signature and parts, as they were kept, of those that this stream has."""
        ...

    def record(self, stream: str, after: int) -> tuple[int, list[Row]]:
        """The head of a stream (0 where there is none) and all its rows from ``after + 1`` on, in one reading."""
        ...

    def page(self, stream: str, after: int, limit: int, max_bytes: int) -> Page | None:
        """Events from ``after + 1`` on, at least one where there is one; ``None`` for an unknown stream."""
        ...

    def lane_ends(self, device: str) -> list[LaneEnd]:
        """The end of every lane of a device; of one that had forked, the end of each branch."""
        ...

    def tree(self, stream: str, size: int) -> tuple[int, Frontier] | None:
        """Generation, and the tree over the first ``size`` receipts; ``None`` beyond the head."""
        ...

    def withdrawal(self, stream: str) -> Withdrawal:
        """What accepted events of a stream say is to go, is held, or is for fewer readers."""
        ...

    def privileged(self) -> frozenset[str]:
        """Streams of which only those who read what is privileged may know what is in them."""
        ...

    def parts_of(self, stream: str, event_id: str) -> Row | None:
        """One event of a stream; ``None`` where it is not held."""
        ...

    def files_to_go(self) -> frozenset[str]:
        """Hashes of evidence files that erasures name, that no hold keeps and no other event names."""
        ...

    def leave_no_trace(self) -> bool:
        """Clear free pages of what was taken away; ``False`` where that has to wait, so that it is tried again."""
        ...

    def counts(self, privileged: bool = True) -> Counts:
        """What is held, with or without what is in privileged streams."""
        ...
