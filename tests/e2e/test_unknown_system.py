"""An alert that matches no system: which one it is about is said with one digit, and the stop goes on."""

import json
from pathlib import Path

from tests.e2e.stage import QUIET_MS, add_system, cockpit, command, ok
from tests.support.envoy import HALT, Envoy

ALERT = {
    "title": "Harmful output ratio 12 %",
    "source": "monitor",
    "model": "nobody-knows",
    "severity": "critical",
}


def test_a_digit_names_the_system_and_offers_its_controls(home: Path, served: Envoy, tmp_path: Path) -> None:
    add_system(home, served)
    alert = tmp_path / "alert.jsonl"
    alert.write_text(json.dumps(ALERT))
    ok(home, "intake", str(alert))
    with cockpit(home) as screen:
        screen.wait_for("no system")
        screen.wait_idle(QUIET_MS)
        screen.press("!")
        screen.wait_for("which system is this about?")
        assert served.final_value(HALT) == "0"
        screen.press("1")
        screen.wait_for("press f to send")
        screen.wait_idle(QUIET_MS)
        screen.press("f")
        screen.wait_for("effective after")
        typed = screen.typed
    assert served.final_value(HALT) == "100"
    assert typed <= 12
    found = ok(home, "queue")["incidents"][0]
    assert found["system"]
    said = [row["text"] for row in ok(home, "timeline", found["short"])]
    assert any("assigned by hand" in words for words in said)


def test_an_incident_is_assigned_by_its_command(home: Path, served: Envoy) -> None:
    add_system(home, served)
    short = ok(home, "open", "Wrong answers reported by phone")["short"]
    unknown = command(home, "stop", short, "--dry-run")
    assert (unknown.code, b"ircockpit assign" in unknown.err) == (8, True), unknown
    assert ok(home, "assign", short, "support-bot")["short"] == short
    assert [offer["digit"] for offer in ok(home, "stop", short)] == [1, 2]
