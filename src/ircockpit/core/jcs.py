"""JSON Canonicalization Scheme (RFC 8785): the one byte form of a JSON value that other programs sign, too."""

import json
import math
from decimal import Decimal
from typing import Any

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import MAX_INTEGER

_LONGEST_PLAIN = 21
"""Digits before the point up to which ECMAScript writes no exponent (ECMA-262, Number::toString)."""
_SMALLEST_PLAIN = -6


def canonical_bytes(value: Any) -> bytes:
    """The canonical form in UTF-8: no blanks, keys by their UTF-16 code units, numbers as ECMAScript writes them.

    A whole number beyond 2^53 is written as the nearest double, as every reader of the scheme has it. Raises
    :class:`BadInput` for what the scheme cannot hold: NaN, infinities, numbers beyond a double, half characters,
    keys that are no text, and nesting that cannot be followed.
    """
    try:
        return _text(value).encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput("no canonical JSON: a text holds half a character") from None
    except RecursionError:
        raise BadInput("no canonical JSON: it is nested too deep") from None


def _text(value: Any) -> str:
    if value is None or value is True or value is False:
        return "null" if value is None else "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        pairs = sorted(value.items(), key=lambda pair: pair[0].encode("utf-16-be"))
        return (
            "{"
            + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_text(each)}" for key, each in pairs)
            + "}"
        )
    raise BadInput(f"no canonical JSON: {type(value).__name__} is no JSON value")


def number_text(number: float) -> str:
    """A number as ECMAScript's Number::toString writes it; raises :class:`BadInput` where JSON has no such number."""
    if isinstance(number, int) and abs(number) <= MAX_INTEGER:
        return str(number)
    try:
        double = float(number)
    except OverflowError:
        double = math.inf
    if not math.isfinite(double):
        raise BadInput("no canonical JSON: a number is not finite or too large")
    if double == 0:
        return "0"
    # Python's repr has the shortest digits that are read back as the same double, as ECMAScript asks; only the layout differs.
    parts = Decimal(repr(double)).as_tuple()
    exponent = int(parts.exponent)
    all_digits = "".join(map(str, parts.digits))
    digits = all_digits.rstrip("0")
    point = len(all_digits) + exponent
    return ("-" if parts.sign else "") + _laid_out(digits, point)


def _laid_out(digits: str, point: int) -> str:
    if len(digits) <= point <= _LONGEST_PLAIN:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _LONGEST_PLAIN:
        return f"{digits[:point]}.{digits[point:]}"
    if _SMALLEST_PLAIN < point <= 0:
        return "0." + "0" * -point + digits
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
