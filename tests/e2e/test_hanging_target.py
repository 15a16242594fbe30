"""A target that hangs: the screen says whom it waits for, other controls work, and leaving gives it up."""

import re
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path

import pytest
from tests.e2e.stage import QUIET_MS, cockpit, ok, to_top_signal
from tests.support.envoy import FALLBACK, HALT, Envoy
from tests.support.pty_screen import PtyScreen
from tests.support.scripted import Line, Received, Scripted, answer

from ircockpit.widgets.confirm import HELD_MS

PATIENCE_S = 60
"""The connector's own time-out in these tests: far longer than anything in them takes."""
SOON_S = 20.0
DRIP_S = 0.05


class HangingServer:
    """Takes every request and never completes an answer; says when the other side has gone away."""

    def __init__(self, drips: bool) -> None:
        self._drips = drips
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked = threading.Semaphore(0)
        self.left = threading.Semaphore(0)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hang, args=(line,), daemon=True).start()

    def _hang(self, line: socket.socket) -> None:
        with line:
            line.recv(65536)
            self.asked.release()
            line.settimeout(DRIP_S if self._drips else None)
            while True:
                try:
                    if not line.recv(65536):
                        break
                except TimeoutError:
                    line.send(b"H")
                except OSError:
                    break
            self.left.release()


@pytest.fixture(params=["black hole", "slow drip"])
def hanging(request: pytest.FixtureRequest) -> Iterator[HangingServer]:
    server = HangingServer(request.param == "slow drip")
    yield server
    server.close()


@pytest.fixture
def home_of_both(home: Path, served: Envoy, hanging: HangingServer, shared_data: Path) -> Path:
    """A profile with a system whose first control hangs and whose second one works."""
    ok(home, "queue")
    shipped = files("ircockpit.features.containment.connectors").joinpath("envoy.yaml").read_text()
    patient = shipped.replace("id: envoy\n", "id: patient\n").replace(
        "    read:\n", f"    read:\n      timeout_s: {PATIENCE_S}\n"
    )
    (home / "connectors" / "patient.yaml").write_text(patient)
    ok(home, "contain", "trust", "patient")
    ok(
        home, "system", "add", "support-bot", "--match", "source=garak",
        "--target", f"dead=http://{hanging.place},{served.listener}",
        "--target", f"eu-1={served.admin},{served.listener}",
        "--control", "halt=patient/halt@dead", "--control", "fallback=envoy/fallback@eu-1:marker=[fallback",
    )  # fmt: skip
    ok(home, "intake", str(shared_data / "garak" / "support_bot.hitlog.jsonl"))
    return home


def press_stop(screen: PtyScreen, hanging: HangingServer) -> None:
    """``!`` on the top signal; returns when the screen says whom it waits for."""
    to_top_signal(screen)
    screen.press("!")
    waits = re.compile(rf"waits for dead, {re.escape(hanging.place)}, \d+ s so far; nothing was sent")
    screen.wait_for(lambda text: waits.search(text) is not None)
    assert hanging.asked.acquire(timeout=SOON_S)


def test_while_one_target_hangs_the_other_control_is_used_and_leaving_gives_up(
    home_of_both: Path, hanging: HangingServer, served: Envoy
) -> None:
    with cockpit(home_of_both) as screen:
        press_stop(screen, hanging)
        assert not hanging.left.acquire(timeout=0)  # the control: it is still waited for
        screen.press("2")
        screen.wait_for("press f to send")
        assert hanging.left.acquire(timeout=SOON_S)
        screen.wait_idle(QUIET_MS)
        screen.press("f")
        screen.wait_for("effective after")
        assert (served.final_value(FALLBACK), served.final_value(HALT)) == ("100", "0")

        screen.press("1")
        assert hanging.asked.acquire(timeout=SOON_S)
        screen.press("q")
        screen.wait_for("by urgency")
        assert hanging.left.acquire(timeout=SOON_S)
        screen.press("q")
        assert screen.wait_exit(SOON_S) == 0


def test_a_hanging_target_does_not_delay_leaving_the_cockpit(
    home_of_both: Path, hanging: HangingServer
) -> None:
    with cockpit(home_of_both) as screen:
        press_stop(screen, hanging)
        screen.press(":")
        screen.send("q")
        screen.press("enter")
        assert screen.wait_exit(SOON_S) == 0
    assert hanging.left.acquire(timeout=SOON_S)


def test_while_one_control_is_sent_and_hangs_another_one_is_used(
    home: Path, served: Envoy, shared_data: Path
) -> None:
    def readable(received: Received, line: Line) -> None:
        if received.method == "POST":
            line.hang()
            return
        place = served.admin.removeprefix("http://")
        admin = HTTPConnection(place)
        admin.request(received.method, received.target)
        line.send(answer(200, admin.getresponse().read()))
        admin.close()

    with Scripted(readable) as halfway:
        ok(
            home, "system", "add", "support-bot", "--match", "source=garak",
            "--target", f"slow={halfway.url},{served.listener}",
            "--target", f"eu-1={served.admin},{served.listener}",
            "--control", "halt=envoy/halt@slow", "--control", "fallback=envoy/fallback@eu-1:marker=[fallback",
        )  # fmt: skip
        ok(home, "intake", str(shared_data / "garak" / "support_bot.hitlog.jsonl"))
        with cockpit(home) as screen:
            to_top_signal(screen)
            screen.press("!")
            screen.wait_for("press f to send")
            screen.wait_idle(QUIET_MS)
            screen.press("f")
            screen.wait_for("approved by")
            screen.press("2")
            screen.wait_for(lambda text: "2 fall back" in text and "press f to send" in text)
            screen.wait_idle(QUIET_MS + HELD_MS)  # the same key again sooner counts as held down
            screen.press("f")
            screen.wait_for(lambda text: "2 ■" in text and "effective after" in text)
            assert any(received.method == "POST" for received in halfway.received)
            screen.press("1")
            screen.wait_for(lambda text: "1 ?" in text or "1 ◐" in text or "1 ✕" in text)
    assert (served.final_value(FALLBACK), served.final_value(HALT)) == ("100", "0")


def test_a_plan_that_is_ready_behind_another_screen_is_asked_about_on_return(
    ready: Path, served: Envoy
) -> None:
    with cockpit(ready) as screen:
        to_top_signal(screen)
        screen.send("!t")
        screen.wait_for(lambda text: "Has harm happened?" in text or "press f to send" in text)
        screen.wait_idle(QUIET_MS)
        if "Has harm" in screen.text():
            screen.press("escape")
        screen.wait_for("press f to send")
        assert served.final_value(HALT) == "0"
