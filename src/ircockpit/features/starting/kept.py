"""What was answered so far, kept on this device so that a conversation that was left can be taken up again."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.store.profile import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from ircockpit.store.profile import Profile

FILE = "starting.json"


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


def keep(profile: "Profile", kept: Kept) -> None:
    """Keep it, readable by this person alone."""
    write_file(_file(profile), json.dumps(kept._asdict()).encode())


def forget(profile: "Profile") -> None:
    """Keep nothing any more."""
    _file(profile).unlink(missing_ok=True)


def _file(profile: "Profile") -> "Path":
    return profile.folder / FILE
