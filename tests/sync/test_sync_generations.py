"""A hub that was put back begins a new generation: what it lost is sent again, and what was signed before still proves."""

import sqlite3
from pathlib import Path

import pytest
from tests.support.hub import DirectTransport, declare, ids, set_field, sync
from tests.sync.conftest import Team, stream_of, verified

from ircockpit.core.clock import SystemClock
from ircockpit.core.errors import CockpitError, OfflineError
from ircockpit.features.sharing import hosting
from ircockpit.hub.folder import HubFolder, alone
from ircockpit.hub.generations import announce
from ircockpit.hub.service import Hub
from ircockpit.store import history, outbox
from ircockpit.store.workstation import Workstation
from ircockpit.sync.alarms import alarms, clear_alarms
from ircockpit.sync.worker import Connection, connect


def gens(who: Workstation) -> dict[str, int]:
    return {stream: reach.gen for stream, reach in outbox.reaches(who.log).items()}


@pytest.mark.parametrize("whole", [False, True])
def test_a_hub_put_back_silently_begins_a_new_generation_and_is_healed(
    team: Team, tmp_path: Path, whole: bool
) -> None:
    """By the mark beside the database, or, where that was put back as well, by what a workstation holds."""
    declare(team.a, "before")
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    ident = declare(team.a, "after")
    team.sync(team.a)
    team.sync(team.b)
    set_field(team.b, ident, "severity", "SEV1")
    team.sync(team.b)
    total = len(ids(team.b))
    before = gens(team.b)
    team.hub.restore(tmp_path / "old", whole=whole)
    assert team.hub.folder.store.counts().events < total
    assert {head.gen > 1 for head in team.hub.folder.store.heads()} == {not whole}
    team.sync(team.b)  # b alone heals it, with a's entries too
    assert team.hub.folder.store.counts().events == total
    team.sync(team.a)
    assert ids(team.a) == ids(team.b)
    assert team.a.view.dump() == team.b.view.dump()
    assert "restored" in {alarm.kind for alarm in alarms(team.b.log)}
    assert team.b.log.unconfirmed_count() == 0
    assert all(gens(team.b)[stream] > gen for stream, gen in before.items())
    assert gens(team.a) == gens(team.b)
    assert "two-histories" not in {each.kind for who in (team.a, team.b) for each in alarms(who.log)}
    for who in (team.a, team.b):  # what the generation before had signed still proves what it proved
        assert verified(who) == []
    assert clear_alarms(team.b.log) > 0
    assert alarms(team.b.log) == []


def test_the_checkpoint_that_shows_it_is_kept_as_evidence(team: Team, tmp_path: Path) -> None:
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    declare(team.a, "after")
    team.sync(team.a)
    team.hub.restore(tmp_path / "old", whole=True)
    team.sync(team.a)
    with sqlite3.connect(team.hub.path / "hub.db") as db:
        kept = {text for (text,) in db.execute("SELECT text FROM forgotten")}
    db.close()
    assert kept
    assert kept <= {text for s in team.a.log.streams() for _, _, text in team.a.log.checkpoints(s)}


def test_what_a_generation_shares_is_not_pulled_again(team: Team) -> None:
    for number in range(12):
        declare(team.a, f"incident {number}")
    ident = declare(team.a, "the long one")
    for number in range(40):
        set_field(team.a, ident, "owner", f"{number}")
    team.sync(team.a)
    team.sync(team.b)
    announce(team.hub.folder.store, team.hub.folder.mark, "for the test", 1)
    asked: list[str] = []

    def note(method: str, path: str) -> str:
        asked.append(f"{method} {path}")
        return ""

    done = sync(team.b, lambda _: DirectTransport(lambda: team.hub.hub, note))
    assert (done.pulled, done.pushed, done.trouble) == (0, 0, ())
    pulls = [each for each in asked if each.startswith("GET") and "/events" in each]
    assert len(pulls) == len(gens(team.b))
    assert not [each for each in asked if "common" in each]
    assert set(gens(team.b).values()) == {2}
    assert team.b.log.unconfirmed_count() == 0
    assert alarms(team.b.log) == []  # nothing was lost
    assert verified(team.b) == []


def test_of_a_history_lost_in_part_only_the_rest_is_pulled_again(team: Team, tmp_path: Path) -> None:
    ident = declare(team.a, "wrong dose")
    for number in range(30):
        set_field(team.a, ident, "owner", f"{number}")
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    for number in range(5):
        set_field(team.a, ident, "owner", f"late {number}")
    team.sync(team.a)
    team.sync(team.b)
    team.hub.restore(tmp_path / "old", whole=True)
    stream = stream_of(team.a, ident)
    kept = team.hub.folder.store.head(stream)
    assert kept is not None
    team.sync(team.a)
    team.sync(team.b)
    for who in (team.a, team.b):
        assert [each.start for each in history.generations(who.log, stream)] == [0, kept.seq]
        assert who.log.unconfirmed_count() == 0
        first = history.receipts(who.log, stream, 1)  # kept, though the hub has forgotten them
        assert len(first) == kept.seq + 5
        assert history.receipts(who.log, stream, gens(who)[stream])[: kept.seq] == first[: kept.seq]


def test_put_back_twice_no_generation_is_used_twice(team: Team, tmp_path: Path) -> None:
    """Each time by another workstation, of which one has not seen the generation between."""
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    team.hub.back_up(tmp_path / "old")
    for round_, who in enumerate((team.a, team.b, team.a)):
        set_field(who, ident, "owner", f"{round_}")
        team.sync(who)
        team.hub.restore(tmp_path / "old", whole=True)
        team.hub.hub = Hub(team.hub.folder, clock=Later(round_ + 1))
        team.sync(who)
    for who in (team.a, team.b, team.a, team.b):
        team.sync(who)
    assert ids(team.a) == ids(team.b)
    assert gens(team.a) == gens(team.b)
    assert "two-histories" not in {each.kind for who in (team.a, team.b) for each in alarms(who.log)}
    for who in (team.a, team.b):
        assert who.log.unconfirmed_count() == 0
        assert verified(who) == []


class Later(SystemClock):
    """A clock some hours ahead, as when a backup is put back another day."""

    def __init__(self, hours: int) -> None:
        super().__init__()
        self._ahead = hours * 3_600_000_000

    def wall_us(self) -> int:
        return super().wall_us() + self._ahead


def test_a_hub_that_lost_everything_gets_it_back(team: Team, tmp_path: Path) -> None:
    team.hub.back_up(tmp_path / "empty")
    declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    team.hub.restore(tmp_path / "empty")
    with sqlite3.connect(team.hub.path / "hub.db") as db:
        db.execute("DELETE FROM device")
        db.execute('DELETE FROM certificate WHERE instr(CAST(raw AS TEXT), \'"purpose":"device"\')')
    db.close()
    team.hub.back_up(tmp_path / "forgotten")
    team.hub.restore(tmp_path / "forgotten")
    team.sync(team.b)  # its certificate still speaks for it
    team.sync(team.a)
    assert team.hub.folder.store.counts().events == len(ids(team.a))
    assert len(team.hub.folder.store.devices()) == 2


def test_what_another_process_took_back_is_sent_again_by_this_one(team: Team, tmp_path: Path) -> None:
    """A command beside the screen learns that the hub was restored, and is ended before it has sent anything."""
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    ident = declare(team.a, "wrong dose")

    def open_engine() -> Connection:
        return connect(
            team.a.profile, team.a.identity, lambda _: DirectTransport(lambda: team.hub.hub), team.a.clock
        )

    screen, command = open_engine(), open_engine()
    screen.engine.round()
    command.engine.round()
    assert screen.engine.waiting() == {}
    team.hub.restore(tmp_path / "old")
    command.engine._pull_changed()
    command.close()
    screen.engine.round()
    assert screen.engine.waiting() == {}
    screen.close()
    assert team.a.log.unconfirmed_count() == 0
    team.sync(team.b)
    assert team.b.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("wrong dose",)]


@pytest.mark.parametrize("seen", [False, True])
def test_what_was_acknowledged_and_then_lost_unseen_is_sent_again(
    team: Team, tmp_path: Path, seen: bool
) -> None:
    """Nothing tells of that loss: the hub is where it was when this device last looked."""
    a, hub = team.a, team.hub
    ident = declare(a, "known to the hub")
    team.sync(a)
    hub.back_up(tmp_path / "before")
    if seen:
        set_field(a, ident, "severity", "SEV1")
    else:
        declare(a, "in a record of its own")
    asked: list[str] = []

    def no_way_back(method: str, _: str) -> str:
        asked.append(method)
        return "lost request" if asked.count("POST") > 1 and method == "GET" else ""

    links = iter((no_way_back, lambda *_: ""))
    fault = next(links)
    connection = connect(
        a.profile, a.identity, lambda _: DirectTransport(lambda: hub.hub, lambda m, p: fault(m, p)), a.clock
    )
    with pytest.raises(OfflineError):
        connection.engine.round()
    assert hub.folder.store.counts().events == len(ids(a))
    hub.restore(tmp_path / "before")
    fault = next(links)
    connection.engine.round()
    assert connection.engine.waiting() == {}
    assert hub.folder.store.counts().events == len(ids(a))
    connection.close()


def test_an_operator_says_that_a_backup_was_put_back(team: Team, tmp_path: Path) -> None:
    declare(team.a, "wrong dose")
    team.sync(team.a)
    before = {head.stream: head for head in team.hub.folder.store.heads()}
    team.hub.back_up(tmp_path / "now")
    team.hub.folder.close()
    with alone(team.hub.path), pytest.raises(CockpitError, match="is running"):
        hosting.restore(team.a, data=str(team.hub.path))
    with pytest.raises(CockpitError, match="no hub in"):
        hosting.restore(team.a, data=str(tmp_path / "nowhere"))
    done = hosting.restore(team.a, data=str(team.hub.path)).data
    total = sum(head.seq for head in before.values())
    assert (done["streams"], done["events"]) == (len(before), total)
    team.hub.folder = HubFolder(team.hub.path)
    team.hub.hub = Hub(team.hub.folder)
    for head in team.hub.folder.store.heads():
        old = before[head.stream]
        assert (head.gen, head.seq, head.root) == (done["generation"], old.seq, old.root)
        assert head.gen > old.gen
    assert team.sync(team.a).trouble == ()
    assert team.a.log.unconfirmed_count() == 0
