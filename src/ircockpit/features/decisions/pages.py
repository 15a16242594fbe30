"""Decisions and action items as data for programs and as rows for people."""

from collections.abc import Iterable
from typing import Any

from ircockpit.features.decisions.queries import DecisionRow, TaskRow, decision, due_words
from ircockpit.features.response.queries import Authority
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.timeline import at_full, at_minute
from ircockpit.render.wrap import wrap
from ircockpit.store.workstation import Workstation

_WHEN, _WHO, _INCIDENT = 18, 10, 6
_INDENT = 2


def data_of_task(row: TaskRow) -> dict[str, Any]:
    """An action item as ``--json`` prints it."""
    return {
        "id": row.ident, "short": row.short, "incident": row.incident, "incident_short": row.incident_short,
        "decision": row.decision, "todo": row.todo, "owner": row.owner, "owner_name": row.owner_name if row.owner else "",
        "due_us": row.due_us, "state": row.state, "disputed": list(row.disputed),
    }  # fmt: skip


def data_of_decision(row: DecisionRow) -> dict[str, Any]:
    """A decision as ``--json`` prints it, with its action items."""
    return {
        "id": row.ident, "short": row.short, "at_us": row.at_us, "who": row.actor, "who_name": row.name,
        "decided": row.what, "why": row.why, "source": row.source,
        "authority": row.authority, "withdrawn": row.withdrawn, "kind": row.kind, "about": row.about,
        "answers": _data_of_answers(row.answers),
        "tasks": [data_of_task(each) for each in row.tasks],
    }  # fmt: skip


def _data_of_answers(found: Authority | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "role": found.decision.accountable, "held": found.held, "holders": list(found.holders),
    }  # fmt: skip


def answers_words(found: Authority) -> str:
    """Whether whoever decided held the accountable role, as a fact that stops nobody."""
    role = clean(found.role)
    if found.held:
        return f"{role}, accountable for it"
    who = " and ".join(words(each, "somebody") for each in found.holders)
    return f"not {role}, who is accountable for it: {f'{who} was' if who else 'nobody was'}"


def task_lines(station: Workstation, rows: Iterable[TaskRow], width: int | None = None) -> list[Line]:
    """A line for each action item: when it is due, its id, incident and owner, and what is to be done."""
    room = width or (terminal_size()[0] if terminal_size() else 80)
    return [task_line(station, row, room) for row in rows]


def task_line(station: Workstation, row: TaskRow, width: int) -> Line:
    """One action item on one line; what is overdue says so in words."""
    said, role = due_words(row, station.clock.wall_us())
    dispute = "(!) " if row.disputed else ""
    owner = words(row.owner_name, "taken") if row.owner else "nobody"
    behind = (
        Span(f" {fit(owner, _WHO)} ", "text" if row.owner else "warn"),
        Span(f"{fit(row.incident_short, _INCIDENT)} {row.short}", "key"),
    )
    room = max(width - _WHEN - sum(cells(span.text) for span in behind), 8)
    what = Span(fit(dispute + words(row.todo), room), "text" if row.is_work else "dim")
    return (Span(fit(said, _WHEN), role), what, *behind)


def task_detail(station: Workstation, row: TaskRow, width: int) -> list[Line]:
    """An action item whole: what is to be done, when exactly it is due, and the decision it follows from."""
    lines = list(wrap((Span(f" {row.short}  ", "key"), Span(words(row.todo), "title")), width - 1, 2))
    facts = [f"due {at_full(row.due_us, station.shown_offset)}"] if row.due_us is not None else []
    if row.decision:
        made = decision(station.view, row.decision)
        facts.append(f"from {made.short}: {words(made.what)}")
    return [*lines, *wrap((Span(f"  {'; '.join(facts)}", "dim"),), width - 1, 2)] if facts else lines


def decision_lines(station: Workstation, rows: Iterable[DecisionRow], width: int | None = None) -> list[Line]:
    """Each decision: when and who, what, why, what it rests on, and its action items."""
    room = min(width or (terminal_size()[0] if terminal_size() else 80), 120)
    found: list[Line] = []
    for row in rows:
        found += _decision(station, row, room)
    return found


def _decision(station: Workstation, row: DecisionRow, width: int) -> list[Line]:
    at = at_minute(row.at_us, station.shown_offset)
    head = (
        Span(f"{at}  ", "dim"),
        Span(f"{row.short}  " if row.short else "", "key"),
        Span(f"{words(row.name, 'somebody')}: ", "accent"),
        Span("WITHDRAWN ", "warn") if row.withdrawn else Span(""),
        Span(words(row.what), "dim" if row.withdrawn else "title"),
    )
    lines = list(wrap(head, width - 1, _INDENT))
    for label, text in (
        ("about", row.about),
        ("why", row.why),
        ("source", row.source),
        ("authority", row.authority),
    ):
        if text:
            lines += wrap((Span(f"  {label:10}", "dim"), Span(words(text))), width - 1, 12)
    if row.answers is not None:
        role = "text" if row.answers.held else "warn"
        lines += wrap((Span("  as        ", "dim"), Span(answers_words(row.answers), role)), width - 1, 12)
    for each in row.tasks:
        lines.append((Span(" " * _INDENT), *task_line(station, each, width - _INDENT)))
    return lines
