"""Armed or not: every act is confirmed all the same, by the rules that accidents have taught, for every confirmation there is."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.features.containment.stage import Stage, staged, stop
from tests.screens.stage import Cockpit, play

from ircockpit.cli.main import run as run_command
from ircockpit.command.action import Danger
from ircockpit.core.errors import BadInput
from ircockpit.features.care.arming import Arm, arm
from ircockpit.features.catalogue import actions
from ircockpit.features.containment import lifting, stopping
from ircockpit.features.containment.approvals import Proposal
from ircockpit.features.containment.chaining import Chain, Link
from ircockpit.features.containment.engine.plan import bound_fields
from ircockpit.features.containment.recipes import Recipe, Step
from ircockpit.features.containment.verdicts import newest
from ircockpit.features.notices.channels import Channel
from ircockpit.features.notices.reading import shipped
from ircockpit.features.notices.sending import prepare, words_of_test
from ircockpit.features.readiness.proving import plan as plan_proof
from ircockpit.features.replay.pages import plan_lines as replay_lines
from ircockpit.features.replay.queries import RunRow
from ircockpit.features.replay.rules import Counts, Terms
from ircockpit.features.systems.queries import system as find_system
from ircockpit.notify.delivery import Address
from ircockpit.render.span import plain
from ircockpit.screens import confirmations
from ircockpit.screens.confirmations import ACCEPT, BY_ACTION
from ircockpit.screens.deck import Deck
from ircockpit.store.settings import Settings
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.confirm import CANCEL, DEAF_MS, HELD_MS, Confirmation, Guard, Heard

REACHING = [action for action in actions() if action.danger in (Danger.OUTSIDE, Danger.WIDE)]


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with staged(home) as made:
        yield made


class Clocks:
    """The clock that goes on in a suspend, and the one that does not."""

    def __init__(self) -> None:
        self.now = self.awake = 1000.0

    def pass_(self, seconds: float) -> None:
        self.now, self.awake = self.now + seconds, self.awake + seconds

    def arm(self, *, read_only: bool = False) -> Arm:
        return Arm(read_only=read_only, now=lambda: self.now, awake=lambda: self.awake)


def recorded(station: Workstation) -> list[tuple[int, str]]:
    rows = station.view.rows("SELECT body FROM entry WHERE type='cockpit.armed' ORDER BY arrival")
    return [(said["minutes"], said["why"]) for said in (json.loads(body) for (body,) in rows)]


def test_it_ends_with_its_time_and_with_a_sleep() -> None:
    clocks = Clocks()
    made = clocks.arm()

    def stands() -> tuple[float, bool]:
        return made.left_s, made.over

    assert stands() == (0, False)
    made.begin(15)
    clocks.pass_(14 * 60)
    assert stands() == (60, False)
    clocks.pass_(60)
    assert stands() == (0, True)
    assert made.end()
    assert stands() == (0, False)
    made.begin(15)
    clocks.now += 5  # the machine slept
    assert stands() == (0, True)


def test_a_cockpit_that_is_read_only_asks_only_while_it_is_armed() -> None:
    clocks = Clocks()
    assert clocks.arm().may_ask, "a confirmation arms by itself"
    strict, asks = clocks.arm(read_only=True), []
    asks.append(strict.may_ask)
    strict.begin(1)
    asks.append(strict.may_ask)
    clocks.pass_(61)
    asks.append(strict.may_ask)
    assert asks == [False, True, False]


@pytest.mark.parametrize("time", ["0", "61m", "never", "", "-5", "15h", "٣"])
def test_only_minutes_arm(station: Workstation, time: str) -> None:
    with pytest.raises(BadInput):
        arm(station, time=time)
    assert recorded(station) == []


def test_the_shell_arms_nothing(station: Workstation, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["arm", "15m"]) == 2
    assert "type :arm in it" in capsys.readouterr().err
    assert recorded(station) == []


def test_it_is_typed_shown_recorded_and_ended(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.command("arm 15m")
        await cockpit.until("armed for 15 minutes")
        assert cockpit.text.startswith(" armed 15m  queue")
        await cockpit.command("disarm")
        await cockpit.until("disarmed")
        assert "armed 15m" not in cockpit.text
        await cockpit.command("arm 5")
        await cockpit.until("armed 5m")
        cockpit.app.app_suspend_signal.publish(cockpit.app)
        await cockpit.until(lambda: len(recorded(station)) == 4)
        cockpit.app.deck.arm.begin(5)
        cockpit.app.deck.arm._until = 1.0
        await cockpit.until(lambda: len(recorded(station)) == 5)

    play(station, scenario)
    assert recorded(station) == [
        (15, "by hand"), (0, "by hand"), (5, "by hand"), (0, "suspended"), (0, "its time is over, or the machine slept"),
    ]  # fmt: skip


def test_armed_it_saves_the_arming_and_never_the_confirmation(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("exclamation_mark")
        await cockpit.until("press f to send")
        assert " arms      this cockpit" in cockpit.text
        await cockpit.pilot.pause((DEAF_MS + 50) / 1000)
        await cockpit.press("n", "q")
        await cockpit.command("arm 15m")
        await cockpit.until("armed 15m  queue")
        await cockpit.press("exclamation_mark")
        await cockpit.until("press f to send")
        assert " arms " not in cockpit.text
        await cockpit.press("enter", "space", "exclamation_mark")
        assert stage.gateway.changes == []
        await cockpit.press("n")

    play(stage.station, scenario)
    assert stage.gateway.changes == []


def test_read_only_nothing_is_asked_before_and_nothing_sent_after(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        cockpit.app.deck.arm.read_only = True
        await cockpit.press("exclamation_mark")
        await cockpit.until("read-only towards the outside")
        assert "press f" not in cockpit.text
        assert "/flags/chat.enabled" in cockpit.text, "what it would do is shown"
        await cockpit.press("f")
        await cockpit.command("arm 15m")
        await cockpit.until("armed for")
        await cockpit.press("1")
        await cockpit.until("press f to send")
        cockpit.app.deck.arm.end()
        await cockpit.pilot.pause((DEAF_MS + 50) / 1000)
        await cockpit.press("f")
        await cockpit.until("nothing was sent")

    play(stage.station, scenario)
    assert stage.gateway.changes == []


# The rules that accidents have taught, for every confirmation of the registry


def made_by(deck: Deck, stage: Stage) -> dict[str, Confirmation]:
    """A confirmation of each action that has one, as the screens ask it."""
    proof = plan_proof(stage.station, find_system(stage.station.view, "bot"), "other")
    action = stop(stage)
    row = stage.action(action)
    prepared = stopping.prepare(stage.station, stage.offer(2))
    me = stage.station.identity
    proposal = Proposal(
        prepared.plan.hash, bound_fields(prepared.plan), "apply", 2, "", me.user, me.device, ""
    )
    steps = [Step(on="other"), Step(check="other")]
    links = tuple(Link(number, step, stage.offer(2), prepared, "") for number, step in enumerate(steps, 1))
    chain = Chain(Recipe(name="two", title="two steps", system="bot", steps=steps), stage.incident, 1, links)
    run = RunRow(
        "", stage.row.stream, "zoli", stage.incident, "", "before", "", "", "bot", "eu-1",
        f"{stage.gateway.server.url}/v1/chat/completions", "", "", "planned", "", Terms("chat", 20), Counts(20), "", 0, "",
    )  # fmt: skip
    channel, there = Channel("pager", "env:PAGER"), Address("JSON", stage.gateway.server.url, clear=True)
    outgoing = prepare(stage.station, stage.row, shipped()["declared"], channel)
    asked: dict[str, Any] = {
        "containment.stop": lambda: confirmations.to_send(deck, prepared, trigger="exclamation_mark", short="tofa", others=[1]),
        "containment.revert": lambda: confirmations.to_lift(
            deck, row, lifting.plan_back(stage.station, row), newest(stage.station, row)
        ),
        "containment.chain": lambda: confirmations.to_chain(deck, chain, "tofa"),
        "containment.approve": lambda: confirmations.approval_of(deck, row, proposal),
        "readiness.prove": lambda: confirmations.to_prove(deck, proof),
        "readiness.schedule": lambda: confirmations.to_prove(deck, proof, 720),
        "replay.run": lambda: confirmations.to_replay(deck, run, replay_lines(stage.station, run)),
        "notice.send": lambda: confirmations.to_notify(deck, [outgoing], {"pager": there}, trigger="1"),
        "notice.test": lambda: confirmations.to_try(deck, channel, words_of_test(stage.station), there, trigger="t"),
    }  # fmt: skip
    return {ident: build() for ident, build in asked.items()}


def test_whatever_reaches_the_outside_by_a_key_has_its_confirmation(stage: Stage) -> None:
    with_keys = {action.id for action in REACHING if action.keys}
    assert with_keys == set(BY_ACTION)
    assert set(made_by(Deck(stage.station), stage)) == with_keys
    # A watch repeats runs that a person has confirmed before, as often as a person has said.
    keyless = [action for action in REACHING if not action.keys and action.id != "replay.watch"]
    for action in keyless:
        assert any(param.name == "confirm" for param in action.params), (
            f"{action.id} is confirmed by its id alone"
        )


def test_no_screen_asks_a_confirmation_of_its_own(repository: Path) -> None:
    makers = [
        path.name
        for path in (repository / "src" / "ircockpit" / "screens").glob("**/*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Confirmation"
    ]
    assert set(makers) == {"confirmations.py"}


def test_every_confirmation_keeps_every_rule(stage: Stage) -> None:
    deck = Deck(stage.station)
    by_id = {action.id: action for action in REACHING}
    for ident, asked in made_by(deck, stage).items():
        action, said = by_id[ident], "\n".join(plain(line) for line in asked.lines)
        assert asked.accept not in {"", " ", "n", "q", "enter"}
        assert asked.accept not in {key for entry in deck.entries for key in entry.keys}
        assert not {choice.key for choice in asked.also} & {asked.accept, *CANCEL}
        assert stage.gateway.server.url in said, "the target stands there"
        assert any(word in said for word in ("PUT", "POST", " text ")), "and what is sent to it"
        assert asked.typed or action.danger is not Danger.WIDE, "wide or irreversible: the id is typed"
        # An approval sends nothing, so there is nothing to arm for.
        assert (" arms " in said) == (ident != "containment.approve")
        assert heard(asked) == HEARD, ident


HEARD = {
    "enter": False, "space": False, "trigger": False, "early": False, "held": False, "unread": False, "untyped": False,
    "pasted": False, "pasted ahead": False, "rightly": True,
}  # fmt: skip


def heard(asked: Confirmation) -> dict[str, bool]:
    """What confirms and what does not."""
    trigger = "!" if asked.trigger == "exclamation_mark" else asked.trigger

    def tried(
        *keys: str, at: float = DEAF_MS + 1, apart: float = HELD_MS + 1, read: bool = True, typed: bool = True
    ) -> bool:
        guard = Guard()
        guard.open(asked, trigger, 0)
        guard.read = read
        now = at
        for letter in asked.typed if typed else "":
            guard.hear(letter, letter, now)
            now += HELD_MS + 1
        found = []
        for key in keys:
            found.append(guard.hear(key, " " if key == "space" else key if len(key) == 1 else None, now))
            now += apart
            if guard.is_due(now):
                found.append(guard.settle(now))
        return Heard.CONFIRMED in found

    return {
        "enter": tried("enter", "enter"), "space": tried("space", "space"), "trigger": tried(trigger, trigger),
        "early": tried(asked.accept, at=1, typed=False) or tried(asked.accept, at=DEAF_MS - 1, typed=False),
        "held": tried(asked.accept, *[asked.accept] * 5, at=1, apart=30, typed=False),
        "unread": tried(asked.accept, read=False),
        "untyped": bool(asked.typed) and tried(asked.accept, asked.accept, typed=False),
        "pasted": tried(asked.accept, "x", apart=1) or tried(asked.accept, asked.accept, apart=1),
        "pasted ahead": tried(*f"{trigger}{asked.accept}", at=0, apart=0, typed=False),
        "rightly": tried(asked.accept),
    }  # fmt: skip


def test_a_confirmation_that_breaks_a_rule_is_seen(stage: Stage) -> None:
    deck = Deck(stage.station)
    asked = made_by(deck, stage)["containment.revert"]
    with pytest.raises(ValueError, match="cannot be the key"):
        heard(asked._replace(accept=" "))
    with pytest.raises(ValueError, match="already means"):
        heard(asked._replace(accept=asked.trigger))


@pytest.mark.parametrize("ident", ["containment.revert", "containment.list", "screen.back"])
def test_the_key_that_confirms_can_be_given_to_nothing(stage: Stage, ident: str) -> None:
    deck = Deck(stage.station, settings=Settings(keys={ident: (ACCEPT,)}))
    assert ACCEPT not in deck.keys.get(ident, ())
    assert deck.complaints
