"""Structural templating: values are put into places of a request, never text into text to be parsed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import compact
from ircockpit.features.containment.engine import expression
from ircockpit.features.containment.engine.expression import Reference

HOLE = re.compile(r"\$\{([^{}]*)\}")
"""``${expression}``; the expression is JMESPath over the names allowed in that place."""

MOST = 4096
"""Characters of a command or of one argument."""


class Hole(str):
    """``<name>``: what the answer of an earlier change will give; it stands in a plan as it is."""

    __slots__ = ()

    @classmethod
    def of(cls, name: str) -> "Hole":
        """The hole of that name."""
        return cls(f"<{name}>")


_PATH = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*")
_HEADER_VALUE = re.compile(r"([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?")


def fill(value: Any, scope: Mapping[str, Any]) -> Any:
    """A JSON value with every hole filled; a text that is one hole becomes the value itself, with its type.

    Raises :class:`BadInput` for an expression that fails and for a value without a text form within text.
    """
    if isinstance(value, str):
        whole = HOLE.fullmatch(value)
        return expression.evaluate(whole[1], scope) if whole else fill_text(value, scope)
    if isinstance(value, Mapping):
        filled = {fill_text(str(key), scope): fill(item, scope) for key, item in value.items()}
        if len(filled) != len(value):
            raise BadInput("two keys of a request become the same with these parameters")
        return filled
    if isinstance(value, list):
        return [fill(item, scope) for item in value]
    return value


def fill_text(text: str, scope: Mapping[str, Any]) -> str:
    """Text with every hole replaced by its value's text form."""
    return HOLE.sub(lambda hole: as_text(expression.evaluate(hole[1], scope), hole[0]), text)


def fill_path(text: str, scope: Mapping[str, Any]) -> str:
    """A path with every hole percent-encoded, so that a value stays within its segment.

    Raises :class:`BadInput` for an empty value and for ``.`` or ``..`` as a segment: they name another place.
    """

    def encoded(hole: re.Match[str]) -> str:
        found = expression.evaluate(hole[1], scope)
        value = as_text(found, hole[0])
        if not value:
            raise BadInput(f"{hole[0]} in the path {text} is empty")
        if isinstance(found, Hole):  # not encoded: with it, the path cannot be sent
            holes.append(value)
            return value
        return quote(value, safe="")

    holes: list[str] = []
    path = HOLE.sub(encoded, text)
    plain = path
    for hole in holes:
        plain = plain.replace(hole, "x")
    if not _PATH.fullmatch(plain) or path.startswith("//"):
        raise BadInput(f"{text} does not become a plain absolute path")
    if {".", ".."} & set(path.lower().replace("%2e", ".").split("/")):
        raise BadInput(f"{text} would leave its place with these parameters")
    return path


def fill_encoded(text: str, scope: Mapping[str, Any]) -> str:
    """A name or value of a query or a form, percent-encoded but for a :class:`Hole`, which is read as it stands."""
    parts, end = [], 0
    for hole in HOLE.finditer(text):
        found = expression.evaluate(hole[1], scope)
        value = as_text(found, hole[0])
        parts += [
            quote(text[end : hole.start()], safe=""),
            value if isinstance(found, Hole) else quote(value, safe=""),
        ]
        end = hole.end()
    return "".join([*parts, quote(text[end:], safe="")])


def fill_header(text: str, scope: Mapping[str, Any]) -> str:
    """A header's value; :class:`BadInput` for line ends, outer blanks, controls and anything beyond ASCII."""
    value = fill_text(text, scope)
    if not _HEADER_VALUE.fullmatch(value):
        raise BadInput(f"{text} becomes a header value with a line end or a character headers cannot carry")
    return value


def fill_line(text: str, scope: Mapping[str, Any]) -> str:
    """One command of a socket of lines, as HAProxy reads it: blanks and backslashes of values escaped.

    Raises :class:`BadInput` for a value that is empty or could end the command or begin another.
    """

    def escaped(hole: re.Match[str]) -> str:
        found = expression.evaluate(hole[1], scope)
        value = as_text(found, hole[0])
        if isinstance(found, Hole):
            return value
        # "<<" at the end announces lines that belong to the command, and would wait for them.
        if not value or ";" in value or "<<" in value or not (value.isascii() and value.isprintable()):
            raise BadInput(
                f"{hole[0]} cannot stand in a command: it is empty, or holds ; or << or a character beyond"
                " printable ASCII"
            )
        return value.replace("\\", "\\\\").replace(" ", "\\ ")

    line = HOLE.sub(escaped, text)
    if len(line) > MOST:
        raise BadInput(f"{text} becomes a command longer than {MOST} characters")
    return line


def fill_args(args: Sequence[Any], scope: Mapping[str, Any]) -> tuple[str, ...]:
    """The arguments of a program, one value in one argument.

    Raises :class:`BadInput` for an argument that a value makes empty or an option, also behind an option: whether that
    one takes a value only the program knows. ``--name=${p.name}`` takes any.
    """
    filled: list[str] = []
    for template_ in args:
        if isinstance(template_, str):
            value = fill_text(template_, scope)
            if value.startswith("-") and not template_.startswith("-"):
                raise BadInput(f"{template_} becomes an option of the program: {value[:20]!r}")
        else:
            value = compact(fill(template_, scope))
        if not value or not value.isprintable() or len(value) > MOST:
            raise BadInput(
                f"{template_} becomes an argument that is empty, longer than {MOST} characters or not printable"
            )
        filled.append(value)
    return tuple(filled)


def as_text(value: Any, what: str) -> str:
    """The text form of a text, number or boolean. Raises :class:`BadInput` for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise BadInput(f"{what} has no value that can be written as text")


def references(value: Any) -> Iterator[Reference]:
    """Every name the holes of a value read. Raises :class:`BadInput` for a hole that is open or no JMESPath."""
    if isinstance(value, str):
        for hole in HOLE.finditer(value):
            yield from expression.check(hole[1])
        if "${" in HOLE.sub("", value):
            raise BadInput(f"{value!r} opens ${{ without closing it")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from references(key)
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
