"""What people can do about their own name."""

from collections.abc import Sequence

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.gate import line
from ircockpit.render.span import Span
from ircockpit.store.workstation import Workstation

MAX_NAME = 40


def set_name(station: Workstation, *, name: Sequence[str] | str | None = None) -> Result:
    """Set, or without words show, the writer's own name. Raises :class:`BadInput` where it is too long."""
    wanted = line(name if isinstance(name, str) else " ".join(name or ()))
    if len(wanted) > MAX_NAME:
        raise BadInput(
            f"a name holds {MAX_NAME} characters", safe="nothing was recorded", fix="say it shorter"
        )
    shown = name_of(names(station.view), station.me)
    said = ""
    if wanted and wanted != shown:
        draft = station.set_field(station.identity.org_stream, "person.set", station.me, "name", wanted)
        station.append([draft])
        station.rename(wanted)
        shown, said = wanted, f"your entries are shown as by {wanted}"
    return Result({"id": station.me, "name": shown}, ((Span(shown),),), said)
