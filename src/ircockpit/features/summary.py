"""Data for programs where only safe summaries are shown: ids, numbers, times and states stay, words of others do not."""

import re
from typing import Any

from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.triage.rules import FORM
from ircockpit.inert.foreign import WITHHELD, is_safe
from ircockpit.render.glyphs import STATES

NOT_SHOWN = "not shown"
"""Stands in the data where words are and are not shown."""
_ID = re.compile(r"[0-9a-z-]{1,64}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"[0-9TZ:.+\- ]{1,40}(UTC)?")
_TYPE = re.compile(r"[a-z]+\.[a-z_]+")
_LABEL = re.compile(r"E[0-9]{1,9}[a-z]*")
_STATE = re.compile("|".join(map(re.escape, (*STATES, "closed"))))
_SHAPES = {
    **dict.fromkeys(("id", "short", "ident", "incident", "event", "event_id", "stream", "record", "incident_short"), _ID),
    **dict.fromkeys(("sha256", "plan", "actor", "user", "device", "author"), _ID),
    **dict.fromkeys(("decision", "owner", "who"), _UUID),
    **dict.fromkeys(("at", "occurred", "acquired", "expires"), _TIME),
    **dict.fromkeys(("state", "status"), _STATE),
    **{each.field: re.compile("|".join(map(re.escape, each.choices))) for each in FORM},
    "severity": re.compile("|".join(SEVERITIES)), "type": _TYPE, "label": _LABEL,
    "share": re.compile(r"[0-9]+/[0-9]+"), "phase": re.compile("before|after|again"),
    "missing": re.compile("withheld|erased"), "hub": re.compile(r"[a-z]{1,12}"),
}  # fmt: skip
"""What a word must look like to stay, by the key it stands under; a key that is not here lets no word through."""
_NESTED = (
    "records",
    "fetching",
    "actions",
    "containment",
    "disputes",
    "devices",
    "entries",
    "merged",
    "triage",
    "tasks",
    "sets",
    "runs",
    "counts",
    "watches",
    *(each.field for each in FORM),
)
_OF_INCIDENT = ("title", "severity", "provisional", "status", "owner", "system", "impact", "rationale")
_FIELDS = (*_NESTED, *_OF_INCIDENT, *(each.field for each in FORM))
"""Keys that hold more of our own making; below any other key others may have chosen the keys too."""


def blanked(data: Any) -> Any:
    """The data as it may be printed now: as it is, or with :data:`NOT_SHOWN` where words of others stand."""
    return _blanked(data, "") if is_safe() else data


def _blanked(value: Any, key: str) -> Any:
    if isinstance(value, str):
        shape = _SHAPES.get(key)
        return value if not value or (shape is not None and shape.fullmatch(value)) else NOT_SHOWN
    if isinstance(value, list | tuple):
        return [_blanked(each, key) for each in value]
    if isinstance(value, dict):
        if key and key not in _FIELDS:
            return NOT_SHOWN if value else value
        return {name: _blanked(each, name) for name, each in value.items()}
    return value


def without_dots(data: Any) -> Any:
    """Data that was gated for rows, for programs: :data:`NOT_SHOWN` where a row has dots instead of words."""
    if isinstance(data, dict):
        return {name: without_dots(each) for name, each in data.items()}
    if isinstance(data, list | tuple):
        return [without_dots(each) for each in data]
    return NOT_SHOWN if data == WITHHELD and is_safe() else data
