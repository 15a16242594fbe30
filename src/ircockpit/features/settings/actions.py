"""What can be done with settings: all shown, one changed."""

from collections.abc import Sequence
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.gestures import GESTURES
from ircockpit.command.keys import own_keys
from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.catalogue import actions
from ircockpit.features.settings.queries import Setting, settings_of, troubles
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.render.table import Column, table
from ircockpit.store.setting_file import Value, change
from ircockpit.store.settings import place, read, unfit
from ircockpit.store.workstation import Workstation

KEYS = "keys."
_WORDS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def show(station: Workstation) -> Result:
    """Every setting, and what of the file is not used."""
    folder = station.profile.folder
    found, wrong = settings_of(folder), troubles(folder)
    lines: list[Line] = []
    for each in wrong:
        lines.append((Span(clean(each.sentence), "warn"),))
        if each.line:
            lines.append((Span("  line ", "dim"), Span(clean(each.line))))
    lines += table(
        (Column("setting"), Column("value"), Column("from"), Column("what it does")),
        [(each.name, each.value, each.source, each.means) for each in found],
    )
    data = {"settings": [each._asdict() for each in found], "troubles": [each._asdict() for each in wrong]}
    return Result(data, tuple(lines))


def set_value(station: Workstation, *, name: str, value: str | Sequence[str]) -> Result:
    """Change one setting in the file.

    Raises :class:`NotFound` for a name that is none, :class:`BadInput` for a value that does not fit or a file that
    cannot be changed, both with nothing written.
    """
    words = [value] if isinstance(value, str) else list(value)
    folder = station.profile.folder
    if name.startswith(KEYS):
        _set_keys(station, name.removeprefix(KEYS), [key for word in words for key in word.split()])
        return Result(
            {"name": name, "value": words, "effect": "at once"}, (), f"{name} is {' '.join(words)} now"
        )
    known = next((each for each in settings_of(folder) if each.name == name and each.effect), None)
    if known is None or name == "keys":
        names = ", ".join(each.name for each in settings_of(folder) if each.effect and each.name != "keys")
        raise NotFound(
            f"there is no setting {name!r} to be changed",
            safe="nothing was changed",
            fix=f"there are {names}, and keys.ID",
        )
    typed = _typed(known, " ".join(words).strip())
    if wrong := unfit(name, typed):
        raise BadInput(wrong, safe="nothing was changed")
    change(place(folder), name, typed)
    when = "now" if known.effect == "at once" else f"from {known.effect.removeprefix('at ')} on"
    return Result(
        {"name": name, "value": typed, "effect": known.effect},
        (),
        f"{name} is {' '.join(words).strip()} {when}",
    )


def _typed(known: Setting, text: str) -> Value:
    if known.choices == ("true", "false"):
        return _WORDS.get(text.casefold(), text)
    if known.range is not None and text.removeprefix("-").isdecimal():
        return int(text)
    return text


def _set_keys(station: Workstation, ident: str, keys: list[str]) -> None:
    path = place(station.profile.folder)
    stated: dict[str, Any] = {**read(path)[0].keys, ident: tuple(keys)}
    own, complaints = own_keys((*actions(), *GESTURES), stated)
    if ident not in own:
        said = next((each for each in complaints if ident in each), "it cannot have that key")
        raise BadInput(
            said, safe="nothing was changed", fix="ircockpit settings show; docs/keys.md has the ids"
        )
    change(path, f"{KEYS}{ident}", keys[0] if len(keys) == 1 else keys)
