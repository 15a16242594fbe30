"""What is different between two versions of a playbook: steps and variables added, removed, changed, in words."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ircockpit.features.playbooks.graph import outline
from ircockpit.features.playbooks.model import Frozen, Playbook

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
_INNER = frozenset({"workflow", "playbook_variables"})


class Difference(NamedTuple):
    """One thing that is different. ``name`` and ``of`` may be a stranger's words."""

    how: str
    what: str
    """``step``, ``variable`` or ``property``."""
    name: str
    of: tuple[str, ...] = ()
    """What about it: names of its properties."""


def differences(old: Playbook, new: Playbook) -> tuple[Difference, ...]:
    """Every difference: steps in the order they are followed, then variables, then what the playbook says of itself."""
    order = [place.step for place in outline(new)]
    order += [place.step for place in outline(old) if place.step not in new.steps]
    return (
        *_each("step", old.steps, new.steps, order),
        *_each(
            "variable",
            old.variables,
            new.variables,
            [*new.variables, *(set(old.variables) - set(new.variables))],
        ),
        *(
            Difference(CHANGED, "property", name)
            for name in _changed(old.json, new.json)
            if name not in _INNER
        ),
    )


def _each(
    what: str, old: Mapping[str, Any], new: Mapping[str, Any], order: list[str]
) -> Iterator[Difference]:
    for ident in order:
        before, after = old.get(ident), new.get(ident)
        there = after if before is None else before
        name = there.name if there is not None and there.name else ident
        if before is None:
            yield Difference(ADDED, what, name)
        elif after is None:
            yield Difference(REMOVED, what, name)
        elif changed := _changed(before.json, after.json):
            yield Difference(CHANGED, what, name, changed)


def _changed(old: Frozen, new: Frozen) -> tuple[str, ...]:
    return tuple(
        sorted(
            name for name in {*old, *new} if old.get(name) != new.get(name) or (name in old) != (name in new)
        )
    )
