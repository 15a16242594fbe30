"""What is due, and saved views of the queue, from the command line; the screen's keys do the same by the same functions."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.features.queue import views
from ircockpit.features.queue.rules import SavedView
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import due_line
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Span
from ircockpit.store.workstation import Workstation


def list_due(station: Workstation, *, safe: bool = False) -> Result:
    """Everything that is due on this device."""
    from ircockpit.features.queue.due import data_of, everything

    with safely(safe):
        rows, now, width = everything(station), station.clock.wall_us(), terminal_size((100, 24))[0]
        lines = []
        for row in rows:
            since_s = max(now - row.since_us, 0) / 1e6 if row.since_us else None
            lines.append(due_line(row.state, row.kind, row.system, row.said, since_s, width))
            if row.how:
                lines.append((Span(f"  {row.how}", "key"),))
        said = f"{counted(len(rows), 'thing')} due" if rows else "nothing is due"
        return Result(blanked([data_of(row) for row in rows]), tuple(lines), said)


def list_views(station: Workstation) -> Result:
    """All of them, those everybody has first."""
    known = views.views(station)
    lines = tuple(
        (Span(f"{each.name:20}", "key"), Span(each.filter), Span("" if each.built_in else "  yours", "dim"))
        for each in known
    )
    return Result([_data(each) for each in known], lines)


def save_view(station: Workstation, *, name: str, filter: Any) -> Result:  # noqa: A002 - the parameter is called so
    """Keep a filter under a name."""
    view = views.save(station, name, " ".join(filter) if isinstance(filter, list | tuple) else str(filter))
    return Result(_data(view), (), f"{view.name} is saved: {view.filter}")


def remove_view(station: Workstation, *, name: str) -> Result:
    """Forget one."""
    view = views.remove(station, name)
    return Result(_data(view), (), f"{view.name} is removed")


def _data(view: SavedView) -> dict[str, Any]:
    return {"name": view.name, "filter": view.filter, "built_in": view.built_in}
