"""What a hub refuses, takes in without counting, and never does, whoever asks."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.lanes import Asker, Writer, new_stream

from ircockpit.core.clock import SystemClock
from ircockpit.core.ids import entity_id, random_uuid
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.service import Hub
from ircockpit.hub.sessions import NONCE_US, TOKEN_US
from ircockpit.hub.streams import PUSH_EVENTS
from ircockpit.ledger import checkpoint, joining, receipt
from ircockpit.ledger.event import SignedEvent, to_wire
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.parts import drop
from ircockpit.ledger.signing import SigningKey, key_id


class Hands(SystemClock):
    """A clock whose hands can be moved."""

    moved = 0

    def wall_us(self) -> int:
        return super().wall_us() + self.moved


@pytest.fixture
def stream(root: SigningKey) -> str:
    return new_stream(root)


def said(body: bytes) -> dict[str, Any]:
    value = json.loads(body)
    assert isinstance(value, dict)
    return value


def test_every_answer_about_a_stream_is_signed_and_pages_are_dense(
    asker: Asker, writer: Writer, stream: str
) -> None:
    events = [writer.open(stream), *(writer.write(stream) for _ in range(6))]
    asker.push(stream, *events)
    page = asker.ask("GET", f"/v1/streams/{stream}/events?after=0&gen=0&limit=4")
    first, *rows = [json.loads(line) for line in page.body.split(b"\n") if line]
    tree = Frontier()
    for row in rows:
        tree.append(receipt.leaf(row["r"].encode()))
    key = asker.hub.folder.log_key.public
    stated = checkpoint.parse_and_verify(first["checkpoint"], key)
    assert (stated.size, stated.root) == (4, tree.root().hex())
    assert stated.of.stream == stream
    assert [row["e"].encode() for row in rows] == [event.raw for event in events[:4]]
    following = asker.ask("GET", f"/v1/streams/{stream}/events?after=4&gen=1&root={tree.root().hex()}")
    assert following.status == 200
    assert said(following.body.split(b"\n")[0])["count"] == 3


@pytest.mark.parametrize(
    "query",
    [
        "after=3&gen=1&root=" + "ab" * 32,
        "after=9&gen=1&root={root}",
        "after=3&gen=1",
    ],
)
def test_a_prefix_that_is_not_this_history_is_told(
    asker: Asker, writer: Writer, stream: str, query: str
) -> None:
    asker.push(stream, writer.open(stream), *(writer.write(stream) for _ in range(4)))
    _, tree = asker.hub.store.tree(stream, 3) or (0, Frontier())
    root = tree.root().hex()
    answer = asker.ask("GET", f"/v1/streams/{stream}/events?" + query.replace("{root}", root))
    told = said(answer.body)
    signed = checkpoint.parse_and_verify(told.pop("checkpoint"), asker.hub.folder.log_key.public)
    assert (answer.status, told) == (409, {"reset": True, "gen": 1, "head": 5, "common": 0})
    assert (signed.of.gen, signed.size) == (1, 0)


def test_a_prefix_is_the_same_in_every_generation_that_has_it(
    asker: Asker, writer: Writer, stream: str
) -> None:
    asker.push(stream, writer.open(stream), *(writer.write(stream) for _ in range(4)))
    _, tree = asker.hub.store.tree(stream, 3) or (0, Frontier())
    gen = asker.hub.store.raise_all(7, "for the test", 0)
    assert gen == 7
    answer = asker.ask("GET", f"/v1/streams/{stream}/events?after=3&gen=1&root={tree.root().hex()}")
    assert answer.status == 200
    assert said(answer.body.split(b"\n")[0])["gen"] == 7
    roots = [[3, tree.root().hex()], [2, "cd" * 32], [9, tree.root().hex()]]
    common = said(asker.ask("POST", f"/v1/streams/{stream}/common", {"roots": roots}).body)
    signed = checkpoint.parse_and_verify(common["checkpoint"], asker.hub.folder.log_key.public)
    assert (common["gen"], common["common"]) == (7, 3)
    assert (signed.of.gen, signed.size, signed.root) == (7, 3, tree.root().hex())


def _other_key(writer: Writer, stream: str) -> SignedEvent:
    event = writer.write(stream)
    return SignedEvent(event.raw, SigningKey.generate().sign("event", bytes.fromhex(event.id)), event.parts)


def _other_part(writer: Writer, stream: str) -> SignedEvent:
    event, other = writer.write(stream), writer.write(stream)
    return event._replace(parts=other.parts)


def _no_device(writer: Writer, stream: str) -> SignedEvent:
    return writer.write(stream, device=random_uuid())


def _opening_in_the_middle(writer: Writer, stream: str) -> SignedEvent:
    return writer.write(stream, "lane.opened")


def _false_genesis(writer: Writer, stream: str) -> SignedEvent:
    facts = {"org": "ab" * 32, "kind": "incident", "nonce": "cd" * 16, "drill": False}
    return writer.write(stream, "stream.opened", facts)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_other_key, "signature"),
        (_other_part, "signature"),
        (_no_device, "device"),
        (_opening_in_the_middle, "body"),
        (_false_genesis, "signature"),
    ],
)
def test_what_no_device_can_have_meant_is_refused(
    asker: Asker, writer: Writer, stream: str, make: Callable[[Writer, str], SignedEvent], reason: str
) -> None:
    opened = writer.open(stream)
    assert asker.push(stream, opened, make(writer, stream)) == [("ok", ""), ("invalid", reason)]
    assert asker.hub.store.record(stream, 0)[0] == 1


def test_an_event_of_another_stream_is_refused(
    asker: Asker, writer: Writer, root: SigningKey, stream: str
) -> None:
    other = new_stream(root)
    assert asker.push(other, writer.open(stream)) == [("invalid", "stream")]


def test_an_actor_the_device_is_not_certified_to_does_not_count(
    asker: Asker, writer: Writer, stream: str
) -> None:
    events = [writer.open(stream), writer.write(stream, actor=random_uuid()), writer.write(stream)]
    assert asker.push(stream, *events) == [("ok", ""), ("quarantined", "actor"), ("ok", "")]


def test_what_is_said_of_a_thing_of_another_stream_does_not_count(
    asker: Asker, writer: Writer, root: SigningKey, stream: str
) -> None:
    theirs = entity_id(new_stream(root))
    events = [
        writer.open(stream),
        *(
            writer.write(stream, type_, ent=theirs)
            for type_ in ("incident.declared", "incident.set", "group.formed")
        ),
        writer.write(stream, "incident.declared"),
        writer.write(stream, "group.formed", ent=random_uuid()),
        writer.write(stream, "thing.of_tomorrow", ent=theirs),
    ]
    stray, fine = ("quarantined", "entity"), ("ok", "")
    assert asker.push(stream, *events) == [fine, stray, stray, stray, fine, fine, stray]


def test_a_key_in_two_parts_does_not_count(asker: Asker, writer: Writer, stream: str) -> None:
    opened = writer.open(stream)
    twice = writer.write(stream, parts=({"value": "SEV1"}, {"value": "SEV4"}))
    once = writer.write(stream, parts=({"value": "SEV1"}, {"why": "measured"}))
    hidden = writer.write(stream, parts=({"value": "SEV1"}, {"value": "SEV4"}))
    hidden = hidden._replace(parts=(hidden.parts[0], drop(hidden.parts[1])))
    asked = asker.push(stream, opened, twice, once, hidden)
    assert asked == [("ok", ""), ("quarantined", "parts"), ("ok", ""), ("ok", "")], (
        "what is not held is not known"
    )


def test_a_part_taken_away_is_no_fault(asker: Asker, writer: Writer, stream: str) -> None:
    opened, event = writer.open(stream), writer.write(stream)
    redacted = event._replace(parts=tuple(map(drop, event.parts)))
    assert asker.push(stream, opened, redacted) == [("ok", ""), ("ok", "")]


def test_who_has_not_signed_in_learns_nothing(asker: Asker, stream: str) -> None:
    paths = ["heads", "status", "certificates", f"streams/{stream}/events?after=0", f"blobs/{'ab' * 32}"]
    for path in paths:
        for headers in ({}, {"authorization": "Bearer x.1.y"}, {"authorization": f"Basic {asker.token}"}):
            assert asker.plain("GET", f"/v1/{path}", **headers).status == 401
    assert asker.ask("GET", "/v1/heads").status == 200


def test_a_token_ends_and_is_bound_to_its_hub(folder: HubFolder, writer: Writer) -> None:
    clock = Hands()
    asker = Asker(Hub(folder, clock=clock), writer)
    assert asker.ask("GET", "/v1/heads").status == 200
    word, until, mac = asker.token.split(".")
    for forged in (f"{word}.{int(until) + 1}.{mac}", f"{random_uuid()}.{until}.{mac}"):
        assert asker.plain("GET", "/v1/heads", authorization=f"Bearer {forged}").status == 401
    clock.moved = TOKEN_US + 1
    assert asker.ask("GET", "/v1/heads").status == 401
    asker.token = asker.sign_in()
    assert asker.ask("GET", "/v1/heads").status == 200
    other = Asker(Hub(folder, clock=clock), writer)  # another process knows the same keys
    other.token = asker.token
    assert other.ask("GET", "/v1/heads").status == 200


@pytest.mark.parametrize("fault", ["device", "nonce", "key", "old"])
def test_signing_in_needs_the_device_key_and_a_fresh_nonce(
    folder: HubFolder, writer: Writer, fault: str
) -> None:
    clock = Hands()
    asker = Asker(Hub(folder, clock=clock), writer)
    nonce = said(asker.plain("GET", "/v1/challenge").body)["nonce"]
    key = SigningKey.generate() if fault == "key" else writer.key
    device = random_uuid() if fault == "device" else writer.device
    if fault == "nonce":
        nonce = nonce[:-1] + ("0" if nonce[-1] != "0" else "1")
    if fault == "old":
        clock.moved = NONCE_US + 1
    digest = joining.session_digest(key_id(folder.root), device, nonce)
    sig = joining.signature_to_wire(key.sign("session", digest))
    answer = asker.plain("POST", "/v1/session", {"device": device, "nonce": nonce, "sig": sig})
    assert answer.status == (401 if fault in ("nonce", "old") else 403)  # 401: it is worth another try


def test_a_sign_in_for_one_organisation_is_none_for_another(folder: HubFolder, writer: Writer) -> None:
    asker = Asker(Hub(folder), writer)
    nonce = said(asker.plain("GET", "/v1/challenge").body)["nonce"]
    sig = joining.signature_to_wire(
        writer.key.sign("session", joining.session_digest("ab" * 32, writer.device, nonce))
    )
    said_ = {"device": writer.device, "nonce": nonce, "sig": sig}
    assert asker.plain("POST", "/v1/session", said_).status == 403


def test_certificates_of_strangers_are_left_out(asker: Asker, root: SigningKey) -> None:
    friend, stranger = Writer(root), Writer(SigningKey.generate())
    listed = [joining.certificate_to_wire(each.certificate) for each in (friend, stranger)]
    assert said(asker.ask("POST", "/v1/certificates", {"certificates": listed}).body) == {"added": 1}
    assert Asker(asker.hub, friend).token
    with pytest.raises(KeyError):
        Asker(asker.hub, stranger).sign_in(certificate=True)
    assert {device.device for device in asker.hub.store.devices()} == {asker.writer.device, friend.device}


def test_too_much_at_once_is_refused_whole(asker: Asker, writer: Writer, stream: str) -> None:
    wire = to_wire(writer.open(stream))
    answer = asker.ask("POST", f"/v1/streams/{stream}/events", {"events": [wire] * (PUSH_EVENTS + 1)})
    assert answer.status == 413
    assert asker.hub.store.record(stream, 0) == (0, [])


def test_nonsense_is_answered_and_changes_nothing(asker: Asker, writer: Writer, stream: str) -> None:
    """A bounded fuzz of every address: always an answer, never a 5xx, never a new event."""
    rng = random.Random(7)  # noqa: S311 - repeatable, guards nothing
    asker.push(stream, writer.open(stream))
    before = asker.hub.store.counts()
    wire = to_wire(writer.write(stream))
    good = json.dumps({"events": [wire]}).encode()
    paths = [
        "/v1/hello", "/v1/challenge", "/v1/session", "/v1/enroll", "/v1/heads", "/v1/certificates", "/v1/status",
        f"/v1/streams/{stream}/events", f"/v1/streams/{stream}/common", "/v1/streams/x/events",
        f"/v1/streams/{stream}/events?after=-1", f"/v1/streams/{stream}/events?after=99999999999999999999",
        f"/v1/streams/{stream}/events?after=٣", "/v1/blobs/..%2f..%2fhub-log.key", "/v1/blobs/../hub-log.key",
        "/v1/blobs/" + "ab" * 32, "/v1/blobs/AB", "/", "//", "/v2/heads",
    ]  # fmt: skip
    bodies = [
        b"", b"{}", b"[]", b"null", b"3", b'"x"', b"{", b"\xff\xfe", b'{"events":[]}', b'{"events":[1]}',
        b'{"events":{"a":1}}', b'{"a":1,"a":2}', b'{"request":{}}', b'{"request":{"invitation":1}}',
        b'{"certificates":[{}]}', b'{"certificates":[{"raw":"x","sig":"y"}]}', b'{"gen":1,"roots":[[1]]}',
        b'{"gen":"x","roots":[[1,"y"]]}', b'{"gen":1,"roots":[[99,"y"]]}', b'{"device":1,"nonce":2,"sig":3}',
        b"[" * 5000, b'{"events":' + b"[" * 5000, b'{"x":1e999}',
    ]  # fmt: skip
    for _ in range(300):
        cut = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            cut[rng.randrange(len(cut))] = rng.randrange(256)
        bodies.append(bytes(cut[: rng.randrange(len(cut))] if rng.random() < 0.3 else cut))
    for body in bodies:
        for path in paths if len(bodies) and body in bodies[:23] else paths[7:8]:
            for method in ("GET", "POST", "PUT", "HEAD"):
                answer = asker.ask(method, path, body)
                assert 200 <= answer.status < 500, (method, path, body[:80], answer)
    after = asker.hub.store.counts()
    assert (after.devices, after.streams) == (before.devices, before.streams)
    assert after.events <= before.events + 1  # a change of white space leaves the good event good


def test_a_certificate_is_taken_only_from_who_holds_its_key(asker: Asker, root: SigningKey) -> None:
    """Certificates are no secret: who shows somebody else's to a hub that forgot it adds nothing."""
    stranger = Writer(root)
    true = stranger.key
    stranger.key = SigningKey.generate()
    before = asker.hub.store.certificates()
    asker.writer = stranger
    with pytest.raises(KeyError):
        asker.sign_in(certificate=True)
    assert asker.hub.store.certificates() == before
    stranger.key = true
    assert asker.sign_in(certificate=True)
    assert len(asker.hub.store.certificates()) == len(before) + 1
