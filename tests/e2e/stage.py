"""The stage of the end-to-end tests: commands and the cockpit as people start them, each on a profile of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.envoy import Envoy
from tests.support.pty_screen import PtyScreen

SOURCES = Path(__file__).resolve().parent.parent.parent / "src"
PROGRAM = (sys.executable, "-P", "-m", "ircockpit")
LONGEST_S = 240.0
"""What a command may take on a machine that has ten other things to do; one that hangs is ended."""
QUIET_MS = 320
"""Longer than a confirmation is deaf; a screen that wrote nothing for so long hears every key."""


class Done(NamedTuple):
    """A command that has ended."""

    code: int
    out: bytes
    err: bytes

    @property
    def said(self) -> str:
        """What it said beside its data."""
        return self.err.decode()

    @property
    def data(self) -> Any:
        """Its data, where it was asked for JSON."""
        return json.loads(self.out)


def surroundings(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a program on the profile ``home``."""
    return {**os.environ, "IRCOCKPIT_HOME": str(home), "PYTHONPATH": str(SOURCES), **(more or {})}


def command(
    home: Path,
    *words: str | bytes,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Done:
    """Run one command to its end; ``before`` are the words of a program that starts it."""
    done = subprocess.run(
        [*before, *PROGRAM, *words],
        input=stdin,
        capture_output=True,
        env=surroundings(home, env),
        timeout=LONGEST_S,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def ok(home: Path, *words: str | bytes) -> Any:
    """Run one command that must succeed, with ``--json``; returns its data."""
    done = command(home, *words, "--json")
    assert done.code == 0, done
    return done.data


def cockpit(
    home: Path,
    size: tuple[int, int] = (80, 24),
    env: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> PtyScreen:
    """The cockpit on a terminal of its own; a context manager."""
    return PtyScreen([*before, *PROGRAM], surroundings(home, env), size)


class HubProgram:
    """``ircockpit hub serve`` as a process that can be killed and started again on its port."""

    def __init__(self, home: Path, said: Path | None = None) -> None:
        self._home = home
        self._process: subprocess.Popen[str] | None = None
        self._said = said
        self.url = ""

    def start(self) -> None:
        """Start it; what it says on stderr goes to the end of the file ``said``."""
        port = self.url.rpartition(":")[2] or "0"
        with open(self._said or os.devnull, "ab") as said:
            self._process = subprocess.Popen(
                [*PROGRAM, "hub", "serve", "--port", port],
                env=surroundings(self._home), stdout=subprocess.PIPE, stderr=said, text=True,
            )  # fmt: skip
        assert self._process.stdout is not None
        found = re.match(r"hub listening on (http://\S+);", self._process.stdout.readline())
        assert found
        self.url = found[1]

    @property
    def pid(self) -> int:
        """The hub itself, for the command has become it; 0 where none runs."""
        return self._process.pid if self._process is not None else 0

    def kill(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.communicate(timeout=60)
            self._process = None


def joined(hub: HubProgram, serving: Path, *homes: Path) -> str:
    """Have workstations join a hub that is served from ``serving``; short id of an incident that the first has then."""
    for home in homes:
        ok(home, "enroll", hub.url, ok(serving, "hub", "invite", "--name", home.name)["code"])
    intake = homes[0].with_name("one.jsonl")
    intake.write_text('{"title": "wrong dose", "prompt": "how much", "output": "too much"}\n')
    group = ok(homes[0], "intake", str(intake))["groups"][0]["short"]
    return str(ok(homes[0], "promote", group)["short"])


def add_system(home: Path, envoy: Envoy, name: str = "support-bot") -> None:
    """Record, by the command a person types, the system behind an Envoy: halt on digit 1, fallback on 2."""
    ok(
        home, "system", "add", name, "--owner", "support-team", "--match", "source=garak",
        "--target", f"eu-1={envoy.admin},{envoy.listener}",
        "--control", "halt=envoy/halt@eu-1", "--control", "fallback=envoy/fallback@eu-1:marker=[fallback",
    )  # fmt: skip


def to_top_signal(screen: PtyScreen) -> None:
    """In a queue just opened, put the cursor on the signals that are loudest and most: one key."""
    screen.wait_for("to review")
    screen.wait_idle(QUIET_MS)
    screen.press("j")
    screen.wait_for(lambda text: any(line.startswith(" >") and "143x" in line for line in text.splitlines()))


def line_with(screen: PtyScreen, *texts: str) -> str:
    """The one line of the screen that holds all the texts; an empty one where none does."""
    return next((line for line in screen.lines() if all(text in line for text in texts)), "")
