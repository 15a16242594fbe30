"""Standard streams that are closed, full or cut, surroundings without a home or a Unicode locale."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.plain import plain, told
from tests.e2e.stage import PROGRAM, Done, command, ok, surroundings

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: closed descriptors are POSIX")

ASCII_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def shell(home: Path, redirect: str, *words: str, env: dict[str, str] | None = None) -> Done:
    """The program with a redirection of the shell, such as ``>&-``."""
    return command(home, *words, before=("sh", "-c", f'exec "$@" {redirect}', "sh"), env=env)


@pytest.fixture
def noted(home: Path) -> tuple[Path, str]:
    """A profile with one incident, and the incident's id."""
    return home, str(ok(home, "open", "wrong dose")["short"])


def test_closed_input_is_no_input(noted: tuple[Path, str]) -> None:
    home, _ = noted
    told(shell(home, "<&-", "intake", "-"), ExitCode.USAGE, "standard input is closed")
    assert plain(shell(home, "<&-", "queue")) == ""


def test_a_closed_output_is_told_and_what_was_done_is_kept(noted: tuple[Path, str]) -> None:
    home, ident = noted
    done = shell(home, ">&-", "note", ident, "said into the void", "--json")
    told(done, ExitCode.FAILED, "standard output is closed", "what was done is kept")
    assert "said into the void" in str(ok(home, "timeline", ident))


def test_a_full_output_is_told_and_what_was_done_is_kept(noted: tuple[Path, str]) -> None:
    home, ident = noted
    done = shell(home, ">/dev/full", "note", ident, "kept all the same", "--json")
    told(done, ExitCode.FAILED, "No space left on device", "what was acknowledged is kept")
    assert "kept all the same" in str(ok(home, "timeline", ident))


@pytest.mark.parametrize("redirect", ["2>&-", "2>/dev/full"])
def test_without_a_place_for_words_the_code_still_tells(noted: tuple[Path, str], redirect: str) -> None:
    home, ident = noted
    assert shell(home, redirect, "nonsense") == Done(ExitCode.USAGE, b"", b"")
    assert shell(home, redirect, "note", ident, "x").code == ExitCode.OK
    assert shell(home, redirect, "show", "zzzz").code == ExitCode.NOT_FOUND


def test_all_three_closed_writes_into_no_file_of_the_profile(noted: tuple[Path, str]) -> None:
    home, ident = noted
    assert shell(home, "<&- >&- 2>&-", "note", ident, "silent").code == ExitCode.OK
    assert shell(home, "<&- >&- 2>&-", "hub", "invite", "--name", "Bo").code == ExitCode.USAGE
    assert "silent" in str(ok(home, "timeline", ident))
    assert command(home, "verify").code == ExitCode.OK


def test_a_reader_that_leaves_early_is_no_failure(home: Path) -> None:
    ok(home, "open", "wrong dose")
    for words in (("queue",), ("queue", "--json"), ("doctor",)):
        reader, writer = os.pipe()
        os.close(reader)
        with subprocess.Popen(
            [*PROGRAM, *words], stdout=writer, stderr=subprocess.PIPE, env=surroundings(home)
        ) as program:
            os.close(writer)
            _, err = program.communicate(timeout=60)
        assert (program.returncode, err) == (ExitCode.OK, b""), words


def test_the_cockpit_without_streams_names_its_twin(home: Path) -> None:
    for redirect in ("<&-", ">&-", "<&- >&-", "</dev/null", ">/dev/null"):
        told(shell(home, redirect), ExitCode.USAGE, "need a terminal", "ircockpit queue")
    assert not home.exists(), "nothing was made for a screen that cannot be shown"


def test_no_home_at_all_says_what_to_set(tmp_path: Path, need_program: Callable[[str, str], str]) -> None:
    if os.geteuid() != 0:
        pytest.skip("elsewhere: only root can become a user that the system does not know")
    # The capability lets that user read this program wherever it is installed.
    stranger = [need_program("setpriv", "util-linux"), "--reuid", "54321", "--clear-groups"]
    stranger += ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]
    env = {
        name: value
        for name, value in surroundings(tmp_path).items()
        if name not in ("HOME", "IRCOCKPIT_HOME")
    }
    done = subprocess.run(
        [*stranger, *PROGRAM, "queue"], env=env, capture_output=True, check=False, timeout=60
    )
    told(
        Done(done.returncode, done.stdout, done.stderr), ExitCode.DAMAGED, "no home folder", "IRCOCKPIT_HOME"
    )


def test_a_home_of_a_user_who_is_unknown_says_what_to_set(home: Path) -> None:
    done = command(home, "queue", env={"IRCOCKPIT_HOME": "~nobody-of-this-name/x"})
    told(done, ExitCode.DAMAGED, "no home folder", "IRCOCKPIT_HOME")


@pytest.mark.parametrize("env", [ASCII_LOCALE, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "xx_XX.nonsense"}])
def test_other_scripts_reach_the_record_whole_in_any_locale(home: Path, env: dict[str, str]) -> None:
    ident = ok(home, "open", "Dosis falsch: zwölf ☠ 薬")["short"]
    shown = command(home, "queue", env=env)
    assert shown.code == ExitCode.OK, shown
    plain(shown)
    if env is not ASCII_LOCALE:
        assert command(home, "note", ident, "grün 薬", env=env).code == ExitCode.OK
        assert "grün 薬" in str(ok(home, "timeline", ident))
    else:  # the words themselves must not be guessed at where the locale says nothing of their encoding
        done = command(home, "note", ident, "grün 薬".encode(), env=env)
        if done.code == ExitCode.OK:
            assert "grün 薬" in str(ok(home, "timeline", ident))
        else:
            told(done, ExitCode.USAGE, "UTF-8")


def test_words_that_are_no_text_are_refused(noted: tuple[Path, str]) -> None:
    home, ident = noted
    told(command(home, "note", ident, b"half \xff character"), ExitCode.USAGE, "not UTF-8")
