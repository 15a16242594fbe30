"""YAML as its reviewer reads it: no tags, aliases or second meanings, bounded while it is read."""

import re
from typing import TYPE_CHECKING, Any

from ircockpit.core.errors import BadInput

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_FRACTION = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_UNSEEN = re.compile("\r(?!\n)|[\x85\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What YAML takes for the end of a line and editors do not, and what shows a line in another order than it has: a
reviewer sees a comment where a key stands."""
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


def load_yaml(raw: bytes, *, lines: dict[str, int] | None = None) -> Any:
    """One YAML document as JSON values.

    Plain ``true``/``false``, ``null`` and decimal numbers mean what they mean in JSON; everything else,
    ``on``, ``off``, ``yes``, ``no``, dates and octals included, stays text. Raises :class:`BadInput` with the
    line for characters that hide what stands there,
    duplicate keys, keys that are not words, tags, anchors, aliases, a second document, and for
    more than 64 KiB or 20 levels. ``lines`` is filled with the line in which each value begins, by the place
    that msgspec names in its errors: ``$.rules[0].id``; the line of the name of a field stands under ``$.rules:``.
    """
    import yaml

    if len(raw) > MAX_BYTES:
        raise BadInput(f"the file is larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8")
        if (unseen := _UNSEEN.search(text)) is not None:
            line = text.count("\n", 0, unseen.start()) + 1
            raise BadInput(
                f"a hidden end of a line or turn of its direction, U+{ord(unseen[0]):04X}, in line {line}"
            )
        return _Builder(lines).build(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except UnicodeDecodeError:
        raise BadInput("the file is not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark is not None else ""
        raise BadInput(
            f"the file is not YAML{place}: {getattr(error, 'problem', None) or 'unreadable'}"
        ) from None


class _Builder:
    """Builds the value from parser events with a stack of its own, so that depth is refused, not survived."""

    def __init__(self, lines: dict[str, int] | None = None) -> None:
        self._lines = lines
        self._places: list[str] = []
        self._open: list[list[Any] | dict[str, Any]] = []
        self._keys: list[str | None] = []
        self._documents = 0
        self._value: Any = None

    def build(self, events: Any) -> Any:
        import yaml

        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise BadInput(f"a second document begins in line {line}")
            elif isinstance(event, yaml.AliasEvent):
                raise BadInput(f"an alias in line {line}: what an action does must stand in its place")
            elif isinstance(event, yaml.ScalarEvent):
                self._plain(event, line)
                self._scalar(event, line)
            elif isinstance(event, yaml.SequenceStartEvent):
                self._plain(event, line)
                self._begin([], line)
            elif isinstance(event, yaml.MappingStartEvent):
                self._plain(event, line)
                self._begin({}, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._open.pop()
                self._keys.pop()
                if self._lines is not None:
                    self._places.pop()
        return self._value

    def _plain(self, event: Any, line: int) -> None:
        if event.tag is not None:
            raise BadInput(f"a tag in line {line}: values are text, numbers, true, false and null")
        if event.anchor is not None:
            raise BadInput(f"an anchor in line {line}: nothing may refer to it")

    def _begin(self, value: list[Any] | dict[str, Any], line: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise BadInput(f"more than {MAX_DEPTH} levels in line {line}")
        if self._open and isinstance(self._open[-1], dict) and self._keys[-1] is None:
            raise BadInput(f"a key that is not a word in line {line}")
        if self._lines is not None:
            self._places.append(self._note(line, self._lines))
        self._put(value)
        self._open.append(value)
        self._keys.append(None)

    def _scalar(self, event: "yaml.ScalarEvent", line: int) -> None:
        above = self._open[-1] if self._open else None
        if isinstance(above, dict) and self._keys[-1] is None:
            key = str(event.value)
            if key in above:
                raise BadInput(f"{key!r} stands twice in one place, again in line {line}")
            if key == "<<":
                raise BadInput(f"a merge key in line {line}: what an action does must stand in its place")
            self._keys[-1] = key
            if self._lines is not None:
                self._lines[f"{self._places[-1]}.{key}:"] = line
        else:
            if self._lines is not None:
                self._note(line, self._lines)
            self._put(_scalar(str(event.value)) if event.implicit[0] else str(event.value))

    def _note(self, line: int, lines: dict[str, int]) -> str:
        above, place = (self._open[-1], self._places[-1]) if self._open else (None, "$")
        if isinstance(above, list):
            place += f"[{len(above)}]"
        elif above is not None:
            place += f".{self._keys[-1]}"
        lines[place] = line
        return place

    def _put(self, value: Any) -> None:
        if not self._open:
            self._value = value
            return
        above, key = self._open[-1], self._keys[-1]
        if isinstance(above, list):
            above.append(value)
        elif key is not None:
            above[key] = value
            self._keys[-1] = None


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text):
        return float(text)
    return text
