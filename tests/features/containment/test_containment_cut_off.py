"""kill -9 at every step of a containment: what is on can be seen, finished and taken back, and nothing is sent twice."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import FLAG_PATH
from tests.features.containment.stage import Stage, staged
from tests.support.copies import copy_unnoticed
from tests.support.scripted import Line, Received

from ircockpit.features.containment import actions, queries
from ircockpit.features.containment.connector_actions import try_out

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no SIGKILL")

CHILD = """
    import os, signal, sys
    from pathlib import Path
    from ircockpit.command.progress import telling
    from ircockpit.features.catalogue import events
    from ircockpit.features.containment import actions
    from ircockpit.features.containment.connector_actions import try_out
    from ircockpit.store.profile import Profile
    from ircockpit.store.workstation import Workstation

    home, act, incident, at = sys.argv[1:]
    told = 0

    def tell(said):
        global told
        told += 1
        print(told, said, flush=True)
        if told == int(at):
            os.kill(os.getpid(), signal.SIGKILL)

    with Workstation(Profile(Path(home)), events()) as station, telling(tell):
        if act == "stop":
            actions.stop(station, target=incident, control="1", yes=True)
        else:
            try_out(station, connector="flags", target="bot/eu-1", confirm=["off"], yes=True)
"""


def run(stage: Stage, act: str, at: int) -> tuple[int, str]:
    """Do it in a process that is killed once it has told so many sentences; its exit code and what it told."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(CHILD), str(stage.station.profile.folder), act, stage.incident, str(at)],
        capture_output=True, text=True, timeout=90, env=dict(os.environ),
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, done.stdout


def sent(stage: Stage) -> list[bool]:
    return [json.loads(each.body)["enabled"] for each in stage.gateway.changes]


def recover_trial(stage: Stage) -> None:
    kept = list(stage.station.profile.snapshots.glob("try-*before*"))
    if not kept:
        assert stage.gateway.flags["chat.enabled"] is True, "what is on has its way back on disk"
    else:
        again = try_out(stage.station, connector="flags", target="bot/eu-1", confirm=["off"], yes=True)
        assert again.data["tried"][0]["course"] == ["reverted"], again
    assert stage.gateway.flags == {"chat.enabled": True, "other.enabled": True}
    assert not list(stage.station.profile.snapshots.glob("try-*before*"))


def recover_stop(stage: Stage) -> None:
    stage.station.refresh()
    rows = queries.actions(stage.station.view, stage.incident)
    on = stage.gateway.flags["chat.enabled"] is False
    if not rows or rows[0].state in ("planned", "approved"):
        assert not on, "what was not recorded as sent was not sent"
        return
    row = rows[0]
    if row.state != "effective":
        done = actions.check(stage.station, action=row.ident)
        assert done.data["state"] == ("effective" if on else "unknown"), done
    assert sent(stage) == ([False] if on else [])
    if on:
        lifted = actions.revert(stage.station, action=row.ident, reason="over", confirm=row.short, yes=True)
        assert lifted.data["state"] == "reverted", lifted
    assert stage.gateway.flags["chat.enabled"] is True


def cut_at(home: Path, act: str, at: int) -> bool:
    """Whether it was killed; afterwards everything is as before."""
    with staged(home) as stage:
        code, _ = run(stage, act, at)
        if code:
            (recover_trial if act == "try" else recover_stop)(stage)
        return code != 0


@pytest.mark.parametrize("act", ["stop", "try"])
@pytest.mark.parametrize("at", [1, 14, 16, 18])
def test_a_kill_leaves_what_can_be_finished_or_taken_back(home: Path, act: str, at: int) -> None:
    cut_at(home, act, at)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("act", ["stop", "try"])
def test_a_kill_at_every_step(fresh_profile: Path, tmp_path: Path, act: str) -> None:
    killed = 0
    for at in range(1, 60):
        if not cut_at(copy_unnoticed(fresh_profile, tmp_path / f"{act}-{at}"), act, at):
            break
        killed += 1
    assert killed > 10


@pytest.mark.parametrize("act", ["stop", "try"])
@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_kill_while_the_request_is_out(home: Path, act: str, done: bool) -> None:
    """The moment nobody can record: the change has arrived, or has not, and the sender is gone."""
    with staged(home) as stage:

        def kill(received: Received, line: Line) -> None:
            if done:
                stage.gateway.set("chat.enabled", json.loads(received.body)["enabled"])
            children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
            for child in children:
                if b"try_out" in Path(f"/proc/{child}/cmdline").read_bytes():
                    os.kill(int(child), signal.SIGKILL)
            line.hang()

        stage.gateway.lies["PUT", FLAG_PATH] = kill
        code, told = run(stage, act, 0)
        assert code == -signal.SIGKILL, told
        stage.gateway.lies.clear()
        if act == "try":
            recover_trial(stage)
            return
        stage.station.refresh()
        [row] = queries.actions(stage.station.view, stage.incident)
        assert row.state == "sent"
        seen = actions.check(stage.station, action=row.ident)
        # Whoever is gone cannot say that nothing is on its way.
        assert seen.data["state"] == ("effective" if done else "unknown"), seen
        assert len(stage.gateway.changes) == 1
