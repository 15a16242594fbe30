"""From a real signal to a proved containment on a real terminal, triaged, on the record, and counted in keys."""

from pathlib import Path

from tests.e2e.stage import QUIET_MS, cockpit, command, line_with, ok, to_top_signal
from tests.support.envoy import HALT, Envoy
from tests.support.pty_screen import PtyScreen

MOST_KEYS = 12
"""Every byte typed from the top signal to *effective*, moving, arming and confirming included."""
RATIONALE = "three sources agree"


def stop_first(screen: PtyScreen) -> int:
    """From the queue to *effective*; returns the bytes typed."""
    before = screen.typed
    to_top_signal(screen)
    screen.press("!")
    screen.wait_for("press f to send")
    screen.wait_idle(QUIET_MS)
    screen.press("f")
    screen.wait_for("effective after")
    return screen.typed - before


def triage(screen: PtyScreen, digits: str) -> int:
    """From the stop screen to a triaged incident and back; returns the bytes typed."""
    before = screen.typed
    screen.press("t")
    screen.wait_for("Has harm happened?")
    screen.press(*digits)
    screen.wait_for(lambda text: "SEV1 because" in text and "not answered" not in text)
    screen.press("down")
    screen.send(RATIONALE)
    screen.press("enter")
    screen.wait_for("[3 stop]")
    return screen.typed - before


def test_from_signal_to_effective_to_triaged(ready: Path, served: Envoy) -> None:
    with cockpit(ready) as screen:
        stopped = stop_first(screen)
        assert served.final_value(HALT) == "100"
        triaged = triage(screen, "133123")
        screen.wait_idle(QUIET_MS)
        assert line_with(screen, "■", "effective")
        screen.press("q")
        screen.wait_for("by urgency")
        assert line_with(screen, "SEV1", "■ effective").startswith(" >"), screen.text()
        screen.press("enter")
        timeline = screen.wait_for(lambda text: " timeline " in text and RATIONALE in text)
        for words in ("effective", "SEV1", RATIONALE):
            assert words in timeline, timeline
        screen.press("q")
        screen.wait_for("by urgency")
        screen.press("q")
        assert screen.wait_exit() == 0
    print(  # noqa: T201 - the count is what the test is for
        f"\nkeys from the top signal to effective: {stopped} (at most {MOST_KEYS}); triaged: {stopped + triaged}"
    )
    assert stopped <= MOST_KEYS
    check_record(ready)


def check_record(home: Path) -> None:
    """What the screen showed is what the commands say, and the record holds."""
    incident = next(row for row in ok(home, "queue")["incidents"] if row["severity"] == "SEV1")
    shown = ok(home, "show", incident["short"])
    assert shown["triage"]["rationale"] == RATIONALE
    assert [action["state"] for action in shown["actions"]] == ["effective"]
    assert 0 < shown["actions"][0]["ms"] < 30_000
    said = [row["text"] for row in ok(home, "timeline", incident["short"])]
    assert any("effective" in words for words in said)
    assert command(home, "verify").code == 0


def test_the_order_of_keys_is_free_and_too_early_is_too_early(ready: Path, served: Envoy) -> None:
    with cockpit(ready) as screen:
        to_top_signal(screen)
        screen.send("!f")  # typed ahead: the confirmation was not read yet, so nothing may be sent
        screen.wait_for("press f to send")
        screen.wait_idle(QUIET_MS)
        assert served.final_value(HALT) == "0"
        for key in ("\r", " ", "!", "n"):  # at once they would be a paste, which answers nothing
            screen.press(key)
            screen.wait_idle(QUIET_MS)
        screen.wait_for("nothing was sent")
        assert served.final_value(HALT) == "0"


def test_leaving_while_it_takes_effect_is_told_wherever_one_is(ready: Path, served: Envoy) -> None:
    with cockpit(ready) as screen:
        to_top_signal(screen)
        screen.press("!")
        screen.wait_for("press f to send")
        screen.wait_idle(QUIET_MS)
        screen.press("f")
        screen.wait_for("approved by")
        screen.press("q")
        screen.wait_for("by urgency")
        screen.wait_for(lambda text: "■ effective" in text and "halt" not in text.splitlines()[0])
        assert served.final_value(HALT) == "100"
