"""Two people at two cockpits: what one proposes, the other approves by a key and the id typed, and the first one sends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.containment.stage import stop
from tests.features.containment.test_containment_recipes import staged_at
from tests.features.containment.together import Two, two
from tests.screens.stage import Cockpit, play

from ircockpit.features.containment import queries
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.incidents.queries import incident
from ircockpit.store.settings import Care, Settings
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.confirm import DEAF_MS, HELD_MS

DEAF = (DEAF_MS + 50) / 1000


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Two]:
    with two(tmp_path) as made:
        yield made


def newest(pair: Two, who: Workstation) -> ActionRow:
    return queries.actions(who.view, pair.incident)[-1]


async def to_controls(cockpit: Cockpit) -> None:
    await cockpit.until("wrong dose")
    await cockpit.press("enter")
    await cockpit.until("overview")
    await cockpit.press("3")
    await cockpit.until(lambda: cockpit.name == "Stop")


async def confirm(cockpit: Cockpit, typed: str = "") -> None:
    await cockpit.pilot.pause(DEAF)
    if typed:
        await cockpit.press(*("minus" if letter == "-" else letter for letter in typed))
        # An id may hold the letter that confirms: heard again too soon, it counts as held down.
        await cockpit.pilot.pause((HELD_MS + 50) / 1000)
    await cockpit.press("f")


def test_proposed_approved_and_sent_by_keys_alone(pair: Two) -> None:
    async def propose(cockpit: Cockpit) -> None:
        await to_controls(cockpit)
        await cockpit.press("1")
        text = await cockpit.until("press f to propose it")
        assert "2 people: you, then one on another device" in text
        await confirm(cockpit)
        await cockpit.until("nothing was sent; a colleague approves it")
        await cockpit.press("1")
        text = await cockpit.until("it needs one more person, and has 1 of 2: Mira")
        assert pair.gateway.changes == []

    play(pair.mira, propose)
    pair.together()
    action = newest(pair, pair.bo)

    async def approve(cockpit: Cockpit) -> None:
        await cockpit.until("waits for your approval")
        await to_controls(cockpit)
        await cockpit.until("waits for your approval")
        await cockpit.press("a")
        await cockpit.until(f"type {action.short}")
        assert f"PUT {pair.gateway.server.url}/flags/chat.enabled" in cockpit.text
        assert "to switch a control on" in cockpit.text
        await cockpit.pilot.pause(DEAF)
        await cockpit.press("enter", "space")
        assert not approved(pair.bo, action), "neither Enter nor space confirms"
        await confirm(cockpit, action.short)
        await cockpit.until("Mira can send it now")

    play(pair.bo, approve)
    assert approved(pair.bo, action)
    pair.together()

    async def send(cockpit: Cockpit) -> None:
        await to_controls(cockpit)
        await cockpit.until("approved by 2 people, not sent")
        await cockpit.press("1")
        text = await cockpit.until("press f to send")
        assert "2 of 2: Mira, Bo" in text
        await confirm(cockpit)
        await cockpit.until("effective after")

    play(pair.mira, send)
    assert len(pair.gateway.changes) == 1
    assert newest(pair, pair.mira).ident == action.ident, (
        "what was proposed is what was sent, not a second action"
    )


def approved(who: Workstation, action: ActionRow) -> bool:
    rows = who.view.rows(
        "SELECT 1 FROM entry WHERE ent=? AND type='containment.approved' AND actor=?", (action.ident, who.me)
    )
    return bool(rows)


def test_break_glass_asks_for_a_reason_and_the_id_and_waits_for_its_review(pair: Two) -> None:
    short = incident(pair.mira.view, pair.incident).short

    async def alone(cockpit: Cockpit) -> None:
        await to_controls(cockpit)
        await cockpit.press("1")
        await cockpit.until("b break-glass")
        await cockpit.pilot.pause(DEAF)
        await cockpit.press("b")
        await cockpit.until("why can it not wait")
        await cockpit.type("nobody answers and people are harmed")
        await cockpit.press("enter")
        text = await cockpit.until(f"type {short}")
        assert "BREAK-GLASS: you alone of 2 people" in text
        await cockpit.pilot.pause(DEAF)
        await cockpit.press("enter", "space")
        assert pair.gateway.changes == []
        await confirm(cockpit, short)
        await cockpit.until("effective after")
        await cockpit.until("nobody else has reviewed it")

    play(pair.mira, alone)
    pair.together()

    async def review(cockpit: Cockpit) -> None:
        await cockpit.until("nobody else has reviewed it")
        await to_controls(cockpit)
        await cockpit.press("r")
        await cockpit.until("right or wrong")
        await cockpit.type("right")
        await cockpit.press("enter")
        await cockpit.until("why?")
        await cockpit.type("it was the night shift alone")
        await cockpit.press("enter")
        await cockpit.until("reviewed a-")
        assert "nobody else has reviewed it" not in cockpit.text

    play(pair.bo, review)


def test_a_control_is_extended_and_handed_over_by_keys(pair: Two) -> None:
    action = pair.propose()
    pair.approve(pair.bo, action)
    pair.send(action)

    async def keep(cockpit: Cockpit) -> None:
        await to_controls(cockpit)
        await cockpit.press("e")
        await cockpit.until("how many hours")
        await cockpit.type("8")
        await cockpit.press("enter")
        await cockpit.until("why does it have to stay on")
        await cockpit.type("the fix is not proved")
        await cockpit.press("enter")
        await cockpit.until("stays on; the reminder comes")
        await cockpit.press("w")
        await cockpit.until("who answers for it")
        await cockpit.type("Bo")
        await cockpit.press("enter")
        await cockpit.until("Bo answers for")

    play(pair.mira, keep)
    assert newest(pair, pair.mira).answers == pair.bo.me
    assert len(pair.gateway.changes) == 1, "neither sends anything"


def test_a_recipe_is_shown_as_a_whole_and_run_with_one_confirmation(tmp_path: Path) -> None:
    with staged_at(tmp_path / "home") as swap:

        async def chain(cockpit: Cockpit) -> None:
            await to_controls(cockpit)
            await cockpit.press("p")
            text = await cockpit.until(f"type {swap.row.short}")
            assert text.count("PUT") == 3, "each step with what it sends"
            assert swap.gateway.changes == []
            await confirm(cockpit, swap.row.short)
            await cockpit.until("all steps are done")

        play(swap.station, chain)
        assert swap.gateway.flags == {"chat.enabled": True, "other.enabled": False}


def test_what_somebody_else_changed_is_said_while_one_works(tmp_path: Path) -> None:
    with staged_at(tmp_path / "home") as swap:
        stop(swap)
        swap.gateway.set("chat.enabled", True)

        async def notice(cockpit: Cockpit) -> None:
            await cockpit.until("no longer reads as it was left")
            await cockpit.press("j")
            await cockpit.until("it no longer reads as it was left")

        play(swap.station, notice, Settings(care=Care(watch_seconds=1)))
        assert len(swap.gateway.changes) == 1, "shown, never overwritten"
