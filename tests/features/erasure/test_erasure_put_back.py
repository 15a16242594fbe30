"""A profile put back to before an erasure: on the same device the words are gone at once, and else it is said plainly."""

import shutil
import uuid
from pathlib import Path

import pytest
from tests.store.profiles import declare, open_station
from tests.support.copies import copy_unnoticed
from tests.support.traces import files_with

from ircockpit.command.action import Result
from ircockpit.core.errors import ExitCode
from ircockpit.features.erasure import actions
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.record.actions import rebuild, verify
from ircockpit.features.record.backups import backup, restore
from ircockpit.render.span import plain
from ircockpit.store import remembered
from ircockpit.store.workstation import Workstation

SECRET = "Zoraida Quixotebury-Wexford called twice"


def note(station: Workstation, ident: str) -> str:
    return str(incidents.note(station, incident=ident, text=SECRET).data["event"])


def erase(station: Workstation, *events: str) -> None:
    done = actions.erase(station, entry=events, reason="asked for", yes=True, confirm=events[0][:12])
    assert done.data["ordered"] is True


def words(result: Result) -> str:
    return "\n".join([*map(plain, result.lines), result.said])


def list_of(station: Workstation) -> Path:
    path = remembered.list_of(station.identity.device)
    assert path is not None
    return path


@pytest.mark.parametrize("name", ["kept", "kept.tar"])
@pytest.mark.parametrize("in_place", [True, False])
def test_a_backup_from_before_is_emptied_as_it_is_restored(
    home: Path, tmp_path: Path, name: str, in_place: bool
) -> None:
    file = tmp_path / "chat.txt"
    file.write_text(SECRET * 2)
    with open_station(home) as station:
        ident, _ = declare(station)
        event = note(station, ident)
        evidence.add(station, file=str(file), incident=ident)
        taken = str(station.view.rows("SELECT event_id FROM entry WHERE type='evidence.added'")[0][0])
        kept = tmp_path / "backups" / name
        made = backup(station, to=str(kept), with_keys=True, blobs=True)
        assert "what is erased from now on stays in it" in words(made)
        if name == "kept":
            assert {"log.db"} <= set(files_with(kept, SECRET)), "the control: the backup holds it"
        erase(station, event, taken)
    to = home if in_place else tmp_path / "elsewhere"
    done = restore(source=str(kept), to=str(to), replace=in_place)
    assert done.data["erased_again"] > 1
    assert "had erased since went again" in words(done)
    assert files_with(to, SECRET) == []
    with open_station(to) as station:
        assert verify(station).code == ExitCode.OK
        assert rebuild(station).data["same"] is True
        rows = station.view.rows("SELECT body, missing FROM entry WHERE event_id=?", (event,))
        assert rows == [("{}", "erased")], "although the order came after the backup"
        again = note(station, ident)
        assert SECRET in str(station.view.rows("SELECT body FROM entry WHERE event_id=?", (again,)))


def test_without_the_list_it_is_said_plainly(home: Path, tmp_path: Path) -> None:
    with open_station(home) as station:
        ident, _ = declare(station)
        event = note(station, ident)
        backup(station, to=str(tmp_path / "kept"))
        erase(station, event)
        list_of(station).unlink()
    done = restore(source=str(tmp_path / "kept"), to=str(tmp_path / "elsewhere"))
    assert done.data["erased_again"] == 0
    assert "what was erased elsewhere since can be read here again" in words(done)
    assert files_with(tmp_path / "elsewhere", SECRET), "the control: without it the words are back"


def test_a_copy_put_in_place_by_other_means_is_emptied_at_the_next_start(home: Path, tmp_path: Path) -> None:
    with open_station(home) as station:
        ident, _ = declare(station)
        event = note(station, ident)
    copy_unnoticed(home, tmp_path / "copy")
    with open_station(home) as station:
        erase(station, event)
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "copy", home)
    assert files_with(home, SECRET), "the control"
    with open_station(home) as station:
        assert files_with(home, SECRET) == []
        assert station.log.meta(remembered.LISTED)
        assert verify(station).code == ExitCode.OK


def test_the_list_tells_nothing_and_is_private(home: Path) -> None:
    with open_station(home) as station:
        ident, stream = declare(station)
        event = note(station, ident)
        erase(station, event)
        path = list_of(station)
        assert path.read_text("ascii").split() == [stream, event, "0"]
        assert path.stat().st_mode & 0o777 == 0o600
        assert not remembered.is_behind(station.log, path)


def test_a_list_that_was_torn_or_spoiled_names_only_what_it_names(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "erased" / "device"
    stream, one, other = str(uuid.uuid4()), "a" * 64, "b" * 64
    with open_station(home) as station, station.log.writing() as writer:
        remembered.note(writer, path, [])
        assert not path.exists()
        remembered.note(writer, path, [(stream, one, frozenset({1, 0}))])
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{stream} {other[:40]}\nnonsense é\n{stream} {one} 99999,x,-1\n{stream} {other} 2")
        remembered.note(writer, path, [(stream, other, frozenset({3}))])  # after one that was cut off
    assert remembered.read(path) == {stream: {one: frozenset({0, 1}), other: frozenset({2, 3})}}
    assert remembered.read(tmp_path / "none") == remembered.read(None) == {}


def test_words_that_fewer_may_read_are_not_on_the_list(home: Path) -> None:
    """They can come back: with another role, or when somebody widens who reads them."""
    from ircockpit.features.erasure import scopes

    with open_station(home) as station:
        ident, _ = declare(station)
        event = note(station, ident)
        scopes.narrow(station, entry=[event], reason="counsel")
        assert not list_of(station).exists()
