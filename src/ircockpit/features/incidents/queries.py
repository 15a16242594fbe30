"""The queue, an incident and its timeline, as frozen rows."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import NotFound
from ircockpit.core.stated import moment_us
from ircockpit.features.containment.queries import Standing, standings
from ircockpit.features.incidents.rules import CLOSED
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.systems.queries import systems
from ircockpit.inert.gate import clean
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from ircockpit.store.view import Entry, View


class IncidentRow(NamedTuple):
    """An incident as the queue shows it."""

    ident: str
    stream: str
    short: str
    title: str
    severity: str
    provisional: bool
    status: str
    owner: str
    """Pseudonym, empty where nobody took it."""
    owner_name: str
    system: str
    system_name: str
    impact: str
    opened_us: int
    standing: Standing
    disputed: tuple[str, ...]
    """Fields about which people disagree."""


_COLUMNS = "id, stream, title, severity, provisional, status, owner, system, impact, opened, disputed"
_URGENCY = (
    "ORDER BY CASE severity WHEN 'SEV1' THEN 1 WHEN 'SEV2' THEN 2 WHEN 'SEV3' THEN 3 WHEN 'SEV4' THEN 4 ELSE 0 END,"
    " opened DESC, id"
)


def queue_ids(view: "View", *, closed: bool = False) -> list[str]:
    """Ids of the incidents in the queue, most urgent first: by severity, then the newest."""
    where = "" if closed else f"WHERE status <> '{CLOSED}'"
    return [row[0] for row in view.rows(f"SELECT id FROM incident {where} {_URGENCY}")]


def incidents(view: "View", idents: list[str]) -> list[IncidentRow]:
    """Rows of the incidents named, in that order; ids that are none are left out."""
    marks = ",".join("?" * len(idents))
    found = {
        row[0]: row for row in view.rows(f"SELECT {_COLUMNS} FROM incident WHERE id IN ({marks})", idents)
    }
    known, known_systems = names(view), {each.ident: each.name for each in systems(view)}
    stand = standings(view, idents)
    return [
        _row(view, found[ident], known, known_systems, stand.get(ident, Standing()))
        for ident in idents
        if ident in found
    ]


def incident(view: "View", text: str) -> IncidentRow:
    """One incident by short id or UUID. Raises :class:`NotFound`."""
    _, ident = resolve(view, text, "incident")
    rows = incidents(view, [ident])
    if not rows:
        raise NotFound(f"no incident is called {text!r}", fix="ircockpit queue lists what there is")
    return rows[0]


def data_of(row: IncidentRow) -> dict[str, Any]:
    """An incident as ``--json`` prints it."""
    return {
        "id": row.ident,
        "short": row.short,
        "title": row.title,
        "severity": row.severity,
        "provisional": row.provisional,
        "status": row.status,
        "owner": row.owner,
        "owner_name": row.owner_name if row.owner else "",
        "system": row.system_name,
        "impact": row.impact,
        "opened_us": row.opened_us,
        "containment": {
            "state": row.standing.state,
            "control": row.standing.title,
            "ms": row.standing.elapsed_ms,
        },
        "disputed": list(row.disputed),
    }


def origin_of(view: "View", incident_id: str) -> str:
    """Id of the signal group an incident was declared from, empty where there is none."""
    rows = view.rows("SELECT origin FROM incident WHERE id=?", (incident_id,))
    return str(rows[0][0] or "") if rows else ""


class Head(NamedTuple):
    """One side of a disagreement."""

    event_id: str
    author: str
    value: Any
    missing: str
    shown: str
    """The value in words: a person by name, anything else as written; not gated yet."""


def heads(view: "View", ent: str, field: str) -> list[Head]:
    """All values people hold a field to have, the displayed one last."""
    known = names(view)
    rows = view.rows(
        "SELECT event, actor, value, missing FROM head WHERE ent=? AND field=? ORDER BY lam, event",
        (ent, field),
    )
    found = []
    for event, actor, raw, missing in rows:
        value = json.loads(raw)
        words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        shown = missing or (name_of(known, words) if field == "owner" else words)
        found.append(Head(event, name_of(known, actor), value, missing, shown))
    return found


def timeline_count(view: "View", stream: str, hidden: tuple[str, ...]) -> int:
    """Number of entries of a stream's timeline."""
    marks = ",".join("?" * len(hidden))
    rows = view.rows(
        f"SELECT count(*) FROM entry WHERE stream=? AND type NOT IN ({marks})", (stream, *hidden)
    )
    return int(rows[0][0])


def timeline_page(
    view: "View", stream: str, hidden: tuple[str, ...], *, offset: int, limit: int, newest_first: bool = False
) -> "list[Entry]":
    """Entries of a stream in the order of the timeline: stated time, Lamport number, event id."""
    from ircockpit.store.view import ENTRY_COLUMNS, Entry

    marks, way = ",".join("?" * len(hidden)), "DESC" if newest_first else "ASC"
    rows = view.rows(
        f"SELECT {ENTRY_COLUMNS} FROM entry WHERE stream=? AND type NOT IN ({marks})"
        f" ORDER BY at_us {way}, lam {way}, event_id {way} LIMIT ? OFFSET ?",
        (stream, *hidden, limit, offset),
    )
    return [Entry(*row) for row in rows]


def timeline_people(view: "View", stream: str) -> int:
    """How many people wrote in a stream."""
    return int(view.rows("SELECT count(DISTINCT actor) FROM entry WHERE stream=?", (stream,))[0][0])


def entry(view: "View", event_id: str) -> "Entry":
    """One entry by its event id. Raises :class:`NotFound`."""
    from ircockpit.store.view import ENTRY_COLUMNS, Entry

    rows = view.rows(f"SELECT {ENTRY_COLUMNS} FROM entry WHERE event_id=?", (event_id,))
    if not rows:
        raise NotFound("there is no such entry on this device")
    return Entry(*rows[0])


def timeline_index(view: "View", stream: str, hidden: tuple[str, ...], event_id: str) -> int | None:
    """Position of an entry in the order of the timeline, ``None`` where it is not on it."""
    marks = ",".join("?" * len(hidden))
    rows = view.rows("SELECT at_us, lam FROM entry WHERE event_id=? AND stream=?", (event_id, stream))
    if not rows:
        return None
    before = view.rows(
        f"SELECT count(*) FROM entry WHERE stream=? AND type NOT IN ({marks})"
        " AND (at_us, lam, event_id) < (?, ?, ?)",
        (stream, *hidden, *rows[0], event_id),
    )
    return int(before[0][0])


def _row(
    view: "View",
    row: tuple[Any, ...],
    known: dict[str, str],
    known_systems: dict[str, str],
    standing: Standing,
) -> IncidentRow:
    ident, stream, title, severity, provisional, status, owner, system, impact, opened, disputed = row
    return IncidentRow(
        ident=ident,
        stream=stream,
        short=short_id(view, "incident", ident),
        title=str(title or "untitled"),
        severity=clean(str(severity or "?")),
        provisional=bool(provisional),
        status=clean(str(status or "")),
        owner=str(owner or ""),
        owner_name=name_of(known, str(owner or "")),
        system=str(system or ""),
        system_name=known_systems.get(str(system), ""),
        impact=str(impact or ""),
        opened_us=moment_us(opened),
        standing=standing,
        disputed=tuple((disputed or "").split()),
    )
