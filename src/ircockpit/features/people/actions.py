"""What people can do about their own name."""

from collections.abc import Sequence

from ircockpit.command.action import Result
from ircockpit.features.people.naming import checked, rename
from ircockpit.features.people.queries import name_of, names
from ircockpit.render.span import Span
from ircockpit.store.workstation import Workstation


def set_name(station: Workstation, *, name: Sequence[str] | str | None = None) -> Result:
    """Set, or without words show, the writer's own name. Raises :class:`BadInput` where it is too long."""
    wanted = checked(name if isinstance(name, str) else " ".join(name or ()))
    shown = name_of(names(station.view), station.me)
    said = ""
    if wanted and wanted != shown:
        rename(station, wanted)
        shown, said = wanted, f"your entries are shown as by {wanted}"
    return Result({"id": station.me, "name": shown}, ((Span(shown),),), said)
