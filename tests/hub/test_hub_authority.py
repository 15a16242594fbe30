"""Who belongs to an organisation: said in one stream, by its authority's keys alone, and judged by inside the lock."""

import json
import os
from typing import Any

import pytest
from tests.support.lanes import Asker, Writer, authority_record, guest, new_stream

from ircockpit.core.clock import SystemClock
from ircockpit.core.errors import ConflictError, NotFound, RefusedError, StoreError
from ircockpit.core.ids import entity_id, named_thing, random_uuid
from ircockpit.core.roles import ROLES, STATED, Capability, may
from ircockpit.features.membership.rules import Standing, member_id
from ircockpit.features.table import events
from ircockpit.hub.authority import Authority
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.service import Hub
from ircockpit.ledger.certificate import (
    HUB_AUTHORITY,
    SignedCertificate,
    decode,
    issue,
    trusted,
)
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.signing import SigningKey, key_id
from ircockpit.ledger.stream import AUTHORITY, LANE_OPENED, STREAM_OPENED, Genesis
from ircockpit.ledger.verify import Kind, verify_lanes


def test_the_stream_is_told_and_holds_who_founded(hub: Hub, asker: Asker, folder: HubFolder) -> None:
    hello = json.loads(asker.plain("GET", "/v1/hello").body)
    assert hello["authority_stream"] == folder.authority_stream
    assert [event.envelope.type for event in authority_record(folder)] == [
        LANE_OPENED,
        STREAM_OPENED,
        "member.added",
    ]
    member = hub.members.authority.standing().member(asker.writer.user)
    assert member is not None
    assert (member.name, member.role, member.device) == ("Ann", "lead", asker.writer.device)


def test_a_stranger_derives_the_roles_and_checks_them(
    authority: Authority, folder: HubFolder, root: SigningKey, asker: Asker, other: Writer
) -> None:
    authority.set_role(other.user, "observer", by=asker.writer.user, why="left the rota")
    events = authority_record(folder)
    assert verify_lanes(events, trusted(folder.store.certificates(), root.public)) == []
    roles = []
    standing = Standing(folder.authority_stream)
    for event in events:
        standing.take(event)
        roles.append(standing.role(other.user))
    assert roles[-3:] == [None, "responder", "observer"], "at any point, not only at the end"
    backwards = Standing(folder.authority_stream)
    for event in reversed(events):
        backwards.take(event)
    assert backwards.members() == standing.members()


def test_verification_tells_a_device_from_the_authority(
    folder: HubFolder, root: SigningKey, writer: Writer, asker: Asker
) -> None:
    forged = [writer.open(folder.authority_stream), _added(writer, folder, "lead")]
    held = trusted(folder.store.certificates(), root.public)
    found = verify_lanes([*authority_record(folder), *forged], held)
    assert {(each.kind, each.device) for each in found} == {(Kind.CERTIFICATE, writer.device)}
    assert "only the organisation's authority" in found[0].detail


def _added(writer: Writer, folder: HubFolder, role: str, **over: Any) -> SignedEvent:
    stream = folder.authority_stream
    facts = {"user": writer.user, "device": writer.device, "name": "me", "role": role}
    return writer.write(stream, "member.added", facts, ent=member_id(stream, writer.user), **over)


def test_what_a_device_signs_in_the_authority_stream_is_refused(
    asker: Asker, writer: Writer, folder: HubFolder, authority: Authority
) -> None:
    stream = folder.authority_stream
    before = authority.standing().members()
    events = writer.open(stream), _added(writer, folder, "lead")
    assert asker.push(stream, *events) == [("invalid", "authority")] * 2
    assert authority.standing().members() == before


def test_a_forged_authority_is_refused(asker: Asker, folder: HubFolder, root: SigningKey) -> None:
    stream = folder.authority_stream
    stranger = Writer(SigningKey.generate())
    assert asker.push(stream, stranger.open(stream)) == [("invalid", "device")]
    pretender = Writer(root)
    pretender.device = pretender.user = decode(_authority_certificate(folder).raw).device
    assert asker.push(stream, pretender.open(stream)) == [("invalid", "signature")]


def _authority_certificate(folder: HubFolder) -> SignedCertificate:
    return next(each for each in folder.store.certificates() if decode(each.raw).purpose == HUB_AUTHORITY)


def test_the_root_itself_may_write_there(asker: Asker, folder: HubFolder, root: SigningKey, hub: Hub) -> None:
    speaker = Writer(root)
    speaker.key = root
    speaker.certificate = issue(
        root, org=key_id(root.public), subject=speaker.user, device=speaker.device, public=root.public,
        purpose=HUB_AUTHORITY, not_before=1, serial=random_uuid(),
    )  # fmt: skip
    folder.store.add_certificates([speaker.certificate])
    hub.members.reload()
    stream = folder.authority_stream
    opened = speaker.open(stream)
    user = asker.writer.user
    gone = speaker.write(stream, "member.removed", {"value": ""}, ent=member_id(stream, user), field="role")
    assert asker.push(stream, opened, gone) == [("ok", ""), ("ok", "")]
    assert hub.members.authority.standing().role(user) == ""


def test_words_of_the_authority_count_nowhere_else(
    asker: Asker, other: Writer, hub: Hub, root: SigningKey, authority: Authority
) -> None:
    theirs = Asker(hub, other)
    stream = new_stream(root)
    ent = named_thing(stream, "membership", other.user)
    opened = other.open(stream)
    role = other.write(stream, "member.role", {"value": "lead"}, ent=ent, field="role")
    added = other.write(stream, "member.added", {"user": other.user, "role": "lead"}, ent=ent)
    unheard = other.write(stream, "member.crowned", {"user": other.user})
    assert theirs.push(stream, opened, role, added, unheard) == [
        ("ok", ""), *[("quarantined", "authority")] * 3,
    ]  # fmt: skip
    assert authority.standing().role(other.user) == "responder"


def test_a_second_authority_stream_counts_for_nothing(asker: Asker, writer: Writer, root: SigningKey) -> None:
    genesis = Genesis(key_id(root.public), AUTHORITY, os.urandom(16).hex(), False)
    stream = genesis.stream
    born = writer.open(stream), writer.write(stream, STREAM_OPENED, genesis.part(), ent=stream)
    assert asker.push(stream, *born) == [("ok", ""), ("quarantined", "authority")]


def test_words_are_taken_back_in_whoever_brings_them_and_replays_change_nothing(
    hub: Hub, asker: Asker, other: Writer, authority: Authority, folder: HubFolder
) -> None:
    authority.set_role(other.user, "lead", by="")
    authority.set_role(other.user, "", by=asker.writer.user, why="left")
    words = authority_record(folder)
    assert Asker(hub, asker.writer).push(folder.authority_stream, *words) == [("dup", "")] * len(words)
    assert authority.standing().role(other.user) == ""


def test_an_observer_writes_nothing_and_hears_it(
    hub: Hub, other: Writer, authority: Authority, root: SigningKey
) -> None:
    stream = new_stream(root)
    theirs = Asker(hub, other)
    opened, noted = other.open(stream), other.write(stream)
    assert theirs.push(stream, opened, noted) == [("ok", ""), ("ok", "")]
    authority.set_role(other.user, "observer", by="")
    held = entity_id(stream)
    later = [
        other.write(stream),
        other.write(stream, "incident.declared", {"title": "x"}),
        other.write(stream, "hold.placed", {"why": "court"}, ent=held),
        other.write(stream, "person.set", {"value": "Jo"}, ent=other.user, field="name"),
    ]
    assert theirs.push(stream, *later) == [
        ("quarantined", "role"), ("quarantined", "role"), ("ok", ""), ("ok", ""),
    ]  # fmt: skip
    authority.set_role(other.user, "responder", by="")
    assert theirs.push(stream, other.write(stream)) == [("ok", "")], "the lane goes on"


@pytest.mark.parametrize("role", list(ROLES))
def test_every_role_and_every_type(
    hub: Hub, asker: Asker, other: Writer, authority: Authority, root: SigningKey, role: str
) -> None:
    """Each type pushed by a member of each role: the hub says what the table says, and the lane goes on."""
    authority.set_role(other.user, role, by="")
    stream = new_stream(root)
    theirs = Asker(hub, other)
    assert theirs.push(stream, other.open(stream)) == [("ok", "")]
    told = {}
    for type_ in sorted(STATED.keys() - {LANE_OPENED, STREAM_OPENED}):
        own = type_.startswith("person.")
        unbound = type_ in events().types and not events().kinds[events().types[type_].kind].bound
        ent = other.user if own else random_uuid() if unbound else stream
        told[type_] = theirs.push(stream, other.write(stream, type_, {"x": type_}, ent=ent))[0]
    wanted = {}
    for type_ in told:
        need = STATED[type_]
        may_say = ("ok", "") if may(role, need) else ("quarantined", "role")
        wanted[type_] = ("quarantined", "authority") if need is Capability.AUTHORITY else may_say
    assert told == wanted


def test_who_was_removed_is_given_nothing_and_may_leave_what_they_wrote(
    hub: Hub, other: Writer, authority: Authority, root: SigningKey, folder: HubFolder
) -> None:
    stream = new_stream(root)
    theirs = Asker(hub, other)
    assert theirs.push(stream, other.open(stream)) == [("ok", "")]
    authority.set_role(other.user, "", by="", why="left")
    for path in ("/v1/heads", f"/v1/streams/{stream}/events", "/v1/certificates", "/v1/status"):
        answer = theirs.ask("GET", path)
        assert (answer.status, json.loads(answer.body)["error"]["what"]) == (
            403, "you were removed from this organisation",
        )  # fmt: skip
    assert theirs.push(stream, other.write(stream)) == [("quarantined", "removed")]
    Authority(folder, SystemClock()).admit(other.user, other.device, "Jo", "engineer")
    assert theirs.ask("GET", "/v1/heads").status == 200
    assert theirs.push(stream, other.write(stream)) == [("ok", "")]


def test_whom_nobody_let_in_is_quarantined(
    asker: Asker, hub: Hub, folder: HubFolder, root: SigningKey
) -> None:
    """A device this hub's authority once certified, and of which its stream says nothing: the hub was put back."""
    forgotten = Writer(root)
    forgotten.certificate = issue(
        folder.authority_key, org=key_id(root.public), subject=forgotten.user, device=forgotten.device,
        public=forgotten.key.public, purpose="device", not_before=1, serial=random_uuid(),
    )  # fmt: skip
    theirs = guest(hub, forgotten)
    theirs.token = theirs.sign_in(certificate=True)
    stream = new_stream(root)
    assert theirs.push(stream, forgotten.open(stream)) == [("quarantined", "unknown")]


@pytest.mark.parametrize("role", ["responder", "approver", "auditor", "observer", "legal"])
def test_only_a_lead_decides(hub: Hub, asker: Asker, other: Writer, authority: Authority, role: str) -> None:
    authority.set_role(other.user, role, by="")
    theirs = Asker(hub, other)
    for said in (
        {"do": "role", "user": other.user, "role": "lead"},
        {"do": "remove", "user": asker.writer.user},
        {"do": "revoke", "device": asker.writer.device},
    ):
        status, told = theirs.decide(**said)
        assert (status, told["error"]["what"][:11]) == (403, "only a lead")
    assert authority.standing().role(other.user) == role
    assert asker.decide(do="role", user=other.user, role="lead")[0] == 200
    assert theirs.decide(do="remove", user=asker.writer.user)[0] == 200, "control: now they may"


def test_somebody_is_left_who_decides(asker: Asker, authority: Authority, other: Writer) -> None:
    me = asker.writer
    for refused in (
        lambda: authority.set_role(me.user, "responder", by=me.user),
        lambda: authority.set_role(me.user, "", by=""),
        lambda: authority.revoke(me.device, by="", why="lost"),
    ):
        with pytest.raises(ConflictError, match="last lead"):
            refused()
    authority.set_role(other.user, "lead", by=me.user)
    assert authority.set_role(me.user, "responder", by=me.user).role == "responder"


def test_a_lead_whose_every_device_is_revoked_does_not_count_as_one(
    authority: Authority, asker: Asker, other: Writer
) -> None:
    authority.set_role(other.user, "lead", by="")
    authority.revoke(other.device, by="", why="stolen")
    with pytest.raises(ConflictError, match="last lead"):
        authority.revoke(asker.writer.device, by="", why="stolen too")


@pytest.mark.parametrize(
    "said",
    [
        {"do": "role", "user": "x", "role": "lead"},
        {"do": "role", "user": random_uuid()},
        {"do": "crown", "user": random_uuid()},
        {"do": "revoke", "device": 7},
        {"do": "remove", "user": random_uuid(), "why": "w" * 501},
        {"do": "remove", "user": random_uuid(), "why": None},
    ],
)
def test_a_decision_that_is_none_is_refused(asker: Asker, said: dict[str, Any]) -> None:
    assert asker.decide(**said)[0] == 400


def test_nobody_and_nothing_unknown_is_decided_about(authority: Authority) -> None:
    with pytest.raises(NotFound):
        authority.set_role(random_uuid(), "lead", by="")
    with pytest.raises(NotFound):
        authority.revoke(random_uuid(), by="", why="")
    with pytest.raises(RefusedError):
        authority.set_role(random_uuid(), "lead", by=random_uuid())


def test_the_table_of_devices_is_made_anew_from_certificates_and_stream(
    hub: Hub, folder: HubFolder, other: Writer, authority: Authority
) -> None:
    authority.set_role(other.user, "auditor", by="")
    with folder.store._writing() as db:  # type: ignore[attr-defined]
        db.execute("DELETE FROM device")
    Hub(folder)
    assert {(each.device, each.role) for each in folder.store.devices()} >= {(other.device, "auditor")}
    assert len(folder.store.devices()) == 2


def test_two_processes_claim_no_place_twice(folder: HubFolder, other: Writer, authority: Authority) -> None:
    beside = Authority(folder, SystemClock())
    for role in ("auditor", "observer", "legal"):
        authority.set_role(other.user, role, by="")
        beside.set_role(other.user, "responder", by="")
    assert folder.store.counts().forks == 0
    assert authority.standing().role(other.user) == "responder"


def test_what_the_hub_could_not_say_is_not_called_done(
    authority: Authority, other: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Standing, "base", lambda *_: {"0" * 64: 1})  # refers to what is not there
        with pytest.raises(StoreError, match="its own word"):
            authority.set_role(other.user, "lead", by="")
    assert authority.standing().role(other.user) == "responder"
    assert authority.set_role(other.user, "lead", by="").role == "lead"
