"""The hub as a program: how it starts, what it refuses, how it stops, and what a kill leaves."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.hub import declare, ids, station, sync

from ircockpit.core.errors import DeadlineError, ExitCode, OfflineError, UsageError
from ircockpit.features.sharing import hosting
from ircockpit.store import history
from ircockpit.store.workstation import Workstation
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import connect

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: signals are those of a POSIX system")


class Program:
    """``ircockpit`` run as people run it, on one profile."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "IRCOCKPIT_HOME": str(home)}
        self.running: list[subprocess.Popen[str]] = []

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ircockpit", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def serve(self, *words: str) -> tuple[subprocess.Popen[str], str]:
        """A hub that listens, and where."""
        hub = subprocess.Popen(
            [sys.executable, "-m", "ircockpit", "hub", "serve", *words],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.running.append(hub)
        assert hub.stdout is not None
        told = hub.stdout.readline()
        match = re.match(r"hub listening on (http://\S+); invite others with: ircockpit hub invite", told)
        assert match, (told, hub.stderr.read() if hub.stderr else "")
        return hub, match[1]

    def end(self) -> None:
        for each in self.running:
            if each.poll() is None:
                each.kill()
            each.communicate(timeout=60)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path / "a")
    yield program
    program.end()


def test_serve_invite_enroll_and_both_see_it(program: Program, tmp_path: Path) -> None:
    assert program.run("open", "wrong dose").returncode == 0
    hub, url = program.serve("--port", "0")
    made = program.json("hub", "invite", "--name", "Bo \x1b]0;x\x07")
    assert made["minutes"] == 60
    assert "\x1b" not in made["name"]
    other = Program(tmp_path / "b")
    joined = other.json("enroll", url, made["code"])
    assert joined["hub"] == url
    assert program.json("sync")["state"] == "live"
    assert other.json("sync")["unconfirmed"] == 0
    assert [row["title"] for row in other.json("queue")["incidents"]] == ["wrong dose"]
    status = other.json("hub", "status")
    assert (status["devices"], status["quarantined"]) == (2, 0)
    again = other.run("enroll", url, made["code"])
    assert again.returncode == 0  # the same device may ask again
    third = Program(tmp_path / "c").run("enroll", url, made["code"])
    assert third.returncode == ExitCode.REFUSED
    assert "not valid" in third.stderr
    assert "Traceback" not in third.stderr
    hub.send_signal(signal.SIGTERM)
    assert hub.wait(60) == 0
    alone = other.run("sync")
    assert alone.returncode == ExitCode.OFFLINE
    assert "everything is kept" in alone.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_and_starts_again(program: Program, number: signal.Signals) -> None:
    hub, url = program.serve("--port", "0")
    began = time.monotonic()
    hub.send_signal(number)
    out, err = hub.communicate(timeout=60)
    assert (hub.returncode, out, err) == (0, "", "hub stopped; what it answered is kept\n")
    assert time.monotonic() - began < 5
    _, again = program.serve("--port", url.rpartition(":")[2])
    assert again == url


def test_an_occupied_port_is_a_sentence(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = program.run("hub", "serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == ExitCode.CONFLICT
    assert "cannot listen on port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (program.home / "hub").exists()
    assert json.loads((program.home / "profile.json").read_text())["hub"] == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--port", "99999"), ExitCode.CONFLICT), (("--host", "256.1.1.1"), ExitCode.CONFLICT)],
)
def test_an_address_that_is_none_is_a_sentence(
    program: Program, words: tuple[str, ...], code: ExitCode
) -> None:
    done = program.run("hub", "serve", *words)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)


def test_an_invitation_without_a_hub_is_a_sentence(program: Program) -> None:
    done = program.run("hub", "invite", "--name", "Bo")
    assert done.returncode == ExitCode.USAGE
    assert "there is no hub" in done.stderr
    assert "hub serve" in done.stderr


def test_a_folder_of_another_organisation_is_refused(program: Program, tmp_path: Path) -> None:
    hub, _ = program.serve("--port", "0", "--data", str(tmp_path / "data"))
    hub.send_signal(signal.SIGTERM)
    hub.wait(60)
    done = Program(tmp_path / "b").run("hub", "serve", "--port", "0", "--data", str(tmp_path / "data"))
    assert done.returncode == ExitCode.REFUSED
    assert "another organisation" in done.stderr


@pytest.mark.parametrize("absent", ["uvicorn", "starlette"])
def test_without_the_extra_it_says_what_to_install(tmp_path: Path, absent: str) -> None:
    without = f"import sys; sys.modules[{absent!r}] = None; from ircockpit.hub.__main__ import main"
    done = subprocess.run(
        [sys.executable, "-c", f"{without}; sys.exit(main(['serve', '--data', {str(tmp_path)!r}]))"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == ExitCode.USAGE
    assert "pip install 'ircockpit[hub]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_nothing_is_founded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "find_spec", lambda name: None)
    with station(tmp_path / "a") as who:
        with pytest.raises(UsageError, match="starlette and uvicorn"):
            hosting.serve(who)
        assert not (who.profile.folder / "hub").exists()
        assert who.identity.hub == ""


def _acknowledged(who: Workstation) -> set[str]:
    """One round that may be cut off; what the hub acknowledged in it."""
    connection = connect(who.profile, who.identity, lambda url: HttpTransport(url, request_s=5), who.clock)
    try:
        connection.engine.round()
    except (OfflineError, DeadlineError):
        pass
    finally:
        connection.close()
    return {ident for idents in connection.engine._acknowledged.values() for ident in idents} | {
        ident for stream in who.log.streams() for ident in _confirmed(who, stream)
    }


def _confirmed(who: Workstation, stream: str) -> set[str]:
    reach = who.log.reach(stream)
    return {ident for _, ident, _ in history.receipts(who.log, stream, reach.gen)} if reach else set()


def test_a_kill_in_the_middle_of_a_push_loses_nothing_acknowledged(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ircockpit.sync.engine.PUSH_EVENTS", 2)
    hub, url = program.serve("--port", "0")
    with station(program.home) as who:
        for turn in range(3):
            for number in range(4):
                declare(who, f"incident {turn}.{number}")
            killer = subprocess.Popen(["sh", "-c", f"sleep 0.{turn + 1}; kill -9 {hub.pid}"])
            acknowledged = _acknowledged(who)
            killer.wait(60)
            hub.wait(60)
            hub, url = program.serve("--port", url.rpartition(":")[2])
            probe = connect(who.profile, who.identity, HttpTransport, who.clock)
            there = probe.client.heads().heads
            held = {
                ident for stream in there for ident in _ids_at(probe.client.pull(stream, 0, 0, "ab" * 32))
            }
            probe.close()
            assert acknowledged <= held
        sync(who)
        assert who.log.unconfirmed_count() == 0
        assert program.json("hub", "status")["events"] == len(ids(who))


def _ids_at(page: Any) -> set[str]:
    return {json.loads(row["r"])["event_id"] for row in page.rows}
