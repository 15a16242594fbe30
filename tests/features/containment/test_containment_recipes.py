"""Recipes: shown as a whole, each step approved and verified by itself, stopping at the first that is not as it must be."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import says
from tests.features.containment.stage import QUICK, Stage, staged
from tests.features.containment.together import two
from tests.store.profiles import open_station
from tests.support.scripted import Line, Received

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, ExitCode, NotFound
from ircockpit.features.containment import chain_actions, queries, recipes, together
from ircockpit.features.incidents.queries import incident
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain

SWAP = b"""
recipes:
  - name: stop-then-swap
    title: fast stop, then swap, then lift the stop
    system: bot
    steps:
      - on: halt
      - {on: other, until: recorded}
      - lift: halt
      - check: other
"""
# The data plane of the gateway knows one flag: the second control is probed by reading it back alone.
UNPROBED = (
    QUICK[: QUICK.index(b"      probe:\n")]
    + b"""    blast: {tier: feature, text: everybody who uses it}
    approval: none
    deadline_s: 120
"""
)


def two_actions() -> bytes:
    """The connector with a second action that has no probe."""
    plain_one = UNPROBED[UNPROBED.index(b'  - id: "off"') :].replace(b'"off"', b"quiet")
    return QUICK + plain_one


@pytest.fixture
def swap(tmp_path: Path) -> Iterator[Stage]:
    with staged_at(tmp_path / "home") as made:
        yield made


@contextmanager
def staged_at(folder: Path) -> Iterator[Stage]:
    open_station(folder).close()
    with staged(folder, connector=two_actions()) as made:
        url = made.gateway.server.url
        add_system(
            made.station, name="bot", target=[f"eu-1={url},{url}"],
            control=["halt=flags/off@eu-1", "other=flags/quiet@eu-1:flag=other.enabled"],
        )  # fmt: skip
        give(made, SWAP)
        yield made


def give(stage: Stage, raw: bytes) -> None:
    folder = stage.station.profile.folder / recipes.FOLDER
    folder.mkdir(exist_ok=True)
    (folder / "bot.yaml").write_bytes(raw)


def run(stage: Stage, *, start: int = 1, yes: bool = True) -> Result:
    return chain_actions.chain(
        stage.station,
        incident=stage.incident,
        recipe="stop-then-swap",
        start=start,
        yes=yes,
        confirm=stage.row.short,
    )


def puts(stage: Stage) -> list[tuple[str, bytes]]:
    return [(each.path, each.body) for each in stage.gateway.changes]


def test_the_whole_chain_is_shown_and_then_runs_in_its_order(swap: Stage) -> None:
    shown = run(swap, yes=False)
    text = "\n".join(plain(line) for line in shown.lines)
    assert (shown.code, swap.gateway.changes) == (ExitCode.REFUSED, [])
    url = swap.gateway.server.url
    assert text.count(f"PUT {url}/flags/chat.enabled") == 2, (
        "the stop and its lifting stand there with their requests"
    )
    assert text.count(f"PUT {url}/flags/other.enabled") == 1
    done = run(swap)
    assert (done.code, done.data["done"]) == (ExitCode.OK, 4), done.said
    assert [path for path, _ in puts(swap)] == [
        "/flags/chat.enabled",
        "/flags/other.enabled",
        "/flags/chat.enabled",
    ]
    assert [each["control"] for each in done.data["holds"]] == ["other"]
    assert swap.gateway.flags == {"chat.enabled": True, "other.enabled": False}
    rows = queries.actions(swap.station.view, swap.incident)
    assert [(row.recipe, row.state) for row in rows] == [
        ("stop-then-swap/1", "reverted"), ("stop-then-swap/2", "unverified"),
    ]  # fmt: skip


def test_it_stops_at_the_first_step_that_is_not_as_it_must_be_and_says_what_holds(swap: Stage) -> None:
    swap.gateway.lies["PUT", "/flags/other.enabled"] = says(409, {"said": "no"})
    done = run(swap)
    assert (done.code, done.data["done"]) == (ExitCode.FAILED, 1)
    assert "stopped at step 2" in done.said
    assert [each["control"] for each in done.data["holds"]] == ["halt"]
    assert swap.gateway.flags["chat.enabled"] is False, "the stop is not lifted while the swap does not hold"
    assert "It goes on with --from 2" in done.said
    swap.gateway.lies.clear()
    again = run(swap, start=2)
    assert (again.code, again.data["done"]) == (ExitCode.OK, 4), again.said
    assert swap.gateway.flags == {"chat.enabled": True, "other.enabled": False}


def test_a_stop_that_is_not_effective_ends_it(swap: Stage) -> None:
    swap.gateway.stale = 10_000
    done = run(swap)
    assert done.data["done"] == 0
    assert "it is unverified" in done.said
    assert [path for path, _ in puts(swap)] == ["/flags/chat.enabled"]


def test_a_chain_does_not_go_on_without_the_steps_before(swap: Stage) -> None:
    with pytest.raises(Exception, match="step 1 is not in force"):
        run(swap, start=2)
    with pytest.raises(NotFound, match="steps 1 to 4"):
        run(swap, start=9)


def test_a_check_that_fails_is_told(swap: Stage) -> None:
    give(swap, SWAP.replace(b"      - lift: halt\n", b"").replace(b"- check: other", b"- check: halt"))

    def undone_meanwhile(got: Received, line: Line) -> None:
        swap.gateway.set("chat.enabled", True)
        swap.gateway.truth(got, line)

    swap.gateway.lies["PUT", "/flags/other.enabled"] = undone_meanwhile
    done = run(swap)
    assert done.data["done"] == 2
    assert "stopped at step 3, drifted: the control reads as not contained" in done.said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (SWAP.replace(b"- lift: halt", b"- lift: swap"), "line 9: no step before it switches 'swap' on"),
        (SWAP.replace(b"- on: halt", b"- {on: halt, lift: halt}"), "line 7: a step is one of"),
        (SWAP.replace(b"until: recorded", b"until: hoped"), "line 8"),
        (SWAP.replace(b"title:", b"titel:"), "line 4"),
        (b"recipes: []", "line 1"),
    ],
)
def test_a_file_that_says_it_wrong_is_refused_with_its_line(swap: Stage, wrong: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        recipes.read(wrong, "bot.yaml")
    give(swap, wrong)
    shown = chain_actions.list_recipes(swap.station, incident=swap.incident)
    assert shown.data == []
    assert said in plain(shown.lines[0])


def test_a_pipe_among_the_recipes_is_told_and_not_waited_for(swap: Stage) -> None:
    profile = swap.station.profile
    before = recipes.shelf(profile)
    os.mkfifo(profile.folder / recipes.FOLDER / "pipe.yaml")
    found = recipes.shelf(profile)
    assert (found.kept, len(found.refused) - len(before.refused)) == (before.kept, 1)
    assert "pipe.yaml cannot be read: it is no file" in [error.what for error in found.refused]


def test_each_step_keeps_its_own_rule_of_approval(tmp_path: Path) -> None:
    connector = two_actions().replace(b"approval: none", b"approval: two-person", 1)
    with two(tmp_path, connector) as pair:
        folder = pair.mira.profile.folder / recipes.FOLDER
        folder.mkdir()
        steps = b"    steps:\n      - {on: other, until: recorded}\n      - on: halt\n"
        (folder / "bot.yaml").write_bytes(SWAP[: SWAP.index(b"    steps:")] + steps)
        url = pair.gateway.server.url
        add_system(
            pair.mira, name="bot", target=[f"eu-1={url},{url}"],
            control=["halt=flags/off@eu-1", "other=flags/quiet@eu-1:flag=other.enabled"],
        )  # fmt: skip
        short = incident(pair.mira.view, pair.incident).short

        def go(start: int) -> Result:
            return chain_actions.chain(
                pair.mira,
                incident=pair.incident,
                recipe="stop-then-swap",
                start=start,
                yes=True,
                confirm=short,
            )

        done = go(1)
        assert done.data["done"] == 1
        assert "waits for a second person" in done.said
        assert pair.gateway.flags["chat.enabled"] is True
        pair.together()
        action = queries.actions(pair.mira.view, pair.incident)[-1].short
        pair.approve(pair.bo, action)
        assert (
            together.send(pair.mira, proposal=action, yes=True, confirm=action).data["state"] == "effective"
        )
