"""Signed events of invented devices, for stores and services that need events without a workstation."""

import os
from collections.abc import Mapping
from typing import Any

from ircockpit.core.ids import random_uuid
from ircockpit.hub.store import Incoming
from ircockpit.ledger.certificate import DEVICE, SignedCertificate, certificate_id, issue
from ircockpit.ledger.envelope import Envelope, next_lam
from ircockpit.ledger.event import SignedEvent, seal
from ircockpit.ledger.parts import make_parts
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.ledger.stream import LANE_OPENED, Genesis


class Writer:
    """A device with its key, certified by a root, that writes lanes."""

    def __init__(self, root: SigningKey) -> None:
        self.key = SigningKey.generate()
        self.device, self.user = random_uuid(), random_uuid()
        self.certificate: SignedCertificate = issue(
            root,
            org=key_id(root.public),
            subject=self.user,
            device=self.device,
            public=self.key.public,
            purpose=DEVICE,
            not_before=1,
            serial=random_uuid(),
        )
        self.epoch = os.urandom(8).hex()
        self._heads: dict[str, tuple[int, str, int]] = {}

    def write(
        self, stream: str, type_: str = "incident.noted", body: Mapping[str, Any] | None = None, **over: Any
    ) -> SignedEvent:
        """The next event of this device's lane; ``over`` replaces fields of the envelope."""
        n, prev, lam = self._heads.get(stream, (0, "", 0))
        bases: Mapping[str, int] = over.pop("bases", {})
        envelope = Envelope(
            v=0, stream=stream, device=self.device, epoch=self.epoch, n=n + 1, prev=prev or None,
            lam=next_lam([lam, *bases.values()]), op=random_uuid(), actor=self.user, type=type_, tv=1, ent=random_uuid(),
            field=None, base=tuple(sorted(bases)), scope="team", occurred=None, wall=1, off=0, offq="none",
            boot=random_uuid(), mono=1, seen=None, body="",
        )._replace(**over)  # fmt: skip
        event = seal(envelope, over.pop("key", self.key), make_parts([body or {"text": "noted"}], os.urandom))
        self._heads[stream] = (envelope.n, event.id, envelope.lam)
        return event

    def open(self, stream: str) -> SignedEvent:
        """Event 1 of the lane."""
        return self.write(
            stream, LANE_OPENED, {"certificate": certificate_id(self.certificate.raw), "predecessor": None}
        )

    def rewind(self, stream: str, to: SignedEvent) -> None:
        """Go back to an earlier event, as a copied disk does."""
        envelope = to.envelope
        self._heads[stream] = (envelope.n, to.id, envelope.lam)


def new_stream(root: SigningKey) -> str:
    """The id of a fresh incident stream of an organisation."""
    return Genesis(key_id(root.public), "incident", os.urandom(16).hex(), False).stream


def incoming(event: SignedEvent, quarantine: str = "") -> Incoming:
    """The event as the store is given it."""
    return Incoming(event, event.envelope, event.id, quarantine)
