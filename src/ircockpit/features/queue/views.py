"""Filters that a person keeps under a name: in the profile, for nobody else, and never part of the record."""

import json
from typing import TYPE_CHECKING

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.queue.queries import filtered
from ircockpit.features.queue.rules import BUILT_IN, SavedView
from ircockpit.inert.gate import clean
from ircockpit.store.profile import write_file

if TYPE_CHECKING:
    from pathlib import Path

    from ircockpit.store.workstation import Workstation

MAX_VIEWS, MAX_NAME, MAX_FILTER = 50, 40, 200
LARGEST = 64 * 1024


def place(station: "Workstation") -> "Path":
    """Where they are kept."""
    return station.profile.folder / "views.json"


def saved(station: "Workstation") -> tuple[SavedView, ...]:
    """Those the person keeps, in the order they were saved; what cannot be read is left out."""
    try:
        with place(station).open("rb") as file:
            rows = json.loads(file.read(LARGEST))
    except (OSError, ValueError):
        return ()
    found = []
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and all(isinstance(row.get(name), str) for name in ("name", "filter")):
            found.append(SavedView(clean(row["name"])[:MAX_NAME], clean(row["filter"])[:MAX_FILTER]))
    return tuple(found[:MAX_VIEWS])


def views(station: "Workstation") -> tuple[SavedView, ...]:
    """Those everybody has, then one's own."""
    return (*BUILT_IN, *saved(station))


def named(station: "Workstation", name: str) -> SavedView:
    """One by its name or the beginning of it. Raises :class:`NotFound`, naming those there are."""
    wanted, known = name.strip().casefold(), views(station)
    found = [each for each in known if each.name.casefold() == wanted] or [
        each for each in known if wanted and each.name.casefold().startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    raise NotFound(
        f"{'no' if not found else 'more than one'} view is called {name!r}",
        fix=f"there are: {', '.join(each.name for each in known)}",
    )


def save(station: "Workstation", name: str, text: str) -> SavedView:
    """Keep a filter under a name, in place of one that has it. Raises where it asks nothing or the name cannot be."""
    filtered(station, text)
    view = SavedView(clean(name).strip(), text.strip())
    if not view.name or len(view.name) > MAX_NAME:
        raise BadInput(f"a view's name has 1 to {MAX_NAME} characters", safe="nothing was saved")
    if not view.filter or len(view.filter) > MAX_FILTER:
        raise BadInput(
            f"a view's filter has 1 to {MAX_FILTER} characters",
            safe="nothing was saved",
            fix="filter with / first",
        )
    if any(each.name.casefold() == view.name.casefold() for each in BUILT_IN):
        raise BadInput(
            f"{view.name} is a view that everybody has", safe="nothing was saved", fix="name it otherwise"
        )
    kept = [each for each in saved(station) if each.name.casefold() != view.name.casefold()]
    if len(kept) >= MAX_VIEWS:
        raise BadInput(
            f"{MAX_VIEWS} views are kept at most", safe="nothing was saved", fix="remove one first"
        )
    _write(station, [*kept, view])
    return view


def remove(station: "Workstation", name: str) -> SavedView:
    """Forget one. Raises :class:`NotFound`, or :class:`BadInput` for one that everybody has."""
    view = named(station, name)
    if view.built_in:
        raise BadInput(f"{view.name} is a view that everybody has", safe="nothing was removed")
    _write(station, [each for each in saved(station) if each.name != view.name])
    return view


def _write(station: "Workstation", kept: list[SavedView]) -> None:
    rows = [{"name": each.name, "filter": each.filter} for each in kept]
    write_file(place(station), (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode())
