"""The filter language of every list: words, fields with values, and the opposite of each; pure."""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput, UsageError
from ircockpit.core.occurred import read_moment, typed_time

WORD, FUZZY = "", "~"
"""Names of the terms that belong to no field: a substring, and letters in their order."""
EQUAL, SAME = ":", "="
COMPARED = ("<=", ">=", "<", ">")
MAX_TERMS = 20
_TERM = re.compile(r'\s*(!?)(?:(~?)"([^"]*)"?|(\S(?:[^\s"]|"[^"]*"?)*))')
_FIELD = re.compile(r"([a-zA-Z]+)(<=|>=|<|>|:|=)(.*)", re.DOTALL)
_SPAN = re.compile(r"(?:\d+[smhdw])+")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class Kind(StrEnum):
    """What a field's values are, and so how they are read and compared."""

    TEXT = "text"
    """Any words: ``:`` finds them anywhere in the value, ``=`` means the whole value."""
    CHOICE = "choice"
    """One of a few words; their beginning is enough."""
    LEVEL = "level"
    """Choices of which the numbers are in order."""
    COUNT = "count"
    SPAN = "span"
    """How long: ``90s 5m 2h 3d 1w``."""
    MOMENT = "moment"
    """When: ``14:03``, ``2026-11-23``, a full time, or a span ago."""
    FLAG = "flag"
    """Stands alone, without a value."""


class Field(NamedTuple):
    """One thing that can be asked of the rows of a list."""

    name: str
    kind: Kind
    help: str
    """What it is about, for help and for the sentence about a value that cannot be."""
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Term(NamedTuple):
    """One thing asked: of a field, any of its values."""

    field: str
    values: tuple[Any, ...] = ()
    op: str = EQUAL
    negated: bool = False


class Now(NamedTuple):
    """The moment and zone that times in a filter are meant in."""

    wall_us: int = 0
    offset_minutes: int = 0


def parse(text: str, fields: Sequence[Field], now: Now) -> tuple[Term, ...]:
    """What a filter asks; a row is shown where all of it holds.

    A quotation mark that is not closed yet, a lone ``!`` or ``~``, and what stands behind a list of no fields are
    taken as they are: a filter works while it is typed. Raises :class:`UsageError`, naming what is possible.
    """
    terms = tuple(_terms(text, {name: each for each in fields for name in (each.name, *each.aliases)}, now))
    if len(terms) > MAX_TERMS:
        raise UsageError(f"a filter has at most {MAX_TERMS} parts", fix="take some away")
    return terms


def _terms(text: str, fields: dict[str, Field], now: Now) -> Iterator[Term]:
    for found in _TERM.finditer(text):
        not_, fuzzy, quoted, bare = found.groups()
        negated = bool(not_)
        if bare is None:
            if quoted.strip():
                yield Term(FUZZY if fuzzy else WORD, (quoted.casefold(),), negated=negated)
            continue
        asked = _FIELD.fullmatch(bare) if fields else None
        if asked is not None and not asked[3].startswith("//"):
            yield _asked(asked[1].lower(), asked[2], asked[3], negated, fields, now)
        elif (flag := fields.get(bare.lower())) is not None and flag.kind is Kind.FLAG:
            yield Term(flag.name, negated=negated)
        elif bare.startswith("~"):
            if letters := bare[1:].replace('"', ""):
                yield Term(FUZZY, (letters.casefold(),), negated=negated)
        elif bare != "!":
            yield Term(WORD, (bare.replace('"', "").casefold(),), negated=negated)


def _asked(name: str, op: str, rest: str, negated: bool, fields: dict[str, Field], now: Now) -> Term:
    field = fields.get(name)
    if field is None:
        raise UsageError(
            f"no field here is called {name}",
            fix=f"there are {_listed(fields)}; quotation marks make it a word",
        )
    if field.kind is Kind.FLAG:
        raise UsageError(f"{name} stands alone, without {op}", fix=f"say {name}, or !{name} for the opposite")
    if op in COMPARED and field.kind in (Kind.TEXT, Kind.CHOICE):
        raise UsageError(f"{name} cannot be more or less than something", fix=f"say {name}: {field.help}")
    if op not in COMPARED and field.kind is Kind.SPAN:
        raise UsageError(f"{name} is compared", fix=f"say {name}<2h or {name}>1d")
    words = [each for each in (word.replace('"', "") for word in _split(rest)) if each]
    if not words:
        listed = f"it is one of {', '.join(field.choices)}" if field.kind is Kind.CHOICE else field.help
        raise UsageError(f"{name}{op} needs a value", fix=listed)
    return Term(field.name, tuple(_value(field, word, op, now) for word in words), op, negated)


def _split(rest: str) -> list[str]:
    return re.findall(r'(?:[^,"]|"[^"]*"?)+', rest)


def _listed(fields: dict[str, Field]) -> str:
    return ", ".join(dict.fromkeys(field.name for field in fields.values()))


def _value(field: Field, word: str, op: str, now: Now) -> Any:
    if field.kind is Kind.TEXT:
        return word.casefold()
    if field.kind is Kind.COUNT:
        if not (word.isascii() and word.isdigit() and len(word) < 10):
            raise UsageError(f"{field.name} is a number, not {word}", fix=field.help)
        return int(word)
    if field.kind is Kind.SPAN:
        return _span_us(field, word)
    if field.kind is Kind.MOMENT:
        return _moment_us(field, word, now)
    return _choice(field, word.casefold(), op)


def _choice(field: Field, word: str, op: str) -> str:
    if field.kind is Kind.LEVEL:
        word = word.removeprefix(field.name)
        if op in COMPARED and not word.isdigit():
            raise UsageError(f"{word} is no number", fix=f"say {field.name}{op}2, or {field.name}:{word}")
    begun = [each for each in field.choices if each.startswith(word)]
    if word in field.choices or len(begun) == 1:
        return word if word in field.choices else begun[0]
    raise UsageError(
        f"{field.name} is never {word}" if not begun else f"{word} could be {' or '.join(begun)}",
        fix=f"it is one of {', '.join(field.choices)}",
    )


def _span_us(field: Field, word: str) -> int:
    if not _SPAN.fullmatch(word) or len(word) > 12:
        raise UsageError(f"{word} is no length of time", fix=f"say {field.name}<90s, 5m, 2h, 3d or 1w")
    return 1_000_000 * sum(int(part[:-1]) * _UNITS[part[-1]] for part in re.findall(r"\d+[smhdw]", word))


def _moment_us(field: Field, word: str, now: Now) -> int:
    if _SPAN.fullmatch(word) and len(word) <= 12:
        return now.wall_us - _span_us(field, word)
    try:
        return read_moment(typed_time(word, now.wall_us, now.offset_minutes)).earliest_us
    except BadInput:
        raise UsageError(
            f"{word} is no time",
            fix=f"say {field.name}:14:03, 2026-11-23, 2026-11-23T14:03Z, or 2h for two hours ago",
        ) from None


def compared(op: str, left: int, right: int) -> bool:
    """Whether a number stands to another one as a filter asks."""
    if op in (EQUAL, SAME):
        return left == right
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op]


def in_order(letters: str, text: str) -> bool:
    """Whether the letters come in this order in a case-folded text, the first of them where a word begins."""
    at = f" {text}".find(f" {letters[:1]}")
    for letter in letters:
        if at < 0:
            return False
        at = text.find(letter, at)
        at += at >= 0
    return at >= 0


def in_text(terms: Sequence[Term], text: str) -> bool:
    """Whether a text has what the terms that belong to no field ask; ``text`` is case folded."""
    return all(
        ((term.values[0] in text) if term.field == WORD else in_order(term.values[0], text)) != term.negated
        for term in terms
        if term.field in (WORD, FUZZY)
    )


def completions(text: str, fields: Sequence[Field]) -> list[str]:
    """What the last word of a filter may become: names of fields, then the values of the one that was named."""
    head, _, last = text.rpartition(" ")
    before = f"{head} " if head else ""
    not_, bare = ("!", last[1:]) if last.startswith("!") else ("", last)
    asked = _FIELD.fullmatch(bare)
    if asked is None:
        names = [each.name + ("" if each.kind is Kind.FLAG else _mark(each)) for each in fields]
        return [before + not_ + name for name in names if name.startswith(bare.lower()) and name != bare]
    field = next((each for each in fields if asked[1].lower() in (each.name, *each.aliases)), None)
    given, comma, begun = asked[3].rpartition(",")
    choices = field.choices if field is not None else ()
    return [
        f"{before}{not_}{asked[1]}{asked[2]}{given}{comma}{each}"
        for each in choices
        if each.startswith(begun) and each != begun
    ]


def _mark(field: Field) -> str:
    return "<" if field.kind is Kind.SPAN else ":"
