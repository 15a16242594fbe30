"""What 50 controls that are watched at once cost somebody who types: a key with the monitor and without, in one run."""

import json
import statistics
import time
from pathlib import Path

from bench._profiles import environment, folder
from bench._runs import COCKPIT
from tests.features.containment.engine.gateway import Gateway
from tests.features.containment.stage import CONNECTOR, QUICK
from tests.support.pty_screen import PtyScreen

from ircockpit.features.catalogue import events, open_workstation
from ircockpit.features.containment import actions
from ircockpit.features.incidents.actions import declare
from ircockpit.features.people.birth import make_profile
from ircockpit.features.systems.actions import add as add_system
from ircockpit.features.systems.rules import MAX_CONTROLS
from ircockpit.store.profile import Profile

CONTROLS, KEYS = 50, 200
EVERY_S = 10
"""Seconds between two looks at a control: six times as often as the cockpit does by itself."""


def made(home: Path, gateway: Gateway) -> None:
    """A profile in which so many controls are in force, each with a flag of its own."""
    profile = Profile(home)
    make_profile(profile, events(), name="mira")
    url = gateway.server.url
    with open_workstation(home) as station:
        profile.connectors.mkdir(exist_ok=True)
        (profile.connectors / CONNECTOR).write_bytes(QUICK)
        actions.trust(station, connector="flags")
        gateway.set("chat.enabled", False)  # the data plane has one answer for all, which is the control's
        for n in range(60):
            declare(station, title=f"another one, number {n}")
        for first in range(0, CONTROLS, MAX_CONTROLS):
            some = range(first, min(first + MAX_CONTROLS, CONTROLS))
            for n in some:
                gateway.set(_flag(n), True)
            add_system(
                station, name=f"bot-{first}", target=[f"eu-1={url},{url}"],
                control=[f"c{n}=flags/off@eu-1:flag={_flag(n)}" for n in some],
            )  # fmt: skip
            incident = str(declare(station, title="wrong dose", system=f"bot-{first}").data["id"])
            for n in some:
                actions.stop(station, target=incident, control=f"c{n}", yes=True)


def _flag(n: int) -> str:
    return f"flag.{chr(97 + n // 26)}{chr(97 + n % 26)}"


def key_ms(home: Path, every_s: int, reads: list[int], gateway: Gateway) -> list[float]:
    """Milliseconds of each of many keys, one after the other, pressed while the monitor looks at them all."""
    (home / "config.toml").write_text(f"[care]\nwatch_seconds = {every_s}\n", "utf-8")
    took = []
    with PtyScreen(COCKPIT, environment(home)) as screen:
        screen.wait_for("another one", timeout=60)
        screen.wait_idle(1500)
        before = len(gateway.server.received)
        for n in range(KEYS):
            start = time.monotonic()
            screen.press("j" if n // 40 % 2 == 0 else "k")
            screen.wait_more()
            took.append((screen.read_at - start) * 1000)
            screen.wait_idle(40)
        reads.append(len(gateway.server.received) - before)
    return took


def main() -> None:
    """Print both, and the ratio."""
    with folder() as parent:
        home = parent / "watched"
        gateway = Gateway()
        with gateway.server:
            made(home, gateway)
            reads: list[int] = []
            off = key_ms(home, 0, reads, gateway)
            on = key_ms(home, EVERY_S, reads, gateway)
    rows = {
        name: {"median": round(statistics.median(took), 2), "p95": round(sorted(took)[int(len(took) * 0.95)], 2)}
        for name, took in (("off", off), ("on", on))
    }  # fmt: skip
    print(json.dumps({"controls": CONTROLS, "keys": KEYS, "requests": reads, "ms": rows}, indent=1))


if __name__ == "__main__":
    main()
