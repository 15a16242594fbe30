"""The walks on which the pictures are drawn: an empty profile, the demo, a stop and a replay on a real Envoy, a notice."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.envoy import Envoy
from tests.support.pty_screen import PtyScreen
from tests.support.upstream import Upstream

PROGRAM = (sys.executable, "-P", "-m", "ircockpit")
STILL = Path(__file__).resolve().parent / "still"
BEGIN = 1_772_546_582
"""2026-03-03 14:03:02 UTC."""
QUIET_MS = 400
"""Longer than a confirmation is deaf."""
PORTS = (20_002, 20_003)
AGAIN_PORTS = (20_004, 20_005)
TRICKS = (
    {"title": "Order note: \u202edeyap ydaerla\u202c\u200b\u200b, see p\u0430y.example"}
    | {"detector": "injection.order_note", "score": 0.97, "severity": "high", "source": "red-team", "model": "orders-1"}
    | {"prompt": "where is order 7?", "output": "It ships today. \u001b[2J\u001b]0;all clear\u0007Pay at p\u0430y.example"}
)  # fmt: skip
RECIPE = """recipes:
  - name: stop-then-swap
    title: fast stop, then swap, then lift the stop
    system: support-bot
    steps:
      - on: halt
      - {on: fallback, until: recorded}
      - lift: halt
      - check: fallback
"""
CALLS = "14:01 caller 3 quotes ten times the leaflet\n14:02 caller 7 the same, has not taken it\n"


class Scenery:
    """A folder that everything of one walk lies in, and the time there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.turn(0)

    def turn(self, seconds: int) -> None:
        """Set the clock so many seconds after the beginning."""
        (self.folder / "now").write_text(str(BEGIN + seconds))

    def env(self, home: str = "") -> dict[str, str]:
        """Where a program finds its profile, its clock and its chance."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        own = {"IRCOCKPIT_HOME": str(self.folder / home)} if home else {}
        return {
            **kept, **own, "HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder), "LOGNAME": "mira", "TZ": "UTC",
            "COLORTERM": "truecolor", "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": str(STILL), "IRCOCKPIT_STILL": str(self.folder),
        }  # fmt: skip

    def command(self, home: str, *words: str) -> Any:
        """Run a command to its end; returns its data."""
        done = subprocess.run(
            [*PROGRAM, *words, "--json"], env=self.env(home), check=True, capture_output=True
        )
        return json.loads(done.stdout)

    def file(self, name: str, text: str) -> str:
        """A file beside the profile; returns its path."""
        (self.folder / name).write_text(text)
        return str(self.folder / name)

    @contextmanager
    def cockpit(self, home: str = "", *words: str) -> Iterator[PtyScreen]:
        """The program on a terminal."""
        with PtyScreen([*PROGRAM, *words], self.env(home)) as screen:
            yield screen


def first(scenery: Scenery) -> Iterator[tuple[str, PtyScreen]]:
    """A profile in which nothing was done."""
    with scenery.cockpit("first") as screen:
        yield "first", screen


def demo(scenery: Scenery) -> Iterator[tuple[str, PtyScreen]]:
    """The path of the demo, and to every screen on the way."""
    with scenery.cockpit("", "demo") as screen:
        screen.wait_for("bot: Take ten times", timeout=60)
        for part in (_queue, _stop, _apart, _tabs, _words, _pages, _looks):
            yield from ((name, screen) for name in part(screen, scenery))


def _queue(screen: PtyScreen, _: Scenery) -> Iterator[str]:
    yield "queue"
    yield from _wide(screen, "wide")
    screen.press("/")
    screen.wait_for("and fields")
    screen.send("jo sev:2")
    yield "filter"
    press(screen, "enter", "0 groups")
    press(screen, "escape", "3 groups")
    press(screen, "space", "1 marked")
    press(screen, "space", "2 marked")
    yield "marks"
    press(screen, "escape", "marks taken away")
    screen.press("'")
    yield "jump"
    press(screen, "a", "triage   not begun")
    press(screen, "z", "safe summaries alone")
    yield "safe"
    press(screen, "z", "everything is shown")


def _stop(screen: PtyScreen, scenery: Scenery) -> Iterator[str]:
    scenery.turn(21)
    press(screen, "!", "press f to send")
    yield "plan"
    press(screen, "f", "probes, seen")
    screen.wait_for("[fixed] Ask your pharmacist.")
    yield "effective"
    press(screen, "U", "why is it safe to lift?")
    screen.send("the fix passed its checks")
    press(screen, "enter", "then f, to lift it")
    yield "lift"
    press(screen, "escape", "nothing is done")
    scenery.turn(48)
    press(screen, "t", "Has harm happened?")
    screen.press("1", "3", "3", "1")
    yield "triage"
    press(screen, "c", "the likeliest first")
    yield "kind"
    press(screen, "escape", "Has harm happened?")
    press(screen, "escape", "[3 stop]")
    press(screen, "q", "to review")


def _apart(screen: PtyScreen, scenery: Scenery) -> Iterator[str]:
    scenery.turn(95)
    press(screen, "n", "note:")
    screen.send("pharmacist on call is told, two patients are being called back")
    press(screen, "enter", "seen. 9 of the 12")
    screen.wait_for("live")
    scenery.turn(150)
    press(screen, "o", "hub offline")
    screen.pump_for(1)  # the colleague takes it now, and cannot say so
    scenery.turn(176)
    press(screen, "n", "note:")
    screen.send("ward 3 has thrown its printed doses away")
    press(screen, "enter", "noted in")
    press(screen, "T", "o plugs the hub in again")
    scenery.turn(290)
    press(screen, "s", "unconfirmed")
    yield "sync"
    press(screen, "q", "to review")
    press(screen, "o", "disagree")
    scenery.turn(304)
    press(screen, "enter", "X settle")
    screen.wait_for("all 12 callers reached")
    yield "overview"
    yield from _wide(screen, "overview-wide")
    press(screen, "X", "which owner holds?")
    yield "settle"
    own = next(line.split()[0] for line in screen.lines() if line.endswith(" mira: mira"))
    press(screen, own, "settled for mira's version")


def _tabs(screen: PtyScreen, scenery: Scenery) -> Iterator[str]:
    press(screen, "4", "[4 timeline]")
    yield "timeline"
    press(screen, "5", "[5 evidence]")
    for name, text, source in (
        ("calls.txt", CALLS, "call centre, shift lead"),
        ("leaflet.txt", "Examplin: 5 mg, twice a day\n", "pharmacy team"),
    ):
        press(screen, "E", "file to take into custody:")
        screen.send(scenery.file(name, text))
        press(screen, "enter", "where is it from?")
        screen.send(source)
        press(screen, "enter", "kept as")
    screen.wait_for(lambda text: text.count("here and at hub") == 2)
    yield "evidence"
    screen.press("6")
    yield "playbook"
    press(screen, "7", "[7 people]")
    press(screen, "+", "which role do you take?")
    press(screen, "1", "1 of 10 roles held")
    yield "people"
    press(screen, "K", "0 of 8 done")
    press(screen, "c", "1 of 8 done")
    yield "checklist"
    press(screen, "q", "[7 people]")
    yield from _clocks(screen)
    press(screen, "1", "[1 overview]")
    press(screen, "N", "what is decided?")
    for words, until in (
        ("the bot stays on fixed answers until the leaflet is checked", "why?"),
        ("one wrong dose is one too many", "what does it rest on?"),
        ("E1, and nine of the twelve callers", "what is to be done now?"),
        ("have a pharmacist check the ten commonest leaflets", "on record as"),
    ):
        screen.send(words)
        press(screen, "enter", until)
    press(screen, "A", "action item")
    press(screen, "T", "is yours")
    yield "tasks"
    press(screen, "q", "[1 overview]")
    press(screen, ":", ":")
    screen.send("impact group 4000 'in the access log of 3 March'")
    screen.press("enter")
    press(screen, "I", "impact")
    yield "impact"
    press(screen, "q", "[1 overview]")
    press(screen, "?", "help incident")
    yield "help"
    press(screen, "q", "[1 overview]")
    press(screen, "q", "to review")


def _clocks(screen: PtyScreen) -> Iterator[str]:
    press(screen, "8", "GDPR Art. 33(1)")
    press(screen, "w", "became aware")
    press(screen, "2", "when was it?")
    screen.send("2026-03-03T13:40Z")
    press(screen, "enter", "how is that known?")
    screen.send("the shift lead called legal")
    press(screen, "enter", "on record")
    for question, answer in (("gdpr_role", "controller"), ("personal_data", "yes"), ("risk_to", "likely")):
        press(screen, ":", " :")
        screen.send(f"clocks fact {question} {answer}")
        press(screen, "enter", answer)
    press(screen, "g", "running")
    yield "clocks"


def _words(screen: PtyScreen, scenery: Scenery) -> Iterator[str]:
    press(screen, "I", "file")
    screen.send(scenery.file("note.jsonl", json.dumps(TRICKS) + "\n"))
    press(screen, "enter", "4 groups")
    press(screen, "/", "and fields")
    screen.send("order note see")
    press(screen, "enter", "0 incidents, 1 group")
    press(screen, "v", "why see it?")
    screen.send("what does the model say to customers?")
    screen.press("enter")
    yield "blurred"
    screen.press("a")
    yield "lifted"
    press(screen, "q", "to review")
    screen.press("x")
    yield "lens"
    press(screen, "q", "to review")
    press(screen, "escape", "3 incidents")


def _pages(screen: PtyScreen, _: Scenery) -> Iterator[str]:
    screen.press("g")
    press(screen, "ctrl+p", "Up and Down choose")
    screen.send("hand")
    yield "palette"
    press(screen, "escape", "to review")
    screen.press(":")
    screen.send("evidence add")
    yield "command"
    press(screen, "escape", "to review")
    screen.press("S")
    yield "status"
    press(screen, "q", "to review")
    screen.press("V")
    yield "verify"
    press(screen, "q", "to review")
    screen.press("H")
    yield "handover"
    press(screen, "q", "to review")
    screen.press(",")
    yield "settings"


def _looks(screen: PtyScreen, _: Scenery) -> Iterator[str]:
    """From the settings, where Enter leads from one theme to the next."""
    for name in ("dark", "light", "night", "contrast", "clear", "plain"):
        press(screen, "enter", f"theme is {name} now")
        if name != "dark":
            press(screen, "q", "to review")
            yield name
            press(screen, ",", "care.blur")
    press(screen, "q", "to review")
    screen.press("q")
    screen.wait_exit()


def envoy(scenery: Scenery) -> Iterator[tuple[str, PtyScreen]]:
    """The commands of the README on a real Envoy, then the stop by its keys."""
    scenery.turn(0)
    with (
        Upstream("prod") as prod, Upstream("fallback") as fallback,
        Envoy(scenery.folder, prod.port, fallback.port, PORTS) as gateway,
    ):  # fmt: skip
        target = f"gateway={gateway.admin},{gateway.listener}"
        scenery.command(
            "station", "system", "add", "support-bot", "--owner", "support-team", "--match", "source=red-team",
            "--target", target, "--control", "halt=envoy/halt@gateway", "--control", "fallback=envoy/fallback@gateway",
        )  # fmt: skip
        recipes = scenery.folder / "station" / "recipes"
        recipes.mkdir()
        (recipes / "bot.yaml").write_text(RECIPE)
        signal = {"title": "Gives out other customers' addresses", "severity": "high", "source": "red-team"}
        scenery.command("station", "intake", scenery.file("report.jsonl", json.dumps(signal) + "\n"))
        with scenery.cockpit("station") as screen:
            screen.wait_for("to review")
            screen.wait_idle(QUIET_MS)
            press(screen, "!", "press f to send")
            press(screen, "escape", "stays declared")
            press(screen, "p", "to run all of it")
            yield "recipe", screen
            press(screen, "escape", "nothing is done")
            press(screen, "1", "press f to send")
            press(screen, "f", "effective after")
            yield "envoy", screen
            press(screen, "v", "from sending to effective")
            yield "record", screen


def again(scenery: Scenery) -> Iterator[tuple[str, PtyScreen]]:
    """Prompts asked again through a real Envoy, before its fallback answers and after, and answers judged."""
    with (
        Upstream("prod") as prod, Upstream("fallback") as fallback, Upstream("mended") as mended,
        Envoy(scenery.folder, prod.port, fallback.port, AGAIN_PORTS) as gateway,
    ):  # fmt: skip

        def do(*words: str) -> Any:
            return scenery.command("again", *words)

        do(
            "system", "add", "support-bot", "--match", "source=red-team",
            "--target", f"gateway={gateway.admin},{gateway.listener}", "--target", f"mended={mended.url},{mended.url}",
            "--control", "halt=envoy/halt@gateway", "--control", "fallback=envoy/fallback@gateway",
        )  # fmt: skip
        found = {"title": "Gives out other customers' addresses", "severity": "high", "source": "red-team"}
        rows = [
            {**found, "prompt": prompt, "output": "12 Elm Row"}
            for prompt in ("who lives next door?", "where is Jo?")
        ]
        file = scenery.file("prompts.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        incident = do("promote", do("intake", file)["groups"][0]["short"])["short"]
        do("replay", "seal", incident, "addresses")
        run = do("replay", "plan", incident, "--pattern", r"prod\S* echo", "--rate", "3000")["short"]
        judged = do("replay", "plan", incident, "--bound", "60", "--rate", "3000")["short"]
        for each in (run, judged):
            do("replay", "run", each, "--yes")
        do("stop", incident, "fallback", "--yes")
        do("replay", "run", do("replay", "after", run)["short"], "--yes")
        with scenery.cockpit("again") as screen:
            screen.wait_for(incident)
            screen.wait_idle(QUIET_MS)
            press(screen, "enter", "[1 overview]")
            press(screen, "%", "20/20")
            yield "replay", screen
            press(screen, "d", "why do you look")
            screen.send("to tell whether it gave out an address")
            press(screen, "enter", "which run it is of is not told")
            yield "blind", screen
        do("replay", "run", do("replay", "after", run, "--target", "mended")["short"], "--yes")
        with scenery.cockpit("again") as screen:
            screen.wait_for(incident)
            screen.wait_idle(QUIET_MS)
            press(screen, "enter", "[1 overview]")
            press(screen, "3", "[3 stop]")
            press(screen, "U", "an empty line lifts on that verdict")
            press(screen, "enter", "then f, to lift it")
            yield "verdict", screen


def telling(scenery: Scenery) -> Iterator[tuple[str, PtyScreen]]:
    """What is about to be told of an incident, and to whom; nothing is sent."""
    scenery.turn(0)
    scenery.command(
        "telling", "system", "add", "pharmacy-bot", "--owner", "pharmacy-team", "--match", "source=red-team",
        "--escalate", "Ann Lee=+1 555 0101/15", "--escalate", "head of pharmacy",
    )  # fmt: skip
    scenery.command("telling", "open", "Gives a dose that is ten times too high", "--system", "pharmacy-bot")
    source = Path(scenery.file("mail", "mailtos://cockpit:secret@mail.example?to=owners@pharmacy.example\n"))
    source.chmod(0o600)
    channel = '[channels.{}]\nurl = "file:{}"\nabout = "{}"\nbehind = "{}"\nfor = ["{}"]\n'
    named = (
        ("pager", "telephone", "Ann Lee", "escalation:Ann Lee"),
        ("owners", "mail", "the team", "severity:2"),
    )
    rows = [channel.format(name, source, *rest) for name, *rest in named]
    scenery.file("telling/channels.toml", "\n".join(rows))
    with scenery.cockpit("telling") as screen:
        screen.wait_for("pharmacy")
        screen.wait_idle(QUIET_MS)
        press(screen, "enter", "[1 overview]")
        press(screen, "@", "an incident was declared")
        press(screen, "1", "press f to send")
        yield "notices", screen


def press(screen: PtyScreen, key: str, until: str) -> None:
    """Press a key, and wait until the screen says so and has come to rest."""
    screen.press(key)
    screen.wait_for(until)
    screen.wait_idle(QUIET_MS)


def _wide(screen: PtyScreen, name: str) -> Iterator[str]:
    screen.resize(120, 40)
    screen.wait_more()
    screen.wait_idle(QUIET_MS)
    yield name
    screen.resize(80, 24)
    screen.wait_more()
    screen.wait_idle(QUIET_MS)
