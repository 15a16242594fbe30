"""What a person has set for their cockpit: one TOML file in the profile, where nothing wrong keeps the cockpit shut."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

THEMES = {
    "auto": "dark or light, as the terminal says of itself",
    "dark": "for a dark background",
    "light": "for a light background",
    "night": "little blue and little glare, for a dark room",
    "contrast": "strong and bold, for tired eyes and bright rooms",
    "clear": "colours that the colour-blind can tell apart",
    "plain": "no colours; bold and reverse only",
}
"""The looks one can wish for, with their descriptions. Where a terminal has 16 colours or fewer, its own are used."""
TIMES = ("utc", "local")
LARGEST = 64 * 1024
"""Bytes of a file of settings that are read at most."""
_SHOWN = 40
"""Characters of a stranger's word that a complaint repeats."""


class Care(NamedTuple):
    """How the cockpit spares those who read harmful text."""

    blur: bool = True
    reveal_seconds: int = 5
    shift_hours: int = 8
    update_minutes: int = 30
    """Minutes until the next status is due, of SEV2 and of what has no severity."""
    update_minutes_sev1: int = 15
    update_minutes_sev3: int = 120
    update_minutes_sev4: int = 480
    exposure_minutes: int = 30
    """Minutes of raw words in one shift from which on handing over is suggested."""
    watch_seconds: int = 60
    """How often each control that this device switched on is looked at while it is in force; 0 never."""
    proof_days: int = 90
    """Days for which the proof of a control counts, and that a contact was reached."""
    read_only: bool = False
    """Whether nothing can be sent to the outside before the cockpit was armed for minutes."""
    safe: bool = False
    """Whether screens begin with safe summaries alone."""


class Settings(NamedTuple):
    """Everything that can be set, with what holds where nothing is."""

    theme: str = "auto"
    times: str = "utc"
    ascii: bool = False
    mouse: bool = False
    keys: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """Keys by the id of an action or gesture, in place of its own; as they were typed, not looked at yet."""
    care: Care = Care()


CHOICES = {"theme": tuple(THEMES), "times": TIMES}
"""Words that a setting may have."""
_A_DAY = (1, 1440)
RANGES = {
    "watch_seconds": (0, 3600), "proof_days": (1, 365),
    "reveal_seconds": (1, 60), "shift_hours": (1, 24), "exposure_minutes": _A_DAY, "update_minutes": _A_DAY,
    "update_minutes_sev1": _A_DAY, "update_minutes_sev3": _A_DAY, "update_minutes_sev4": _A_DAY,
}  # fmt: skip
"""Least and greatest value of a number."""
_Table = TypeVar("_Table", Settings, Care)


def place(folder: Path) -> Path:
    """Where the settings of a profile are."""
    return folder / "config.toml"


def read(path: Path) -> tuple[Settings, tuple[str, ...]]:
    """What is set, and a sentence about each thing in the file that is not used; the default holds for that."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Settings(), ()
    except OSError as error:
        return Settings(), (f"{path.name} cannot be read ({error.strerror}); the defaults hold",)
    if len(raw) > LARGEST:
        return Settings(), (f"{path.name} is larger than {LARGEST // 1024} KiB; the defaults hold",)
    import tomllib

    try:
        stated = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Settings(), (f"{path.name} is not UTF-8 text; the defaults hold",)
    except (ValueError, RecursionError) as error:
        where = str(error).rpartition("(")[2].rstrip(")") if "(at " in str(error) else "too deep"
        return Settings(), (f"{path.name} is not TOML, {where}; the defaults hold",)
    complaints: list[str] = []
    settings = _filled(Settings(), stated, "", complaints)
    return settings, tuple(complaints)


def unfit(name: str, value: Any) -> str:
    """Why a setting (``theme``, ``care.blur``) cannot have a value, in words; empty where it can."""
    table, _, key = name.partition(".")
    complaints: list[str] = []
    _filled(Settings(), {table: {key: value}} if key else {name: value}, "", complaints)
    return complaints[0].partition(": ")[2] if complaints else ""


def _filled(table: _Table, stated: Mapping[str, Any], inside: str, complaints: list[str]) -> _Table:
    taken: dict[str, Any] = {}
    for name, value in stated.items():
        wrong, default = "", getattr(table, name, None) if name in table._fields else None
        if name not in table._fields:
            wrong = f"there is no setting {_short(inside + name)}"
        elif name == "keys" and isinstance(value, dict):
            taken[name] = MappingProxyType(dict(_keys(value, complaints)))
        elif isinstance(default, Care) and isinstance(value, dict):
            taken[name] = _filled(default, value, f"{name}.", complaints)
        elif wrong := _unfit(name, value, default):
            wrong = f"{inside}{name} cannot be {_short(value)}: it is {wrong}"
        else:
            taken[name] = value
        if wrong:
            complaints.append(f"config.toml: {wrong}")
    return table._replace(**taken)


def _unfit(name: str, value: Any, default: Any) -> str:
    """What a value must be and is not; empty where it fits."""
    if isinstance(default, (Care, Mapping)):
        return "a table"
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(default, int):
        least, most = RANGES[name]
        good = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return "" if good else f"a whole number from {least} to {most}"
    choices = CHOICES[name]
    return "" if isinstance(value, str) and value in choices else f"one of {', '.join(choices)}"


def _keys(stated: Mapping[str, Any], complaints: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for ident, value in _flat(stated):
        keys = [value] if isinstance(value, str) else value
        if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
            yield ident, tuple(keys)
        else:
            complaints.append(
                f"config.toml: keys.{_short(ident)} cannot be {_short(value)}: it is a key or a list of keys"
            )


def _flat(stated: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Ids have dots, and an id without quotation marks is a table within a table to TOML."""
    for name, value in stated.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield before + name, value


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
