"""Events from elsewhere than the hub are taken over as a pull does: verified, in any order, again without effect."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.hub import Made, declare, ids, set_field
from tests.support.lanes import Writer
from tests.sync.conftest import Team

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.features.record.verification import Verifier
from ircockpit.ledger.event import to_wire
from ircockpit.ledger.signing import SigningKey
from ircockpit.store import history, outbox
from ircockpit.store.keys import read_key
from ircockpit.store.log import NOWHERE
from ircockpit.store.workstation import Workstation
from ircockpit.sync import exhibits
from ircockpit.sync.alarms import alarms
from ircockpit.sync.intake import TakenIn, take_in


def rows_of(who: Workstation, stream: str) -> list[dict[str, Any]]:
    """A stream as a bundle carries it, before any hub has spoken."""
    return [{"r": None, **to_wire(stored.event)} for stored in who.log.of_stream(stream)]


def take(who: Workstation, stream: str, rows: list[dict[str, Any]], giver: Workstation) -> TakenIn:
    return take_in(
        who.log, who.profile, who.identity, who.clock, stream, rows, certificates=giver.log.certificates()
    )


@pytest.fixture
def stream(team: Team) -> str:
    ident = declare(team.a, "wrong dose")
    return str(team.a.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])


def test_what_comes_on_a_stick_counts_and_goes_to_the_hub(team: Team, stream: str) -> None:
    rows = rows_of(team.a, stream)
    assert take(team.b, stream, rows, team.a) == TakenIn(len(rows), 0, 0, 0)
    assert team.b.refresh()
    assert team.b.view.rows("SELECT title FROM incident") == [("wrong dose",)]
    assert take(team.b, stream, rows, team.a) == TakenIn(0, len(rows), 0, 0)
    team.sync(team.b)
    assert team.b.log.unconfirmed_count() == 0
    team.sync(team.a)
    team.sync(team.b)
    assert team.a.view.dump() == team.b.view.dump()


def test_what_comes_before_its_ancestors_counts_once_they_are_here(team: Team, stream: str) -> None:
    rows = rows_of(team.a, stream)
    late = take(team.b, stream, rows[2:], team.a)
    assert late.doubted == late.new
    assert take(team.b, stream, rows[:2], team.a).doubted == 0
    assert [stored.doubt for stored in team.b.log.since(0, 10_000) if stored.doubt] == []


@pytest.mark.parametrize("field", ["e", "s", "p"])
def test_one_changed_row_keeps_all_of_it_out(team: Team, stream: str, field: str) -> None:
    before, rows = ids(team.b), rows_of(team.a, stream)
    other = declare(team.a, "another")
    there = str(team.a.view.rows("SELECT stream FROM incident WHERE id=?", (other,))[0][0])
    rows[-1][field] = rows_of(team.a, there)[-1][field]
    if field == "s":  # its own bytes hold: only the signature is another's, which its device's key shows
        assert take(team.b, stream, rows, team.a).doubted == 1
        return
    with pytest.raises((TrustError, BadInput)):
        take(team.b, stream, rows, team.a)
    assert ids(team.b) == before


def test_a_stranger_is_kept_in_doubt(team: Team, stream: str) -> None:
    stranger = Writer(SigningKey.generate())
    rows = [{"r": None, **to_wire(each)} for each in (stranger.open(stream), stranger.write(stream))]
    taken = take_in(
        team.b.log, team.b.profile, team.b.identity, team.b.clock, stream, rows,
        certificates=[stranger.certificate],
    )  # fmt: skip
    assert taken == TakenIn(2, 0, 2, 0)
    known = Writer(read_key(team.a.profile.root_key))
    rows = [{"r": None, **to_wire(each)} for each in (known.open(stream), known.write(stream))]
    taken = take_in(
        team.b.log, team.b.profile, team.b.identity, team.b.clock, stream, rows,
        certificates=[known.certificate],
    )  # fmt: skip
    assert taken == TakenIn(2, 0, 0, 0)


def bundle_of(who: Workstation, stream: str) -> tuple[list[dict[str, Any]], list[str]]:
    """A stream as its holder hands it on: in the hub's order with its receipts, then what awaits one."""
    reach = who.log.reach(stream) or NOWHERE
    rows = []
    for _, ident, raw in history.receipts(who.log, stream, reach.gen):
        held = who.log.get(ident)
        assert held is not None
        rows.append({"r": raw.decode(), **to_wire(held.event)})
    batches = outbox.outgoing(who.log, stream, 1000)
    waiting = [{"r": None, **to_wire(each.event)} for batch in batches for each in batch]
    return [*rows, *waiting], [text for _, _, text in who.log.checkpoints(stream)]


def bring(who: Workstation, stream: str, giver: Workstation, upto: int | None = None) -> TakenIn:
    rows, checkpoints = bundle_of(giver, stream)
    return take_in(
        who.log, who.profile, who.identity, who.clock, stream, rows[:upto],
        certificates=giver.log.certificates(), checkpoints=checkpoints,
    )  # fmt: skip


def test_what_the_hub_has_signed_is_confirmed_without_it(team: Team, stream: str) -> None:
    team.sync(team.a)
    total = team.a.log.count(stream)
    team.a.append([team.a.set_field(stream, "incident.set", incident(team.a), "severity", "SEV1")])
    taken = bring(team.b, stream, team.a)
    assert taken == TakenIn(total + 1, 0, 0, total)
    assert len(team.b.log.unconfirmed_ids(stream)) == 1  # only what no hub has seen
    assert bring(team.b, stream, team.a) == TakenIn(0, total + 1, 0, 0)
    assert Verifier(team.b.log, team.b.identity).stream(stream).findings == ()
    assert Verifier(team.b.log, team.b.identity).stream(stream).anchored == total
    team.sync(team.b)
    team.sync(team.a)
    for who in (team.a, team.b):
        assert who.log.unconfirmed_count() == 0
        assert alarms(who.log) == []


def test_of_what_is_cut_off_nothing_is_confirmed_that_no_checkpoint_covers(team: Team, stream: str) -> None:
    """And the whole of it goes on where the piece had ended."""
    team.sync(team.a)
    total = team.a.log.count(stream)
    assert bring(team.b, stream, team.a, upto=total - 1) == TakenIn(total - 1, 0, 0, 0)
    assert len(team.b.log.unconfirmed_ids(stream)) == total - 1
    assert bring(team.b, stream, team.a) == TakenIn(1, total - 1, 0, total)
    assert team.b.log.unconfirmed_ids(stream) == frozenset()


def test_a_changed_receipt_confirms_nothing(team: Team, stream: str) -> None:
    team.sync(team.a)
    rows, checkpoints = bundle_of(team.a, stream)
    stated = json.loads(rows[1]["r"])
    rows[1]["r"] = json.dumps({**stated, "received_at": stated["received_at"] + 1}, separators=(",", ":"))
    certificates = team.a.log.certificates()
    b = team.b
    taken = take_in(
        b.log,
        b.profile,
        b.identity,
        b.clock,
        stream,
        rows,
        certificates=certificates,
        checkpoints=checkpoints,
    )
    assert (taken.new, taken.confirmed) == (len(rows), 0)
    forged = [checkpoints[-1].replace("\n", "\n1", 1)]
    with pytest.raises(TrustError):
        take_in(
            b.log, b.profile, b.identity, b.clock, stream, rows, certificates=certificates, checkpoints=forged
        )


def test_a_newer_generation_on_a_stick_is_followed_and_an_older_one_is_not(
    team: Team, stream: str, tmp_path: Path
) -> None:
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    set_field(team.a, incident(team.a), "severity", "SEV1")
    team.sync(team.a)
    team.sync(team.b)
    old = bundle_of(team.b, stream)
    team.hub.restore(tmp_path / "old")
    team.sync(team.a)
    set_field(team.a, incident(team.a), "owner", "x")
    team.sync(team.a)
    assert bring(team.b, stream, team.a).new == 1
    mine, theirs = (who.log.reach(stream) or NOWHERE for who in (team.b, team.a))
    assert (mine.gen, mine.seq, mine.frontier) == (theirs.gen, theirs.seq, theirs.frontier)
    assert mine.gen > 1
    assert team.b.log.unconfirmed_ids(stream) == frozenset()
    a = team.a
    taken = take_in(a.log, a.profile, a.identity, a.clock, stream, old[0], checkpoints=old[1])
    assert (taken.new, taken.confirmed) == (0, 0)
    assert a.log.reach(stream) == theirs
    assert Verifier(team.b.log, team.b.identity).stream(stream).findings == ()
    team.sync(team.b)
    assert "two-histories" not in {each.kind for who in (team.a, team.b) for each in alarms(who.log)}


def test_a_generation_on_a_stick_that_begins_with_nothing_is_followed_and_told(
    team: Team, stream: str, tmp_path: Path
) -> None:
    """A hub that was put back to before it knew a record numbers it anew from the first entry on."""
    team.hub.back_up(tmp_path / "old")
    team.sync(team.a)
    team.sync(team.b)
    before = team.b.log.reach(stream) or NOWHERE
    exhibits.note_verified(team.b.log, "0" * 64, None)
    team.hub.restore(tmp_path / "old")
    set_field(team.a, incident(team.a), "owner", "x")
    team.sync(team.a)
    bring(team.b, stream, team.a)
    mine, theirs = (who.log.reach(stream) or NOWHERE for who in (team.b, team.a))
    assert (mine.gen, mine.seq, mine.frontier) == (theirs.gen, theirs.seq, theirs.frontier)
    assert mine.gen > before.gen
    assert [seq for seq, _, _ in history.receipts(team.b.log, stream, mine.gen)] == list(
        range(1, mine.seq + 1)
    )
    assert Verifier(team.b.log, team.b.identity).stream(stream).findings == ()
    assert ("restored", stream) in {(each.kind, each.stream) for each in alarms(team.b.log)}
    assert not exhibits.at_hub(team.b.log, "0" * 64), "what it had verified it may have lost"


def incident(who: Workstation) -> str:
    return str(who.view.rows("SELECT id FROM incident")[0][0])


def test_what_came_in_no_order_goes_to_a_hub_that_lost_it_in_the_order_it_was_written(
    team: Team, stream: str, made: Made, tmp_path: Path
) -> None:
    """An entry written on what its author had seen counts only where that stands before it."""
    team.hub.back_up(tmp_path / "before")
    team.sync(team.a)
    team.sync(team.b)
    ident = str(team.b.view.rows("SELECT id FROM incident WHERE stream=?", (stream,))[0][0])
    set_field(team.b, ident, "severity", "SEV1")
    team.sync(team.b)
    rows = rows_of(team.b, stream)
    with made.copy("b", tmp_path / "other") as other:
        assert take(other, stream, rows[::-1], team.b).new == len(rows)
        team.hub.restore(tmp_path / "before")
        team.sync(other)
        assert team.hub.folder.store.counts().quarantined == 0
