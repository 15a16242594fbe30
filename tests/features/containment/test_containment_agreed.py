"""Recipes an organisation has agreed on: they travel, and are held to the controls they were approved with."""

import os
from pathlib import Path

import pytest
from tests.features.containment.test_containment_recipes import SWAP
from tests.support.pair import Pair

from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.features.catalogue import settle
from ircockpit.features.containment import chain_actions, chaining
from ircockpit.features.containment.recipes import Kept, recipes_of, shelf
from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import incident
from ircockpit.features.settings import rulefiles
from ircockpit.features.systems.actions import add as add_system
from ircockpit.features.systems.queries import system
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

PLACE = "recipes/bot.yaml"
HALT, OTHER = "halt=flags/off@eu-1", "other=flags/quiet@eu-1:flag=other.enabled"
WHY = "read it, the controls are those of the bot"


def record(who: Workstation, *controls: str, admin: str = "http://127.0.0.1:9") -> None:
    add_system(who, name="bot", target=[f"eu-1={admin},http://127.0.0.1:9"], control=list(controls))


def lay(who: Workstation, raw: bytes = SWAP, name: str = "bot.yaml") -> str:
    path = who.profile.folder / "recipes" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(raw)
    return str(path)


def agree(pair: Pair) -> str:
    """``a`` proposes it, ``b`` approves it; the short id."""
    record(pair.a, HALT, OTHER)
    pair.together()
    path = lay(pair.a)
    short = str(rulefiles.propose(pair.a, file=path).data["short"])
    Path(path).unlink()
    pair.together()
    rulefiles.approve(pair.b, rulefile=short, why=WHY)
    pair.together()
    for who in (pair.a, pair.b):
        settle(who)
    return short


def held(who: Workstation) -> list[Kept]:
    return list(recipes_of(who, system(who.view, "bot")))


def test_a_recipe_travels_once_somebody_else_has_approved_it(pair: Pair) -> None:
    record(pair.a, HALT, OTHER)
    pair.together()
    short = str(rulefiles.propose(pair.a, file=lay(pair.a)).data["short"])
    pair.together()
    settle(pair.b)
    assert held(pair.b) == [], "control: what is only proposed is not used"
    with pytest.raises(RefusedError, match="you proposed"):
        rulefiles.approve(pair.a, rulefile=short, why=WHY)
    rulefiles.approve(pair.b, rulefile=short, why=WHY)
    pair.together()
    for who in (pair.a, pair.b):
        settle(who)
        [kept] = held(who)
        assert (kept.recipe.name, kept.place, kept.agreed, kept.why_not) == (
            "stop-then-swap",
            PLACE,
            True,
            "",
        )
    row = declare(pair.b, title="wrong dose", system="bot").data["id"]
    shown = chain_actions.list_recipes(pair.b, incident=row)
    assert "agreed on" in plain(shown.lines[0])
    rulefiles.retire(pair.b, rulefile=short, why="the swap is gone")
    assert held(pair.b) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"controls": ("halt=flags/quiet@eu-1", OTHER)}, "control halt is not what it was"),
        ({"controls": ("halt=flags/off@eu-1:flag=all", OTHER)}, "control halt is not what it was"),
        ({"controls": (HALT, OTHER), "admin": "http://127.0.0.1:8"}, "control halt is not what it was"),
        ({"controls": (HALT,)}, "has no control other"),
    ],
)
def test_a_control_that_changed_since_is_refused_until_it_is_approved_again(
    pair: Pair, change: dict[str, tuple[str, ...]], why: str
) -> None:
    short = agree(pair)
    assert held(pair.a)[0].why_not == "", "control"
    record(pair.a, *change["controls"], admin=str(change.get("admin", "http://127.0.0.1:9")))
    pair.together()
    ident = declare(pair.a, title="wrong dose", system="bot").data["id"]
    [kept] = held(pair.a)
    assert why in kept.why_not
    row = incident(pair.a.view, ident)
    with pytest.raises(RefusedError, match="stop-then-swap") as refused:
        chaining.plan_chain(pair.a, row, kept.recipe)
    assert "approves it again" in refused.value.fix
    assert any("not now" in plain(line) for line in chain_actions.list_recipes(pair.a, incident=ident).lines)
    if len(change["controls"]) < 2:
        with pytest.raises(BadInput, match="needs the control other"):
            rulefiles.approve(pair.b, rulefile=short, why=WHY)
        return
    rulefiles.approve(pair.b, rulefile=short, why=WHY)
    pair.together()
    assert held(pair.a)[0].why_not == ""


def test_what_could_not_be_run_is_not_proposed(pair: Pair) -> None:
    with pytest.raises(NotFound, match="no system"):
        rulefiles.propose(pair.a, file=lay(pair.a))
    record(pair.a, HALT)
    with pytest.raises(BadInput, match="needs the control other"):
        rulefiles.propose(pair.a, file=lay(pair.a))
    with pytest.raises(BadInput, match="no step before it switches"):
        rulefiles.propose(
            pair.a, file=lay(pair.a, SWAP.replace(b"      - on: halt\n", b"      - on: other\n"))
        )
    with pytest.raises(BadInput, match="no rules are read from"):
        rulefiles.propose(pair.a, file=lay(pair.a), place="recipes/../config.yaml")


def test_what_was_agreed_on_comes_before_ones_own_of_the_same_name(pair: Pair) -> None:
    agree(pair)
    lay(pair.a, SWAP.replace(b"fast stop", b"my own"), "another.yaml")
    [kept] = held(pair.a)
    assert (kept.agreed, "fast stop" in kept.recipe.title) == (True, True)
    assert "stands in another file" in shelf(pair.a.profile).refused[0].what
    lay(pair.a, SWAP.replace(b"fast stop", b"my own").replace(b"stop-then-swap", b"mine"), "another.yaml")
    assert [(each.recipe.name, each.agreed) for each in held(pair.a)] == [
        ("stop-then-swap", True),
        ("mine", False),
    ]


def test_a_pipe_among_the_recipes_keeps_nobody_waiting_for_the_rules(pair: Pair) -> None:
    agree(pair)
    os.mkfifo(Path(lay(pair.a)).with_name("pipe.yaml"))
    assert [each["place"] for each in rulefiles.list_all(pair.a).data["used"]] == [PLACE]


def test_whoever_holds_a_recipe_that_is_not_in_force_any_more_cannot_run_it(pair: Pair) -> None:
    short = agree(pair)
    [kept] = held(pair.a)
    row = incident(pair.a.view, declare(pair.a, title="wrong dose", system="bot").data["id"])
    rulefiles.retire(pair.a, rulefile=short, why="wrong")
    with pytest.raises(RefusedError, match="not in force any more"):
        chaining.plan_chain(pair.a, row, kept.recipe)
