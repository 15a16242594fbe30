"""Two workstations and a hub over loopback sockets: what one writes, the other sees, and nothing is decided silently."""

from pathlib import Path

from tests.support.hub import LocalHub, declare, ids, join, set_field, station, sync
from tests.sync.conftest import Pair

from ircockpit.features.incidents.queries import heads


def test_each_sees_what_the_other_wrote(pair: Pair) -> None:
    _, a, b = pair
    mine = declare(a, "wrong dose")
    sync(a)
    sync(b)
    theirs = declare(b, "refunds")
    sync(b)
    sync(a)
    for who in pair[1:]:
        assert {row[0] for row in who.view.rows("SELECT id FROM incident")} == {mine, theirs}
        assert who.log.unconfirmed_count() == 0
    assert a.view.dump() == b.view.dump()


def test_what_was_written_before_joining_is_shared_too(tmp_path: Path) -> None:
    with station(tmp_path / "a") as a, station(tmp_path / "b") as b:
        old = declare(b, "before joining")
        hub = LocalHub(tmp_path / "hub", a)
        hub.start(a)
        join(hub, b, "Bo")
        sync(b)
        sync(a)
        hub.close()
        assert a.view.rows("SELECT title FROM incident WHERE id=?", (old,)) == [("before joining",)]
        assert [s.doubt for s in a.log.since(0) if s.doubt] == []
        assert a.view.rows("SELECT name FROM person WHERE id=?", (b.me,)) == [("Bo",)]
        assert b.identity.org == a.identity.org
        assert b.identity.org_stream == a.identity.org_stream


def test_both_edit_one_field_while_cut_off(pair: Pair) -> None:
    hub, a, b = pair
    ident = declare(a, "wrong dose")
    sync(a)
    sync(b)
    hub.stop()
    set_field(a, ident, "severity", "SEV1")
    set_field(b, ident, "severity", "SEV3")
    written = ids(a) | ids(b)
    hub.start()
    sync(a)
    sync(b)
    sync(a)
    assert ids(a) == ids(b) >= written
    for who in (a, b):
        assert who.view.rows("SELECT disputed FROM incident WHERE id=?", (ident,)) == [("severity",)]
        sides = {(head.author, head.value) for head in heads(who.view, ident, "severity")}
        assert sides == {(a.identity.name, "SEV1"), ("Bo", "SEV3")}
    set_field(b, ident, "severity", "SEV1")
    sync(b)
    sync(a)
    assert a.view.rows("SELECT disputed, severity FROM incident WHERE id=?", (ident,)) == [("", "SEV1")]


def test_a_round_with_nothing_to_do_moves_nothing(pair: Pair) -> None:
    _, a, _ = pair
    sync(a)
    assert sync(a)[:2] == (0, 0)
