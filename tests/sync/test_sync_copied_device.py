"""A device that was copied: both branches are kept, and everybody who holds them is told."""

from pathlib import Path

from tests.support.copies import copy_unnoticed
from tests.support.hub import declare, ids, set_field, station
from tests.sync.conftest import Team

from ircockpit.store.lanemark import read_mark
from ircockpit.store.workstation import Workstation
from ircockpit.sync.alarms import alarms
from ircockpit.sync.engine import Round


def _sync_both(team: Team, twin: Workstation) -> list[Round]:
    return [team.sync(who) for who in (team.b, twin, team.b, twin)]


def test_a_copied_device_raises_an_alarm_and_keeps_both_branches(team: Team, tmp_path: Path) -> None:
    ident = declare(team.b, "before the copy")
    team.sync(team.b)
    copy_unnoticed(team.b.profile.folder, tmp_path / "twin")
    with station(tmp_path / "twin") as twin:
        set_field(team.b, ident, "severity", "SEV1")
        set_field(twin, ident, "severity", "SEV4")
        written = ids(team.b) | ids(twin)
        epochs = {read_mark(who.profile.lane_mark)[0] for who in (team.b, twin)}
        assert len(epochs) == 1
        _sync_both(team, twin)
        assert ids(team.b) == ids(twin) >= written
        assert "copied" in {alarm.kind for who in (team.b, twin) for alarm in alarms(who.log)}
        set_field(team.b, ident, "owner", "x")
        set_field(twin, ident, "impact", "y")
        assert read_mark(team.b.profile.lane_mark)[0] != read_mark(twin.profile.lane_mark)[0]
        _sync_both(team, twin)
        assert ids(team.b) == ids(twin)
        assert team.hub.folder.store.counts().forks == 1  # the new lanes collide no more
        assert team.b.view.dump() == twin.view.dump()
        assert team.b.view.rows("SELECT disputed FROM incident WHERE id=?", (ident,)) == [("severity",)]


def test_a_colleague_is_told_of_the_copy_too(team: Team, tmp_path: Path) -> None:
    ident = declare(team.b, "before the copy")
    team.sync(team.b)
    copy_unnoticed(team.b.profile.folder, tmp_path / "twin")
    with station(tmp_path / "twin") as twin:
        set_field(team.b, ident, "severity", "SEV1")
        set_field(twin, ident, "severity", "SEV4")
        team.sync(team.b)
        team.sync(team.a)
        team.sync(twin)
        team.sync(team.a)
    assert [alarm.text for alarm in alarms(team.a.log)] == [
        "a colleague's device was copied or its disk put back: two entries claim one place; both are kept"
    ]


def test_nothing_goes_on_in_a_forked_lane_whose_mark_was_put_back(team: Team, tmp_path: Path) -> None:
    ident = declare(team.b, "before the copy")
    team.sync(team.b)
    mark = team.b.profile.lane_mark.read_bytes()
    copy_unnoticed(team.b.profile.folder, tmp_path / "twin")
    with station(tmp_path / "twin") as twin:
        set_field(team.b, ident, "severity", "SEV1")
        set_field(twin, ident, "severity", "SEV4")
        _sync_both(team, twin)
    forked, _ = read_mark(tmp_path / "twin" / "lane.mark")
    old = mark.split()[0].decode()
    assert forked != old
    team.b.profile.lane_mark.write_bytes(mark)
    with station(team.b.profile.folder) as again:
        set_field(again, ident, "owner", "x")
        assert read_mark(again.profile.lane_mark)[0] != old
