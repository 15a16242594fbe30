"""An erasure that is cut off, and a hub put back to before one: device and hub go on until nothing of it is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.hub import declare
from tests.support.traces import files_with
from tests.sync.conftest import SECRET, Team, as_kept, clean, erase, note, said, stream_of

from ircockpit.core.scopes import PRIVILEGED
from ircockpit.features.erasure import scopes

KILLED = """
import os, signal, sys
from pathlib import Path
from ircockpit.features.catalogue import open_workstation
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.service import Hub
from ircockpit.store import sweep
from ircockpit.hub import erasing as at_hub
from tests.support.hub import DirectTransport, sync

def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

home, hub_folder, where = map(Path, sys.argv[1:])
setattr(sweep if where.name == "device" else at_hub, "rewrite", die)
hub = Hub(HubFolder(hub_folder))
with open_workstation(home) as station:
    sync(station, lambda _: DirectTransport(lambda: hub))
"""


@pytest.mark.parametrize("where", ["device", "hub"])
def test_killed_in_the_middle_device_and_hub_go_on(
    team: Team, shared: tuple[str, str], where: str, repository: Path
) -> None:
    _, event = shared
    spelled = as_kept(team, event)
    erase(team.a, event)
    if where == "device":
        team.sync(team.a)
    victim = team.b if where == "device" else team.a
    team.hub.folder.close()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(victim.profile.folder), str(team.hub.path), where], check=False,
        capture_output=True, cwd=repository, env={**os.environ, "PYTHONPATH": str(repository)}, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    if where == "device":
        assert files_with(victim.profile.folder, SECRET), "the control: cut off before, it is still there"
    else:
        assert files_with(team.hub.path, spelled), "the control: cut off before, it is still there"
    team.hub.restart()
    for who in (team.a, team.b, team.a):
        team.sync(who)
    clean(team, spelled, team.a, team.b)


def test_a_hub_put_back_to_before_the_erasure_erases_again(
    team: Team, shared: tuple[str, str], tmp_path: Path
) -> None:
    _, event = shared
    spelled = as_kept(team, event)
    team.hub.back_up(tmp_path / "backup")
    erase(team.a, event)
    for who in (team.a, team.b, team.a):
        team.sync(who)
    team.hub.restore(tmp_path / "backup")
    assert files_with(team.hub.path, spelled), "the control: the backup holds it"
    for who in (team.b, team.a, team.b):
        team.sync(who)
    clean(team, spelled, team.a, team.b)
    assert team.a.view.dump() == team.b.view.dump()


def test_a_hub_that_was_put_back_gets_withheld_words_from_who_holds_them(team: Team, tmp_path: Path) -> None:
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.hub.back_up(tmp_path / "backup")
    event, gone = note(team.a, ident), note(team.a, ident, "Another secret of that evening")
    team.sync(team.a)
    team.sync(team.b)
    scopes.narrow(team.a, entry=[event], reason="sensitive", to=PRIVILEGED)
    erase(team.a, gone)
    for who in (team.a, team.b):
        team.sync(who)
    assert said(team.b, event) == "withheld"
    team.hub.restore(tmp_path / "backup")
    team.sync(team.b)  # the hub has the event now, from somebody who has no words of it
    stream = stream_of(team.a, ident)
    stored = team.hub.folder.store.parts_of(stream, event)
    assert stored is not None
    assert "data" not in stored.parts, "the control: it lacks them"
    team.sync(team.a)
    for ident_, there in ((event, True), (gone, False)):
        stored = team.hub.folder.store.parts_of(stream, ident_)
        assert stored is not None
        assert ("data" in stored.parts) is there
