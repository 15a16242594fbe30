"""What a playbook says beyond CACAO: what a step is bound to, and under which facts of the record it counts as done.

Strangers write these, too: what has not the form of the extension counts as not said.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ircockpit.features.playbooks.model import Frozen, Playbook, Step
from ircockpit.playbooks import EXTENSION

Fact = Callable[[Frozen], bool | None]
"""Whether a fact holds over an incident; None where the record cannot tell."""

PERSON = "step_ticked"
"""The fact that only a person can make true."""


class Binding(NamedTuple):
    """What a step is bound to."""

    phase: str = ""
    families: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    clock_rules: tuple[str, ...] = ()
    audience: str = ""
    condition: Frozen | None = None


def binding(step: Step) -> Binding:
    """The binding of a step; empty where it has none."""
    said = _extension(step.json, "step_extensions")
    condition = said.get("satisfied_when")
    return Binding(
        _text(said, "phase"), _texts(said, "families"), _texts(said, "evidence"), _texts(said, "clock_rules"),
        _text(said, "audience"), condition if isinstance(condition, Mapping) else None,
    )  # fmt: skip


def holds(condition: Frozen, fact: Fact) -> bool | None:
    """Whether a condition holds; None where a fact is not known and the others do not decide it."""
    for name, decisive in (("all_of", False), ("any_of", True)):
        if name in condition:
            parts = condition[name] if isinstance(condition[name], tuple) else ()
            found = [holds(part, fact) for part in parts if isinstance(part, Mapping)]
            if decisive in found:
                return decisive
            return None if None in found or not found else not decisive
    return fact(condition)


def facts_of(condition: Frozen) -> Iterator[Frozen]:
    """The single facts of a condition."""
    for name in ("all_of", "any_of"):
        if isinstance(condition.get(name), tuple):
            for part in condition[name]:
                if isinstance(part, Mapping):
                    yield from facts_of(part)
            return
    yield condition


def asked(step: Step, name: str) -> tuple[Frozen, ...]:
    """The facts of one name that would tick a step."""
    condition = binding(step).condition
    return tuple(each for each in facts_of(condition or {}) if each.get("fact") == name)


def whose(playbook: Playbook) -> Mapping[str, str]:
    """To the agents of a playbook the role of a profile that stands for each, where it says so."""
    lists = _extension(playbook.json, "playbook_extensions").get("checklists")
    return {
        each["agent"]: each["profile_role"]
        for each in (lists if isinstance(lists, tuple) else ())
        if isinstance(each, Mapping) and _text(each, "agent") and _text(each, "profile_role")
    }


def known_values(playbook: Playbook, fact: Fact) -> dict[str, str]:
    """The values of variables that the record answers by itself."""
    rows = _extension(playbook.json, "playbook_extensions").get("variables")
    found: dict[str, str] = {}
    for row in rows if isinstance(rows, tuple) else ():
        if not isinstance(row, Mapping) or not isinstance(row.get("known_from"), Mapping):
            continue
        variable = playbook.variables.get(_text(row, "variable"))
        known = holds(row["known_from"], fact)
        if variable is not None and variable.type == "bool" and not variable.constant and known is not None:
            found[variable.name] = "true" if known else "false"
    return found


def about(playbook: Playbook) -> Mapping[str, str]:
    """Who authorises and who speaks, the kind and the context, as far as a playbook says so."""
    said = _extension(playbook.json, "playbook_extensions")
    return {name: _text(said, name) for name in ("category", "context", "authorises", "speaks")}


def _extension(json: Frozen, name: str) -> Frozen:
    said = json.get(name)
    ours = said.get(EXTENSION) if isinstance(said, Mapping) else None
    return ours if isinstance(ours, Mapping) else {}


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _texts(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = said.get(name)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, tuple) else ()
