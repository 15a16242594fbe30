"""kill -9 of commands, of the cockpit and of a hub at random moments: nothing acknowledged is lost, nothing is done twice."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from tests.conftest import Say
from tests.e2e.stage import QUIET_MS, HubProgram, cockpit, command, ok, surroundings
from tests.support.hub import ids, station, sync
from tests.support.noting import Noting, hold_places

from ircockpit.core.errors import CockpitError, ExitCode
from ircockpit.store.workstation import Draft

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no SIGKILL")

FORKED = Path(__file__).with_name("forked.py")
COMMANDS, MANY_COMMANDS = 72, 1400
HUBS, MANY_HUBS = 12, 300
SCREENS, MANY_SCREENS = 6, 200


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


class Killer:
    """Commands on one profile, each killed at a random moment unless it is done before."""

    def __init__(self, home: Path, seed: int, *warming: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(FORKED), str(seed), *warming],
            env=surroundings(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.killed = 0

    def run(self, *words: str) -> tuple[bool, str]:
        """Whether it said that it is done, and what it wrote."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        code, said = json.loads(self._process.stdout.readline())
        assert code in (0, -signal.SIGKILL), said
        assert "Traceback" not in said
        self.killed += code != 0
        return code == 0, said

    def end(self) -> None:
        self._process.communicate()


def kill_commands(home: Path, folder: Path, kills: int, seed: int) -> str:
    """Notes, evidence and intakes, killed; then what is there is compared with what was said."""
    rng = random.Random(seed)  # noqa: S311 - which command, no secret
    ident = str(ok(home, "open", "wrong dose")["short"])
    rows = folder / "rows.jsonl"
    rows.write_text("".join(f'{{"title": "finding {n}", "detector": "d{n}"}}\n' for n in range(40)))
    exhibit = folder / "chat.txt"
    exhibit.write_text("what the model said")
    killer = Killer(home, seed, "note", ident, "not killed")
    noted: dict[str, bool] = {}
    added = taken = False
    while killer.killed < kills:
        which = rng.randrange(6)
        if which == 0:
            added |= killer.run("evidence", "add", str(exhibit), "--incident", ident)[0]
        elif which == 1:
            taken |= killer.run("intake", str(rows))[0]
        else:
            text = f"note {len(noted)}"
            noted[text] = killer.run("note", ident, text)[0]
    killer.end()
    whole = ok(home, "timeline", ident, "--limit", str(len(noted) + kills))
    there = Counter(str(row["text"]) for row in whole)
    assert [text for text, acknowledged in noted.items() if acknowledged and there[text] != 1] == []
    assert [text for text in noted if there[text] > 1] == []
    for words, acknowledged in (
        (("evidence", "add", str(exhibit), "--incident", ident), added),
        (("intake", str(rows)), taken),
    ):
        before = command(home, *words, "--json").data
        assert not acknowledged or before.get("added", 0) in (0, False), (
            "what was acknowledged is not added again"
        )
        again = command(home, *words, "--json").data
        assert again.get("added", 0) in (0, False)
    assert sum(row["count"] for row in ok(home, "queue")["to_review"]) == 40, "each row once"
    assert command(home, "verify").code == ExitCode.OK
    assert sum(noted.values()) > kills // 20, "some of them have to come through"
    return f"{killer.killed} commands killed, {sum(noted.values())} of {len(noted)} notes acknowledged before"


def test_killed_commands_lose_and_double_nothing(home: Path, tmp_path: Path, say: Say) -> None:
    say(kill_commands(home, tmp_path, COMMANDS, 7))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_killed_commands_lose_and_double_nothing(home: Path, tmp_path: Path, say: Say) -> None:
    seed = int.from_bytes(os.urandom(4))
    say(f"seed {seed}: {kill_commands(home, tmp_path, MANY_COMMANDS, seed)}")


def kill_hubs(home: Path, kills: int, seed: int) -> str:
    """Push to a hub that is killed and started again; then every place it told is looked up."""
    rng = random.Random(seed)  # noqa: S311 - when to kill, no secret
    ident = str(ok(home, "open", "wrong dose")["id"])
    hub = HubProgram(home)
    hub.start()
    places: dict[tuple[str, int], str] = {}

    def transport(url: str) -> Noting:
        return Noting(url, places)

    with station(home) as who:
        stream = str(who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])

        def push() -> None:
            with suppress(CockpitError), station(home) as beside:
                while True:
                    beside.append(
                        [Draft(stream, "incident.noted", ident, ({"text": "x" * 50},)) for _ in range(3)]
                    )
                    sync(beside, transport)

        for _ in range(kills):
            pushing = threading.Thread(target=push)
            pushing.start()
            pushing.join(rng.uniform(0.05, 0.5))
            hub.kill()
            pushing.join(60)
            assert not pushing.is_alive()
            hub.start()
        sync(who, transport)
        sync(who, transport)
        assert who.log.unconfirmed_count() == 0
        hold_places(who, places)
        count = len(ids(who))
    hub.kill()
    assert count > kills * 3
    return f"{kills} hubs killed: {len(places)} places told, none lost or given twice; {count} events"


def test_a_killed_hub_keeps_every_place_it_told(home: Path, say: Say) -> None:
    say(kill_hubs(home, HUBS, 7))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_hub_killed_often_keeps_every_place_it_told(home: Path, say: Say) -> None:
    seed = int.from_bytes(os.urandom(4))
    say(f"seed {seed}: {kill_hubs(home, MANY_HUBS, seed)}")


def kill_screens(home: Path, kills: int, seed: int) -> str:
    """Notes typed into the cockpit, which dies before, while or after it says that one is saved."""
    rng = random.Random(seed)  # noqa: S311 - when to kill, no secret
    ident = str(ok(home, "open", "wrong dose")["short"])
    shown: dict[str, bool] = {}
    for kill in range(kills):
        with cockpit(home) as screen:
            screen.wait_for("wrong dose")
            screen.wait_idle(QUIET_MS)
            for number in range(rng.randint(1, 3)):
                text = f"note {kill} {number}"
                shown[text] = False
                screen.press("n")
                screen.wait_for("note:")
                screen.send(text)
                screen.press("enter")
                if number or rng.random() < 0.3:
                    screen.wait_for(lambda shown: "note:" not in shown and "noted in" in shown)
                    shown[text] = True
                else:
                    screen.pump(rng.uniform(0, 0.08))
                    break
            os.kill(screen.process.pid, signal.SIGKILL)
            screen.process.wait(60)
    whole = ok(home, "timeline", ident, "--limit", str(len(shown) + kills))
    there = Counter(str(row["text"]) for row in whole)
    assert [text for text, acknowledged in shown.items() if acknowledged and there[text] != 1] == []
    assert [text for text in shown if there[text] > 1] == []
    assert command(home, "verify").code == ExitCode.OK
    return f"{kills} cockpits killed, {sum(shown.values())} of {len(shown)} notes shown as saved before"


def test_a_killed_cockpit_keeps_what_it_showed_as_saved(home: Path, say: Say) -> None:
    say(kill_screens(home, SCREENS, 3))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_cockpit_killed_often_keeps_what_it_showed_as_saved(home: Path, say: Say) -> None:
    seed = int.from_bytes(os.urandom(4))
    say(f"seed {seed}: {kill_screens(home, MANY_SCREENS, seed)}")
