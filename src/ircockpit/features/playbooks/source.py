"""A playbook's file as JSON, and the line on which each place of it stands.

A place is a JSON pointer (RFC 6901): ``/workflow/start--…/on_completion``; the whole file is ``""``. Lines count from 1.
What two readers could understand differently is refused with its line: bytes that are not UTF-8, a key that stands twice
in one object, NaN, half characters, more than 64 levels, more than 10 MiB.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import MAX_DEPTH, strict_loads

MAX_BYTES = 10 * 1024 * 1024
"""A playbook is read by people; the largest public ones have some hundred kilobytes."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:\n]|[^\s{}\[\],:"]+', re.DOTALL)
_NO_NUMBER = frozenset({"NaN", "Infinity", "-Infinity"})


class Refused(BadInput):
    """The file is no playbook that can be loaded; nothing of it was taken in.

    ``line`` is 0 where no single line is to blame.
    """

    def __init__(self, name: str, reason: str, *, line: int = 0, fix: str = "") -> None:
        where = f"{name}, line {line}" if line else name
        super().__init__(
            f"{where}: {reason}", safe="Nothing was loaded.", fix=fix or "Mend the file, then load it again."
        )
        self.line = line
        self.reason = reason


class Source(NamedTuple):
    """A file that is strict JSON with an object at the top: its name, its text and the value."""

    name: str
    text: str
    value: dict[str, Any]


def read(raw: bytes, name: str) -> Source:
    """The file's JSON; raises :class:`Refused` with the line and the reason."""
    if len(raw) > MAX_BYTES:
        raise Refused(name, f"it has {len(raw):,} bytes, a playbook at most {MAX_BYTES:,}")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Refused(name, "a byte that is not UTF-8", line=line, fix="Save it as UTF-8.") from None
    try:
        value = strict_loads(raw, floats=True)
    except BadInput as error:
        line, reason = _why(text, error)
        raise Refused(name, reason, line=line) from None
    if not isinstance(value, dict):
        raise Refused(name, "it is JSON, but not an object: a playbook begins with {", line=1)
    return Source(name, text, value)


def lines_of(text: str, places: Iterable[str]) -> dict[str, int]:
    """The line on which each place begins (a value's key, where it has one), in one pass; unknown places are left out.

    ``text`` must be JSON that was read: broken text is not told apart here.
    """
    wanted = {place: place for place in places}
    found: dict[str, int] = {}
    for place, line in _places(text):
        if place in wanted and place not in found:
            found[place] = line
            if len(found) == len(wanted):
                break
    return found


def pointer(place: str, step: str | int) -> str:
    """The place below ``place``, escaped as RFC 6901 asks."""
    return (
        f"{place}/{step}"
        if isinstance(step, int)
        else f"{place}/{step.replace('~', '~0').replace('/', '~1')}"
    )


class _Open:
    """An object or list whose end has not been reached."""

    def __init__(self, place: str, *, is_object: bool) -> None:
        self.place = place
        self.is_object = is_object
        self.keys: set[str] = set()
        self.key: str | None = None
        self.count = 0


def _places(text: str) -> Iterator[tuple[str, int]]:
    line = 1
    above: list[_Open] = []
    key_line = 0
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word == "\n":
            line += 1
        elif word in "}]":
            above.pop()
        elif word in ",:":
            continue
        else:
            top = above[-1] if above else None
            if top is not None and top.is_object and top.key is None:
                top.key, key_line = _unquoted(word), line
                continue
            place = ""
            started = line
            if top is not None and top.is_object and top.key is not None:
                place, started, top.key = pointer(top.place, top.key), key_line, None
            elif top is not None:
                place = pointer(top.place, top.count)
                top.count += 1
            yield place, started
            if word in "{[":
                above.append(_Open(place, is_object=word == "{"))


def _unquoted(word: str) -> str:
    return str(strict_loads(word.encode())) if "\\" in word else word[1:-1]


def _why(text: str, error: BadInput) -> tuple[int, str]:
    """The line of what :func:`strict_loads` refused, and the reason; line 0 where it is not one line's doing."""
    at = re.search(r"^not strict JSON: (.+) at byte (\d+)$", error.what)
    if at:  # the decoder counts characters
        return text.count("\n", 0, int(at[2])) + 1, f"not JSON: {at[1]}"
    return _first_trap(text) or (0, error.what)


def _first_trap(text: str) -> tuple[int, str] | None:
    """What is JSON by its grammar and refused all the same."""
    line, above = 1, list[_Open]()
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word == "\n":
            line += 1
        elif word in _NO_NUMBER:
            return line, f"{word} is not a number in JSON"
        elif word in ("{", "["):
            above.append(_Open("", is_object=word == "{"))
            if len(above) > MAX_DEPTH:
                return line, f"more than {MAX_DEPTH} levels within each other"
        elif word in ("}", "]"):
            if above:
                above.pop()
        elif word == "," and above:
            above[-1].key = None
        elif word[0] == '"':
            trap = _trap_in(word, above[-1] if above else None)
            if trap:
                return line, trap
        elif word[0] in "-0123456789" and not _readable(word):
            return line, "a number that is too large to be read"
    return None


def _trap_in(word: str, top: _Open | None) -> str:
    try:
        text = _unquoted(word)
    except BadInput:
        return "half a character (a lone surrogate) in a text"
    if top is not None and top.is_object and top.key is None:
        top.key = text
        if text in top.keys:
            return f"the key {text!r} stands twice in one object"
        top.keys.add(text)
    return ""


def _readable(word: str) -> bool:
    try:
        strict_loads(word.encode(), floats=True)
    except BadInput:
        return False
    return True
