"""The queue as numbers in order: all of it, what a filter asks of it, and what has changed in it."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.features.containment.queries import MAY_BE_IN_FORCE

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

DUE_KEY = "due:"
"""How the key of a row begins that is due and is neither incident nor signals; no id does."""
Condition = tuple[str, list[Any]]
"""SQL over ``incident i`` or ``"group" g``, with the values of its marks."""
_IN_FORCE = f"SELECT a.incident FROM action a WHERE {MAY_BE_IN_FORCE} UNION SELECT w.incident FROM watch w WHERE w.state = 'on'"
"""Incidents with a control that may be on, or of which a run is repeated: neither may leave everybody's sight."""


class Filtered(NamedTuple):
    """What a filter of the queue asks of incidents and of signals."""

    closed: bool
    incident: Condition
    group: Condition


def filtered(station: "Workstation", text: str) -> Filtered:
    """A filter as conditions. Raises :class:`UsageError`, naming what is possible, for one that asks nothing."""
    # A queue of which nothing is asked starts without it.
    from ircockpit.features.queue.asked import conditions

    return conditions(station, text)


def checked(station: "Workstation", text: str) -> None:
    """Raise :class:`UsageError`, naming what is possible, for a filter that asks nothing; nothing is read for that."""
    from ircockpit.features.queue.asked import terms

    terms(station, text)


def named_filter(station: "Workstation", name: str) -> str:
    """The filter of a saved view. Raises :class:`NotFound`, naming those there are."""
    from ircockpit.features.queue.views import named

    return named(station, name).filter


def incident_places(
    station: "Workstation",
    found: Filtered | None = None,
    *,
    among: Sequence[str] | None = None,
    limit: int = -1,
) -> Iterator[tuple[int, int]]:
    """``(place, number)`` of the incidents in the queue, most urgent first; ``among`` asks only of these ids."""
    closed = found is not None and found.closed
    asked, values = ("1", []) if found is None else found.incident
    state = f"i.closed = {int(closed)} AND ({asked})"
    # CROSS JOIN keeps the order: left to choose, the engine reads every incident to find the few that are named.
    named = "" if among is None else "json_each(?) named CROSS JOIN "
    given = [] if among is None else [json.dumps(list(among))]
    chosen = "" if among is None else " AND i.id = named.value"
    all_of = f"{named}incident i WHERE {state}{chosen}", [*given, *values, limit]
    # Nothing hides while a control or a watch is on: what is closed meanwhile stays in the queue, not among the closed.
    kept = f"{named}({_IN_FORCE}) f CROSS JOIN incident i WHERE i.id = f.incident AND i.closed = 1 AND ({asked}){chosen}"
    in_force = list(_read(station, kept, [*given, *values, limit], tie=True))
    if closed:
        gone = {row[1] for row in in_force}
        return (row for row in _read(station, *all_of) if row[1] not in gone)
    if not in_force:
        return _read(station, *all_of)
    from heapq import merge

    both = merge(_read(station, *all_of, tie=True), in_force, key=lambda row: (row[0], -row[2], row[3]))
    return (row[:2] for row in both)


def _read(station: "Workstation", where: str, values: Sequence[Any], *, tie: bool = False) -> Iterator[Any]:
    more = ", i.born, i.id" if tie else ""
    sql = f"SELECT i.place, i.num{more} FROM {where} ORDER BY i.place, i.born DESC, i.id LIMIT ?"
    return station.view.each(sql, values)


def tie_of(station: "Workstation") -> Callable[[int], tuple[int, str]]:
    """What decides between two things of one place, by their numbers: the one made last first, then the lower id.

    The numbers themselves tell only what this device met first.
    """

    def tie(number: int) -> tuple[int, str]:
        rows = station.view.rows("SELECT -at_us, id FROM entity WHERE num = ?", (number,))
        return rows[0] if rows else (0, "")

    return tie


def in_order(station: "Workstation", numbers: Sequence[int]) -> list[int]:
    """Incidents by their numbers in the queue's order, wherever they were found."""
    rows = station.view.rows(
        "SELECT i.num FROM json_each(?) n JOIN entity e ON e.num = n.value JOIN incident i ON i.id = e.id"
        " ORDER BY i.place, i.born DESC, i.id",
        (json.dumps(list(numbers)),),
    )
    return [row[0] for row in rows]


def incident_numbers(station: "Workstation", found: Filtered) -> set[int]:
    """Numbers of the incidents in the queue of which a filter holds that does not ask for closed ones."""
    asked, values = found.incident
    kept = f"({_IN_FORCE}) f CROSS JOIN incident i WHERE i.id = f.incident AND i.closed = 1 AND ({asked})"
    return _numbers(
        station, f"SELECT i.num FROM incident i WHERE i.closed = 0 AND ({asked})", values
    ) | _numbers(station, f"SELECT i.num FROM {kept}", values)


def group_numbers(station: "Workstation", found: Filtered) -> set[int]:
    """Numbers of all groups of signals of which the filter holds, whether they wait or not."""
    asked, values = found.group
    return _numbers(station, f'SELECT g.num FROM "group" g WHERE {asked}', values)


def _numbers(station: "Workstation", sql: str, values: Sequence[Any]) -> set[int]:
    """What a query of one column gives, written in one piece by the engine: handing over row by row is most of the work."""
    ((found,),) = station.view.rows(f"SELECT json_group_array(num) FROM ({sql})", values)
    return set(json.loads(found))


def numbers_of(station: "Workstation", idents: Sequence[str]) -> list[int]:
    """The numbers by which the view knows these things; those it does not know are left out."""
    rows = station.view.rows(
        "SELECT num FROM entity WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(idents)),)
    )
    return [row[0] for row in rows]


def place_of(station: "Workstation", ident: str) -> int:
    """The place of an incident in the queue's order; 0 for what is none."""
    rows = station.view.rows("SELECT place FROM incident WHERE id = ?", (ident,))
    return rows[0][0] if rows else 0


def ids_of(station: "Workstation", numbers: Sequence[int]) -> dict[int, str]:
    """Ids of the things with these numbers, in that order."""
    found = dict(
        station.view.rows(
            "SELECT num, id FROM entity WHERE num IN (SELECT value FROM json_each(?))",
            (json.dumps(list(numbers)),),
        )
    )
    return {number: found[number] for number in numbers if number in found}


def queue_ids(station: "Workstation", limit: int = -1) -> list[str]:
    """Ids of the incidents in the queue, most urgent first."""
    return list(ids_of(station, [number for _, number in incident_places(station, limit=limit)]).values())


_WHOSE = {"signal": "group", **dict.fromkeys(("action", "task", "watch", "replay"), "incident")}
"""What things that are no row of the queue belong to."""


class Touched(NamedTuple):
    """What has changed since: ids of incidents and of groups."""

    incidents: list[str]
    groups: list[str]


def touched(station: "Workstation", since: int, at_most: int) -> Touched | None:
    """What the entries after an arrival number are about; ``None`` where there are more of them than that."""
    rows = station.view.rows(
        "SELECT DISTINCT t.kind, t.id, CASE t.kind WHEN 'signal' THEN (SELECT \"group\" FROM signal WHERE id = t.id)"
        " WHEN 'action' THEN (SELECT incident FROM action WHERE id = t.id)"
        " WHEN 'task' THEN (SELECT incident FROM task WHERE id = t.id)"
        " WHEN 'watch' THEN (SELECT incident FROM watch WHERE id = t.id)"
        " WHEN 'replay' THEN (SELECT incident FROM replay WHERE id = t.id) END FROM"
        " (SELECT ent FROM entry WHERE arrival > ? LIMIT ?) n JOIN entity t ON t.id = n.ent",
        (since, at_most + 1),
    )
    if len(rows) > at_most:
        return None
    found: dict[str, dict[str, None]] = {"incident": {}, "group": {}}
    for kind, ident, whose in rows:
        of_another = _WHOSE.get(kind)
        named, about = (of_another, whose) if of_another else (kind, ident)
        if named in found and about:
            found[named][str(about)] = None
    return Touched(list(found["incident"]), list(found["group"]))
