"""A disk that is full: the screen and every command say that it was not saved, nothing is lost, and it goes on with room."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.plain import told
from tests.e2e.stage import QUIET_MS, cockpit, command, line_with, ok
from tests.support.pty_screen import PtyScreen
from tests.support.small_disk import SmallDisk, small_disk

from ircockpit.core.errors import ExitCode

SIZE_KB = 1536
LONG = "room " * 600
"""Words that need pages of their own, so that a write cannot fit into what is left of one."""


@pytest.fixture
def disk(tmp_path: Path, need_program: Callable[[str, str], str]) -> Iterator[SmallDisk]:
    """A file system in memory of one and a half megabytes."""
    with small_disk(tmp_path / "disk", SIZE_KB, need_program("mount", "util-linux")) as disk:
        yield disk


def texts(home: Path, ident: str) -> list[str]:
    return [str(row["text"]) for row in ok(home, "timeline", ident)]


def test_commands_on_a_full_disk_record_nothing_and_say_so(disk: SmallDisk, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"title": "wrong dose"}\n')
    ident = ok(disk.home, "open", "wrong dose")["short"]
    ok(disk.home, "note", ident, "acknowledged before")
    before = texts(disk.home, ident)
    acts = (
        ("note", ident, "while full"), ("triage", ident, "--harm", "yes"), ("open", "another"), ("take", ident),
        ("intake", str(tmp_path / "rows.jsonl")),
        ("evidence", "add", str(tmp_path / "rows.jsonl"), "--incident", ident),
    )  # fmt: skip
    disk.fill()
    for words in acts:
        told(command(disk.home, *words), ExitCode.DAMAGED, "is full", "free space")
    disk.free()
    assert texts(disk.home, ident) == before
    assert len(ok(disk.home, "queue")["incidents"]) == 1
    assert command(disk.home, "verify").code == ExitCode.OK
    for words in acts:
        done = command(disk.home, *words)
        assert done.code == ExitCode.OK, done
    assert "while full" in texts(disk.home, ident)
    assert command(disk.home, "verify").code == ExitCode.OK
    assert sorted(path.name for path in disk.home.iterdir() if path.name.startswith(("lane.", "."))) == [
        "lane.mark"
    ]


def test_a_first_start_on_a_full_disk_begins_again_with_room(disk: SmallDisk) -> None:
    disk.fill()
    told(command(disk.home, "queue"), ExitCode.DAMAGED, "full")
    disk.free()
    assert ok(disk.home, "open", "wrong dose")["title"] == "wrong dose"
    assert command(disk.home, "verify").code == ExitCode.OK


@pytest.fixture
def opened(disk: SmallDisk) -> tuple[SmallDisk, str]:
    """A profile on that disk with an incident, and the incident's id."""
    return disk, str(ok(disk.home, "open", "wrong dose")["short"])


def settled(screen: PtyScreen) -> None:
    screen.wait_for("wrong dose")
    screen.wait_idle(QUIET_MS)


def test_a_note_typed_on_a_full_disk_stays_in_the_prompt_until_it_is_saved(
    opened: tuple[SmallDisk, str],
) -> None:
    disk, ident = opened
    words = "pharmacist called, two patients in hospital " + LONG
    with cockpit(disk.home) as screen:
        settled(screen)
        disk.fill()
        screen.press("n")
        screen.wait_for("note:")
        screen.send(words)
        screen.press("enter")
        full = screen.wait_for(lambda text: "NOT saved" in text and "Enter tries again" in text)
        assert "is full" in full
        screen.wait_idle(QUIET_MS)
        assert "noted" not in screen.text()
        screen.press("enter")  # still full: still not saved, still there
        screen.wait_idle(QUIET_MS)
        assert "NOT saved" in screen.text()
        disk.free()
        screen.press("enter")
        screen.wait_for(lambda text: "NOT saved" not in text and "noted" in text)
        screen.press("q")
        assert screen.wait_exit() == ExitCode.OK
    assert [text.strip() for text in texts(disk.home, ident) if "pharmacist" in text] == [words.strip()]
    assert command(disk.home, "verify").code == ExitCode.OK


def test_words_that_could_not_be_saved_can_be_left(opened: tuple[SmallDisk, str]) -> None:
    disk, ident = opened
    with cockpit(disk.home) as screen:
        settled(screen)
        disk.fill()
        screen.send(f":note {ident} {LONG}")
        screen.press("enter")
        screen.wait_for("NOT saved")
        screen.press("ctrl+c")
        screen.wait_for("nothing is done")
        disk.free()
        screen.press("q")
        assert screen.wait_exit() == ExitCode.OK
    assert not any("room" in text for text in texts(disk.home, ident))


def test_triage_on_a_full_disk_keeps_the_answers_on_the_screen(opened: tuple[SmallDisk, str]) -> None:
    disk, ident = opened
    with cockpit(disk.home) as screen:
        settled(screen)
        screen.press("t")
        screen.wait_for("Has harm happened?")
        screen.press("1")
        screen.wait_for("saved ")
        disk.fill()
        # One answer changed back and forth, until what is left of the log's pages is used up.
        for digit in "23" * 40:
            screen.press("k", digit)
            screen.wait_idle(60)
            if "NOT saved" in screen.text():
                break
        assert line_with(screen, "NOT saved"), screen.text()
        screen.press("escape")
        screen.wait_idle(QUIET_MS)
        assert "Has harm happened?" in screen.text(), "the first Esc must not lose what is not saved"
        disk.free()
        screen.press("enter")
        screen.wait_for("by urgency")
        screen.press("q")
        assert screen.wait_exit() == ExitCode.OK
    assert ok(disk.home, "triage", ident)["answers"]["harm"] == {"2": "likely", "3": "no"}[digit]
    assert command(disk.home, "verify").code == ExitCode.OK


def test_this_process_may_fill_it(disk: SmallDisk) -> None:
    """The control: on this disk a write fails, and for want of room alone."""
    disk.fill()
    assert os.statvfs(disk.path).f_bavail == 0
    disk.free()
    (disk.path / "file").write_bytes(bytes(4096))
