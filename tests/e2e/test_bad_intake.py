"""Files that are no signals, or not all of them, given to ``ircockpit intake`` as people and scripts would."""

import gzip
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.plain import plain, told
from tests.e2e.stage import PROGRAM, Done, command, ok, surroundings

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: pipes and devices as files are POSIX")

GOOD = '{"title": "wrong dose", "detector": "dose"}'
MEMORY = 400 * 1024 * 1024
"""Bytes of address space that a file of any size must be read in."""


def deep(depth: int) -> bytes:
    return b"[" * depth


BAD_FILES = {
    "empty": (b"", "empty file"),
    "blank": (b"\n\n \n", "empty file"),
    "program": (b"\x7fELF\x02\x01\x01" + bytes(500), "a program"),
    "noise": (bytes(range(256)) * 40, "binary data"),
    "cut.gz": (gzip.compress(GOOD.encode() * 900)[:60], "gzip archive"),
    "array.json": (f"[{GOOD}, {GOOD}]".encode(), "one JSON list"),
    "deep.json": (deep(100_000), "JSON list"),
    "deep-object.json": (b'{"title": ' + deep(100_000), "JSON"),
    "utf16.jsonl": (GOOD.encode("utf-16"), "UTF-16"),
    "table.csv": (b"title,score\nwrong dose,1\nwrong name,0\n", "a table"),
    "page.html": (b"<!doctype html><html><body>sign in</body></html>", "a web page"),
    "words.txt": (b"this is what happened last night\n", "plain text"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_of_another_kind_is_told_and_no_copy_is_kept(home: Path, tmp_path: Path, name: str) -> None:
    content, looks = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    told(command(home, "intake", str(tmp_path / name)), ExitCode.USAGE, name, looks, "nothing was taken in")
    assert [path for path in (home / "blobs").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("format_", ["garak", "alertmanager", "jsonl"])
def test_a_forced_format_cannot_make_it_one(home: Path, tmp_path: Path, format_: str) -> None:
    for name, content in (("deep", deep(100_000)), ("noise", bytes(range(256)) * 40), ("text", b"hello\n")):
        (tmp_path / name).write_bytes(content)
        done = command(home, "intake", str(tmp_path / name), "--format", format_)
        told(done, ExitCode.USAGE, f"no row of {name} could be read as {format_}", "is kept as it is")
    assert ok(home, "queue") == {"incidents": [], "to_review": []}


def test_what_is_no_file_is_not_even_opened(home: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "link", Path("/dev/zero"), Path("/dev/null")):
        told(command(home, "intake", str(path)), ExitCode.USAGE, "is not a regular file", "not opened")
    told(command(home, "intake", str(tmp_path / "absent")), ExitCode.NOT_FOUND, "There is no file")
    told(command(home, "intake", ""), ExitCode.USAGE, "is not a regular file")
    told(command(home, "intake", str(tmp_path / "\x1b[2Jx")), ExitCode.NOT_FOUND, "There is no file")


def test_a_file_without_permission_is_told(home: Path, tmp_path: Path, as_the_owner: tuple[str, ...]) -> None:
    path = tmp_path / "secret.jsonl"
    path.write_text(GOOD)
    path.chmod(0)
    done = command(home, "intake", str(path), before=as_the_owner)
    told(done, ExitCode.USAGE, "could not be read: Permission denied", "Check its permissions")


def test_bad_lines_are_named_and_the_others_go_in(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    rows = [GOOD, "no json", GOOD.replace("dose", "name"), '{"x": 1}', "", '["list"]', '{"title": "cut o']
    path.write_bytes("\n".join(rows).encode() + b"\xff")
    done = command(home, "intake", str(path))
    assert done.code == ExitCode.OK
    assert "2 signals, 2 of them new; 4 rows could not be read" in plain(done)
    for number in (2, 4, 6, 7):
        assert f"line {number}: " in done.out.decode()
    again = ok(home, "intake", str(path))
    assert (again["found"], again["added"], again["unread"]) == (2, 0, 4)
    assert [row["line"] for row in again["bad"]] == [2, 4, 6, 7]
    assert len(ok(home, "queue")["to_review"]) == 2
    assert command(home, "verify").code == ExitCode.OK


def limited(home: Path, *words: str) -> Done:
    """A command that may use no more address space than :data:`MEMORY`."""
    done = subprocess.run(
        [*PROGRAM, *words],
        env=surroundings(home),
        capture_output=True,
        timeout=110,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere: only Linux holds a process to RLIMIT_AS")
def test_a_line_of_200_megabytes_is_passed_over_in_bounded_memory(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.write(GOOD.encode() + b'\n{"title": "')
        file.seek(200_000_000)  # a hole: the bytes between are zeros that take no room
        file.write(b'"}\n' + GOOD.replace("dose", "name").encode() + b"\n")
    done = limited(home, "intake", str(path), "--json")
    assert done.code == ExitCode.OK, done
    assert (done.data["found"], done.data["unread"], done.data["bad"][0]["line"]) == (2, 1, 2)
    assert "longer than 16 MB" in done.data["bad"][0]["reason"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere: only Linux holds a process to RLIMIT_AS")
def test_very_many_bad_lines_are_counted_in_bounded_memory(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(GOOD.encode() + b"\n" + b"x\n" * 300_000)
    done = limited(home, "intake", str(path), "--format", "jsonl", "--json")
    assert done.code == ExitCode.OK, done
    assert (done.data["found"], done.data["unread"], len(done.data["bad"])) == (1, 300_000, 1000)


def test_a_pipe_is_taken_in_and_leaves_nothing_beside(home: Path) -> None:
    told(command(home, "intake", "-"), ExitCode.USAGE, "standard input", "empty file")
    told(command(home, "intake", "-", stdin=b"\x1f\x8b" + bytes(90)), ExitCode.USAGE, "gzip archive")
    done = command(home, "intake", "-", "--json", stdin=GOOD.encode())
    assert json.loads(done.out)["added"] == 1
    assert [path.name for path in home.iterdir() if path.name.startswith(".intake")] == []
