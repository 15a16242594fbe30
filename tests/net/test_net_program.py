"""A program is run without shell, input and strangers' environment, and ends with all it started."""

import os
import sys
import time
from pathlib import Path

import pytest

from ircockpit.core.errors import OfflineError, RefusedError, UsageError
from ircockpit.net.giveup import GiveUp
from ircockpit.net.http import UnknownOutcome
from ircockpit.net.program import run


def script(code: str) -> list[str]:
    return ["-I", "-c", code]


def test_arguments_arrive_as_they_are_and_no_shell_reads_them() -> None:
    words = ["a b", "$(id)", ";rm", "`x`", "*", "", "--", "'\""]
    answer = run(sys.executable, [*script("import sys,json;print(json.dumps(sys.argv[1:]))"), *words], 20)
    import json

    assert json.loads(answer.body) == words
    assert answer.status == 0


def test_the_exit_status_and_the_words_of_a_failure_are_kept_apart() -> None:
    answer = run(
        sys.executable, script("import sys;print('out');sys.stderr.write('no such pod');sys.exit(3)"), 20
    )
    assert (answer.status, answer.body, answer.headers["errors"]) == (3, b"out\n", "no such pod")


def test_input_is_closed_and_the_environment_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TOKEN", "tok-3f9a1c77")
    monkeypatch.setenv("LD_PRELOAD_NOT", "x")
    answer = run(
        sys.executable, script("import os,sys;print(sorted(os.environ), repr(sys.stdin.read()))"), 20
    )
    assert b"GATEWAY_TOKEN" not in answer.body
    assert b"LD_PRELOAD_NOT" not in answer.body
    assert b"PATH" in answer.body  # the control: what it needs is there
    assert answer.body.rstrip().endswith(b"''")


def test_a_program_that_takes_too_long_ends_with_all_it_started(tmp_path: Path) -> None:
    left = tmp_path / "pid"
    code = (
        "import subprocess,sys,time\n"
        "child = subprocess.Popen([sys.executable, '-I', '-c', 'import time;time.sleep(600)'])\n"
        f"open({str(left)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(UnknownOutcome, match="ended with all it started"):
        run(sys.executable, script(code), 3)
    pid = int(left.read_text())
    for _ in range(200):
        if not os.path.exists(f"/proc/{pid}") or b") Z" in Path(f"/proc/{pid}/stat").read_bytes():
            return
        time.sleep(0.05)
    pytest.fail("what the program had started is still running")


def test_endless_output_is_cut_and_the_outcome_unknown() -> None:
    with pytest.raises(UnknownOutcome, match="more than 10000 bytes"):
        run(sys.executable, script("while True: print('x' * 1000)"), 30, most=10_000)


def test_a_run_can_be_given_up() -> None:
    give_up = GiveUp()
    give_up.now()
    with pytest.raises(OfflineError):
        run(sys.executable, script(""), 30, give_up=give_up)


@pytest.mark.parametrize("path", ["true", "./true", "/no/such/program"])
def test_only_an_absolute_path_that_is_there_is_run(path: str) -> None:
    with pytest.raises((UsageError, RefusedError)) as caught:
        run(path, [], 5)
    assert caught.value.safe == "Nothing was sent."
