"""The hub's history as a device keeps it, held against what the hub has signed: nothing taken out or changed passes."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from tests.support.hub import set_field
from tests.sync.conftest import Team

from ircockpit.features.record.receipts import seen_in
from ircockpit.features.record.verification import Checked, Verifier
from ircockpit.ledger.envelope import decode
from ircockpit.ledger.verify import Kind

MIDDLE = 3


@pytest.fixture
def shared(team: Team, stream: str) -> str:
    """A record of several events, all of which the hub has signed."""
    ident = str(team.b.view.rows("SELECT id FROM incident")[0][0])
    for severity in ("SEV1", "SEV2", "SEV3"):
        set_field(team.b, ident, "severity", severity)
        team.sync(team.b)
    return stream


def checked(team: Team, stream: str) -> Checked:
    return Verifier(team.b.log, team.b.identity, heads_only=True).stream(stream)


def tampered(team: Team, sql: str, *values: object) -> None:
    """Write into the log's file past everything that protects it."""
    with closing(sqlite3.connect(team.b.log.path, isolation_level=None)) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        assert db.execute(sql, values).rowcount >= 1


def test_a_whole_history_passes(team: Team, shared: str) -> None:
    whole = checked(team, shared)
    assert whole.findings == ()
    assert whole.anchored == whole.events > MIDDLE


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda t, s: tampered(t, "DELETE FROM receipt WHERE stream=? AND seq=?", s, MIDDLE), Kind.MISSING),
        (lambda t, s: tampered(t, "DELETE FROM receipt WHERE stream=? AND seq>?", s, MIDDLE), Kind.MISSING),
        (lambda t, s: tampered(t, "DELETE FROM receipt WHERE stream=?", s), Kind.MISSING),
        (
            lambda t, s: tampered(
                t,
                "UPDATE receipt SET raw=CAST(replace(raw, 'accepted', 'quarantined:x') AS BLOB)"
                " WHERE stream=? AND seq=?",
                s, MIDDLE,
            ),
            Kind.HISTORY,
        ),
        (
            lambda t, s: tampered(t, "UPDATE receipt SET raw=x'00' WHERE stream=? AND seq=?", s, MIDDLE),
            Kind.UNREADABLE,
        ),
        (
            lambda t, s: tampered(
                t,
                "UPDATE receipt SET raw=(SELECT raw FROM receipt r WHERE r.stream=receipt.stream AND r.seq=?)"
                " WHERE stream=? AND seq=?",
                MIDDLE + 1, s, MIDDLE,
            ),
            Kind.MISSING,
        ),
        (
            lambda t, s: tampered(t, "UPDATE event SET sig=zeroblob(64) WHERE stream=? AND n=2", s),
            Kind.ALTERED,
        ),
        (
            lambda t, s: tampered(t, "UPDATE receipt SET event=zeroblob(32) WHERE stream=? AND seq=?", s, MIDDLE),
            Kind.MISSING,
        ),
    ],
    ids=["one taken out", "end cut off", "all gone", "changed", "unreadable", "another", "signature", "event"],
)  # fmt: skip
def test_what_is_not_as_the_hub_signed_it_is_found(
    team: Team, shared: str, change: Callable[[Team, str], None], kind: Kind
) -> None:
    change(team, shared)
    assert kind in {each.kind for each in checked(team, shared).findings}


def test_every_prefix_that_somebody_saw_is_known(team: Team, shared: str) -> None:
    held = [stored.event for stored in team.b.log.of_stream(shared)]
    said = {(seen.gen, seen.seq) for event in held if (seen := event.envelope.seen) is not None}
    assert seen_in(team.b.log, shared) == said != set()
    last = next(event for event in reversed(held) if event.envelope.seen is not None)
    spelled = last.raw.replace(b'"seen":', b'"seen" :')
    assert decode(spelled).seen == last.envelope.seen
    tampered(team, "UPDATE event SET envelope=? WHERE id=?", spelled, bytes.fromhex(last.id))
    assert seen_in(team.b.log, shared) == said
    tampered(team, "UPDATE event SET envelope=? WHERE id=?", b"{}", bytes.fromhex(last.id))
    assert seen_in(team.b.log, shared) <= said
