"""Recording decisions and action items; every handler serves the screen and the command alike."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.stated import AS_EVIDENCE, given, one_of
from ircockpit.features.decisions import queries
from ircockpit.features.decisions.events import MATTERS
from ircockpit.features.decisions.pages import data_of_decision, data_of_task, decision_lines, task_lines
from ircockpit.features.decisions.queries import TaskRow
from ircockpit.features.decisions.rules import MAX_DECIDED, MAX_SOURCE, due_time
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.response.queries import book_of, decision_named
from ircockpit.features.summary import blanked
from ircockpit.features.whom import NOBODY, person_named
from ircockpit.inert.foreign import safely
from ircockpit.store.timeline import entry
from ircockpit.store.workstation import Draft, Workstation


def decide(
    station: Workstation, *, incident: str, decided: Any, why: str, source: str | None = None,
    authority: str | None = None, todo: str | None = None, to: str | None = None, due: str | None = None,
    kind: str | None = None, about: str | None = None, op: str | None = None,
) -> Result:  # fmt: skip
    """Record a decision with its reason and what it rests on, and the action item that follows from it.

    Raises :class:`BadInput` where a word is missing or too long, and for a time that is over; then nothing is recorded.
    """
    row = incidents.incident(station.view, incident)
    facts = {"incident": row.ident, "decided": given(decided, MAX_DECIDED, "the decision", fix=AS_EVIDENCE)}
    reason = {"why": given(why, MAX_DECIDED, "the reason", fix=AS_EVIDENCE)}
    if source and source.strip():
        reason["source"] = given(source, MAX_SOURCE, "the source", fix=AS_EVIDENCE)
    if authority and authority.strip():
        facts["authority"] = given(authority, MAX_SOURCE, "the authority", fix=AS_EVIDENCE)
    if kind and kind.strip():
        facts["kind"] = decision_named(book_of(station), kind).id
    if about and about.strip():
        facts["about"] = one_of("matter", about, MATTERS)
    ident = station.new_id(row.stream)
    # The reason is a part of its own: erased, it leaves what was decided.
    drafts = [Draft(row.stream, "decision.made", ident, (facts, reason))]
    if todo and todo.strip():
        drafts.append(_task(station, row, todo, to, due, ident))
    elif to or due:
        raise BadInput(
            "somebody or a time is named, but nothing to do",
            safe="nothing was recorded",
            fix="say it with --todo",
        )
    ids = station.append(drafts, op=op)
    # Where the act was recorded already, it is the decision of that first time.
    ident = entry(station.view, ids[0]).ent
    made = next(each for each in queries.decisions(station, row.ident, row.stream) if each.ident == ident)
    follows = f"; {len(made.tasks)} action item" if made.tasks else ""
    return Result(
        data_of_decision(made),
        tuple(decision_lines(station, [made])),
        f"decided in {row.short}: on record as {made.short}{follows}",
    )


def withdraw(station: Workstation, *, decision: str, why: str) -> Result:
    """Say that a decision holds no more; what it was stays readable."""
    found = queries.decision(station.view, decision)
    if found.withdrawn:
        return Result(data_of_decision(found), (), f"{found.short} is withdrawn already")
    reason = given(why, MAX_DECIDED, "the reason", fix=AS_EVIDENCE)
    station.append([station.set_field(found.stream, "decision.set", found.ident, "withdrawn", 1, why=reason)])
    after = queries.decision(station.view, found.ident)
    return Result(data_of_decision(after), (), f"{found.short} holds no more; its action items stay")


def log(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """The decision log of an incident."""
    row = incidents.incident(station.view, incident)
    found = queries.decisions(station, row.ident, row.stream)
    said = "" if found else f"nothing was decided in {row.short} yet"
    with safely(safe):
        data = blanked([data_of_decision(each) for each in found])
        return Result(data, tuple(decision_lines(station, found)), said)


def add_task(
    station: Workstation, *, incident: str, todo: Any, to: str | None = None, due: str | None = None,
    decision: str | None = None, op: str | None = None,
) -> Result:  # fmt: skip
    """Give an action item to somebody, to oneself, or to whoever takes it."""
    row = incidents.incident(station.view, incident)
    follows = queries.decision(station.view, decision).ident if decision else ""
    draft = _task(
        station, row, given(todo, MAX_DECIDED, "what is to be done", fix=AS_EVIDENCE), to, due, follows
    )
    (event,) = station.append([draft], op=op)
    return _shown(station, entry(station.view, event).ent, "is an action item now")


def list_tasks(
    station: Workstation,
    *,
    incident: str | None = None,
    mine: bool = False,
    over: bool = False,
    safe: bool = False,
) -> Result:
    """Action items: of all incidents or of one, of everybody or one's own; what is overdue first."""
    ident = incidents.incident(station.view, incident).ident if incident else ""
    found = queries.tasks(station, incident=ident, owner=station.me if mine else None, over=over)
    said = "" if found else "no action item is open"
    with safely(safe):
        data = blanked([data_of_task(each) for each in found])
        return Result(data, tuple(task_lines(station, found)), said)


def take_task(station: Workstation, *, task: str) -> Result:
    """Make an action item one's own and begin it."""
    row = _open_task(station, task)
    drafts = []
    if row.owner != station.me or "owner" in row.disputed:
        drafts.append(_set(station, row, "owner", station.me))
    if row.state != "doing":
        drafts.append(_set(station, row, "state", "doing"))
    if drafts:
        station.append(drafts)
    return _shown(station, row.ident, "is yours, begun")


def give_task(station: Workstation, *, task: str, to: str) -> Result:
    """Give an action item to somebody else, or to nobody."""
    row = _open_task(station, task)
    station.append([_set(station, row, "owner", person_named(station, to))])
    return _shown(station, row.ident, f"has {to} as its owner now" if to != NOBODY else "has no owner now")


def move_task(station: Workstation, *, task: str, due: str, why: str | None = None) -> Result:
    """Give an action item another due time, or none with an empty one."""
    row = _open_task(station, task)
    station.append([_set(station, row, "due", _due(station, due), why or "")])
    return _shown(station, row.ident, "has another due time" if due.strip() else "has no due time now")


def finish_task(station: Workstation, *, task: str, why: str | None = None) -> Result:
    """An action item is done."""
    return _over(station, task, "done", why or "")


def drop_task(station: Workstation, *, task: str, why: str) -> Result:
    """An action item is not going to be done, for a reason."""
    return _over(station, task, "dropped", given(why, MAX_DECIDED, "the reason", fix=AS_EVIDENCE))


def reopen_task(station: Workstation, *, task: str, why: str) -> Result:
    """An action item that was over is to be done again."""
    row = queries.task(station.view, task)
    if row.is_work:
        return Result(data_of_task(row), (), f"{row.short} is {row.state} already")
    station.append(
        [_set(station, row, "state", "open", given(why, MAX_DECIDED, "the reason", fix=AS_EVIDENCE))]
    )
    return _shown(station, row.ident, "is open again")


def _task(
    station: Workstation, row: IncidentRow, todo: str, to: str | None, due: str | None, decision: str
) -> Draft:
    facts = {
        "incident": row.ident, "decision": decision, "todo": given(todo, MAX_DECIDED, "what is to be done", fix=AS_EVIDENCE),
        "owner": person_named(station, to) if to else "", "due": _due(station, due or ""), "state": "open",
    }  # fmt: skip
    return Draft(row.stream, "task.given", station.new_id(row.stream), (facts,))


def _due(station: Workstation, text: str) -> str:
    return due_time(text, station.clock.wall_us(), station.clock.offset_minutes()) if text.strip() else ""


def _over(station: Workstation, task: str, state: str, why: str) -> Result:
    row = queries.task(station.view, task)
    if row.state == state and "state" not in row.disputed:
        return Result(data_of_task(row), (), f"{row.short} is {state} already")
    station.append([_set(station, row, "state", state, why)])
    return _shown(station, row.ident, f"is {state}")


def _open_task(station: Workstation, text: str) -> TaskRow:
    row = queries.task(station.view, text)
    if not row.is_work:
        raise RefusedError(
            f"{row.short} is {row.state}",
            safe="nothing was changed",
            fix=f"ircockpit task reopen {row.short} --why REASON",
        )
    return row


def _set(station: Workstation, row: TaskRow, field: str, value: str, why: str = "") -> Draft:
    return station.set_field(row.stream, "task.set", row.ident, field, value, why=why)


def _shown(station: Workstation, ident: str, said: str) -> Result:
    row = queries.task(station.view, ident)
    return Result(data_of_task(row), tuple(task_lines(station, [row])), f"{row.short} {said}")
