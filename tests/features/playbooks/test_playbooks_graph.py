"""Questions about the workflow: the order of display, what follows, who does what, and circles."""

from typing import Any

import pytest
from tests.features.playbooks import good as g

from ircockpit.features.playbooks import graph
from ircockpit.features.playbooks.model import Playbook, from_json

BOOK = from_json(g.GOOD)


def workflow(**ways: list[str] | str) -> Playbook:
    """Actions by single letters and where each leads on failure and success; ``w`` is a while-condition."""
    ids = {name: f"action--{ord(name):08d}-0000-4000-9000-000000000000" for name in ways}
    if "w" in ids:
        ids["w"] = f"while-condition--{ord('w'):08d}-0000-4000-9000-000000000000"
    steps: dict[str, Any] = {
        g.START: {"type": "start", "on_completion": ids[next(iter(ways))]},
        g.END: {"type": "end"},
    }
    for name, targets in ways.items():
        first, second = [ids.get(each, g.END) for each in (*targets, "-", "-")][:2]
        if name == "w":
            steps[ids[name]] = {
                "type": "while-condition", "condition": "__people__:value > 0", "on_true": first, "on_completion": second,
            }  # fmt: skip
        else:
            steps[ids[name]] = g.action(name, first, "eliminate-risk", on_failure=second)
    return from_json(g.changed("/workflow", steps))


def names(playbook: Playbook, group: tuple[str, ...]) -> str:
    return "".join(playbook.steps[ident].name or "w" for ident in group)


def test_branches_stand_before_what_comes_after_them() -> None:
    placed = [(each.step, each.depth) for each in graph.outline(BOOK)]
    assert placed == [
        (g.START, 0), (g.ASK, 0), (g.BOTH, 1), (g.STOP, 2), (g.STOPPED, 2), (g.FAILED, 2), (g.TELL, 2), (g.TOLD, 2),
        (g.WATCH, 1), (g.LOOK, 2), (g.LOOKED, 2), (g.SORT, 1), (g.OTHER, 2), (g.CHATTED, 2), (g.OTHERWISE, 2), (g.END, 1),
        (g.CALM, 1),
    ]  # fmt: skip
    assert {each.step for each in graph.outline(BOOK)} == set(BOOK.steps)


def test_what_can_be_reached() -> None:
    assert graph.reachable(BOOK) == set(BOOK.steps)
    assert graph.reachable(BOOK, g.TELL) == {g.TELL, g.TOLD, g.FAILED}
    assert graph.reaching_an_end(BOOK) == set(BOOK.steps)
    assert g.START not in graph.reaching_an_end(workflow(a="bb", b="aa"))


@pytest.mark.parametrize(
    ("ways", "circles"),
    [
        ({"a": "b", "b": "c", "c": "-"}, []),
        ({"a": "a"}, ["a"]),
        ({"a": "b", "b": "c", "c": "ad", "d": "e", "e": "d"}, ["abc", "de"]),
        ({"w": "a-", "a": "w"}, []),
        ({"w": "ab", "a": "b", "b": "a"}, ["ab"]),
    ],
)
def test_circles_but_for_loops_that_say_when_to_stop(ways: dict[str, str], circles: list[str]) -> None:
    playbook = workflow(**ways)
    assert [names(playbook, group) for group in graph.circles(playbook)] == circles


def test_a_loop_is_a_circle_where_that_is_asked() -> None:
    playbook = workflow(w="a-", a="w")
    assert [names(playbook, group) for group in graph.circles(playbook, through_loops=True)] == ["wa"]


def test_what_follows() -> None:
    stop = BOOK.steps[g.STOP]
    assert graph.after(BOOK, stop, succeeded=True) == g.STOPPED
    assert graph.after(BOOK, stop, succeeded=False) == g.FAILED
    both = BOOK.steps[g.BOTH]
    assert graph.after(BOOK, both, succeeded=True) == graph.after(BOOK, both, succeeded=False) == g.WATCH
    assert graph.after(BOOK, BOOK.steps[g.END], succeeded=True) == ""
    bare = g.without(f"/workflow/{g.STOP}/on_failure")
    assert graph.after(from_json(bare), from_json(bare).steps[g.STOP], succeeded=False) == g.FAILED
