"""Every setting as a frozen row: its value, where that comes from, what it does, and when a change takes effect."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.store.settings import CHOICES, RANGES, THEMES, Care, Settings, place, read

if TYPE_CHECKING:
    from ircockpit.features.settings.agreed import InUse
    from ircockpit.store.workstation import Workstation

DEFAULT = "default"
AT_ONCE, NEXT_START = "at once", "at the next start"
MEANINGS: dict[str, tuple[str, str]] = {
    "theme": ("what the screens look like", AT_ONCE),
    "times": ("in which zone times are shown; a key changes it until the cockpit is left", AT_ONCE),
    "ascii": ("plain letters in place of signs, for poor fonts; commands have --ascii", AT_ONCE),
    "mouse": ("the mouse belongs to the cockpit, not to the terminal; nothing needs it", NEXT_START),
    "keys": ("own keys, by the id of an action: settings set keys.incident.take t", AT_ONCE),
    "care.blur": ("harmful words are covered until they are asked for", AT_ONCE),
    "care.reveal_seconds": ("for how long they are then shown", AT_ONCE),
    "care.shift_hours": ("how long a shift is, for what somebody read in it", AT_ONCE),
    "care.update_minutes": (
        "minutes from one status to the next, of SEV2 and where no severity stands",
        AT_ONCE,
    ),
    "care.update_minutes_sev1": ("the same of SEV1", AT_ONCE),
    "care.update_minutes_sev3": ("the same of SEV3", AT_ONCE),
    "care.update_minutes_sev4": ("the same of SEV4", AT_ONCE),
    "care.exposure_minutes": (
        "minutes of raw words in a shift after which handing over is suggested",
        AT_ONCE,
    ),
    "care.watch_seconds": ("how often a control in force is looked at, read-only; 0 never", AT_ONCE),
    "care.read_only": ("nothing can be sent to the outside before :arm", AT_ONCE),
    "care.safe": ("screens begin with safe summaries alone; a key changes it", AT_ONCE),
}
"""What each setting does, and when a change of it takes effect."""
BRIEFLY = {
    "theme": "what the screens look like",
    "times": "in which zone times stand",
    "ascii": "plain letters for signs",
    "mouse": "the cockpit takes the mouse",
    "keys": "own keys, by id of action",
    "care.blur": "harmful words are covered",
    "care.reveal_seconds": "how long a reveal lasts",
    "care.shift_hours": "how long a shift is",
    "care.update_minutes": "between statuses, at SEV2",
    "care.update_minutes_sev1": "the same of SEV1",
    "care.update_minutes_sev3": "the same of SEV3",
    "care.update_minutes_sev4": "the same of SEV4",
    "care.exposure_minutes": "raw words before a warning",
    "care.watch_seconds": "between looks at controls",
    "care.read_only": "nothing is sent before :arm",
    "care.safe": "begin with safe summaries",
    "colours": "no colours, in any theme",
    "screen reader": "its cursor is on the row",
    "profile": "where the record lies",
}
"""The same in as many cells as a row has for it on 80 columns."""
_FROM_OUTSIDE = (
    ("colours", "NO_COLOR", "yes", "no", "no colours at all, whatever the theme"),
    (
        "screen reader",
        "IRCOCKPIT_A11Y",
        "on",
        "off",
        "the terminal's cursor stands where the screen's own is",
    ),
)
"""What only the environment decides: name, variable, value where it is set, value where not, meaning."""


class Setting(NamedTuple):
    """One setting."""

    name: str
    value: str
    """As it is written in words: ``true``, ``5``, ``night``."""
    default: str
    source: str
    """``default``, ``config.toml``, or the variable of the environment that decides."""
    means: str
    effect: str
    """When a change takes effect; empty for what cannot be changed here."""
    choices: tuple[str, ...] = ()
    """The values it can have, where they are few."""
    range: tuple[int, int] | None = None
    """Least and greatest value of a number."""

    @property
    def brief(self) -> str:
        """What it does, for a narrow row."""
        return BRIEFLY[self.name]


class Trouble(NamedTuple):
    """Something in the file that is not used."""

    sentence: str
    line: str
    """The line it stands in, where that is known, with its number before it."""


def settings_of(folder: Path, env: Mapping[str, str] = os.environ) -> list[Setting]:
    """Every setting of a profile, in the order of the file, then what only the environment decides."""
    path = place(folder)
    now, before, stated = read(path)[0], Settings(), _stated(path)
    found = [
        _setting(name, getattr(now, name), getattr(before, name), stated.get(name))
        for name in Settings._fields
        if name != "care"
    ]
    care = stated.get("care")
    found += [
        _setting(f"care.{name}", getattr(now.care, name), getattr(before.care, name), (care or {}).get(name))
        for name in Care._fields
    ]
    return [*found, *_from_outside(folder, env)]


def _setting(name: str, value: Any, default: Any, stated: object) -> Setting:
    means, effect = MEANINGS[name]
    if isinstance(value, Mapping):
        count = len(value)
        words = f"{count} own" if count else "none"
        return Setting(name, words, "none", "config.toml" if count else DEFAULT, means, effect)
    key = name.rpartition(".")[2]
    choices = ("true", "false") if isinstance(value, bool) else CHOICES.get(key, ())
    from_file = stated is not None and type(stated) is type(value) and stated == value
    return Setting(
        name, spelled(value), spelled(default), "config.toml" if from_file else DEFAULT,
        f"{means}: {THEMES[value]}" if name == "theme" else means, effect, choices, RANGES.get(key),
    )  # fmt: skip


def _from_outside(folder: Path, env: Mapping[str, str]) -> list[Setting]:
    found = [
        Setting(
            name,
            told if env.get(variable) else plain,
            plain,
            variable if env.get(variable) else DEFAULT,
            means,
            "",
        )
        for name, variable, told, plain, means in _FROM_OUTSIDE
    ]
    home = "IRCOCKPIT_HOME" if env.get("IRCOCKPIT_HOME") else DEFAULT
    return [
        *found,
        Setting("profile", str(folder), "", home, "the folder of the record, the keys and config.toml", ""),
    ]


def spelled(value: object) -> str:
    """A value as a person writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def troubles(folder: Path) -> list[Trouble]:
    """What of the file is not used, each with the line that is to be looked at."""
    path = place(folder)
    _, complaints = read(path)
    lines = _lines(path) if complaints else []
    return [Trouble(each, _line_of(each, lines)) for each in complaints]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").split("\n")
    except OSError:
        return []


def _line_of(complaint: str, lines: list[str]) -> str:
    """The line a sentence names by its number, or that begins with the name of the setting it is about."""
    words = complaint.split()
    if "line" in words[:-1]:
        number = words[words.index("line") + 1].strip(",;)")
        at = int(number) - 1 if number.isdecimal() else -1
    else:
        names = {name for word in words for name in (word, word.rpartition(".")[2]) if name}
        at = next(
            (n for n, line in enumerate(lines) if line.partition("=")[0].strip() in names and "=" in line), -1
        )
    return f"{at + 1}: {lines[at]}" if 0 <= at < len(lines) else ""


def _stated(path: Path) -> dict[str, Any]:
    """What the file says as it stands there; nothing where it cannot be read."""
    import tomllib

    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}


def rules_used(station: "Workstation") -> "list[InUse]":
    """Which rule files of the organisation are used here, and where this device has others of its own."""
    from ircockpit.features.settings.agreed import used

    return used(station)


def approved_controls(station: "Workstation", place: str) -> Mapping[str, str]:
    """Of recipes that were agreed on for a place the hashes of their controls, as they were when they were approved."""
    from ircockpit.features.settings.agreed import in_force, recorded

    found = in_force(recorded(station.view)).get(place)
    return found.controls if found is not None else {}
