"""Values brought to the kind that their place asks for: a number to text, a date to a time, a name to its spelling.

Driven by the same shapes as the floor. What is optional and cannot be understood is taken out and left open; what must be
there and cannot be understood stays as it is, for the floor to refuse.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ircockpit.core.jsontext import compact
from ircockpit.features.playbooks import shapes
from ircockpit.features.playbooks.changes import NOTHING, Log, made_id
from ircockpit.features.playbooks.finding import Severity
from ircockpit.features.playbooks.floor import check, narrowed, shown
from ircockpit.features.playbooks.shapes import Flag, Keyed, Listing, Object, Shape, Text, Whole
from ircockpit.features.playbooks.source import pointer
from ircockpit.features.playbooks.vocabulary import ID, TIME, kind_of

KIND_OF_NAME = {
    "created_by": "identity", "owner": "identity", "derived_from": "playbook", "related_to": "playbook",
    "playbook_id": "playbook", "agent": "group", "targets": "group", "markings": "marking-statement",
    "authentication_info": "user-auth",
}  # fmt: skip
"""What an id says it is where nothing else tells."""
STEP_REFERENCES = frozenset(
    {
        "on_completion", "on_success", "on_failure", "on_true", "on_false", "next_steps", "cases", "workflow_start",
        "workflow_exception",
    }
)  # fmt: skip
_DEFINED_IN = {
    **dict.fromkeys(STEP_REFERENCES, "workflow"),
    "agent": "agent_definitions",
    "targets": "target_definitions",
    "authentication_info": "authentication_info_definitions",
    "markings": "data_marking_definitions",
}
_DATE = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_ID_MADE = "an id is a type and a UUID of version 1 to 5; this one is made from what stood there"


class Mender:
    """Mends one playbook. ``ids`` gives, for every dictionary of definitions, the new id of each old key."""

    def __init__(self, log: Log, ids: Mapping[str, Mapping[str, str]]) -> None:
        self._log = log
        self._ids = ids
        self._like = {name: by_plain(known) for name, known in ids.items()}

    def mend(self, value: Any, shape: Shape, place: str, name: str = "") -> Any:
        """The value as the shape asks, as far as that can be told; ``name`` is the property it belongs to."""
        if isinstance(shape, Object):
            return self._object(value, shape, place, name)
        if isinstance(shape, Keyed):
            return self._keyed(value, shape, place, name)
        if isinstance(shape, Listing):
            return self._listing(value, shape, place, name)
        better = self._single(value, shape, place, name)
        if not isinstance(better, _Because):
            return value
        after, why = better
        self._log.change(place, value, after, why)
        return after

    def _single(self, value: Any, shape: Shape, place: str, name: str) -> Any:
        if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], dict | list):
            inner = self._single(value[0], shape, place, name)
            return _Because(
                inner[0] if isinstance(inner, _Because) else inner,
                "a list of one stands where the one belongs",
            )
        if isinstance(shape, Text):
            return self._text(value, shape, name)
        if isinstance(shape, Whole):
            return _whole(value)
        if isinstance(shape, Flag):
            return _flag(value)
        return value

    def _text(self, value: Any, shape: Text, name: str) -> Any:
        if value is None:
            return value
        if isinstance(value, dict | list):
            if name != "value":
                return value
            return _Because(compact(value), "a value of a variable is written as text")
        if not isinstance(value, str):
            return _Because(compact(value), "text belongs here; this is the same in writing")
        if shape.one_of and value not in shape.one_of:
            same = [word for word in shape.one_of if plain(word) == plain(value)]
            return _Because(same[0], "the word is spelled like this") if len(same) == 1 else value
        if shape.form is TIME:
            return _time(value, exact=name in ("created", "modified"))
        if shape.form is ID or (shape.form is not None and name in STEP_REFERENCES):
            return self._id(value, name)
        return value

    def _id(self, value: str, name: str) -> Any:
        known = self._ids.get(_DEFINED_IN.get(name, ""), {})
        if value in known:
            return value if known[value] == value else _Because(known[value], "what it names has this id now")
        if ID.fullmatch(value) and (name not in STEP_REFERENCES or kind_of(value) in shapes.STEPS):
            return value
        like = [known[old] for old in self._like.get(_DEFINED_IN.get(name, ""), {}).get(plain(value), ())]
        if len(like) == 1:
            return _Because(like[0], "the only id that is spelled the same but for case and hyphens")
        kind = "action" if name in STEP_REFERENCES else KIND_OF_NAME.get(name, "")
        if not kind:
            return value
        why = (
            _ID_MADE
            if name not in _DEFINED_IN
            else f"nothing here is called like that; {_ID_MADE}, and it names nothing"
        )
        return _Because(made_id(kind, value), why)

    def _listing(self, value: Any, shape: Listing, place: str, name: str) -> Any:
        if value is None:
            return value
        if not isinstance(value, list):
            self._log.change(place, value, [value], "a list belongs here; this is its only entry")
            value = [value]
        return [self.mend(each, shape.item, pointer(place, index), name) for index, each in enumerate(value)]

    def _keyed(self, value: Any, shape: Keyed, place: str, name: str) -> Any:
        if not isinstance(value, dict):
            return value
        mended: dict[str, Any] = {}
        for key, each in value.items():
            below = pointer(place, key)
            new = self._key(key, name)
            if new != key:
                self._log.change(below, key, new, f"the key: {_ID_MADE}")
            mended[new] = self.mend(each, shape.by_kind.get(kind_of(new), shape.item), below, name)
        return mended

    def _key(self, key: str, name: str) -> str:
        where = "extension_definitions" if name.endswith("_extensions") else name
        return self._ids.get(where, {}).get(key, key)

    def _object(self, value: Any, shape: Object, place: str, name: str) -> Any:
        if shape is shapes.REFERENCE and isinstance(value, str):
            after = {"name": value} if "://" not in value else {"name": value, "url": value}
            self._log.change(place, value, after, "an external reference has a name")
            return after
        if not isinstance(value, dict):
            return value
        shape = narrowed(shape, value)
        value = respelled(value, shape.properties, place, self._log)
        mended: dict[str, Any] = {}
        for key, each in value.items():
            below = pointer(place, key)
            if key in shape.never:
                self._log.change(below, each, NOTHING, f"no {key} may stand in this object")
                continue
            known = shape.properties.get(key)
            if known is None:
                mended[key] = each
                continue
            if key == "id" and name == "data_marking_definitions":
                mended[key] = self._marking_id(each, below)
                continue
            better = self.mend(each, known, below, key)
            if key not in shape.required and any(
                f.severity is Severity.ERROR for f in check(better, known, below)
            ):
                self._log.change(
                    below, each, NOTHING, "it may be left out, and what stood there cannot be understood"
                )
                if each not in (None, [], {}, ""):
                    self._log.leave_open(
                        below, f"{shown(each)} cannot be understood as {key}; it was taken out"
                    )
                continue
            mended[key] = better
        return mended

    def _marking_id(self, value: Any, place: str) -> Any:
        key = place.split("/")[-2].replace("~1", "/").replace("~0", "~")
        new = self._ids.get("data_marking_definitions", {}).get(key, key)
        if value != new:
            self._log.change(place, value, new, "the id of a marking is its key")
        return new


def respelled(value: dict[str, Any], known: Iterable[str], place: str, log: Log) -> dict[str, Any]:
    """The object with its properties spelled as they are known: ``workflowStart`` is workflow_start."""
    names: dict[str, str] = {}
    spellings = by_plain(known)
    right = {name for group in spellings.values() for name in group}
    for key in value:
        like = spellings.get(plain(key), []) if key not in right else []
        if len(like) == 1 and like[0] not in value and like[0] not in names.values():
            names[key] = like[0]
            log.change(pointer(place, key), key, like[0], "the property is spelled like this")
    return {names.get(key, key): each for key, each in value.items()} if names else value


def is_time(value: Any) -> bool:
    """Whether a value is a time, or one that can be mended."""
    return isinstance(value, str) and (
        TIME.fullmatch(value) is not None or isinstance(_time(value, exact=True), _Because)
    )


class _Because(tuple[Any, str]):
    """A better value and the reason for it."""

    __slots__ = ()

    def __new__(cls, value: Any, why: str) -> "_Because":
        return super().__new__(cls, (value, why))


def plain(word: str) -> str:
    """A name without what only its spelling has: case, blanks, hyphens, underscores."""
    return re.sub(r"[\s_-]", "", word).lower()


def by_plain(words: Iterable[str]) -> dict[str, list[str]]:
    """The names that are the same but for their spelling, together."""
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(plain(word), []).append(word)
    return groups


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return _Because(int(value), "a whole number belongs here")
    if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d{1,15}\s*", value):
        return _Because(int(value), "a whole number belongs here, not text")
    return value


def _flag(value: Any) -> Any:
    word = value.strip().lower() if isinstance(value, str) else value
    for words, flag in (({"true", "yes"}, True), ({"false", "no"}, False)):
        if isinstance(word, str) and word in words:
            return _Because(flag, "true or false belongs here, not text")
    return value


def _time(value: str, *, exact: bool) -> Any:
    if TIME.fullmatch(value) and not (exact and not re.fullmatch(r".{19}\.\d{3}Z", value)):
        return value
    match = _DATE.fullmatch(value.strip())
    if match is None:
        return value
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}"
    offset = "+00:00" if zone is None or zone.upper() in ("Z", "UTC") else zone
    try:
        at = datetime.fromisoformat(f"{year}-{month}-{day}T{clock}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return value
    after = f"{at:%Y-%m-%dT%H:%M:%S}.{(fraction or '').ljust(3, '0')[:3]}Z".rjust(24, "0")
    reasons = ["a time is in UTC with a Z, here with three decimals"]
    if hour is None:
        reasons.append("no hour was given: the beginning of the day stands for it")
    elif zone is None:
        reasons.append("no zone was given: it is read as UTC")
    if fraction and len(fraction) > 3:
        reasons.append("what is finer than a millisecond is cut")
    return _Because(after, "; ".join(reasons))
