"""Signed events of invented devices, for stores and services that need events without a workstation."""

import json
import os
from collections.abc import Mapping
from typing import Any

from ircockpit.core.ids import entity_id, random_uuid
from ircockpit.hub.asking import Answer, Asked
from ircockpit.hub.court import signed
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.service import Hub
from ircockpit.hub.store import Incoming
from ircockpit.ledger import joining
from ircockpit.ledger.certificate import DEVICE, SignedCertificate, certificate_id, issue
from ircockpit.ledger.envelope import Envelope, next_lam
from ircockpit.ledger.event import SignedEvent, seal, to_wire
from ircockpit.ledger.fields import FORMAT
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
        stated = over.pop("parts", (body or {"text": "noted"},))
        envelope = Envelope(
            v=FORMAT, stream=stream, device=self.device, epoch=self.epoch, n=n + 1, prev=prev or None,
            lam=next_lam([lam, *bases.values()]), op=random_uuid(), actor=self.user, type=type_, tv=1,
            ent=stream if type_ == LANE_OPENED else entity_id(stream),
            field=None, base=tuple(sorted(bases)), scope="team", occurred=None, wall=1, off=0, offq="none",
            boot=random_uuid(), mono=1, seen=None, body="",
        )._replace(**over)  # fmt: skip
        event = seal(envelope, over.pop("key", self.key), make_parts(stated, os.urandom))
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


def authority_record(folder: HubFolder) -> list[SignedEvent]:
    """All that a hub's authority has said."""
    return [signed(row) for row in folder.store.record(folder.authority_stream, 0)[1]]


class Asker:
    """A device that is signed in and asks a hub directly."""

    def __init__(self, hub: Hub, writer: Writer) -> None:
        self.hub = hub
        self.writer = writer
        self.token = self.sign_in()

    def sign_in(self, certificate: bool = False) -> str:
        """A token; raises KeyError where the hub refuses."""
        nonce = json.loads(self.plain("GET", "/v1/challenge").body)["nonce"]
        org = json.loads(self.plain("GET", "/v1/hello").body)["org"]
        digest = joining.session_digest(org, self.writer.device, nonce)
        said: dict[str, Any] = {
            "device": self.writer.device,
            "nonce": nonce,
            "sig": joining.signature_to_wire(self.writer.key.sign("session", digest)),
        }
        if certificate:
            said["certificate"] = joining.certificate_to_wire(self.writer.certificate)
        return str(json.loads(self.plain("POST", "/v1/session", said).body)["token"])

    def plain(self, method: str, path: str, said: Any = None, **headers: str) -> Answer:
        """One request without a token."""
        place, _, query = path.partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        body = said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
        return self.hub.answer(Asked(method, place, pairs, headers, body))

    def ask(self, method: str, path: str, said: Any = None, **headers: str) -> Answer:
        """One request."""
        return self.plain(method, path, said, authorization=f"Bearer {self.token}", **headers)

    def decide(self, **said: Any) -> tuple[int, dict[str, Any]]:
        """Ask the hub's authority for something; status and what it answers."""
        answer = self.ask("POST", "/v1/authority", {"why": "", **said})
        return answer.status, json.loads(answer.body)

    def push(self, stream: str, *events: SignedEvent) -> list[tuple[str, str]]:
        """Push events; word and reason of each."""
        answer = self.ask("POST", f"/v1/streams/{stream}/events", {"events": [to_wire(e) for e in events]})
        assert answer.status == 200, answer.body
        return [(each["word"], each["reason"]) for each in json.loads(answer.body)["outcomes"]]


def guest(hub: Hub, writer: Writer) -> Asker:
    """A device that has not signed in yet."""
    asking = Asker.__new__(Asker)
    asking.hub, asking.writer = hub, writer
    return asking
