"""Hubs that are not there, are none, or refuse; codes that do not hold; data folders that are taken or damaged."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.e2e.plain import told
from tests.e2e.stage import PROGRAM, Done, command, ok, surroundings
from tests.support.scripted import Line, Received, Scripted, answer

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: signals are those of a POSIX system")

NO_HUB = "what answers at this address is not a hub"


class Hub:
    """``ircockpit hub serve`` on a profile of its own."""

    def __init__(self, home: Path, *words: str) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [*PROGRAM, "hub", "serve", "--port", "0", *words],
            env=surroundings(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        said = self.process.stdout.readline().decode()
        match = re.search(r"http://\S+:\d+", said)
        assert match, said
        self.url = match[0]

    def code(self) -> str:
        """A fresh one-time code."""
        return str(ok(self.home, "hub", "invite", "--name", "Bo")["code"])

    def stop(self, number: int = signal.SIGTERM) -> Done:
        """End it; what it said after it listened."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return Done(self.process.returncode, out, err)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub that runs."""
    running = Hub(tmp_path / "hub-home")
    yield running
    running.process.kill()
    running.process.communicate(timeout=60)


def one_answer(raw: bytes) -> Callable[[Received, Line], None]:
    return lambda _, line: line.send(raw)


def half_an_answer(_: Received, line: Line) -> None:
    line.send(answer(200, {"hub": "ircockpit", "protocol": 1, "org_root": "ab" * 32})[:-20])
    line.reset()


STRANGERS: dict[str, tuple[Callable[[Received, Line], None], int, str]] = {
    "a web page": (one_answer(answer(200, b"<html>sign in</html>")), ExitCode.OFFLINE, NO_HUB),
    "other JSON": (one_answer(answer(200, {"status": "ok"})), ExitCode.OFFLINE, NO_HUB),
    "nothing found": (one_answer(answer(404, b"no")), ExitCode.OFFLINE, NO_HUB),
    "sign in first": (one_answer(answer(401, b"no")), ExitCode.OFFLINE, NO_HUB),
    "elsewhere": (one_answer(answer(302, b"", {"location": "http://x.invalid/"})), ExitCode.OFFLINE, ""),
    "out of order": (one_answer(answer(500, b"oops")), ExitCode.OFFLINE, ""),
    "half an answer": (half_an_answer, ExitCode.TIMEOUT, ""),
    "no HTTP": (one_answer(b"SSH-2.0-OpenSSH_9.6\r\n"), ExitCode.OFFLINE, ""),
}


@pytest.fixture(scope="module")
def a_code(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A code of the right form."""
    home = tmp_path_factory.mktemp("inviting") / "home"
    hub = Hub(home)
    code = hub.code()
    hub.stop()
    return code


def test_what_is_no_hub_is_told_and_changes_nothing(home: Path, a_code: str) -> None:
    ok(home, "open", "wrong dose")
    before = (home / "profile.json").read_bytes()
    for name, (script, code, words) in STRANGERS.items():
        with Scripted(script) as server:
            done = command(home, "enroll", server.url, a_code)
            assert done.code in (code, ExitCode.OFFLINE, ExitCode.TIMEOUT), (name, done)
            told(done, done.code, words)
            assert not any(each.method == "POST" for each in server.received), "the code went to a stranger"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told(command(home, "enroll", f"http://127.0.0.1:{port}", a_code), ExitCode.OFFLINE, "check address, port")
    told(command(home, "enroll", f"http://name.invalid:{port}", a_code), ExitCode.OFFLINE, "check address")
    for url in ("", "http://", "ftp://x", "http://x:notaport", "::::", "http://user:pass@h"):
        told(command(home, "enroll", url, a_code), ExitCode.USAGE, "nothing was changed")
    assert (home / "profile.json").read_bytes() == before
    assert command(home, "verify").code == ExitCode.OK


@pytest.mark.long
def test_hubs_that_never_answer_are_given_up(tmp_path: Path, a_code: str, hub: Hub) -> None:
    joined = tmp_path / "joined"
    ok(joined, "enroll", hub.url, hub.code())
    identity = json.loads((joined / "profile.json").read_text())
    with (
        Scripted(lambda _, line: line.hang()) as silent,
        socket.socket() as hole,
        ThreadPoolExecutor() as pool,
    ):
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)  # nobody ever accepts: connections are made by the system and hear nothing
        black = f"http://127.0.0.1:{hole.getsockname()[1]}"
        (joined / "profile.json").write_text(json.dumps({**identity, "hub": black}))
        runs = [
            pool.submit(command, tmp_path / "a", "enroll", silent.url, a_code),
            pool.submit(command, tmp_path / "b", "enroll", black, a_code),
            pool.submit(command, joined, "sync"),
        ]
        first, second, third = (run.result() for run in runs)
    told(first, ExitCode.TIMEOUT)
    told(second, ExitCode.OFFLINE, "Nothing was sent", "is the hub running?")
    assert third.code == ExitCode.OFFLINE
    assert "everything is kept here" in third.said


def test_tls_on_a_plain_port_is_told(home: Path, hub: Hub) -> None:
    code = hub.code()
    told(
        command(home, "enroll", hub.url.replace("http:", "https:"), code),
        ExitCode.OFFLINE,
        "cannot be reached",
    )
    assert ok(home, "enroll", hub.url, code)["hub"] == hub.url, "the code was not used up"


def test_codes_that_do_not_hold_are_refused(tmp_path: Path, hub: Hub, a_code: str) -> None:
    home, code = tmp_path / "a", hub.code()
    mistyped = code[:-1] + ("A" if code[-1] != "A" else "B")
    told(command(home, "enroll", hub.url, mistyped), ExitCode.USAGE, "letter of it is wrong")
    told(command(home, "enroll", hub.url, "nonsense"), ExitCode.USAGE, "not a whole code")
    told(command(home, "enroll", hub.url, a_code), ExitCode.REFUSED, "not the one the code was made for")
    assert ok(home, "enroll", hub.url, code)["name"] == "Bo"
    assert ok(home, "enroll", hub.url, code)["name"] == "Bo", "the same device may ask again"
    told(command(tmp_path / "b", "enroll", hub.url, code), ExitCode.REFUSED, "not valid", "hub invite")
    expired = hub.code()
    with sqlite3.connect(hub.home / "hub" / "hub.db") as db:
        db.execute("UPDATE invitation SET expires_at = 1 WHERE expires_at > 1")
    db.close()
    told(
        command(tmp_path / "b", "enroll", hub.url, expired),
        ExitCode.REFUSED,
        "older than an hour",
        "hub invite",
    )
    assert ok(tmp_path / "b", "enroll", hub.url, hub.code())["name"] == "Bo", (
        "refused codes leave it free to join"
    )
    told(command(hub.home, "enroll", hub.url, hub.code()), ExitCode.REFUSED, "runs a hub of its own")


def test_a_second_hub_is_refused_and_the_first_stays_joined(home: Path, tmp_path: Path, hub: Hub) -> None:
    ok(home, "enroll", hub.url, hub.code())
    other = Hub(tmp_path / "other-home")
    try:
        done = command(home, "enroll", other.url, other.code())
        told(done, ExitCode.REFUSED, "another organisation", "nothing was sent")
    finally:
        other.stop()
    assert ok(home, "sync")["state"] == "live"
    assert ok(home, "sync")["hub"] == hub.url
    assert command(home, "verify").code == ExitCode.OK


def test_a_data_folder_in_use_is_refused_and_the_hub_stays_known(hub: Hub) -> None:
    before = (hub.home / "profile.json").read_bytes()
    told(
        command(hub.home, "hub", "serve", "--port", "0"), ExitCode.CONFLICT, "is running on", "stop it first"
    )
    assert (hub.home / "profile.json").read_bytes() == before
    assert ok(hub.home, "sync")["state"] == "live"
    assert hub.stop().code == ExitCode.OK
    again = Hub(hub.home)
    assert again.stop().code == ExitCode.OK, "the folder is free once its hub has ended"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_hub_ends_in_order_on_every_signal(tmp_path: Path, number: signal.Signals) -> None:
    done = Hub(tmp_path / "home").stop(number)
    assert (done.code, done.out, done.said) == (0, b"", "hub stopped; what it answered is kept\n")


def test_a_killed_hub_leaves_its_folder_free(hub: Hub) -> None:
    hub.stop(signal.SIGKILL)
    assert Hub(hub.home).stop().code == ExitCode.OK


@pytest.mark.parametrize("name", ["hub.db", "hub-log.key", "hub-authority.key"])
def test_a_damaged_data_folder_is_told_and_not_touched(hub: Hub, name: str) -> None:
    hub.stop()
    garbage = b"no such thing " * 2000
    (hub.home / "hub" / name).write_bytes(garbage)
    for words in (("serve", "--port", "0"), ("invite", "--name", "Bo")):
        told(command(hub.home, "hub", *words), ExitCode.DAMAGED, name, "damaged")
    assert (hub.home / "hub" / name).read_bytes() == garbage


def test_a_data_folder_that_cannot_be_one_is_told(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    done = command(home, "hub", "serve", "--port", "0", "--data", str(tmp_path / "file"))
    told(done, ExitCode.DAMAGED, "data folder", "--data")
    assert (tmp_path / "file").read_text() == "mine"
