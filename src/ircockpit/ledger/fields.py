"""Signed JSON objects with a fixed set of fields: one strict reader and one writer for all formats."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import MAX_INTEGER, strict_loads

FORMAT = 1
"""The version that envelopes, certificates and receipts are written in; frozen, see docs/format.md."""
SUPPORTED = frozenset({FORMAT})
"""Versions this program reads."""


class FormatError(BadInput):
    """Signed text is not of its format; ``field`` is the one at fault, empty where it is the whole text."""

    def __init__(self, what: str, field: str = "") -> None:
        super().__init__(what, safe="nothing was taken over", fix="get the same record from another source")
        self.field = field


class Rule(NamedTuple):
    """What a field may hold."""

    holds: Callable[[Any], bool]
    says: str
    """Ends the sentence "field … must be"."""


class Layout(NamedTuple):
    """A format: its fields in the order written, its size limit in bytes, the error it is refused with."""

    name: str
    rules: Mapping[str, Rule]
    limit: int
    error: type[FormatError]


def _matches(pattern: str) -> Callable[[Any], bool]:
    match = re.compile(pattern, re.ASCII).fullmatch
    return lambda value: type(value) is str and match(value) is not None


def either_null(rule: Rule) -> Rule:
    """The rule, or null."""
    return Rule(lambda value: value is None or rule.holds(value), f"{rule.says}, or null")


def whole(least: int, most: int = MAX_INTEGER) -> Rule:
    """A whole number within bounds; ``true`` and ``false`` are none."""
    return Rule(
        lambda value: type(value) is int and least <= value <= most, f"a whole number from {least} to {most}"
    )


def one_of(*words: str) -> Rule:
    """One of a closed list of words."""
    return Rule(lambda value: type(value) is str and value in words, " or ".join(words))


VERSION = Rule(
    lambda value: type(value) is int and value in SUPPORTED,
    "a version this program knows (" + ", ".join(map(str, sorted(SUPPORTED))) + ")",
)
DIGEST = Rule(_matches("[0-9a-f]{64}"), "64 lower-case hex digits")
EPOCH = Rule(_matches("[0-9a-f]{16}"), "16 lower-case hex digits")
UUID = Rule(_matches("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "a UUID in lower-case text")
NAME = Rule(
    _matches("[a-z][a-z0-9_.]{0,63}"), "a name of a-z, 0-9, _ and . that begins with a letter, up to 64 long"
)


def read(layout: Layout, raw: bytes) -> dict[str, Any]:
    """The fields of signed bytes, each checked; raises the layout's error naming the first field at fault."""
    if len(raw) > layout.limit:
        raise layout.error(f"{layout.name}: {len(raw)} bytes, the limit is {layout.limit}")
    try:
        value = strict_loads(raw)
    except BadInput as error:
        field = _culprit(raw)
        where = f"field {field[:64]!r}: " if field else ""
        raise layout.error(f"{layout.name}: {where}{error.what}", field) from None
    if type(value) is not dict:
        raise layout.error(f"{layout.name}: not a JSON object")
    return check(layout, value)


def check(layout: Layout, value: dict[str, Any]) -> dict[str, Any]:
    """The same fields, checked against the layout; raises its error naming the first field at fault."""
    if value.keys() != layout.rules.keys():
        _wrong_keys(layout, value)
    for field, rule in layout.rules.items():
        if not rule.holds(value[field]):
            raise layout.error(f"{layout.name}: field {field} must be {rule.says}", field)
    return value


def write(layout: Layout, value: dict[str, Any]) -> bytes:
    """The bytes to sign: checked, keys in the layout's order, no spaces. They are written only once."""
    check(layout, value)
    raw = json.dumps({field: value[field] for field in layout.rules}, separators=(",", ":")).encode("ascii")
    if len(raw) > layout.limit:
        raise layout.error(f"{layout.name}: {len(raw)} bytes, the limit is {layout.limit}")
    return raw


def _wrong_keys(layout: Layout, value: Mapping[str, Any]) -> NoReturn:
    for field in layout.rules:
        if field not in value:
            raise layout.error(f"{layout.name}: field {field} is missing", field)
    field = min(value.keys() - layout.rules.keys())
    raise layout.error(f"{layout.name}: unknown field {field[:64]!r}", field)


def _culprit(raw: bytes) -> str:
    """The top-level field that strict reading stumbled over; empty where the text is no JSON object."""

    def pairs_of(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        return pairs

    try:
        return _first_culprit(json.loads(raw.decode("utf-8"), object_pairs_hook=pairs_of))
    except (ValueError, RecursionError):
        return ""


def _first_culprit(pairs: Any) -> str:
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        return ""
    seen: set[str] = set()
    for key, value in pairs:
        if key in seen or not _plain(value):
            return str(key)
        seen.add(key)
    return ""


def _plain(value: Any) -> bool:
    if isinstance(value, float):
        return False
    if type(value) is int:
        return abs(value) <= MAX_INTEGER
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, list):  # of values, or of the pairs of an object
        keys = [item[0] for item in value if isinstance(item, tuple)]
        return len(set(keys)) == len(keys) and all(
            _plain(item[1] if isinstance(item, tuple) else item) for item in value
        )
    return True
