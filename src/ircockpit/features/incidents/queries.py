"""The queue, an incident and its timeline, as frozen rows."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import NotFound
from ircockpit.core.stated import moment_us
from ircockpit.features.containment.queries import Standing, standings
from ircockpit.features.incidents.rules import CLOSED
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.systems.queries import systems
from ircockpit.features.triage.events import TITLES, in_words
from ircockpit.features.triage.queries import DISPUTED, OF_FORM, disputed_answers, register_of
from ircockpit.inert.gate import clean
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation


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
    """Fields of it and of its triage about which people disagree."""

    @property
    def closed(self) -> bool:
        """Whether it is closed, and nobody disagrees."""
        return self.status == CLOSED and "status" not in self.disputed


_COLUMNS = "id, stream, title, severity, provisional, status, owner, system, impact, opened, disputed"


def incidents(view: "View", idents: list[str]) -> list[IncidentRow]:
    """Rows of the incidents named, in that order; ids that are none are left out."""
    found = {
        row[0]: row
        for row in view.rows_of(f"SELECT {_COLUMNS} FROM incident WHERE id IN ({{marks}})", idents)
    }
    known, known_systems = names(view), {each.ident: each.name for each in systems(view)}
    stand, answers = standings(view, idents), disputed_answers(view, idents)
    return [
        _row(view, found[ident], known, known_systems, stand.get(ident, Standing()), answers.get(ident, ()))
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


def declared_severity(view: "View", ident: str) -> str:
    """The severity an incident was declared at, whatever triage has made of it since."""
    rows = view.rows("SELECT json_extract(facts, '$.severity') FROM entity WHERE id = ?", (ident,))
    return str(rows[0][0] or "") if rows else ""


def closed_us(view: "View", ident: str) -> int:
    """When a closed incident was closed, by the entry that did it."""
    rows = view.rows(
        "SELECT e.at_us FROM head h JOIN entry e ON e.event_id = h.event WHERE h.ent=? AND h.field='status'"
        " ORDER BY h.lam DESC, h.event DESC LIMIT 1",
        (ident,),
    )
    return int(rows[0][0]) if rows else 0


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


def disputed_ids(view: "View") -> list[str]:
    """Incidents about which, or about whose triage, people disagree; closed ones too."""
    rows = view.rows(f"SELECT id FROM incident WHERE disputed <> '' OR id IN ({DISPUTED}) ORDER BY 1")
    return [row[0] for row in rows]


class Head(NamedTuple):
    """One side of a disagreement."""

    event_id: str
    author: str
    value: Any
    missing: str
    shown: str
    """The value in words: a person by name, anything else as written; not gated yet."""
    at_us: int
    """When it was written, by its device's clock; 0 where the entry is not in the picture."""


def heads(view: "View", incident_id: str, field: str) -> list[Head]:
    """All values people hold a field of an incident or of its triage to have, the displayed one last."""
    known = names(view)
    rows = view.rows(
        "SELECT h.event, h.actor, h.value, h.missing, coalesce(n.wall, 0) FROM head h"
        " LEFT JOIN entry n ON n.event_id=h.event WHERE h.ent=? AND h.field=? ORDER BY h.lam, h.event",
        register_of(incident_id, field),
    )
    found = []
    for event, actor, raw, missing, at_us in rows:
        value = json.loads(raw)
        words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if field == "category":
            words = TITLES.get(words, words)
        elif OF_FORM in field:
            words = known.get(words) or in_words(value) or "taken back"
        shown = missing or (name_of(known, words) if field == "owner" else words)
        found.append(Head(event, name_of(known, actor), value, missing, shown, int(at_us)))
    return found


def merged(station: "Workstation", incident_id: str, field: str) -> str | None:
    """A text with both changes of two people, where they changed one text in different places; else ``None``."""
    sides = heads(station.view, incident_id, field)
    if len(sides) != 2 or any(side.missing or not isinstance(side.value, str) for side in sides):
        return None
    from ircockpit.core.threeway import merge  # brings difflib along

    before = _before(station, *register_of(incident_id, field), sides)
    return None if before is None else merge(before, sides[0].value, sides[1].value)


def _before(station: "Workstation", ent: str, field: str, sides: list[Head]) -> str | None:
    """The text both sides began from, where there is one and it is held."""
    held = [station.log.get(side.event_id) for side in sides]
    replaced = [set(each.event.envelope.base) for each in held if each is not None]
    if len(replaced) != 2 or len(replaced[0]) > 1 or replaced[0] != replaced[1]:
        return None
    if replaced[0]:
        from ircockpit.ledger.parts import read_part

        stored = station.log.get(replaced[0].pop())
        values = [read_part(part) for part in stored.event.parts] if stored else []
        before = next((value["value"] for value in values if value and "value" in value), None)
    else:
        rows = station.view.rows("SELECT facts FROM entity WHERE id=?", (ent,))
        before = json.loads(rows[0][0]).get(field) if rows else None
    return before if isinstance(before, str) else None


def _row(
    view: "View",
    row: tuple[Any, ...],
    known: dict[str, str],
    known_systems: dict[str, str],
    standing: Standing,
    answers: tuple[str, ...],
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
        disputed=(*(disputed or "").split(), *answers),
    )
