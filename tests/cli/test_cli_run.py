"""From typed words to exit code: data on standard output, words beside it on standard error, never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.profiles import open_station

from ircockpit.__main__ import main as enter
from ircockpit.cli import main as door
from ircockpit.cli.main import run
from ircockpit.cli.output import fail, print_result
from ircockpit.command.action import Action, Result
from ircockpit.core.errors import (
    BadInput,
    CockpitError,
    ConflictError,
    DeadlineError,
    ExitCode,
    NotFound,
    OfflineError,
    RefusedError,
    SecretError,
    StoreError,
    TrustError,
    UsageError,
    defect,
)
from ircockpit.features import catalogue
from ircockpit.render.span import Span

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def profile(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IRCOCKPIT_HOME", str(home))
    return home


def acting(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make ``ircockpit act`` an action whose handler raises this."""

    def act() -> Result:
        raise error

    monkeypatch.setattr(door, "load", lambda _: act)
    action = Action("x.act", ("act",), "act", "m:f", needs_profile=False)
    monkeypatch.setattr(catalogue, "actions", lambda: (action,))


def test_data_goes_out_and_words_beside_it(profile: Path, capsys: Captured) -> None:
    assert run(["open", "wrong dose", "--json"]) == ExitCode.OK
    out, err = capsys.readouterr()
    assert json.loads(out)["title"] == "wrong dose"
    assert out.count("\n") == 1
    assert err.startswith("declared ")
    assert run(["queue"]) == ExitCode.OK
    out, err = capsys.readouterr()
    assert "wrong dose" in out
    assert err == ""


def test_json_is_ascii_and_text_is_gated_and_can_be_ascii(profile: Path, capsys: Captured) -> None:
    assert run(["open", "Dosis für \x1b[2J\u202e被害者", "--json"]) == ExitCode.OK
    out, err = capsys.readouterr()
    assert out.isascii()
    assert "\x1b" not in out
    assert json.loads(out)["title"] == "Dosis für \x1b[2J\u202e被害者"
    assert "\x1b" not in err
    run(["queue"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    run(["queue", "--ascii"])
    assert capsys.readouterr().out.isascii()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CockpitError("what", safe="safe", fix="fix"), 1), (UsageError("what", safe="safe", fix="fix"), 2),
        (BadInput("what", safe="safe", fix="fix"), 2), (OfflineError("what", safe="safe", fix="fix"), 3),
        (DeadlineError("what", safe="safe", fix="fix"), 4), (ConflictError("what", safe="safe", fix="fix"), 5),
        (StoreError("what", safe="safe", fix="fix"), 6), (TrustError("what", safe="safe", fix="fix"), 7),
        (RefusedError("what", safe="safe", fix="fix"), 7), (SecretError("what", safe="safe", fix="fix"), 7),
        (NotFound("what", safe="safe", fix="fix"), 8),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, CockpitError) else str(each),
)  # fmt: skip
def test_a_failure_says_what_is_safe_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, error: CockpitError, code: int
) -> None:
    acting(monkeypatch, error)
    assert run(["act"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "ircockpit: what\n  safe\n  fix\n"


def test_a_failure_nobody_expected_is_a_sentence_without_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    acting(monkeypatch, ValueError("hunter2hunter2"))
    assert run(["act"]) == ExitCode.FAILED
    err = capsys.readouterr().err
    assert "a defect of ircockpit: ValueError at test_cli_run.py:" in err
    assert "hunter2" not in err
    assert "Traceback" not in err
    full = defect(OSError(28, "No space left on device"))
    assert "No space left on device" in full.what
    assert full.fix


def test_an_interrupt_is_told_and_has_its_code(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    acting(monkeypatch, KeyboardInterrupt())
    assert run(["act"]) == 130
    assert "what was acknowledged is kept" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["no-such-command"], 2), (["show"], 2), (["show", "zuzu"], 8), (["queue", "--clos"], 2), (["system"], 2),
        (["stop", "zuzu", "1", "--yes"], 8), (["intake", "/no/such/file"], 8), (["triage", "zuzu", "--harm", "x"], 8),
    ],
)  # fmt: skip
def test_real_commands_end_with_their_codes(
    profile: Path, capsys: Captured, words: list[str], code: int
) -> None:
    assert run(words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("ircockpit: ")
    assert "Traceback" not in err


def test_a_failed_act_has_the_code_of_its_result(capsys: Captured) -> None:
    print_result(Result({"a": 1}, ((Span("line"),),), "said", 7), as_json=False)
    out, err = capsys.readouterr()
    assert (out, err) == ("line\n", "said\n")
    assert fail(CockpitError("x")) == 1


def test_hostile_words_of_an_error_are_inert(capsys: Captured) -> None:
    fail(BadInput("no file \x1b]0;title\x07 \u202e", fix="a\nb"))
    err = capsys.readouterr().err
    for char in "\x1b\x07\u202e":
        assert char not in err
    assert len(err.splitlines()) == 2


def test_the_version_is_said_without_a_profile(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    for word in ("--version", "-V"):
        monkeypatch.setattr("sys.argv", ["ircockpit", word])
        enter()
        assert capsys.readouterr().out.startswith("ircockpit ")
    assert not Path(os.environ["IRCOCKPIT_HOME"]).exists()


def test_a_reader_who_has_seen_enough_is_no_failure(profile: Path) -> None:
    with open_station(profile) as station:
        from ircockpit.features.incidents.actions import declare, note

        ident = str(declare(station, title="x").data["id"])
        for _ in range(40):
            note(station, incident=ident, text="y" * 4000)
    program = [sys.executable, "-m", "ircockpit", "timeline", ident, "--json"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(30) == ExitCode.OK
    # Whether the sentence beside it is still said depends on how much of the output was on its way already.
    assert err in (b"", b"times in UTC; TLP:RED\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stpo", "x"], "did you mean: ircockpit stop"),
        (["contain", "chek", "a-x"], "did you mean: ircockpit contain check?"),
        (["zzzzz"], "All commands: ircockpit --help"),
        (["contain", "check", "zz"], "ircockpit contain list INCIDENT lists"),
        (["intake", "some/where/no.json"], "There is no file some/where/no.json."),
    ],
)
def test_what_is_not_there_points_to_what_is(
    profile: Path, capsys: Captured, words: list[str], said: str
) -> None:
    assert run(words) in (ExitCode.USAGE, ExitCode.NOT_FOUND)
    err = capsys.readouterr().err
    assert said in err
    assert "choose from" not in err


def test_one_is_not_said_in_the_plural(profile: Path, capsys: Captured) -> None:
    assert run(["doctor"]) == ExitCode.OK
    assert "0 exhibits" in capsys.readouterr().out
    assert run(["system", "add", "bot", "--owner", "a"]) == ExitCode.OK
    assert run(["system", "add", "bot", "--owner", "b"]) == ExitCode.OK
    assert "changed 1 field of bot" in capsys.readouterr().err
