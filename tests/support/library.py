"""Ways through a playbook of the library, and how alike two of them are."""

import json
import re
from collections.abc import Iterator
from typing import Any

from ircockpit import playbooks

Playbook = dict[str, Any]
SAME_THING = re.compile(
    r"\b(customers?|users?|people|persons?|staff|colleagues?|employees?|partners?|teams?|sides?|accounts?|both|their|our|the|a)\b"
)
"""Words that differ where only the names were swapped."""


def read(name: str) -> Playbook:
    """A playbook of the library."""
    value: Playbook = json.loads(playbooks.text_of(name))
    return value


def bound(step: Playbook) -> Playbook:
    """What the library's extension says of a step; empty where it says nothing."""
    value: Playbook = step.get("step_extensions", {}).get(playbooks.EXTENSION, {})
    return value


def about(playbook: Playbook) -> Playbook:
    """What the library's extension says of a playbook."""
    value: Playbook = playbook["playbook_extensions"][playbooks.EXTENSION]
    return value


def actions(playbook: Playbook) -> dict[str, Playbook]:
    """The steps somebody carries out, by id, in reading order."""
    return {ident: step for ident, step in playbook["workflow"].items() if step["type"] == "action"}


def way(playbook: Playbook, start: str) -> Iterator[Playbook]:
    """The steps from one on, as far as all goes well, without what stands in branches."""
    at: str | None = start
    while at is not None:
        step = playbook["workflow"][at]
        yield step
        at = step.get("on_completion") or step.get("on_success")


def before_the_stop(playbook: Playbook) -> list[Playbook]:
    """Everything that comes before the first containment."""
    found: list[Playbook] = []
    for step in way(playbook, playbook["workflow_start"]):
        if bound(step).get("phase") == "contain":
            return found
        found.append(step)
    raise AssertionError("it never stops anything")


def reading_order(playbook: Playbook) -> list[Playbook]:
    """Every step in the order of the file, which is the order of reading."""
    return list(playbook["workflow"].values())


def said(step: Playbook) -> str:
    """What a step asks for, without the words that change when only names are swapped."""
    text = " ".join(command["command"] for command in step["commands"]).lower()
    return " ".join(re.sub(r"[^a-z ]", " ", SAME_THING.sub(" ", text)).split())


def alike(one: Playbook, other: Playbook) -> float:
    """The share of the shorter one's steps that the other has, too."""
    first, second = ({said(step) for step in actions(each).values()} for each in (one, other))
    return len(first & second) / min(len(first), len(second))


def conditions(condition: Playbook) -> Iterator[Playbook]:
    """Every fact that a condition asks for."""
    if "fact" in condition:
        yield condition
    for word in ("all_of", "any_of"):
        for each in condition.get(word, ()):
            yield from conditions(each)
