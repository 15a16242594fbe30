"""Keys made from the registry: what a key does in a place, which ones the hint bar shows, and people's own keys."""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from ircockpit.command.action import Action
from ircockpit.command.gestures import Gesture

Entry = Action | Gesture
"""What keys are made for: both have an id, keys, places, a title and a hint."""
Own = Mapping[str, tuple[str, ...]]
"""A person's own keys by id, in place of those of the entry."""
NONE: Own = MappingProxyType({})

_SIGNS = {
    "exclamation_mark": "!", "quotation_mark": '"', "number_sign": "#", "dollar_sign": "$", "percent_sign": "%",
    "ampersand": "&", "apostrophe": "'", "left_parenthesis": "(", "right_parenthesis": ")", "asterisk": "*",
    "plus": "+", "comma": ",", "minus": "-", "full_stop": ".", "slash": "/", "colon": ":", "semicolon": ";",
    "less_than_sign": "<", "equals_sign": "=", "greater_than_sign": ">", "question_mark": "?", "at": "@",
    "left_square_bracket": "[", "backslash": "\\", "right_square_bracket": "]", "circumflex_accent": "^",
    "underscore": "_", "grave_accent": "`", "left_curly_bracket": "{", "vertical_line": "|",
    "right_curly_bracket": "}", "tilde": "~",
}  # fmt: skip
"""Signs that have a name as a key, by Textual's spelling."""
_NAMED = {
    "enter": "Enter", "escape": "Esc", "space": "Space", "tab": "Tab", "backspace": "Backspace", "delete": "Del",
    "insert": "Ins", "up": "Up", "down": "Down", "left": "Left", "right": "Right", "home": "Home", "end": "End",
    "pageup": "PgUp", "pagedown": "PgDn",
}  # fmt: skip
LABELS = {**_SIGNS, **_NAMED}
_SPELLED = {
    **{shown: key for key, shown in _SIGNS.items()}, **{shown.lower(): key for key, shown in _NAMED.items()}, " ": "space",
}  # fmt: skip
_KEY = re.compile(
    rf"(?:(?:alt|ctrl|shift)\+)*(?:[^\W_]|f(?:1\d|2[0-4]|[1-9])|{'|'.join((*_NAMED, *_SIGNS))})"
)
_SAME_BYTES = {"ctrl+h": "Backspace", "ctrl+i": "Tab", "ctrl+j": "Enter", "ctrl+m": "Enter"}
"""Keys that terminals send as another one."""
RESERVED = {"f": "it sends what is confirmed, and does nothing else"}
"""Keys that are nobody's: hands must not learn them for something harmless."""
WITHIN: Mapping[str, str] = MappingProxyType(
    {"evidence": "incident", "playbook": "incident", "clocks": "incident"}
)
"""Places inside another one, by whose keys they have besides their own."""
NEEDED = frozenset({"screen.leave", "screen.escape", "command.line"})
"""Entries that must keep a key: without them nobody finds the way out."""


def keys_of(entry: Entry, own: Own = NONE) -> tuple[str, ...]:
    """The keys of an entry, as the person has them."""
    return own.get(entry.id, entry.keys)


def works(entry: Entry, place: str) -> bool:
    """Whether an entry's keys work in a place."""
    within = WITHIN.get(place, place)
    return not {place, within}.isdisjoint(entry.places) or (
        "*" in entry.places and {f"-{place}", f"-{within}"}.isdisjoint(entry.places)
    )


def keymap(entries: Iterable[Entry], place: str, own: Own = NONE) -> dict[str, Entry]:
    """What each key does in a place."""
    return {key: entry for entry in entries if works(entry, place) for key in keys_of(entry, own)}


def label(key: str) -> str:
    """A key as the hint bar and help write it."""
    return LABELS.get(key, key)


def named(entry: Entry, own: Own = NONE) -> str:
    """An entry in a sentence: its first key as the person has it, ``:`` and its words where it has none."""
    keys = keys_of(entry, own)
    if keys:
        return label(keys[0])
    return f":{' '.join(entry.verb)}" if isinstance(entry, Action) else entry.title


def hints(entries: Iterable[Entry], place: str, own: Own = NONE) -> list[tuple[str, str]]:
    """``(key, word)`` of the entries that a place's hint bar names, in registry order."""
    return [
        (label(keys_of(entry, own)[0]), entry.hint)
        for entry in entries
        if entry.hint and keys_of(entry, own) and works(entry, place)
    ]


def collisions(entries: Iterable[Entry], own: Own = NONE) -> list[tuple[str, Entry, Entry]]:
    """Keys that two entries claim where both work: the key and the two; must be empty."""
    claimed: dict[str, list[Entry]] = {}
    clashes: list[tuple[str, Entry, Entry]] = []
    for entry in entries:
        for key in dict.fromkeys(keys_of(entry, own)):
            others = claimed.setdefault(key, [])
            clashes += [(key, other, entry) for other in others if _meet(other, entry)]
            others.append(entry)
    return clashes


def own_keys(entries: Sequence[Entry], stated: Mapping[str, Sequence[str]]) -> tuple[Own, tuple[str, ...]]:
    """The keys a person has set that can be used, and a sentence about each that cannot: its default holds then."""
    by_id = {entry.id: entry for entry in entries}
    own: dict[str, tuple[str, ...]] = {}
    complaints: list[str] = []
    for ident, typed in stated.items():
        keys = tuple(map(spelled, typed))
        entry = by_id.get(ident)
        if entry is None or not entry.places:
            complaints.append(f"keys: there is no key for {ident!r}")
        elif wrong := next((each for each in map(_wrong, typed, keys) if each), ""):
            complaints.append(f"keys: {ident}: {wrong}")
        elif not keys and ident in NEEDED:
            complaints.append(f"keys: {ident} cannot be without a key")
        else:
            own[ident] = keys
    # One that is taken away gives its default back, which may be what another one's own key is: until none is left.
    while clash := next(
        (each for each in collisions(entries, own) if own.keys() & {each[1].id, each[2].id}), None
    ):
        key, first, second = clash
        lost = [each.id for each in (first, second) if own.pop(each.id, None) is not None]
        complaints.append(
            f"keys: {label(key)} is both {first.id} and {second.id}; {' and '.join(lost)} as before"
        )
    return own, tuple(complaints)


def spelled(typed: str) -> str:
    """A key as Textual spells it: ``?`` is ``question_mark``, ``Ctrl+P`` is ``ctrl+p``."""
    if len(typed) == 1:
        return _SPELLED.get(typed, typed)
    *modifiers, last = typed.split("+")
    if not last and modifiers:
        modifiers, last = modifiers[:-1], "+"
    # Beside ctrl a terminal tells no capital from a small letter.
    name = last if len(last) == 1 and "ctrl" not in map(str.lower, modifiers) else last.lower()
    return "+".join([*(each.lower() for each in modifiers), _SPELLED.get(name, name)])


def _wrong(typed: str, key: str) -> str:
    if key in _SAME_BYTES:
        return f"terminals send {key} as {_SAME_BYTES[key]}"
    if key in RESERVED:
        return f"{key} cannot be had: {RESERVED[key]}"
    return "" if _KEY.fullmatch(key) else f"there is no key {typed[:20]!r}"


def _meet(one: Entry, other: Entry) -> bool:
    if one.id == other.id:
        return False
    named = {place.removeprefix("-") for place in (*one.places, *other.places)} - {"*"}
    both = "*" in one.places and "*" in other.places
    return both or any(works(one, place) and works(other, place) for place in named)
