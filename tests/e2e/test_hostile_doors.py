"""Hostile bytes at the doors of real processes: arguments, environment, file names, encodings, standard input."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from tests.e2e.hostile_profile import FILE_NAME, HostileProfile
from tests.e2e.stage import PROGRAM, Done, command, ok, surroundings
from tests.e2e.test_hostile_commands import check
from tests.support.hostile import EVERYTHING, LONG_LINE, MARK, PAYLOADS, leaks, rows, shared_strings

ESC_OSC = b"\x1b]52;c;cm0=\x07" + MARK.encode()
RAW = (
    ESC_OSC,
    b"\xff\xfe\x9b2J" + MARK.encode(),
    "\u202e\u2066\U000e0041\u200b".encode() + MARK.encode(),
    b"[@click=app.quit]" + MARK.encode() + b"[/foo]",
)  # fmt: skip


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some commands write where they are told, and here that is a hostile name in the folder they run in."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("raw", RAW)
def test_arguments_of_any_bytes(hostile: HostileProfile, raw: bytes) -> None:
    for words in (
        (raw,),
        ("show", raw),
        ("note", hostile.incident, raw),
        ("intake", raw),
        ("queue", "--" + os.fsdecode(raw)),
    ):
        done = check(command(hostile.home, *words), repr(words))
        assert done.code != 0 or words[0] == "note"


def test_standard_input(hostile: HostileProfile) -> None:
    for raw in (b"\xff\xfe\x00", ESC_OSC, LONG_LINE.encode(), b'{"title": "\xff\x1b[31m"}\n', rows(PAYLOADS)):
        check(command(hostile.home, "intake", "-", "--format", "jsonl", stdin=raw))
        check(command(hostile.home, "intake", "-", stdin=raw))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TERM", "\x1b]0;" + MARK + "\x07-256color"),
        ("USER", EVERYTHING.replace("\0", "")),
        ("LOGNAME", "\x1b[31m" + MARK),
        ("LANG", "\x1b[31m.UTF-8"),
        ("COLUMNS", "\x1b[31m"),
        ("NO_COLOR", "\x1b[31m"),
        ("XDG_DATA_HOME", "/nonexistent/\x1b[31m" + MARK),
        ("TZ", "\x1b[31m" + MARK),
    ],
)
def test_variables_of_the_environment(hostile: HostileProfile, name: str, value: str) -> None:
    for words in (("doctor",), ("show", hostile.incident)):
        check(command(hostile.home, *words, env={name: value}), name)


def test_a_new_profile_in_a_hostile_place_under_a_hostile_name(tmp_path: Path) -> None:
    home = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + FILE_NAME))
    user = {"USER": ESC_OSC.decode() + "\u202e", "LOGNAME": ESC_OSC.decode() + "\u202e"}
    for words in (
        ("open", EVERYTHING[:90]),
        ("queue",),
        ("doctor",),
        ("hub", "invite", "--name", "x"),
        ("person", "name"),
    ):
        done = check(command(home, *words, env=user), *words)
    assert done.code == 0
    assert MARK in done.out.decode()
    # To a folder's name that is as long as it may be nothing can be added.
    assert check(command(tmp_path / ("x" * 255), "queue"), "255").code == 0
    for place in (b"/dev/null/" + FILE_NAME, os.fsencode(tmp_path) + b"/" + b"\x1b[31m" * 60):
        done = check(command(Path(os.fsdecode(place)), "queue"), repr(place))
        assert done.code == 6


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "utf-16", "koi8-r"])
def test_streams_that_are_not_utf8(hostile: HostileProfile, encoding: str) -> None:
    """Eight-bit encodings have C1 controls of their own, so there only ASCII comes out."""
    done = command(hostile.home, "timeline", hostile.incident, env={"PYTHONIOENCODING": encoding})
    assert done.code == 0, done.err
    if encoding == "utf-16":
        check(Done(done.code, done.out.decode("utf-16").encode(), b""))
    else:
        assert done.out.isascii()
        check(done)
    assert MARK in done.out.decode(encoding)


def test_files_that_the_program_writes_have_plain_names(hostile: HostileProfile, tmp_path: Path) -> None:
    """A name made from what somebody was told is gated; nothing is written above the folder named."""
    done = check(command(hostile.home, "evidence", "export", hostile.exhibit, "--to", str(tmp_path)))
    assert done.code == 0, done.err
    (written,) = os.listdir(os.fsencode(tmp_path))
    assert leaks(written) == []
    assert b"/" not in written
    assert (tmp_path / os.fsdecode(written)).read_bytes() == EVERYTHING.encode()
    for folder, _, files in os.walk(os.fsencode(hostile.home)):
        assert [name for name in (folder.rpartition(b"/")[2], *files) if leaks(name)] == []


def test_nothing_hostile_stands_in_a_file_that_people_read(hostile: HostileProfile) -> None:
    """Databases and chunks hold what was received; every other file of a profile is plain text."""
    read = 0
    for path in hostile.home.rglob("*"):
        raw = b"db blobs keys".split()
        if not path.is_file() or any(
            os.fsdecode(each) in str(path.relative_to(hostile.home)) for each in raw
        ):
            continue
        read += 1
        assert leaks(path.read_bytes()) == [], path
    assert read >= 2


def test_strings_of_other_people(tmp_path: Path, shared_data: Path) -> None:
    """The big list of naughty strings, and a red-team run with live control characters, in and out again."""
    strings = shared_strings(shared_data)
    assert sum(bool(leaks(text.encode("utf-8", "replace"))) for text in strings) > 40, "the control"
    path = tmp_path / "theirs.jsonl"
    path.write_bytes(
        b"".join(
            json.dumps({"title": text, "prompt": text, "source": text}).encode() + b"\n"
            for text in strings
            if text.strip()
        )
    )
    home = tmp_path / "home"
    got = ok(home, "intake", str(path))
    assert got["added"] > 500
    check(command(home, "intake", str(shared_data / "garak" / "support_bot.hitlog.jsonl")))
    for option in ("--closed", "--json", "--ascii"):
        assert check(command(home, "queue", option)).code == 0


def test_the_hub_program_told_hostile_words(tmp_path: Path) -> None:
    """The hub's own door is a program people can type as well."""
    place = os.fsencode(tmp_path) + b"/" + FILE_NAME
    for raw in RAW:
        for words in (
            (raw,),
            ("keys", "--data", tmp_path, raw),
            ("invite", "--name", raw, "--data", place),
            ("serve", "--data", place),
        ):
            done = subprocess.run(
                [*PROGRAM[:-1], "ircockpit.hub", *words], capture_output=True, env=surroundings(tmp_path), timeout=60, check=False
            )  # fmt: skip
            assert done.returncode in (2, 8), done
            check(Done(done.returncode, done.stdout, done.stderr), repr(words))


def test_control_a_raw_payload_is_caught() -> None:
    for text in PAYLOADS.values():
        if any(char in text for char in "\x1b\x9b\u202e\U000e0067"):
            assert leaks(text.encode()) != []
    assert leaks(b"\xff") != []
    assert leaks("plain ■ effective\n漢字 Grüße\n".encode()) == []
