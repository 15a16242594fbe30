"""A file of data in YAML, read into its typed form or refused with file, line and reason."""

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from ircockpit.core.errors import BadInput
from ircockpit.core.yamltext import load_yaml

_PLACE = re.compile(r"(?P<what>.*) - at `(?:key in )?(?P<place>\$[^`]*)`", re.DOTALL)
_NAMED = re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)
T = TypeVar("T")
FIX = "nothing of this file is used; correct the line and read it again"


def read_typed(raw: bytes, name: str, form: type[T]) -> tuple[T, dict[str, int]]:
    """The value of a file and the line of each place in it. Raises :class:`BadInput`."""
    lines: dict[str, int] = {}
    try:
        value = load_yaml(raw, lines=lines)
    except BadInput as error:
        raise BadInput(f"{name}: {error.what}", fix=FIX) from None
    try:
        return msgspec.convert(value, form), lines
    except msgspec.ValidationError as error:
        match = _PLACE.fullmatch(str(error))
        place, what = (match["place"], match["what"]) if match else ("$", str(error))
        unknown = _NAMED.fullmatch(what)
        if unknown and f"{place}.{unknown['field']}" in lines:
            place = f"{place}.{unknown['field']}"
        raise refusal(name, lines, place, what[:1].lower() + what[1:]) from None


def refusal(name: str, lines: Mapping[str, int], place: str, reason: str) -> BadInput:
    """The error for what stands at a place such as ``$.clocks[0].due`` of a file."""
    # A key that is missing has no line, but what it is missing in has one.
    while place not in lines and place != "$":
        place = place[: max(place.rfind("."), place.rfind("["), 1)]
    return BadInput(f"{name}, line {lines.get(place, 1)}: {reason}", fix=FIX)
