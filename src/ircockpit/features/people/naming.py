"""A person's own name: what it may be, and how it is recorded."""

from ircockpit.core.errors import BadInput
from ircockpit.inert.gate import line
from ircockpit.store.workstation import Workstation

MAX_NAME = 40


def checked(name: str) -> str:
    """The name as it is shown. Raises :class:`BadInput` where it is too long."""
    wanted = line(name)
    if len(wanted) > MAX_NAME:
        raise BadInput(
            f"a name holds {MAX_NAME} characters", safe="nothing was recorded", fix="say it shorter"
        )
    return wanted


def rename(station: Workstation, wanted: str) -> None:
    """Record another name for whoever writes at this device."""
    station.append([station.set_field(station.identity.org_stream, "person.set", station.me, "name", wanted)])
    station.rename(wanted)


def is_named(station: Workstation) -> bool:
    """Whether this person has ever said a name; a new profile has that of the login."""
    mine = "SELECT 1 FROM entry WHERE type = 'person.set' AND ent = ? AND field = 'name' LIMIT 1"
    return bool(station.view.rows(mine, (station.me,)))
