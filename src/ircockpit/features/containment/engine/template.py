"""Structural templating: values are put into places of a request, never text into text to be parsed."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ircockpit.core.errors import BadInput
from ircockpit.features.containment.engine import expression
from ircockpit.features.containment.engine.expression import Reference

HOLE = re.compile(r"\$\{([^{}]*)\}")
"""``${expression}``; the expression is JMESPath over the names allowed in that place."""

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
        value = as_text(expression.evaluate(hole[1], scope), hole[0])
        if not value:
            raise BadInput(f"{hole[0]} in the path {text} is empty")
        return quote(value, safe="")

    path = HOLE.sub(encoded, text)
    if not _PATH.fullmatch(path) or path.startswith("//"):
        raise BadInput(f"{text} does not become a plain absolute path")
    if {".", ".."} & set(path.lower().replace("%2e", ".").split("/")):
        raise BadInput(f"{text} would leave its place with these parameters")
    return path


def fill_header(text: str, scope: Mapping[str, Any]) -> str:
    """A header's value; :class:`BadInput` for line ends, outer blanks, controls and anything beyond ASCII."""
    value = fill_text(text, scope)
    if not _HEADER_VALUE.fullmatch(value):
        raise BadInput(f"{text} becomes a header value with a line end or a character headers cannot carry")
    return value


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
