"""JSON as signed text: strict reading and one canonical way of writing."""

import json
import math
from json.encoder import encode_basestring_ascii
from typing import Any, NoReturn

from ircockpit.core.errors import BadInput

MAX_INTEGER = 2**53 - 1
"""Largest integer every JSON reader keeps exact (RFC 8259, section 6)."""
MAX_DEPTH = 64
"""Lists and objects within each other at most; how much more a reader bears depends on where it is called from."""


def strict_loads(raw: bytes, *, floats: bool = False) -> Any:
    """Read one JSON value, refusing what two readers could understand differently.

    Refused: bytes that are not UTF-8, duplicate keys, NaN and Infinity, lone surrogates, more than
    :data:`MAX_DEPTH` levels, and (unless ``floats``) fractions and integers beyond 2^53-1. Raises
    :class:`BadInput` with the reason.
    """
    try:
        text = raw.decode("utf-8")
        value = (_WITH_FLOATS if floats else _STRICT).decode(text)
        if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
            raise RecursionError
        if "\\u" in text:  # only an escape can smuggle half a character past the UTF-8 decoder
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except BadInput:
        raise
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not strict JSON: {_reason(error)}") from None
    return value


def canonical(value: Any) -> bytes:
    """The one byte form of a JSON value: sorted keys, no spaces, UTF-8."""
    return _CANONICAL(value).encode()


def json_string(text: str) -> str:
    """A text as JSON in ASCII, with its quotes."""
    return encode_basestring_ascii(text)


def compact(value: Any) -> str:
    """A JSON value in ASCII and without spaces, keys in the order they have."""
    return _COMPACT(value)


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


def _reason(error: BaseException) -> str:
    if isinstance(error, UnicodeError):
        return "the text is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.lower()} at byte {error.pos}"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return "it holds a number of more digits than can be read"


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("not strict JSON: a key stands twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise BadInput(f"not strict JSON: {name} is not a number")


def _refuse_float(_: str) -> NoReturn:
    raise BadInput("not strict JSON: numbers must be whole")


def _finite(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise BadInput("not strict JSON: a number is too large to be read")
    return number


def _bounded_int(digits: str) -> int:
    if len(digits) > 17 or abs(number := int(digits)) > MAX_INTEGER:
        raise BadInput("not strict JSON: a whole number is beyond 2^53-1")
    return number


# Made once: json.loads and json.dumps make one at each call, which is half of what a small value costs.
_STRICT = json.JSONDecoder(
    object_pairs_hook=_no_duplicates,
    parse_constant=_refuse_constant,
    parse_float=_refuse_float,
    parse_int=_bounded_int,
)
_WITH_FLOATS = json.JSONDecoder(
    object_pairs_hook=_no_duplicates, parse_constant=_refuse_constant, parse_float=_finite, parse_int=int
)
_COMPACT = json.JSONEncoder(separators=(",", ":")).encode
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
