"""Servers of tests are started whatever happens to a port, and are gone when the test process is, however it ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support import daemon
from tests.support.caddy import Caddy
from tests.support.daemon import ask, leash
from tests.support.upstream import Upstream

pytestmark = pytest.mark.live

HOLDER = """
import pathlib, sys, time
from tests.support.caddy import Caddy
from tests.support.upstream import Upstream
with Upstream("prod") as prod, Caddy(pathlib.Path(sys.argv[1])).behind(prod, prod) as server:
    print(server.control, flush=True)
    time.sleep(600)
"""


def answers(url: str) -> bool:
    try:
        return ask("GET", f"{url}/config/").status == 200
    except OSError:
        return False


def test_a_server_dies_with_a_test_process_that_was_killed(repository: Path, tmp_path: Path) -> None:
    Caddy(tmp_path).program()
    if not leash():
        pytest.skip("elsewhere: setpriv is a program of Linux")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=repository, env={**os.environ, "PYTHONPATH": str(repository)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None
        url = holder.stdout.readline().strip()
        assert answers(url)
        holder.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while answers(url):
        assert time.monotonic() < until, "it outlived the process that started it"
        time.sleep(0.05)


def test_a_port_that_was_taken_meanwhile_is_another_start(
    tmp_path: Path, upstreams: tuple[Upstream, Upstream], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        chosen = daemon.free_ports(4)
        offered = iter([(taken.getsockname()[1], *chosen[:2]), chosen[1:]])
        monkeypatch.setattr(daemon, "free_ports", lambda _: next(offered))
        with Caddy(tmp_path).behind(*upstreams) as server:
            assert server.ports == chosen[1:]
            assert answers(server.control)


def test_a_server_that_does_not_start_says_its_own_words(
    tmp_path: Path, upstreams: tuple[Upstream, Upstream], monkeypatch: pytest.MonkeyPatch
) -> None:
    caddy = Caddy(tmp_path).behind(*upstreams)
    monkeypatch.setattr(Caddy, "command", lambda self: [self.program(), "run", "--config", "nowhere.json"])
    with pytest.raises(AssertionError, match=r"nowhere\.json"), caddy:
        pass
