"""Kills in the middle of triage and of a containment: the next start says what is known and what is not."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.plain import told
from tests.e2e.stage import QUIET_MS, cockpit, command, line_with, ok, to_top_signal
from tests.support.envoy import HALT, Envoy
from tests.support.pty_screen import PtyScreen

from ircockpit.core.errors import ExitCode
from ircockpit.demo.cable import Cable

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no SIGKILL")


def kill(screen: PtyScreen) -> None:
    os.kill(screen.process.pid, signal.SIGKILL)
    assert screen.process.wait(60) == -signal.SIGKILL


def test_a_kill_in_the_middle_of_triage_keeps_every_answer(home: Path) -> None:
    ident = ok(home, "open", "wrong dose")["short"]
    with cockpit(home) as screen:
        screen.wait_for("wrong dose")
        screen.wait_idle(QUIET_MS)
        screen.press("t")
        screen.wait_for("Has harm happened?")
        screen.press("1", "3", "3")
        screen.wait_for(lambda _: "saved " in screen.text() and "3 not answered" in screen.text())
        kill(screen)
    assert len(ok(home, "triage", ident)["answers"]) == 3
    with cockpit(home) as screen:
        screen.wait_for("wrong dose")
        screen.wait_idle(QUIET_MS)
        screen.press("t")
        screen.wait_for("3 answers kept from before")
        for question, digit in (
            ("Has harm happened?", "[1]"),
            ("Who is reached?", "[3]"),
            ("undone?", "[3]"),
        ):
            assert line_with(screen, question, digit), screen.text()
        assert line_with(screen, ">4"), "it goes on where it was left"
    assert command(home, "verify").code == ExitCode.OK


@pytest.fixture
def cable(served: Envoy) -> Iterator[Cable]:
    """The way to what users get, which can be cut; the way to the control stays."""
    made = Cable()
    made.lead_to(served.listener)
    yield made
    made.pull()


@pytest.fixture
def sending(home: Path, served: Envoy, cable: Cable, shared_data: Path) -> Iterator[PtyScreen]:
    """A cockpit whose stop was sent and recorded, and whose proof cannot come."""
    ok(
        home, "system", "add", "support-bot", "--match", "source=garak",
        "--target", f"eu-1={served.admin},{cable.url}", "--control", "halt=envoy/halt@eu-1",
    )  # fmt: skip
    ok(home, "intake", str(shared_data / "garak" / "support_bot.hitlog.jsonl"))
    with cockpit(home) as screen:
        to_top_signal(screen)
        screen.press("!")
        screen.wait_for("press f to send")
        screen.wait_idle(QUIET_MS)
        cable.pull()
        screen.press("f")
        screen.wait_for("recorded")
        yield screen


def only_action(home: Path) -> dict[str, str]:
    incident = ok(home, "queue")["incidents"][0]["short"]
    (action,) = ok(home, "contain", "list", incident)
    return {"incident": incident, **action}


def test_a_kill_while_a_stop_takes_effect_is_told_and_finished_by_reading_first(
    sending: PtyScreen, home: Path, served: Envoy, cable: Cable
) -> None:
    kill(sending)
    action = only_action(home)
    assert action["state"] == "recorded"
    with cockpit(home) as screen:
        screen.wait_for("cut off at recorded, not proved")
        assert "effective" not in screen.text()
        screen.wait_idle(QUIET_MS)
        screen.press("c")
        screen.wait_for("R reads it back")
        shown = " ".join(screen.text().split())
        assert "was cut off at recorded: whether it works is not known" in shown
        assert "effective" not in shown
        # Somebody has lifted it meanwhile: reading back finds that, and a probe is not even needed.
        served.modify(HALT, "")
        screen.press("R")
        screen.wait_for(lambda text: "reading back before anything else" in text and "drifted" in text)
        assert "effective" not in screen.text()
    said = [row["text"] for row in ok(home, "timeline", action["incident"])]
    resumed = next(number for number, text in enumerate(said) if "reading back before anything else" in text)
    assert not any("sending" in text for text in said[resumed:]), "nothing is sent again"
    assert not any("effective" in text for text in said)
    assert command(home, "verify").code == ExitCode.OK


def test_a_cut_off_stop_is_proved_by_the_command_once_users_can_be_asked(
    sending: PtyScreen, home: Path, served: Envoy, cable: Cable
) -> None:
    action = only_action(home)
    done = command(home, "contain", "check", action["short"])
    told(done, ExitCode.CONFLICT, "another window or command is at work", "nothing was sent")
    kill(sending)
    cable.put_back()
    assert served.final_value(HALT) == "100", "a kill does not lift what was sent"
    assert ok(home, "contain", "check", action["short"])["state"] == "effective"
    said = [row["text"] for row in ok(home, "timeline", action["incident"])]
    assert any(" probes, seen" in text for text in said)


def test_leaving_while_a_stop_takes_effect_says_what_is_not_proved(sending: PtyScreen, home: Path) -> None:
    action = only_action(home)
    sending.pump(0.5)
    sending.press("q")
    sending.wait_for("by urgency")
    sending.press("q")
    assert sending.wait_exit() == ExitCode.OK
    written = bytes(sending.raw).rpartition(b"\x1b[?1049l")[2].decode()
    assert f"({action['short']}) was recorded and not proved when the cockpit was left" in written
    assert f"ircockpit contain check {action['short']}" in written
    assert only_action(home)["state"] == "recorded"
