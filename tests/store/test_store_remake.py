"""The view made anew while others have it open: nobody sees a part of it, and a kill at any step leaves a usable profile."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.profiles import declare, note, open_station

from ircockpit.core.errors import StoreError
from ircockpit.core.reduce import EntityKind, catalogue
from ircockpit.features.catalogue import events
from ircockpit.features.erasure import actions
from ircockpit.store import erasing, swap
from ircockpit.store import view as views
from ircockpit.store.profile import Profile
from ircockpit.store.view import View
from ircockpit.store.workstation import Workstation

STEPS = ("os.replace", "Path.unlink")
KILLED_AT = """
import os, signal, sys
from pathlib import Path
from tests.store.profiles import open_station
home, step = sys.argv[1], int(sys.argv[2])
taken = 0
def counted(real):
    def run(*given, **named):
        global taken
        if any("view.db" in str(each) for each in given):
            if taken == step:
                os.kill(os.getpid(), signal.SIGKILL)
            taken += 1
        return real(*given, **named)
    return run
with open_station(Path(home)) as station:
    os.replace, Path.unlink = counted(os.replace), counted(Path.unlink)
    station.remake_view()
print(taken)
"""


def remade(repository: Path, home: Path, step: int) -> "subprocess.CompletedProcess[str]":
    """Makes the view anew and dies before the step of that number; a step is a change of a name in the folder."""
    return subprocess.run(
        [sys.executable, "-P", "-c", KILLED_AT, str(home), str(step)],
        env={**os.environ, "PYTHONPATH": f"{repository / 'src'}{os.pathsep}{repository}"},
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no SIGKILL")
def test_a_kill_at_any_step_leaves_a_profile_that_shows_the_same(repository: Path, home: Path) -> None:
    with open_station(home) as station:
        ident, stream = declare(station)
        note(station, stream, ident, "pharmacist called")
        dump = station.view.dump()
        for step in range(20):
            done = remade(repository, home, step)
            assert not done.stderr
            station.refresh()
            assert station.view.dump() == dump
            with open_station(home) as other:
                assert not (home / "view.db.new").exists(), "what was half made holds words of the record"
                assert not other.mended
                assert other.view.dump() == dump
                note(other, stream, ident, f"after the kill at {step}")
                dump = other.view.dump()
            if done.returncode == 0:
                break
            assert done.returncode == -signal.SIGKILL
        assert step > 5
        assert done.stdout.strip() == str(step)


def test_an_open_window_keeps_what_it_shows_until_it_follows(home: Path) -> None:
    with open_station(home) as window, open_station(home) as other:
        ident, stream = declare(window)
        seen: list[tuple[object, ...]] = []

        def look(_: int) -> None:
            seen.append(window.view.rows("SELECT count(*) FROM incident WHERE id=?", (ident,))[0])

        other.refresh()
        other.remake_view(look)
        assert window.view.moved()
        look(0)
        assert set(seen) == {(1,)}
        note(other, stream, ident, "in the new view only")
        assert window.refresh() == 0, "it reads the new file, which has the note already"
        assert not window.view.moved()
        assert window.view.dump() == other.view.dump()
        note(window, stream, ident, "from the window")
        other.refresh()
        assert other.view.applied == window.log.head_arrival()


def test_closing_a_window_on_the_old_view_leaves_the_new_one_whole(home: Path) -> None:
    """The engine removes a database's companions by name when its last connection goes."""
    old, other = open_station(home), open_station(home)
    ident, stream = declare(other)
    other.remake_view()
    note(other, stream, ident, "in the new view's own companion file")
    assert (home / "view.db-wal").stat().st_size
    old.close()
    assert (home / "view.db-wal").stat().st_size
    other.close()
    with open_station(home) as again:
        assert again.view.rows("SELECT count(*) FROM entry WHERE type='incident.noted'") == [(1,)]
        assert again.view.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_new_view_beside_the_companions_of_the_old_one_would_be_read_wrongly(home: Path) -> None:
    """Control: what taking them away guards against."""
    with open_station(home) as window, open_station(home) as other:
        ident, stream = declare(window)
        kept = (home / "view.db-wal").read_bytes()
        for number in range(40):
            note(other, stream, ident, f"more than the old companion holds {number}")
        other.remake_view()
    pages = shown_pages(home)
    (home / "view.db-wal").write_bytes(kept)
    assert shown_pages(home) != pages


def shown_pages(home: Path) -> list[tuple[object, ...]]:
    db = sqlite3.connect(f"file:{home / 'view.db'}?mode=ro", uri=True)
    try:
        return [(db.serialize(),), *db.execute("PRAGMA integrity_check")]
    except sqlite3.Error as error:
        return [(str(error),)]
    finally:
        db.close()


def test_ended_on_the_way_the_old_view_stays(home: Path) -> None:
    class Ended(BaseException):
        pass

    def end(_: int) -> None:
        raise Ended

    with open_station(home) as station:
        declare(station)
        before, dump = swap.file_of(home / "view.db"), station.view.dump()
        with pytest.raises(Ended):
            station.remake_view(end)
        assert swap.file_of(home / "view.db") == before
        assert station.view.dump() == dump
        assert not list(home.glob("view.db.new*"))


def test_two_that_make_it_anew_at_once_end_with_one_whole_view(repository: Path, home: Path) -> None:
    with open_station(home) as station:
        declare(station)
        dump = station.view.dump()
        both = [
            subprocess.Popen(
                [sys.executable, "-P", "-c", KILLED_AT, str(home), "99"],
                env={**os.environ, "PYTHONPATH": f"{repository / 'src'}{os.pathsep}{repository}"},
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for _ in range(2)
        ]  # fmt: skip
        assert [each.communicate(timeout=100)[1] for each in both] == ["", ""]
        station.refresh()
        assert station.view.dump() == dump


def test_a_window_of_another_version_says_so_and_does_not_take_the_view_back(home: Path) -> None:
    with open_station(home) as window:
        declare(window)
        dump = window.view.dump()
        held = events()
        later = catalogue(held.types.values(), (*held.kinds.values(), EntityKind("omen", ("title",))))
        with Workstation(Profile(home), later) as other:
            assert other.view.rows("SELECT count(*) FROM omen") == [(0,)]
            for _ in range(2):
                with pytest.raises(StoreError, match="by another version") as told:
                    window.refresh()
                assert told.value.fix
            assert window.view.dump() == dump, "it goes on showing what it showed"
            ident, _ = declare(window)
            assert window.trouble is not None
            other.refresh()
            assert other.view.rows("SELECT count(*) FROM incident WHERE id=?", (ident,)) == [(1,)]
            assert other.view.table is later


def test_a_first_filling_of_many_events_is_made_beside(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ircockpit.store.view._BATCH", 4)
    with open_station(home) as station:
        ident, stream = declare(station)
        for number in range(9):
            note(station, stream, ident, str(number))
        dump = station.view.dump()
    (home / "view.db").unlink()
    parts: list[int] = []
    with open_station(home) as station, open_station(home) as other:
        (home / "view.db").unlink()

        def look(done: int) -> None:
            second = View(home / "view.db", events())
            parts.append(second.applied)
            second.close()

        other.view.catch_up(other.log, look)
        assert len(parts) > 2
        assert set(parts) == {0}, "until it is whole nothing of it is seen"
        station.refresh()
        assert station.view.dump() == dump == other.view.dump()


def test_a_cockpit_notices_a_view_that_was_made_anew(home: Path) -> None:
    from ircockpit.screens.deck import Deck

    with open_station(home) as window, open_station(home) as other:
        declare(window)
        deck = Deck(window)
        assert not deck.changed_elsewhere()
        other.remake_view()
        assert deck.changed_elsewhere()
        assert not deck.changed_elsewhere()
        assert deck.untold is None


def doubt(station: Workstation, event: str) -> None:
    with station.log.writing() as writer:
        writer.put_in_doubt(event, "no certificate of its device is known")


def beside(home: Path) -> Workstation:
    return Workstation(Profile(home), events(), beside=True)


def due(station: Workstation) -> bool:
    return station.view.due


def shown(station: Workstation, event: str) -> list[tuple[object, ...]]:
    return station.view.rows("SELECT body, doubt<>'' FROM entry WHERE event_id=?", (event,))


def test_a_view_that_others_make_anew_goes_on_with_what_is_new_and_without_what_was_erased(
    home: Path,
) -> None:
    with open_station(home) as station:
        ident, stream = declare(station)
        first, second = (note(station, stream, ident, words) for words in ("counts no more", "to be erased"))
    with beside(home) as window:
        doubt(window, first)
        window.refresh()
        assert due(window)
        third = note(window, stream, ident, "written meanwhile")
        actions.erase(window, entry=[second], reason="asked for", yes=True, confirm=second[:12])
        assert due(window)
        assert shown(window, first) == [('{"text":"counts no more"}', 0)], "the old view stays"
        assert shown(window, second) == [("{}", 0)], "but not what was erased"
        assert shown(window, third) == [('{"text":"written meanwhile"}', 0)]
        assert window.log.meta(erasing.TRACES) == erasing.TO_REWRITE, (
            "not called gone before the new view is there"
        )
        with open_station(home) as other:
            assert shown(other, first) == [('{"text":"counts no more"}', 1)]
        window.refresh()
        assert not due(window)
        assert window.log.meta(erasing.TRACES) == ""
        assert shown(window, first) == [('{"text":"counts no more"}', 1)]
        dump = window.view.dump()
        window.remake_view()
        assert window.view.dump() == dump


def test_one_that_shows_nothing_yet_says_so_to_whoever_leaves_it_to_others(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_station(home) as station:
        declare(station)
        with station.view.db:
            station.view.db.execute("UPDATE meta SET value='another' WHERE key='mark'")
    with beside(home) as window:  # a short one is made at once
        assert not due(window)
        with window.view.db:
            window.view.db.execute("UPDATE meta SET value='another' WHERE key='mark'")
    monkeypatch.setattr(views, "_BATCH", 2)
    with pytest.raises(views.NotReadyError):
        beside(home)
    with open_station(home), beside(home) as window:
        assert not due(window)
