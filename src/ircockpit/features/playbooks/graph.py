"""Questions about a workflow as a graph: in which order to show it, what can be reached, where it turns in circles.

The ways out of a step are its edges: into its own branches (``on_true``, ``on_false``, ``case``, ``next_steps``) and on
(``on_completion``, ``on_success``, ``on_failure``). A branch ends at an end step; then the step that opened it goes on.
Nothing here calls itself: a chain of ten thousand steps is as good as one of ten.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ircockpit.features.playbooks.model import Edge, Playbook, Step

BRANCHING = frozenset({"on_true", "on_false", "case", "next_steps"})
"""Edges into a branch of the step itself."""

MAX_BRANCH = 200
"""Steps of one branch that are looked at: ten thousand branches within each other must not take for ever."""


class Placed(NamedTuple):
    """A step in the order of display: how deep within branches, and by which edge it is reached first.

    ``edge`` is None for the first step and for those that nothing leads to.
    """

    step: str
    depth: int
    edge: Edge | None


def outline(playbook: Playbook) -> tuple[Placed, ...]:
    """Every step once, branches before what comes after them; then the exception's steps, then the unreachable ones."""
    placed: dict[str, Placed] = {}
    for first in (playbook.start, playbook.exception, *playbook.steps):
        waiting = [Placed(first, 0, None)]
        while waiting:
            here = waiting.pop()
            step = playbook.steps.get(here.step)
            if step is None or step.id in placed:
                continue
            placed[step.id] = here
            waiting += [
                Placed(edge.target, here.depth + (edge.how in BRANCHING), edge)
                for edge in reversed(step.edges)
            ]
    return tuple(placed.values())


def reachable(playbook: Playbook, *roots: str) -> frozenset[str]:
    """The steps that can be reached from these; from the start and the exception step where none are given."""
    return _closure(roots or (playbook.start, playbook.exception), successors(playbook))


def reaching_an_end(playbook: Playbook) -> frozenset[str]:
    """The steps from which an end step can be reached, end steps among them."""
    before: dict[str, list[str]] = {}
    for ident, targets in successors(playbook).items():
        for target in targets:
            before.setdefault(target, []).append(ident)
    ends = [step.id for step in playbook.steps.values() if step.type == "end"]
    return _closure(ends, before)


def successors(playbook: Playbook, *, but: str = "") -> dict[str, tuple[str, ...]]:
    """To every step those it leads to, without the ones that do not exist and those by edges of the kind ``but``."""
    return {
        step.id: tuple(
            edge.target for edge in step.edges if edge.target in playbook.steps and edge.how != but
        )
        for step in playbook.steps.values()
    }


def branch(ways: Mapping[str, tuple[str, ...]], first: str, opener: str) -> list[str]:
    """The steps of a branch, up to the one that opened it; of a very long branch the first :data:`MAX_BRANCH`.

    ``ways`` is what :func:`successors` gives.
    """
    seen: dict[str, None] = {}
    waiting = [first]
    while waiting and len(seen) < MAX_BRANCH:
        here = waiting.pop()
        if here not in seen and here != opener:
            seen[here] = None
            waiting += ways.get(here, ())
    return list(seen)


def circles(playbook: Playbook, *, through_loops: bool = False) -> tuple[tuple[str, ...], ...]:
    """Groups of steps each of which leads back to itself: strongly connected, in the order of the file.

    Ways back into a while-condition are what it is for and do not count, unless ``through_loops``.
    """
    ways = successors(playbook)
    if not through_loops:
        loops = {step.id for step in playbook.steps.values() if step.type == "while-condition"}
        ways = {ident: () if ident in loops else targets for ident, targets in ways.items()}
    position = {ident: number for number, ident in enumerate(playbook.steps)}
    groups = [
        tuple(sorted(group, key=position.__getitem__))
        for group in _strongly_connected(ways)
        if len(group) > 1 or group[0] in ways[group[0]]
    ]
    return tuple(sorted(groups, key=lambda group: position[group[0]]))


def after(playbook: Playbook, step: Step, *, succeeded: bool) -> str:
    """The step that follows once this one (with its branches) is through; "" where it ends here.

    A failure that the step does not handle goes to the playbook's exception step.
    """
    way = step.way("on_success" if succeeded else "on_failure") or step.way("on_completion")
    return way or ("" if succeeded else playbook.exception)


def _closure(roots: Iterable[str], ways: Mapping[str, Iterable[str]]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        here = waiting.pop()
        if here not in seen and here:
            seen.add(here)
            waiting += ways.get(here, ())
    return frozenset(seen)


def _strongly_connected(ways: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    """Tarjan's algorithm with a stack of its own."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    held: list[str] = []
    on_held: set[str] = set()
    groups: list[list[str]] = []
    for root in ways:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        held.append(root)
        on_held.add(root)
        walk = [(root, iter(ways[root]))]
        while walk:
            here, left = walk[-1]
            target = next(left, None)
            if target is None:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[here])
                if low[here] == number[here]:
                    group = [held.pop()]
                    while group[-1] != here:
                        group.append(held.pop())
                    on_held.difference_update(group)
                    groups.append(group)
            elif target not in number:
                number[target] = low[target] = len(number)
                held.append(target)
                on_held.add(target)
                walk.append((target, iter(ways[target])))
            elif target in on_held:
                low[here] = min(low[here], number[target])
    return groups
