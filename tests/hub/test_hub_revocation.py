"""Revoking a device at the hub: what it holds of it stays good, and what comes later is judged by its hash chain."""

import json
import os
from collections.abc import Sequence

import pytest
from tests.support.lanes import Asker, Writer, authority_record, incoming, new_stream

from ircockpit.hub.authority import Authority
from ircockpit.hub.ended import Ended
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.service import Hub
from ircockpit.hub.sqlite_engine import connect
from ircockpit.hub.sqlite_shelf import Shelf
from ircockpit.hub.store import Incoming
from ircockpit.ledger import revocation
from ircockpit.ledger.certificate import decode
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.revocation import DEVICE_REVOKED, Cut, Revocation, gathered
from ircockpit.ledger.signing import SigningKey


def test_a_revoked_device_is_cut_at_what_the_hub_held(
    hub: Hub, asker: Asker, other: Writer, root: SigningKey, folder: HubFolder
) -> None:
    stream, unseen = new_stream(root), new_stream(root)
    theirs = Asker(hub, other)
    theirs.push(stream, other.open(stream), last := other.write(stream))
    late = [other.write(stream), other.open(unseen)]
    status, told = asker.decide(do="revoke", device=other.device, why="stolen")
    assert (status, told["lanes"]) == (200, 1)
    assert theirs.ask("GET", "/v1/heads").status == 403
    # Brought by somebody else, as out of a bundle: they vouch for nothing.
    assert asker.push(stream, late[0]) == [("quarantined", "revoked")]
    assert asker.push(unseen, late[1]) == [("quarantined", "revoked")]
    stolen, other.epoch = other.epoch, os.urandom(8).hex()
    other.rewind(stream, last)
    other._heads.clear()
    assert asker.push(stream, other.open(stream)) == [("quarantined", "revoked")], "in a lane of its own, too"
    body = json.loads(authority_record(folder)[-1].parts[0].data or b"{}")
    assert body["lanes"] == [{"stream": stream, "epoch": stolen, "n": 2, "event_id": last.id}]


def test_a_rival_of_a_revoked_device_at_an_earlier_place_is_no_part_of_it(
    hub: Hub, asker: Asker, other: Writer, root: SigningKey
) -> None:
    stream = new_stream(root)
    opened = other.open(stream)
    Asker(hub, other).push(stream, opened, other.write(stream))
    asker.decide(do="revoke", device=other.device, why="stolen")
    other.rewind(stream, opened)
    assert asker.push(stream, other.write(stream, body={"text": "rewritten"})) == [("quarantined", "revoked")]


def named(folder: HubFolder) -> list[Revocation]:
    return gathered(authority_record(folder))


def test_both_branches_of_a_copied_device_stay_good(
    hub: Hub, asker: Asker, other: Writer, root: SigningKey, folder: HubFolder
) -> None:
    stream, theirs = new_stream(root), Asker(hub, other)
    opened = other.open(stream)
    one = [other.write(stream), other.write(stream)]
    other.rewind(stream, opened)
    two = [other.write(stream, body={"text": "by the copy"})]
    assert [word for word, _ in theirs.push(stream, opened, *one, *two)] == ["ok", "ok", "ok", "fork"]
    assert asker.decide(do="revoke", device=other.device)[1]["lanes"] == 1
    (stated,) = named(folder)
    assert {(cut.n, cut.event_id) for cut in stated.lanes} == {(3, one[1].id), (2, two[0].id)}
    later = other.write(stream)
    assert asker.push(stream, later) == [("quarantined", "revoked")]


def test_said_again_it_changes_nothing(
    hub: Hub, asker: Asker, other: Writer, root: SigningKey, folder: HubFolder
) -> None:
    stream = new_stream(root)
    Asker(hub, other).push(stream, other.open(stream))
    first = asker.decide(do="revoke", device=other.device, why="stolen")
    assert first == (200, {"device": other.device, "lanes": 1, "already": False})
    before = len(authority_record(folder))
    asker.push(stream, other.write(stream))  # the hub holds more of the lane than it did
    assert asker.decide(do="revoke", device=other.device, why="again") == (200, {**first[1], "already": True})
    assert len(authority_record(folder)) == before


def test_more_lanes_than_one_event_holds_are_one_act_in_one_step(
    hub: Hub, asker: Asker, other: Writer, root: SigningKey, folder: HubFolder, authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(revocation, "LANES_AT_ONCE", 2)
    theirs, streams = Asker(hub, other), [new_stream(root) for _ in range(5)]
    for stream in streams:
        theirs.push(stream, other.open(stream))
    before, steps, append = len(authority_record(folder)), list[str](), folder.store.append

    def noting(stream: str, batch: Sequence[Incoming], received_at: int) -> object:
        steps.append(stream)
        return append(stream, batch, received_at)

    monkeypatch.setattr(folder.store, "append", noting)
    assert asker.decide(do="revoke", device=other.device, why="stolen")[1]["lanes"] == 5
    said = [event for event in authority_record(folder)[before:] if event.envelope.type == DEVICE_REVOKED]
    assert len(said) == 3
    assert len({(event.envelope.op, event.envelope.ent) for event in said}) == 1
    assert steps == [folder.authority_stream], "a hub that is cut off has said all of it, or nothing"
    assert {cut.stream for cut in named(folder)[0].lanes} == set(streams)
    monkeypatch.undo()
    for stream in streams:
        assert asker.push(stream, other.write(stream)) == [("quarantined", "revoked")]
    assert authority.standing().cuts.lanes(other.device) == 5


def test_while_the_end_of_a_lane_is_not_held_a_receipt_takes_nobodys_side(
    hub: Hub,
    asker: Asker,
    other: Writer,
    root: SigningKey,
    folder: HubFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a hub that was put back: the revocation is here again, and the lane is not."""
    stream = new_stream(root)
    honest = [other.open(stream), *(other.write(stream) for _ in range(3))]
    other.rewind(stream, honest[1])
    rival, more = other.write(stream, body={"text": "forged"}), [other.write(stream) for _ in range(3)]
    ends = [Cut(stream, other.epoch, 4, honest[3].id)]
    monkeypatch.setattr(type(folder.store), "lane_ends", lambda *_: ends)
    asker.decide(do="revoke", device=other.device, why="stolen")
    assert asker.push(stream, *honest[:2], rival) == [("ok", "")] * 3
    assert asker.push(stream, *more[:1]) == [("ok", "")], "at the very place, too"
    assert asker.push(stream, *more[1:]) == [("quarantined", "revoked")] * 2, (
        "control: beyond it nothing counts"
    )
    assert asker.push(stream, *honest[2:]) == [("fork", "")] * 2
    other.rewind(stream, honest[1])
    assert asker.push(stream, other.write(stream, body={"text": "once more"})) == [("quarantined", "revoked")]
    (stated,) = named(folder)
    assert stated.lanes == (ends[0],)


def test_judging_walks_no_chain(
    hub: Hub,
    asker: Asker,
    other: Writer,
    root: SigningKey,
    folder: HubFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What one late event costs inside the lock does not grow with its lane."""
    stream = new_stream(root)
    lane = [other.open(stream), *(other.write(stream) for _ in range(300))]
    folder.store.append(stream, list(map(incoming, lane)), 1)
    asker.decide(do="revoke", device=other.device, why="stolen")
    asked: list[str] = []
    real = Shelf.find

    def find(self: Shelf, event_id: str) -> object:
        asked.append(event_id)
        return real(self, event_id)

    monkeypatch.setattr(Shelf, "find", find)
    other.rewind(stream, lane[100])
    assert asker.push(stream, other.write(stream, body={"text": "forged"})) == [("quarantined", "revoked")]
    assert lane[-1].id in asked
    assert len(asked) < 10


class Erasing:
    """Two notes of somebody else; a lead whose device is revoked had the second erased, a thief asks for the first."""

    def __init__(self, hub: Hub, asker: Asker, other: Writer, root: SigningKey, authority: Authority) -> None:
        authority.set_role(other.user, "lead", by="")
        self.folder, self.asker, self.other = hub.members.authority._folder, asker, other
        self.stream = new_stream(root)
        mine = asker.writer
        asker.push(self.stream, mine.open(self.stream))
        self.notes = [mine.write(self.stream, body={"text": text}) for text in ("first", "second")]
        assert asker.push(self.stream, *self.notes) == [("ok", "")] * 2
        opened, early = other.open(self.stream), other.write(self.stream)
        self.honest = [opened, early, self.order(1), other.write(self.stream)]
        other.rewind(self.stream, early)
        self.rival = self.order(0)

    def order(self, which: int) -> SignedEvent:
        named = {"events": [[self.notes[which].id, None]]}
        return self.other.write(self.stream, "erasure.ordered", named)

    def said(self) -> list[bool]:
        """Which of the two notes still have their words here."""
        rows = [self.folder.store.parts_of(self.stream, note.id) for note in self.notes]
        return ['"data"' in row.parts for row in rows if row is not None]


@pytest.fixture
def erasing(hub: Hub, asker: Asker, other: Writer, root: SigningKey, authority: Authority) -> Erasing:
    return Erasing(hub, asker, other, root, authority)


def test_a_thiefs_order_waits_for_the_end_of_the_lane_and_then_counts_for_nothing(
    erasing: Erasing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a hub that was put back: the revocation is here again, and the lane is not."""
    ends = [Cut(erasing.stream, erasing.other.epoch, 4, erasing.honest[3].id)]
    monkeypatch.setattr(type(erasing.folder.store), "lane_ends", lambda *_: ends)
    erasing.asker.decide(do="revoke", device=erasing.other.device, why="stolen")
    assert erasing.asker.push(erasing.stream, *erasing.honest[:2], erasing.rival) == [("ok", "")] * 3
    assert erasing.said() == [True, True]
    assert erasing.asker.push(erasing.stream, erasing.honest[2]) == [("fork", "")]
    assert erasing.said() == [True, True], "nor does the honest one count yet"
    assert erasing.asker.push(erasing.stream, erasing.honest[3]) == [("ok", "")]
    assert erasing.said() == [True, False]


def test_what_a_thief_had_erased_before_the_revocation_was_known_comes_back_and_stays(
    erasing: Erasing, monkeypatch: pytest.MonkeyPatch
) -> None:
    push = erasing.asker.push
    assert push(erasing.stream, *erasing.honest[:2], erasing.rival) == [("ok", "")] * 3
    assert erasing.said() == [False, True], "the control: a lead's order is carried out"
    push(erasing.stream, *erasing.honest[2:])
    ends = [Cut(erasing.stream, erasing.other.epoch, 4, erasing.honest[3].id)]
    monkeypatch.setattr(type(erasing.folder.store), "lane_ends", lambda *_: ends)
    erasing.asker.decide(do="revoke", device=erasing.other.device, why="stolen")
    assert push(erasing.stream, *erasing.notes) == [("dup", "")] * 2
    assert erasing.said() == [True, False]
    erasing.other = erasing.asker.writer
    assert push(erasing.stream, erasing.order(1)) == [("ok", "")]
    assert erasing.said() == [True, False]


def test_the_hubs_own_keys_are_not_revoked_as_a_device(
    asker: Asker, folder: HubFolder, authority: Authority
) -> None:
    before = len(authority_record(folder))
    for own in folder.own_certificates():
        status, told = asker.decide(do="revoke", device=decode(own.raw).device)
        assert (status, told["error"]["what"]) == (404, "no device of that id belongs here")
    assert len(authority_record(folder)) == before


@pytest.mark.parametrize(
    "spelled", ['"type":"device.revoked"', '"type" : "device.revoked"', '"type":"device\\u002erevoked"']
)
def test_what_ended_is_read_however_the_event_is_spelled(
    hub: Hub, asker: Asker, other: Writer, root: SigningKey, folder: HubFolder, spelled: str
) -> None:
    asker.decide(do="revoke", device=other.device, why="stolen")
    db = connect(folder.path / "hub.db")
    try:
        db.execute("DROP TRIGGER event_kept")
        (changed,) = db.execute(
            "UPDATE event SET envelope=CAST(replace(CAST(envelope AS TEXT), ?, ?) AS BLOB)"
            " WHERE instr(envelope, CAST(? AS BLOB)) RETURNING 1",
            ('"type":"device.revoked"', spelled, '"type":"device.revoked"'),
        ).fetchone()
        assert changed
        assert Ended(db).cuts.revoked(other.device)
        assert not Ended(db).cuts.revoked(asker.writer.device), "control: nobody else is"
    finally:
        db.close()
