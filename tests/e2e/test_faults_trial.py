"""A trial killed at each of its steps: while its control is on, every door says so, with the command that takes it back."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from tests.e2e.stage import PROGRAM, cockpit, command, ok, surroundings
from tests.support.envoy import HALT, Envoy

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no SIGKILL")
TRY = ("connector", "try", "envoy", "--target", "bot/eu-1", "--only", "halt", "--yes", "--confirm", "halt")
BACK = "ircockpit readiness prove bot envoy/halt"
STEPS = ["approved:", "accepted:", "recorded:", "probe ", "effective:", "reverting:"]


def tried_until(home: Path, step: str) -> None:
    """Begin the trial, and kill it as soon as it tells of a step."""
    begun = subprocess.Popen(
        [*PROGRAM, *TRY], env=surroundings(home), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert begun.stderr is not None
    for said in begun.stderr:
        if step in said:
            break
    else:
        raise AssertionError(f"it never told of {step}")
    begun.send_signal(signal.SIGKILL)
    begun.communicate(timeout=60)


def trials(home: Path) -> list[dict[str, str]]:
    found = command(home, "doctor", "--json").data
    return [each for each in found if each["about"] == "trials"]


@pytest.mark.parametrize("step", STEPS)
def test_whatever_a_killed_trial_leaves_on_is_named_by_every_door_and_taken_back(
    home: Path, served: Envoy, step: str
) -> None:
    ok(
        home,
        "system",
        "add",
        "bot",
        "--match",
        "source=garak",
        "--target",
        f"eu-1={served.admin},{served.listener}",
    )
    assert [each["state"] for each in trials(home)] == ["ok"], "the control"
    tried_until(home, step)
    [seen] = trials(home)
    if seen["state"] == "ok":
        assert served.final_value(HALT) != "100", f"on after {step} and not named"
        return
    assert seen["fix"] == BACK
    [waits] = ok(home, "contain", "due")
    assert (waits["kind"], BACK in waits["words"]) == ("left", True)
    assert BACK in [each["command"] for each in ok(home, "due")]
    with cockpit(home) as screen:
        screen.wait_for("envoy/halt may still be on")
    done = command(home, *BACK.split()[1:], "--yes", "--confirm", "bot/envoy/halt")
    assert done.code in (ExitCode.REFUSED, ExitCode.OK), done
    assert served.final_value(HALT) != "100"
    assert [each["state"] for each in trials(home)] == ["ok"]
