"""YAML as its reviewer reads it: no tags, aliases or second meanings, bounded while it is read."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ircockpit.core.errors import BadInput

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20

Path = tuple[str | int, ...]
"""The keys and numbers that lead to a value."""

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_FRACTION = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


def load_yaml(raw: bytes) -> Any:
    """One YAML document as JSON values.

    Plain ``true``/``false``, ``null`` and decimal numbers mean what they mean in JSON; everything else,
    ``on``, ``off``, ``yes``, ``no``, dates and octals included, stays text. Raises :class:`BadInput` with the
    line for duplicate keys, keys that are not words, tags, anchors, aliases, a second document, and for
    more than 64 KiB or 20 levels.
    """
    return load_yaml_with_lines(raw)[0]


def load_yaml_with_lines(raw: bytes) -> tuple[Any, Mapping[Path, int]]:
    """The same, and in which line each value stands, by the keys and numbers that lead to it: for who says what is wrong."""
    import yaml

    if len(raw) > MAX_BYTES:
        raise BadInput(f"the file is larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8")
        builder = _Builder()
        value = builder.build(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        return value, builder.lines
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

    def __init__(self) -> None:
        self._open: list[list[Any] | dict[str, Any]] = []
        self._keys: list[str | None] = []
        self._places: list[Path] = []
        self.lines: dict[Path, int] = {}
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
        self._places.append(self._put(value, line))
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
            self.lines[(*self._places[-1], key)] = line
        else:
            self._put(_scalar(str(event.value)) if event.implicit[0] else str(event.value), line)

    def _put(self, value: Any, line: int) -> Path:
        """Where it was put."""
        if not self._open:
            self._value = value
            self.lines[()] = line
            return ()
        above, key = self._open[-1], self._keys[-1]
        if isinstance(above, list):
            place = (*self._places[-1], len(above))
            self.lines[place] = line
            above.append(value)
            return place
        if key is None:  # never: a key that is no word was refused
            return ()
        above[key] = value
        self._keys[-1] = None
        return (*self._places[-1], key)


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text):
        return float(text)
    return text
