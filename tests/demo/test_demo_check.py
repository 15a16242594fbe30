"""``ircockpit demo --check`` holds, says what it saw, and leaves nothing; what hinders a demo is told in sentences."""

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.demo.traces import NeedProgram, processes

from ircockpit.core.errors import ConflictError, UsageError
from ircockpit.demo import actions, stage
from ircockpit.demo.rehearsal import Checked, summary

DEMO = [sys.executable, "-P", "-m", "ircockpit", "demo"]


def test_the_path_holds_without_a_screen(tmp_path: Path, need_program: NeedProgram) -> None:
    ps = need_program("ps", "the package procps")
    home = Path(os.environ["IRCOCKPIT_HOME"])
    env = {**os.environ, "TMPDIR": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
    with subprocess.Popen(
        [*DEMO, "--check", "--json"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        # The control: while it runs, its helpers are to be seen.
        assert stage.wait_until(lambda: len(processes(ps, tmp_path)) >= 2, 20)
        out, err = run.communicate(timeout=60)
    said = json.loads(out)
    assert run.returncode == 0, (said, err)
    assert said["ok"]
    words = "\n".join(each["what"] for each in said["checked"])
    assert len(said["checked"]) >= 12
    for part in ("one red line", "accepted after", "recorded after", "effective after", " probes",
                 "the answers say SEV2 > SEV1", "by jo and", "nothing is lost", "a bundle of it",
                 "nothing is left running"):  # fmt: skip
        assert part in words, words
    assert "Traceback" not in err.decode()
    assert processes(ps, tmp_path) == []
    assert list(tmp_path.iterdir()) == [], "its folder is gone, and the demo's own was not made"
    assert not home.exists(), "the person's own profile was not touched"


def test_one_thing_that_does_not_hold_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unstruck = stage.Stage(tmp_path)

    class Failing:
        def __init__(self, _: stage.Stage) -> None:
            """A walk on which one thing does not hold."""

        def walk(self) -> list[Checked]:
            return [Checked("stop effective", False), Checked("triage", True)]

    monkeypatch.setattr("ircockpit.demo.rehearsal.Rehearsal", Failing)
    monkeypatch.setattr("ircockpit.demo.actions.staged", lambda *_: nullcontext(unstruck))
    result = actions.run(check=True)
    assert result.code == 1
    assert result.data["ok"] is False
    assert [line[0].text.strip() for line in result.lines][:2] == ["FAILED", "ok"]
    assert "port of cable" in result.data["checked"][-1]["what"], "a stage that was not struck is noticed"
    unstruck.strike()
    assert "did not hold" in result.said


def test_a_summary_counts() -> None:
    assert summary([Checked("a", True)]) == "all 1 hold"
    assert summary([Checked("a", True), Checked("b", False)]) == "1 of 2 did not hold"


@pytest.mark.parametrize("term", ["dumb", "xterm-256color"])
def test_without_a_terminal_it_names_the_check(term: str, tmp_path: Path) -> None:
    env = {**os.environ, "TERM": term, "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(
        DEMO, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert "ircockpit demo --check" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_the_hubs_parts_it_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with (
        pytest.raises(UsageError, match="starlette and uvicorn") as caught,
        stage.staged(tmp_path / "demo", print),
    ):
        pass
    assert "ircockpit[hub]" in caught.value.fix
    assert list(tmp_path.iterdir()) == []


def test_a_second_demo_leaves_the_first_one_alone(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    with (
        stage._alone(home),
        pytest.raises(ConflictError, match="another terminal"),
        stage.staged(home, print),
    ):
        pass


def test_a_helper_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    from ircockpit.core.errors import CockpitError
    from ircockpit.demo.crew import Helper

    helper = Helper("lab", ["ircockpit.demo.lab", str(tmp_path / "no-such-token")], tmp_path, {})
    with pytest.raises(CockpitError, match=r"lab did not start: .*no-such-token"):
        helper.first()
    assert not helper.alive
