"""The floor: what a file must hold to be a CACAO 2.0 playbook at all, checked without the official schemas.

Everything that the official schemas refuse is refused here, too (the tests compare both over the same files), so that
what passes can be given to any other program. The linter asks for more.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ircockpit.core.jsontext import compact
from ircockpit.features.playbooks import shapes
from ircockpit.features.playbooks.finding import Finding, Rule, Severity, found
from ircockpit.features.playbooks.shapes import Flag, Keyed, Listing, Object, Shape, Text, Whole
from ircockpit.features.playbooks.source import pointer
from ircockpit.features.playbooks.vocabulary import kind_of

_SHOWN = 60

MISSING = Rule(
    "missing-property",
    Severity.ERROR,
    "A property that must be there is missing",
    "Other programs refuse the file, and nobody knows what was meant.",
    "Add it, or load the file with repair.",
)
WRONG_KIND = Rule(
    "wrong-kind",
    Severity.ERROR,
    "A value is of the wrong kind, such as a number where a text belongs",
    "CACAO writes every value of a variable as text; other programs refuse or misread anything else.",
    "Write it as the kind that is named.",
)
WRONG_FORM = Rule(
    "wrong-form",
    Severity.ERROR,
    "A value does not have the form, the range or one of the words that it must have",
    "Ids hold a UUID of version 1 to 5, times are UTC with a Z, enumerations are closed.",
    "Write it in the form that is named, or load the file with repair.",
)
WRONG_KEY = Rule(
    "wrong-key",
    Severity.ERROR,
    "A key of a dictionary is not the id or name it must be",
    "Nothing can refer to it, and the official schemas leave what stands under such a key unread.",
    "Give it an id of its kind and use that wherever it is referred to; repair does both.",
)
TOO_FEW = Rule(
    "too-few",
    Severity.ERROR,
    "A list or dictionary has fewer entries than it must have",
    "A property that says nothing is left out; a parallel step has two branches at least.",
    "Add what is missing, or leave the property out.",
)
FORBIDDEN = Rule(
    "forbidden-property",
    Severity.ERROR,
    "A property stands where it must not",
    "A start step only goes on, an end step goes nowhere, and a signature names its key in one way.",
    "Leave it out.",
)
UNKNOWN = Rule(
    "unknown-property",
    Severity.NOTE,
    "A property that CACAO 2.0 does not know",
    "It is kept as it is, and nothing here acts upon it. It may be a misspelling.",
    "Correct it, or put it into an extension.",
)
RULES = (MISSING, WRONG_KIND, WRONG_FORM, WRONG_KEY, TOO_FEW, FORBIDDEN, UNKNOWN)


def check(value: Any, shape: Shape = shapes.PLAYBOOK, place: str = "") -> Iterator[Finding]:
    """Every place where a value is not as the shape asks; no error among them means that it can be loaded."""
    if isinstance(shape, Object):
        yield from _object(value, shape, place)
    elif isinstance(shape, Keyed):
        yield from _keyed(value, shape, place)
    elif isinstance(shape, Listing):
        yield from _listing(value, shape, place)
    else:
        yield from _single(value, shape, place)


def narrowed(shape: Object, value: Mapping[str, Any]) -> Object:
    """The shape of this object, narrower where its ``type`` is a known one."""
    kind = value.get("type")
    return shape.by_type.get(kind, shape) if isinstance(kind, str) else shape


def shown(value: Any) -> str:
    """A value as JSON for a sentence, cut to a readable length."""
    text = value if isinstance(value, str) else compact(value)
    text = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"“{text}”" if isinstance(value, str) else text


def _single(value: Any, shape: Shape, place: str) -> Iterator[Finding]:
    if isinstance(shape, Text):
        yield from _text(value, shape, place)
    elif isinstance(shape, Whole):
        yield from _whole(value, shape, place)
    elif isinstance(shape, Flag):
        if not isinstance(value, bool):
            yield found(WRONG_KIND, place, f"{shown(value)} stands where true or false belongs")
    elif not isinstance(value, dict):
        yield found(WRONG_KIND, place, f"{shown(value)} stands where an object belongs")


def _text(value: Any, shape: Text, place: str) -> Iterator[Finding]:
    if value is None and shape.nullable:
        return
    if not isinstance(value, str):
        yield found(WRONG_KIND, place, f"{shown(value)} stands where {shape.called} belongs")
    elif shape.one_of and value not in shape.one_of:
        yield found(WRONG_FORM, place, f"{shown(value)} is not one of: {', '.join(shape.one_of)}")
    elif shape.form is not None and shape.form.fullmatch(value) is None:
        yield found(WRONG_FORM, place, f"{shown(value)} is not {shape.called}")


def _whole(value: Any, shape: Whole, place: str) -> Iterator[Finding]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield found(WRONG_KIND, place, f"{shown(value)} stands where a whole number belongs")
    elif (shape.low is not None and value < shape.low) or (shape.high is not None and value > shape.high):
        bounds = f"at least {shape.low}" if shape.high is None else f"from {shape.low} to {shape.high}"
        yield found(WRONG_FORM, place, f"{shown(value)} is not {bounds}")


def _listing(value: Any, shape: Listing, place: str) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield found(WRONG_KIND, place, f"{shown(value)} stands where a list belongs")
        return
    if len(value) < shape.least:
        yield found(TOO_FEW, place, f"{len(value)} where at least {shape.least} must be")
    for index, each in enumerate(value):
        yield from check(each, shape.item, pointer(place, index))


def _keyed(value: Any, shape: Keyed, place: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield found(WRONG_KIND, place, f"{shown(value)} stands where a dictionary belongs")
        return
    if len(value) < shape.least:
        yield found(TOO_FEW, place, f"{len(value)} where at least {shape.least} must be")
    for key, each in value.items():
        below = pointer(place, key)
        kind = kind_of(key)
        if shape.key.fullmatch(key) is None or (shape.only_kinds and kind not in shape.by_kind):
            yield found(WRONG_KEY, below, f"{shown(key)} is not {shape.called}")
            continue
        yield from check(each, shape.by_kind.get(kind, shape.item), below)


def _object(value: Any, shape: Object, place: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield found(WRONG_KIND, place, f"{shown(value)} stands where the {shape.called} belongs")
        return
    shape = narrowed(shape, value)
    for name in shape.required:
        if name not in value:
            yield found(MISSING, pointer(place, name), f"the {shape.called} has no {name}")
    ways = [name for name in shape.exactly_one if name in value]
    if shape.exactly_one and not ways:
        yield found(MISSING, place, f"the {shape.called} has none of: {', '.join(shape.exactly_one)}")
    for name in ways[1:]:
        yield found(FORBIDDEN, pointer(place, name), f"{name} stands beside {ways[0]}; only one of them may")
    for name, each in value.items():
        below = pointer(place, name)
        if name in shape.never:
            yield found(FORBIDDEN, below, f"{name} stands in {_a(shape.called)}")
        elif name in shape.properties:
            yield from check(each, shape.properties[name], below)
        elif not shape.open:
            yield found(UNKNOWN, below, f"{shown(name)} is no property of the {shape.called}")


def _a(called: str) -> str:
    return f"{'an' if called[0] in 'aeiou' else 'a'} {called}"
