"""A YAML file read into a typed form: what does not fit is refused with file, line and reason, never left out."""

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from ircockpit.core.errors import BadInput
from ircockpit.core.yamltext import load_yaml

FormT = TypeVar("FormT")
_PLACE = re.compile(r"(?P<what>.*) - at `(?:key in )?(?P<place>\$[^`]*)`", re.DOTALL)
_NAMED = re.compile(r"Object contains unknown field `(?P<field>.*)`", re.DOTALL)
FIX = "nothing of this file is used; correct the line and read it again"


class Lines(NamedTuple):
    """Where each value of a file stands."""

    name: str
    lines: Mapping[str, int]

    def refuse(self, place: str, reason: str) -> BadInput:
        """The error for what stands at a place such as ``$.clocks[0].due``."""
        # A key that is missing has no line, but what it is missing in has one.
        while place not in self.lines and place != "$":
            place = place[: max(place.rfind("."), place.rfind("["), 1)]
        return BadInput(f"{self.name}, line {self.lines.get(place, 1)}: {reason}", fix=FIX)


def read_typed(raw: bytes, name: str, form: type[FormT]) -> tuple[FormT, Lines]:
    """The file in the form of a msgspec struct, and where its values stand.

    Raises :class:`BadInput`, naming file and line, for what the form does not know or allow.
    """
    import msgspec

    lines: dict[str, int] = {}
    try:
        value = load_yaml(raw, lines=lines)
    except BadInput as error:
        raise BadInput(f"{name}: {error.what}", fix=FIX) from None
    where = Lines(name, lines)
    try:
        return msgspec.convert(value, form), where
    except msgspec.ValidationError as error:
        match = _PLACE.fullmatch(str(error))
        place, what = (match["place"], match["what"]) if match else ("$", str(error))
        unknown = _NAMED.fullmatch(what)
        if unknown and f"{place}.{unknown['field']}" in lines:
            place = f"{place}.{unknown['field']}"
        raise where.refuse(place, what[:1].lower() + what[1:]) from None
