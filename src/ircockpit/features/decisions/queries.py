"""Decisions and action items as frozen rows: of an incident, of a person, of everybody."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import NotFound
from ircockpit.core.ids import belongs
from ircockpit.features.decisions.events import WORK
from ircockpit.features.decisions.rules import order, span_words
from ircockpit.features.incidents.rules import CLOSED
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.replay.queries import told_twice
from ircockpit.features.response.queries import Authorities, Authority
from ircockpit.store.names import resolve, short_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation


class TaskRow(NamedTuple):
    """An action item."""

    ident: str
    stream: str
    short: str
    incident: str
    incident_short: str
    decision: str
    """The decision it follows from, empty where it stands alone."""
    todo: str
    owner: str
    """Pseudonym, empty where nobody has it."""
    owner_name: str
    due_us: int | None
    state: str
    disputed: tuple[str, ...]

    @property
    def is_work(self) -> bool:
        """Whether it is still to be done, or people disagree that it is over."""
        return self.state in WORK or "state" in self.disputed


class DecisionRow(NamedTuple):
    """A decision somebody recorded, or one that stands in another kind of entry."""

    ident: str
    """Its own id; of what stands in another entry, that entry's event id."""
    short: str
    """Empty where it has no id of its own."""
    stream: str
    at_us: int
    actor: str
    name: str
    what: str
    why: str
    source: str
    authority: str
    withdrawn: bool
    kind: str = ""
    """Which decision of the RACI table it is; empty where that is not said."""
    about: str = ""
    """The matter of a playbook that it decides; empty where that is not said."""
    answers: Authority | None = None
    """Whether whoever decided held the role that answers for it then."""
    tasks: tuple[TaskRow, ...] = ()


_TASK = "id, stream, incident, decision, todo, owner, due_us, state, disputed"


def tasks(
    station: "Workstation", *, incident: str = "", owner: str | None = None, over: bool = False
) -> list[TaskRow]:
    """Action items, what is overdue first; of one incident, of one owner (empty: of nobody), those that are over too."""
    asked, values = ["1"], list[str]()
    if incident:
        asked.append("incident = ?")
        values.append(incident)
    if owner is not None:
        asked.append("coalesce(owner, '') = ?")
        values.append(owner)
    found = _tasks(station.view, " AND ".join(asked), values)
    now = station.clock.wall_us()
    kept = [row for row in found if over or row.is_work]
    return sorted(kept, key=lambda row: (*order(row.state, row.due_us, now), row.ident))


def task(view: "View", text: str) -> TaskRow:
    """One action item by short id or UUID. Raises :class:`NotFound`."""
    _, ident = resolve(view, text, "task")
    rows = _tasks(view, "id = ?", [ident])
    if not rows:
        raise NotFound(f"no action item is called {text!r}", fix="ircockpit task list shows them")
    return rows[0]


def todo_words(rows: "Sequence[TaskRow]", now_us: int) -> str:
    """How much is to be done, whose the most urgent is and when it is due; empty where nothing is. No words of others."""
    if not rows:
        return ""
    over = sum(row.due_us is not None and row.due_us <= now_us for row in rows)
    first = rows[0]
    count = f"{len(rows)} action items" if len(rows) > 1 else "1 action item"
    return f"{count}{f', {over} overdue' if over else ''}; {first.short} {due_words(first, now_us)[0]}"


def due_words(row: TaskRow, now_us: int) -> tuple[str, str]:
    """When an action item is due, in words, and the role they are shown in."""
    if not row.is_work:
        return row.state, "dim"
    begun = "doing, " if row.state == "doing" else ""
    if row.due_us is None:
        return f"{begun}no time" if begun else "open, no time", "text"
    away = span_words(abs(row.due_us - now_us))
    return (f"{begun}over by {away}", "bad") if row.due_us <= now_us else (f"{begun}due in {away}", "text")


def decision(view: "View", text: str) -> DecisionRow:
    """One recorded decision by short id or UUID. Raises :class:`NotFound`."""
    _, ident = resolve(view, text, "decision")
    rows = _made(view, "d.id = ?", [ident])
    if not rows:
        raise NotFound(f"no decision is called {text!r}", fix="ircockpit decisions INCIDENT lists them")
    return rows[0]


def decisions(station: "Workstation", incident: str, stream: str) -> list[DecisionRow]:
    """The decision log of an incident, oldest first: what was recorded as one, and what was decided by other acts."""
    view = station.view
    by_decision: dict[str, list[TaskRow]] = {}
    for each in tasks(station, incident=incident, over=True):
        by_decision.setdefault(each.decision, []).append(each)
    roles = Authorities(station, incident)
    made = [
        row._replace(tasks=tuple(by_decision.get(row.ident, ())))
        for row in _made(view, "d.incident = ?", [incident])
    ]
    found = [
        row._replace(answers=roles.of(row.kind, row.actor, row.at_us))
        for row in (*made, *_elsewhere(view, stream, roles))
    ]
    return sorted(found, key=lambda row: (row.at_us, row.ident))


def decided_about(view: "View", incident: str, matter: str) -> bool:
    """Whether a decision about a matter stands on record with its reason, as far as that was not taken away."""
    return any(
        row.about == matter and not row.withdrawn
        for row in _made(view, "d.incident = ? AND d.about = ?", [incident, matter])
    )


def _made(view: "View", where: str, values: "Iterable[str]") -> list[DecisionRow]:
    known = names(view)
    rows = view.rows(
        "SELECT d.incident, d.id, d.stream, d.decided, d.authority, d.withdrawn, e.actor, e.at_us, e.body, d.kind, d.about"
        " FROM decision d"
        " JOIN entity n ON n.id = d.id JOIN entry e ON e.event_id = n.event"
        f" WHERE {where}",
        list(values),
    )
    found = []
    for incident, ident, stream, decided, authority, withdrawn, actor, at_us, raw, kind, about in rows:
        if not belongs(str(incident or ""), str(stream)):
            continue  # told in another record than its incident's, whoever wrote it may have no part in that
        body = json.loads(raw) if raw else {}
        found.append(
            DecisionRow(
                str(ident), short_id(view, "decision", ident), str(stream), int(at_us), str(actor), name_of(known, actor),
                str(decided or ""), str(body.get("why") or ""), str(body.get("source") or ""), str(authority or ""),
                bool(withdrawn), str(kind or ""), str(about or ""),
            )
        )  # fmt: skip
    return found


_ACTS = {
    "event.adopted": "adopt", "hold.placed": "hold", "hold.released": "release", "erasure.ordered": "erase",
    "scope.widened": "widen",
}  # fmt: skip
_DECIDING = (
    "(type = 'incident.set' AND field IN ('severity', 'status')) OR type IN ('containment.approved', 'event.adopted',"
    " 'hold.placed', 'hold.released', 'erasure.ordered', 'scope.widened')"
)


def _act(type_: str, field: str, body: dict[str, Any]) -> str:
    """What an act of the program is called in the RACI table."""
    if type_ == "incident.set":
        return "severity" if field == "severity" else "close" if body.get("value") == CLOSED else "reopen"
    if type_ == "containment.approved":
        return "approve-revert" if body.get("direction") == "revert" else "approve-stop"
    return _ACTS.get(type_, "")


def _elsewhere(view: "View", stream: str, roles: Authorities) -> list[DecisionRow]:
    from ircockpit.features.catalogue import said

    known = names(view)
    rows = view.rows(
        f"SELECT event_id, actor, at_us, type, field, body FROM entry WHERE stream = ? AND doubt = '' AND ({_DECIDING})",
        (stream,),
    )
    found = []
    again: set[str] = set()
    for (incident,) in view.rows("SELECT id FROM incident WHERE stream = ?", (stream,)):
        again |= told_twice(view, str(incident), stream)
    for event, actor, at_us, type_, field, raw in rows:
        if event in again:
            continue  # what two devices did of one recurrence was decided once
        body = json.loads(raw) if raw else {}
        why = str(body.pop("why", "") or "")
        found.append(
            DecisionRow(
                str(event), "", stream, int(at_us), str(actor), name_of(known, actor),
                said(type_, field, body), why, "", "", False, roles.decided_by(_act(type_, field, body)),
            )
        )  # fmt: skip
    return found


def _tasks(view: "View", where: str, values: "Iterable[str]") -> list[TaskRow]:
    known = names(view)
    rows = view.rows(f"SELECT {_TASK} FROM task WHERE {where}", list(values))
    return [
        TaskRow(
            str(ident), str(stream), short_id(view, "task", ident), str(incident or ""),
            short_id(view, "incident", str(incident or "")), str(decision or ""), str(todo or ""), str(owner or ""),
            name_of(known, str(owner or "")), due_us, str(state or "open"), tuple((disputed or "").split()),
        )
        for ident, stream, incident, decision, todo, owner, due_us, state, disputed in rows
    ]  # fmt: skip
