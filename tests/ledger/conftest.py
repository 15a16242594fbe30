"""An organisation with devices that write lanes, the same on every run."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from ircockpit.core.ids import named_uuid
from ircockpit.ledger import certificate as certificates
from ircockpit.ledger.certificate import Certificate, SignedCertificate, certificate_id, issue, trusted
from ircockpit.ledger.envelope import Envelope, Seen, next_lam
from ircockpit.ledger.event import SignedEvent, seal
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.parts import make_parts
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.ledger.stream import LANE_OPENED, STREAM_OPENED, Genesis, LaneOpening

START = 1_790_000_000_000_000


def steady(seed: str) -> Callable[[int], bytes]:
    """A source of bytes that gives the same ones on every run."""
    state = [hashlib.sha256(seed.encode()).digest()]

    def rand(size: int) -> bytes:
        state[0] = hashlib.sha256(state[0]).digest()
        return state[0][:size]

    return rand


def steady_key(name: str) -> SigningKey:
    return SigningKey.from_raw(hashlib.sha256(b"key of " + name.encode()).digest())


class Org:
    """An organisation: its root, its devices' certificates, and one incident stream."""

    def __init__(self, name: str = "org") -> None:
        self.name = name
        self.root = steady_key(name)
        self.id = key_id(self.root.public)
        self.held: list[SignedCertificate] = []
        self.lams: dict[str, int] = {}
        self.genesis = Genesis(self.id, "incident", steady(name)(16).hex(), False)
        self.stream = self.genesis.stream

    def certify(
        self, name: str, purpose: str = certificates.DEVICE, by: SigningKey | None = None
    ) -> SignedCertificate:
        made = issue(
            by or self.root,
            org=self.id,
            subject=named_uuid("user", name),
            device=named_uuid("device", name),
            public=steady_key(name).public,
            purpose=purpose,
            not_before=START,
            serial=named_uuid("serial", name, purpose),
        )
        self.held.append(made)
        return made

    def lane(
        self, name: str, *, epoch: str = "", opens_stream: bool = False, seen: Seen | None = None
    ) -> "LaneWriter":
        writer = LaneWriter(self, name, epoch or hashlib.sha256(name.encode()).hexdigest()[:16])
        writer.add(LANE_OPENED, LaneOpening(certificate_id(writer.certificate.raw), None).part(), seen=seen)
        if opens_stream:
            writer.add(STREAM_OPENED, self.genesis.part())
        return writer

    def trusted(self) -> dict[str, Certificate]:
        return trusted(self.held, self.root.public)


class LaneWriter:
    """A device writing one lane by the rules; ``events`` is what it wrote."""

    def __init__(self, org: Org, name: str, epoch: str) -> None:
        self.org = org
        self.name = name
        self.epoch = epoch
        self.key = steady_key(name)
        self.certificate = org.certify(name)
        self.rand = steady(f"{name} {epoch}")
        self.events: list[SignedEvent] = []

    def draft(
        self, type_: str, *objects: dict[str, object], **changes: Any
    ) -> tuple[Envelope, tuple[Any, ...]]:
        """The next envelope with fields changed at will, and its parts."""
        prev = self.events[-1] if self.events else None
        base: tuple[str, ...] = changes.get("base", ())
        prev_lam = [prev.envelope.lam] if prev else []
        n = len(self.events) + 1
        envelope = Envelope(
            v=FORMAT,
            stream=self.org.stream,
            device=named_uuid("device", self.name),
            epoch=self.epoch,
            n=n,
            prev=prev.id if prev else None,
            lam=next_lam([*prev_lam, *(self.org.lams[ident] for ident in base)]),
            op=named_uuid("op", self.name, str(n)),
            actor=named_uuid("user", self.name),
            type=type_,
            tv=1,
            ent=named_uuid("incident", "one"),
            field=None,
            base=(),
            scope="team",
            occurred=None,
            wall=START + n * 1_000_000,
            off=-12,
            offq="ntp",
            boot=named_uuid("boot", self.name),
            mono=n * 1_000_000,
            seen=None,
            body="",
        )
        return envelope._replace(**changes), make_parts(objects, self.rand)

    def add(self, type_: str = "entry.added", *objects: dict[str, object], **changes: Any) -> SignedEvent:
        envelope, parts = self.draft(
            type_, *(objects or ({"text": f"note {len(self.events) + 1}"},)), **changes
        )
        event = seal(envelope, self.key, parts)
        self.events.append(event)
        self.org.lams[event.id] = envelope.lam
        return event

    def fill(self, count: int) -> "LaneWriter":
        for _ in range(count):
            self.add()
        return self


@pytest.fixture
def org() -> Org:
    return Org()


@pytest.fixture(scope="session")
def make_org() -> Callable[[str], Org]:
    return Org
