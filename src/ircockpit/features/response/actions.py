"""Taking and handing over duty roles, calling people, ticking checklists, naming partners: for screen and command alike."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.scopes import RESTRICTED
from ircockpit.core.stated import AS_EVIDENCE, given
from ircockpit.features.decisions.rules import due_time
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.response import pages, queries
from ircockpit.features.response.form import Role
from ircockpit.features.response.queries import DutyRow
from ircockpit.features.whom import person_named
from ircockpit.inert.foreign import safely, words
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.store.timeline import entry
from ircockpit.store.workstation import Draft, Workstation

MAX_WHY = 500
MAX_NAME = 200
MAX_NOTE = 2000
ANSWERS = ("yes", "no")


def list_roles(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """Every duty role of an incident: who has it, since when, and what for."""
    row = incidents.incident(station.view, incident)
    book, now = queries.book_of(station), station.clock.wall_us()
    rows = queries.duties(station, row, book)
    with safely(safe):
        lines = [*pages.duty_lines(station, rows), *pages.refused_lines(book)]
        return Result([pages.data_of_duty(each, now) for each in rows], tuple(lines))


def take(station: Workstation, *, incident: str, role: str, why: str | None = None) -> Result:
    """Take a role: it is yours now, and so is one that was handed to you, or that two people apart had taken."""
    row, duty = _duty(station, incident, role)
    if [each.user for each in duty.holders] == [station.me] and not duty.offered:
        return _shown(station, row, duty, f"you are {duty.title} of {row.short} already")
    drafts = _opening(row, duty)
    drafts.append(_set(station, row, duty, "holder", station.me, why))
    if duty.offered:
        drafts.append(_set(station, row, duty, "offered", ""))
    if duty.delegate is not None:
        # What the one before had delegated ends with their hold of it.
        drafts.append(_set(station, row, duty, "delegate", ""))
    station.append(drafts)
    before = [each for each in duty.holders if each.user != station.me]
    of = f"; {' and '.join(words(each.name, 'somebody') for each in before)} had it" if before else ""
    return _shown(station, row, duty, f"you are {duty.title} of {row.short} now{of}")


def give(station: Workstation, *, incident: str, role: str, to: str, why: str | None = None) -> Result:
    """Hand a role over: it stays where it is until the other one takes it. To oneself it is taken at once."""
    row, duty = _duty(station, incident, role)
    user = person_named(station, to)
    if user == station.me:
        return take(station, incident=incident, role=role, why=why)
    drafts = [*_opening(row, duty), _set(station, row, duty, "offered", user, why)]
    station.append(drafts)
    if not user:
        return _shown(station, row, duty, f"{duty.title} of {row.short} is handed to nobody now")
    name = words(name_of(names(station.view), user), "somebody")
    return _shown(station, row, duty, f"{duty.title} of {row.short} is handed to {name}, who has to take it")


def delegate(
    station: Workstation, *, incident: str, role: str, to: str, until: str, why: str | None = None
) -> Result:
    """Let somebody act in a role until a time; then it is with its holder again, without anybody doing anything."""
    row, duty = _duty(station, incident, role)
    if not any(each.user == station.me for each in duty.holders):
        raise RefusedError(
            f"you are not {duty.title} of {row.short}", safe="nothing was recorded",
            fix=f"only who holds a role delegates it: ircockpit role take {row.short} {duty.role}",
        )  # fmt: skip
    user = person_named(station, to)
    if user in ("", station.me):
        if duty.delegate is None:
            return _shown(station, row, duty, f"{duty.title} of {row.short} is delegated to nobody")
        station.append([_set(station, row, duty, "delegate", "", why)])
        return _shown(station, row, duty, f"{duty.title} of {row.short} is delegated no longer")
    stored = due_time(until, station.clock.wall_us(), station.clock.offset_minutes())
    station.append([_set(station, row, duty, "delegate", {"to": user, "until": stored}, why)])
    name = words(name_of(names(station.view), user), "somebody")
    return _shown(station, row, duty, f"{name} acts as {duty.title} of {row.short} until {stored}")


def release(station: Workstation, *, incident: str, role: str, why: str | None = None) -> Result:
    """Give a role up: nobody holds it, until somebody takes it."""
    row, duty = _duty(station, incident, role)
    if not duty.holders:
        return _shown(station, row, duty, f"nobody is {duty.title} of {row.short}")
    drafts = [_set(station, row, duty, "holder", "", why)]
    if duty.delegate is not None:
        drafts.append(_set(station, row, duty, "delegate", ""))
    station.append(drafts)
    return _shown(station, row, duty, f"nobody is {duty.title} of {row.short} now")


def raci(station: Workstation, *, decision: str | None = None) -> Result:
    """Who is accountable for which decision, who has a part in it, and who may approve it."""
    book = queries.book_of(station)
    ident = queries.decision_named(book, decision).id if decision else ""
    return Result(pages.data_of_book(book, ident), tuple(pages.raci_lines(book, ident)))


def escalation(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """Whom to call about an incident, by when, and who was called."""
    row = incidents.incident(station.view, incident)
    found = queries.escalation(station, row)
    with safely(safe):
        return _escalation(station, row, found)


def _escalation(station: Workstation, row: IncidentRow, found: queries.Escalation | None) -> Result:
    if found is None:
        said = f"{row.short} is closed: nobody is to be called"
    elif found.taken:
        said = f"{words(found.taken_by, 'somebody')} has {row.short}: nobody is to be called"
    else:
        said = f"nobody has {row.short}"
    return Result(pages.data_of_escalation(found), tuple(pages.escalation_lines(station, found)), said)


def called(
    station: Workstation, *, incident: str, level: int | None = None, answer: str | None = None,
    note: str | None = None, op: str | None = None,
) -> Result:  # fmt: skip
    """Record that a level of the path was called; without a number the one that is next."""
    row = incidents.incident(station.view, incident)
    found = queries.escalation(station, row)
    rungs = found.ladder.rungs if found is not None else ()
    due = found.ladder.next if found is not None else None
    number = level or (due.number if due is not None else 0)
    rung = next((each for each in rungs if each.number == number), None)
    if rung is None:
        raise BadInput(
            f"there is no level {number} to call about {row.short}" if number else f"nobody is left to call about {row.short}",
            safe="nothing was recorded",
            fix=f"ircockpit escalation {row.short} shows the path; --level 1 begins it again",
        )  # fmt: skip
    if answer is not None and answer not in ANSWERS:
        raise BadInput("an answer is yes or no", safe="nothing was recorded")
    facts: dict[str, Any] = {"incident": row.ident, "level": number, "answer": answer or ""}
    # Who was called, and what was said, are parts of their own: erased, they leave that a call was made.
    parts: list[dict[str, Any]] = [facts, {"who": rung.level.who}]
    if note and note.strip():
        parts.append({"note": given(note, MAX_NOTE, "the note", fix=AS_EVIDENCE)})
    ids = station.append([Draft(row.stream, "call.made", station.new_id(row.stream), tuple(parts))], op=op)
    after = queries.escalation(station, row)
    lines = pages.escalation_lines(station, after)
    event = ids[-1]
    data = {**pages.data_of_escalation(after), "event": event, "called": number}
    return Result(data, tuple(lines), f"on record: level {number} of {row.short} was called")


def checklist(station: Workstation, *, incident: str, role: str | None = None, safe: bool = False) -> Result:
    """The checklist of one's own roles, or of one that is named."""
    row = incidents.incident(station.view, incident)
    book = queries.book_of(station)
    mine = [each.role for each in queries.mine(station, row, book)]
    wanted = (
        [queries.role_named(book, role)]
        if role
        else [each for each in book.roles.values() if each.id in mine]
    )
    if not wanted:
        said = f"you have no role on {row.short}: ircockpit role take {row.short} ROLE, or say --role"
        return Result([], (), said)
    data, lines = list[Any](), list[Line]()
    with safely(safe):
        for each in wanted:
            found = queries.items(station, row, each)
            data += [pages.data_of_item(item) for item in found]
            lines.append(_heading(each, sum(item.done for item in found), len(found)))
            lines += [
                pages.item_line(item, station.shown_offset, pages.width_here(), named=True) for item in found
            ]
    return Result(data, tuple(lines))


def tick(station: Workstation, *, incident: str, item: str, undone: bool = False) -> Result:
    """Say that an item of a checklist is done, or that it is not after all; who and when is on record."""
    row = incidents.incident(station.view, incident)
    book = queries.book_of(station)
    role, check = queries.check_named(book, item)
    before = next(each for each in queries.items(station, row, role) if each.check.id == check.id)
    if before.done is not undone and not before.disputed:
        return Result(pages.data_of_item(before), (), f"{check.id} is {'not ' if undone else ''}done already")
    duty = next(each for each in queries.duties(station, row, book) if each.role == role.id)
    # The words of the item go along: a checklist that changes later does not change what was done.
    done = station.set_field(
        row.stream, "role.set", duty.ident, queries.item_field(check.id), 0 if undone else 1, says=check.do
    )
    station.append([*_opening(row, duty), done])
    after = next(each for each in queries.items(station, row, role) if each.check.id == check.id)
    line = pages.item_line(after, station.shown_offset, pages.width_here(), named=True)
    return Result(
        pages.data_of_item(after), (line,), f"{'not done after all' if undone else 'done'}: {check.do}"
    )


def add_partner(
    station: Workstation, *, incident: str, organisation: str, part: str | None = None, who: str | None = None,
    contact: str | None = None, op: str | None = None,
) -> Result:  # fmt: skip
    """Name an organisation outside; person and contact are for those who read what is restricted, and can be erased."""
    row = incidents.incident(station.view, incident)
    facts = {
        "incident": row.ident,
        "organisation": given(organisation, MAX_NAME, "the organisation", fix=AS_EVIDENCE),
    }
    if part and part.strip():
        facts["part"] = given(part, MAX_NAME, "its part", fix=AS_EVIDENCE)
    ident = station.new_id(row.stream)
    drafts = [Draft(row.stream, "partner.added", ident, (facts,))]
    for field, said in (("person", who), ("contact", contact)):
        if said and said.strip():
            value = given(said, MAX_NAME, f"the {field}", fix=AS_EVIDENCE)
            draft = station.set_field(row.stream, "partner.set", ident, field, value)
            drafts.append(draft._replace(scope=RESTRICTED))
    ids = station.append(drafts, op=op)
    ident = entry(station.view, ids[0]).ent
    found = next(each for each in queries.partners(station, row) if each.ident == ident)
    return Result(
        pages.data_of_partner(found), tuple(pages.partner_lines([found])), f"{found.short} is a partner on {row.short} now"
    )  # fmt: skip


def list_partners(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """The organisations outside that have to do with an incident."""
    row = incidents.incident(station.view, incident)
    found = queries.partners(station, row)
    said = "" if found else f"no partner is named on {row.short}"
    with safely(safe):
        return Result(
            [pages.data_of_partner(each) for each in found], tuple(pages.partner_lines(found)), said
        )


def _duty(station: Workstation, incident: str, role: str) -> tuple[IncidentRow, DutyRow]:
    row = incidents.incident(station.view, incident)
    book = queries.book_of(station)
    wanted = queries.role_named(book, role)
    return row, next(each for each in queries.duties(station, row, book) if each.role == wanted.id)


def _opening(row: IncidentRow, duty: DutyRow) -> list[Draft]:
    facts = {"incident": row.ident, "role": duty.role}
    return [] if duty.opened else [Draft(row.stream, "role.opened", duty.ident, (facts,))]


def _set(
    station: Workstation, row: IncidentRow, duty: DutyRow, field: str, value: Any, why: str | None = None
) -> Draft:
    reason = given(why, MAX_WHY, "the reason", fix=AS_EVIDENCE) if why and why.strip() else ""
    return station.set_field(row.stream, "role.set", duty.ident, field, value, why=reason, title=duty.title)


def _shown(station: Workstation, row: IncidentRow, before: DutyRow, said: str) -> Result:
    now = station.clock.wall_us()
    after = next(each for each in queries.duties(station, row) if each.role == before.role)
    return Result(pages.data_of_duty(after, now), tuple(pages.duty_lines(station, [after])), said)


def _heading(role: Role, done: int, of: int) -> Line:
    return (Span(role.title, "title"), Span(f"  {role.does}; {done} of {counted(of, 'item')} done", "dim"))
