"""What was answered so far, kept on this device so that a conversation that was left can be taken up again."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.features.starting.rules import ONLY_IF_NEEDED, PARAM
from ircockpit.features.systems.queries import control_of, systems
from ircockpit.store.profile import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from ircockpit.features.containment.rules import Left
    from ircockpit.store.profile import Profile
    from ircockpit.store.workstation import Workstation

FILE = "starting.json"
OF_PEOPLE = ("me", "owner", "on_call")
"""Answers that are as good for another system."""


class Kept(NamedTuple):
    """Answers in the order in which they were given; secrets are never among them, only their sources."""

    answers: dict[str, str]
    recorded: bool = False
    """Whether the system is in the record already."""


def load(profile: "Profile") -> Kept:
    """What is kept; nothing where there is none, or what there is cannot be read."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        stated = json.loads(_file(profile).read_text("utf-8"))
        answers = {key: value for key, value in stated["answers"].items() if isinstance(value, str)}
        return Kept(answers, stated["recorded"] is True)
    return Kept({})


def of(kept: Kept, system: str) -> Kept:
    """What is kept, where it is about this system; else no more of it than who starts."""
    if kept.answers.get("system", system) == system:
        return kept
    return Kept({key: value for key, value in kept.answers.items() if key in OF_PEOPLE})


def of_left(station: "Workstation", left: "Left") -> Kept:
    """The answers that led to a trial that was cut off, out of the record: it can be begun with, whatever else is kept."""
    system = next(each for each in systems(station.view) if each.ident == left.system)
    control, place = control_of(system, left.control)
    stated = {
        "system": system.name, "owner": system.owner, "on_call": system.on_call, "admin": place.admin, "ca": place.ca,
        "auth": place.auth, "connector": control.connector, "probe": place.probe, "probe_auth": place.probe_auth,
        "action": control.action, **{PARAM + name: value for name, value in control.params}, "match": "",
    }  # fmt: skip
    return Kept(
        {key: value for key, value in stated.items() if value or key not in ONLY_IF_NEEDED}, recorded=True
    )


def keep(profile: "Profile", kept: Kept) -> None:
    """Keep it, readable by this person alone."""
    write_file(_file(profile), json.dumps(kept._asdict()).encode())


def forget(profile: "Profile") -> None:
    """Keep nothing any more."""
    _file(profile).unlink(missing_ok=True)


def _file(profile: "Profile") -> "Path":
    return profile.folder / FILE
