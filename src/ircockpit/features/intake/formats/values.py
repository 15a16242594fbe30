"""How values of foreign JSON become text that can be stored, and what is said when they cannot."""

import hashlib
import json
import math
import re
from decimal import Decimal
from typing import Any

from ircockpit.core.errors import BadInput

TITLE_CHARS = 200
NAME_CHARS = 200
LABEL_CHARS = 1_000
MAX_LABELS = 100

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_KEY_PART = re.compile(r"[A-Za-z0-9._:@+-]{1,200}")
_DECIMAL = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?")
_WORDS_UNDER = ("turns", "text", "content")
_WORDS_DEPTH = 6
"""Conversation, its turns, a turn, its parts, a part, its words."""
_SCORE_LIMIT = 10**18
_SCORE_PLACES = 18


class Unreadable(BadInput):
    """A row, or a value in it, that cannot be taken in; ``what`` is the sentence for a person."""


class NotJson(Unreadable):
    """A line that is no JSON at all, as one that breaks off is not."""


def load(raw: bytes) -> Any:
    """One foreign JSON value; the last of two equal keys counts, NaN and Infinity are let through.

    Raises :class:`Unreadable`.
    """
    try:
        return json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise NotJson("it is not UTF-8 text") from None
    except RecursionError:
        raise Unreadable("it is nested too deep") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"it is not JSON: {error.msg.lower()} at character {error.pos + 1}") from None
    except ValueError:  # Python's limit on the digits of a whole number
        raise Unreadable("it holds a number of more digits than can be read") from None


def whole(text: str) -> str:
    """The text with every half character (a lone surrogate, which no file can hold) replaced by U+FFFD."""
    return text if text.isascii() else _HALF_CHARACTER.sub("\ufffd", text)


def one_line(text: str, limit: int) -> str:
    """The text on one line, cut to ``limit`` characters with an ellipsis."""
    flat = " ".join(whole(text[: 4 * limit + 64]).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def word(value: object, what: str) -> str:
    """A name out of a row; null is empty, a number is its digits; others raise :class:`Unreadable`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return one_line(value, NAME_CHARS)
    if isinstance(value, (int, float)) and (digits := decimal_text(value)) is not None:
        return digits
    raise Unreadable(f"its {what} is not text")


def labels_of(value: object, what: str = "labels") -> dict[str, str]:
    """Names and values for match rules; more than 100, or values not plain, raise :class:`Unreadable`."""
    if not isinstance(value, dict):
        raise Unreadable(f"its {what} are not an object")
    if len(value) > MAX_LABELS:
        raise Unreadable(f"it has more than {MAX_LABELS} {what}")
    return {one_line(name, NAME_CHARS): _label(item, what) for name, item in value.items()}


def _label(value: object, what: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return whole(value[:LABEL_CHARS])
    if value is None or isinstance(value, (int, float)):
        return word(value, "label")
    raise Unreadable(f"one of its {what} is neither text nor a number")


def message_text(value: object) -> str | None:
    """The words of a prompt or output: a text, a message, a conversation, or a list of them.

    Several turns stand one after the other, each behind its role where it has one. None where the value has
    another shape or no words; the raw record keeps whatever it was.
    """
    return _words(value, _WORDS_DEPTH)


def _words(value: object, depth: int) -> str | None:
    if isinstance(value, str):
        return whole(value)
    if depth and isinstance(value, dict):
        inner = next((value[name] for name in _WORDS_UNDER if value.get(name) is not None), None)
        return _words(inner, depth - 1)
    if depth and isinstance(value, list):
        said = [(item, text) for item in value if (text := _words(item, depth - 1)) is not None]
        if len(value) == 1:
            return said[0][1] if said else None
        return "\n\n".join(_role(item) + text for item, text in said) if said else None
    return None


def _role(turn: object) -> str:
    role = turn.get("role") if isinstance(turn, dict) else None
    return f"{one_line(role, NAME_CHARS)}: " if isinstance(role, str) else ""


def number_of(value: object) -> float | None:
    """A detector's score as Python compares it; None where the value is no number."""
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return None


def decimal_text(value: object) -> str | None:
    """A number as decimal text: ``0.36``, ``1``; None for no number, one not finite, or one from 10^18 on."""
    if isinstance(value, str):
        if _DECIMAL.fullmatch(value.strip()) is None:
            return None
        exact = Decimal(value.strip())
    elif isinstance(value, int):
        if abs(value) >= _SCORE_LIMIT:
            return None
        exact = Decimal(int(value))
    elif isinstance(value, float) and math.isfinite(value):
        exact = Decimal(repr(value))
    else:
        return None
    if abs(exact) >= _SCORE_LIMIT:
        return None
    text = f"{exact:.{_SCORE_PLACES}f}"
    text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def key_part(text: str) -> str:
    """The text as part of a key: itself where it is a plain name, a dash where empty, else its SHA-256."""
    if _KEY_PART.fullmatch(text):
        return text
    return "sha256:" + hashlib.sha256(whole(text).encode()).hexdigest() if text else "-"


def content_digest(value: object) -> str:
    """SHA-256 over the sorted, spaceless JSON of a foreign value: spacing and order of keys do not count.

    Escapes are kept in ASCII because foreign text may hold half characters, which UTF-8 cannot.
    Raises :class:`Unreadable` where it is nested too deep.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise Unreadable("it is nested too deep") from None
    return hashlib.sha256(text.encode("ascii")).hexdigest()
