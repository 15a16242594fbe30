"""A device put back to before an erasure that came from elsewhere: what it had done stays done, and bundles bring nothing."""

from pathlib import Path

import pytest
from tests.support.copies import copy_unnoticed
from tests.support.hub import DirectTransport, declare, station, sync
from tests.support.traces import files_with
from tests.sync.conftest import SECRET, Team, erase, note, said, stream_of

from ircockpit.features.bundles.actions import export, take
from ircockpit.features.erasure import actions
from ircockpit.features.record.actions import verify
from ircockpit.features.record.backups import backup, restore


@pytest.mark.parametrize("held", [False, True])
def test_a_device_put_back_has_not_the_words_again(team: Team, tmp_path: Path, held: bool) -> None:
    """Also where the state that was put back knows of a hold that was released since."""
    ident = declare(team.a, "wrong dose")
    event = note(team.a, ident)
    hold = str(actions.place(team.a, target=event[:12], reason="court").data["short"]) if held else ""
    for who in (team.a, team.b):
        team.sync(who)
    backup(team.b, to=str(tmp_path / "kept"), with_keys=True)
    export(team.b, to=str(tmp_path / "stick"), all=True)
    late = note(team.a, ident)  # the backup does not know of it at all
    if held:
        actions.release(team.a, hold=hold, reason="over")
    export(team.a, to=str(tmp_path / "later"), all=True)
    for who in (team.a, team.b):
        team.sync(who)
    for each in (event, late):
        erase(team.a, each)
    for who in (team.a, team.b, team.a):
        team.sync(who)
    assert said(team.b, event) == "erased"
    back = tmp_path / "back"
    done = restore(source=str(tmp_path / "kept"), to=str(back))
    assert done.data["erased_again"] == 1
    with station(back) as again:
        assert files_with(back, SECRET) == []
        for stick in ("stick", "later"):
            take(again, folders=[str(tmp_path / stick)], yes=True)
        assert files_with(back, SECRET) == [], "what comes by stick before the hub's word neither"
        assert said(again, event) == said(again, late) == "erased"
        for _ in range(2):
            sync(again, lambda _: DirectTransport(lambda: team.hub.hub))
        assert said(again, event) == said(again, late) == "erased"
        assert actions.status(again).data["erasures"][0]["counts"] == "in force"
        assert verify(again).code == 0
    copy_unnoticed(team.b.profile.folder, tmp_path / "unused")  # the one it was put back beside still opens
    assert verify(team.b).code == 0


def test_a_file_that_was_erased_does_not_come_back_with_a_stick(team: Team, tmp_path: Path) -> None:
    from ircockpit.blobs.files import FileBlobs
    from ircockpit.features.evidence import actions as evidence

    ident = declare(team.a, "wrong dose")
    path = tmp_path / "chat.txt"
    path.write_text(SECRET * 3)
    sha256 = str(evidence.add(team.a, file=str(path), incident=ident).data["sha256"])
    event = str(team.a.view.rows("SELECT event_id FROM entry WHERE type='evidence.added'")[0][0])
    export(team.a, to=str(tmp_path / "stick"), all=True)
    for who in (team.a, team.b):
        team.sync(who)
    take(team.b, folders=[str(tmp_path / "stick")], yes=True)
    assert FileBlobs(team.b.profile.blobs).has(sha256), "the control: a stick brings the file"
    erase(team.a, event)
    for who in (team.a, team.b):
        team.sync(who)
    assert not FileBlobs(team.b.profile.blobs).has(sha256)
    take(team.b, folders=[str(tmp_path / "stick")], yes=True)
    assert files_with(team.b.profile.folder, SECRET) == []
    assert stream_of(team.b, ident)


def test_a_hold_that_comes_too_late_brings_nothing_back(team: Team, tmp_path: Path) -> None:
    ident = declare(team.a, "wrong dose")
    event = note(team.a, ident)
    for who in (team.a, team.b):
        team.sync(who)
    export(team.b, to=str(tmp_path / "stick"), all=True)
    team.hub.back_up(tmp_path / "backup")
    erase(team.a, event)
    team.sync(team.a)
    actions.place(team.b, target=event[:12], reason="court")  # b has not heard of the erasure
    for who in (team.b, team.a):
        team.sync(who)
    assert said(team.b, event) == SECRET, "the control: b keeps what it holds"
    take(team.a, folders=[str(tmp_path / "stick")], yes=True)
    for who in (team.b, team.a, team.b, team.a):
        team.sync(who)
    assert said(team.a, event) == "erased"
    assert files_with(team.a.profile.folder, SECRET) == []
    held = team.hub.folder.store.parts_of(stream_of(team.a, ident), event)
    assert held is not None
    assert "data" not in held.parts
