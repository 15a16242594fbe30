"""Tab completes names of files where a path is meant: inert, quoted, hidden ones when asked, and without waiting long."""

import os
import shlex
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.command.completion import offers
from ircockpit.features.catalogue import actions
from ircockpit.screens.file_names import MOST, FileNames
from ircockpit.store.workstation import Workstation


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "there"
    (folder / "red team").mkdir(parents=True)
    for name in ("run.jsonl", "run two.jsonl", ".hidden", "it's", "bad\x1b]0;x\x07", "red team/one.json"):
        (folder / name).write_text("x")
    monkeypatch.chdir(folder)
    return folder


def offered(line: str) -> list[str]:
    start, found = offers(actions(), line, lambda _, word: FileNames().beginning_with(word))
    return [line[:start] + each.word for each in found if each.is_path]


def test_names_are_offered_quoted_and_mean_what_they_say(there: Path) -> None:
    lines = offered("evidence add ")
    assert [shlex.split(line)[2] for line in lines] == ["it's", "red team/", "run two.jsonl", "run.jsonl"]
    assert offered("evidence add ru") == ["evidence add 'run two.jsonl'", "evidence add run.jsonl"]
    assert offered("evidence add 'red team/'") == ["evidence add 'red team/one.json'"]
    assert offered("evidence add 'red team/o") == ["evidence add 'red team/one.json'"]
    assert offered("brief tofa --out run.") == ["brief tofa --out run.jsonl"]
    assert offered(f"evidence add {there}/run.") == [f"evidence add {there}/run.jsonl"]
    assert offered("note tofa ru") == [], "only where a path is meant"


def test_hidden_ones_come_when_asked_and_what_the_gate_would_change_never(there: Path) -> None:
    assert offered("evidence add .h") == ["evidence add .hidden"]
    assert offered("evidence add bad") == []


def test_of_a_long_folder_some_are_offered_and_how_many_more_is_said(tmp_path: Path) -> None:
    for number in range(MOST + 7):
        (tmp_path / f"{number:04}").touch()
    found = FileNames().beginning_with(f"{tmp_path}/")
    assert len(found) == MOST
    assert "7 more" in found[0][1]
    assert FileNames().beginning_with(f"{tmp_path}/no/such/") == []
    assert FileNames().beginning_with("~nobody-is-called-so/") == []


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """A folder that does not answer until it is let go."""
    let_go, listing = Event(), os.scandir

    def scan(folder: Path) -> object:
        let_go.wait(30)
        return listing(folder)

    monkeypatch.setattr(os, "scandir", scan)
    yield let_go
    let_go.set()


def test_a_folder_that_hangs_keeps_nobody_waiting_and_is_read_once(there: Path, hanging: Event) -> None:
    names = FileNames()
    began = time.monotonic()
    assert names.beginning_with("run.") == []
    assert names.beginning_with("run.") == []
    assert time.monotonic() - began < 15, "the control is the folder itself: it answers after 30 seconds"
    assert not hanging.is_set()
    hanging.set()
    end = time.monotonic() + 20
    while not (found := names.beginning_with("run.")) and time.monotonic() < end:
        pass
    assert found == [("run.jsonl", "a file")]


def test_tab_writes_it_into_the_line(station: Workstation, there: Path) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until("by urgency")
        await cockpit.press("colon")
        await cockpit.type("intake red")
        await cockpit.press("tab")
        await cockpit.until("intake 'red team/'")
        await cockpit.press("tab")
        await cockpit.until("intake 'red team/one.json'")

    play(station, scenario)
