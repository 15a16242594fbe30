"""The literal of which the registry is made: what stands in it is what command, key, prompt, help and docs can say."""

from enum import Enum
from pathlib import Path
from typing import Any

from tests.support.golden import check_golden_json

from ircockpit.command.action import Action, Danger, Kind, Param, Result

GOLDEN = Path(__file__).parent / "golden"


def test_the_literal_of_an_action() -> None:
    # Every feature writes these literals, and tools read them: a field taken away or given another default changes
    # what all of them mean; a new field needs a default under which the old literals mean what they meant.
    shape = {
        each.__name__: {name: _default(each, name) for name in each._fields}
        for each in (Action, Param, Result)
    }
    values = {each.__name__: {member.name: member.value for member in each} for each in (Danger, Kind)}
    check_golden_json({**shape, **values}, GOLDEN / "action.json")


def test_nothing_is_dangerous_by_default_and_nothing_needs_an_order() -> None:
    assert Action("a.b", ("b",), "does b", "m:f").danger is Danger.READ
    assert [each.value for each in Danger] == ["read", "record", "outside", "wide"], "from harmless to far"


def _default(kind: Any, name: str) -> Any:
    if name not in kind._field_defaults:
        return "must be given"
    value = kind._field_defaults[name]
    return value.value if isinstance(value, Enum) else value
