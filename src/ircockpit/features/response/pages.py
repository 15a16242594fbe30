"""Roles, the RACI table, escalation, checklists and partners as data for programs and as rows for people."""

from collections.abc import Iterable
from typing import Any

from ircockpit.features.catalogue import actions, key_of
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.response.form import ANYONE
from ircockpit.features.response.queries import (
    DutyRow,
    Escalation,
    Held,
    Item,
    PartnerRow,
    book_of,
    by_when,
    call_span,
    clock,
    items,
)
from ircockpit.features.response.reading import Book
from ircockpit.features.summary import NOT_SHOWN
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.timeline import at_minute
from ircockpit.render.wrap import wrap
from ircockpit.store.workstation import Workstation

_ROLE = 19
LETTERS = ("A/R", "A", "R", "C", "I")


def width_here() -> int:
    """Cells of a row on this terminal; 80 where there is none."""
    size = terminal_size()
    return size[0] if size else 80


def data_of_duty(row: DutyRow, now_us: int) -> dict[str, Any]:
    """A role as ``--json`` prints it."""
    return {
        "role": row.role if row.known else words(row.role, NOT_SHOWN), "title": title_of(row),
        "holders": [_data_of(each) for each in row.holders],
        "offered": [_data_of(each) for each in row.offered],
        "delegate": _data_of(row.delegate) if row.delegate else None, "until_us": row.until_us,
        "delegated": row.delegate is not None and now_us < row.until_us, "disputed": row.disputed,
        "accountable": [each.id for each in row.accountable], "authorises": [each.id for each in row.authorises],
    }  # fmt: skip


def title_of(row: DutyRow) -> str:
    """What a role is called; one that only the record names is called so by somebody."""
    return clean(row.title) if row.known else words(row.title, "another role")


def _data_of(held: Held) -> dict[str, Any]:
    return {"user": held.user, "name": words(held.name, NOT_SHOWN), "since_us": held.since_us}


def duty_line(row: DutyRow, now_us: int, offset: int, width: int) -> Line:
    """One role on one line: who has it and since when, until when it is delegated, what its holder answers for."""
    title = Span(fit(title_of(row), _ROLE) + " ", "key" if row.holders else "dim")
    spans = [title, *_who(row, now_us, offset)]
    answers = ", ".join(each.id.replace("_", " ") for each in row.accountable)
    if answers:
        spans.append(Span(f"; A: {answers}", "dim"))
    room = max(width - sum(cells(each.text) for each in spans[:-1]), 1)
    return (*spans[:-1], spans[-1]._replace(text=fit(spans[-1].text, room).rstrip()))


def _who(row: DutyRow, now_us: int, offset: int) -> list[Span]:
    if not row.holders:
        spans = [Span("nobody", "dim" if not row.offered else "warn")]
    else:
        who = " and ".join(_name(each) for each in row.holders)
        since = f", since {at_minute(row.holders[-1].since_us, offset)}"
        spans = [
            Span(f"(!) {who}" if row.disputed else who, "bad" if row.disputed else "text"),
            Span(since, "dim"),
        ]
    if row.delegate is not None and now_us < row.until_us:
        spans.append(Span(f"; {_name(row.delegate)} until {clock(row.until_us, now_us, offset)}", "accent"))
    for each in row.offered:
        spans.append(Span(f"; handed to {_name(each)}, not taken", "warn"))
    return spans


def _name(held: Held) -> str:
    return words(held.name, f"someone {held.user[:4]}")


def duty_lines(station: Workstation, rows: Iterable[DutyRow], width: int | None = None) -> list[Line]:
    """A line for each role."""
    now, room = station.clock.wall_us(), width or width_here()
    return [duty_line(row, now, station.shown_offset, room) for row in rows]


def duty_page(station: Workstation, row: IncidentRow, duty: DutyRow) -> list[Line]:
    """One role whole: who has it, what its holder answers for and may approve, and its checklist."""
    book, now, offset = book_of(station), station.clock.wall_us(), station.shown_offset
    role = book.roles.get(duty.role)
    lines: list[Line] = [(Span("has it       ", "dim"), *_who(duty, now, offset))]
    if role is not None:
        lines.append((Span("does         ", "dim"), Span(clean(role.does))))
    for label, found in (("answers for", duty.accountable), ("may approve", duty.authorises)):
        said = ", ".join(each.title for each in found) or "nothing of the table"
        lines += wrap((Span(f"{label:13}", "dim"), Span(clean(said))), 78, 13)
    for item in items(station, row, role) if role is not None else ():
        lines.append(item_line(item, offset, 78))
    return lines


def data_of_book(book: Book, decision: str = "") -> dict[str, Any]:
    """The table as ``--json`` prints it."""
    return {
        "decisions": [
            {"id": each.id, "title": clean(each.title), "from": each.from_, "accountable": each.accountable,
             "raci": dict(each.raci), "authorises": list(each.authorises), "acts": list(each.acts)}
            for each in book.decisions.values()
            if decision in ("", each.id)
        ],
        "roles": [{"id": each.id, "title": clean(each.title), "does": clean(each.does)} for each in book.roles.values()],
        "own": list(book.own), "refused": [clean(each.what) for each in book.refused],
    }  # fmt: skip


def raci_lines(book: Book, decision: str = "", width: int | None = None) -> list[Line]:
    """The table by decision: each letter with its roles, who may approve it, whose table it is from."""
    room, lines = (width or width_here()) - 1, list[Line]()
    for each in book.decisions.values():
        if decision not in ("", each.id):
            continue
        source = "CoSAI 1.0" if each.from_ == "cosai" else "our own"
        lines.append(
            (Span(f"{each.id:17} ", "key"), Span(clean(each.title), "title"), Span(f"  ({source})", "dim"))
        )
        for letters in LETTERS:
            roles = [book.title(role) for role, letter in each.raci.items() if letter == letters]
            if roles:
                lines += wrap((Span(f"  {letters:4}", "accent"), Span(clean(", ".join(roles)))), room, 6)
        approve = ["anyone, at once" if role == ANYONE else book.title(role) for role in each.authorises]
        lines += wrap((Span("  may approve: ", "dim"), Span(clean(" or ".join(approve)))), room, 6)
    return [*lines, *refused_lines(book)]


def refused_lines(book: Book) -> list[Line]:
    """What of one's own files is not in force, and why."""
    return [
        (Span("refused ", "bad"), Span(clean(f"{each.what}; the program's own file is used")))
        for each in book.refused
    ]


def data_of_escalation(found: Escalation | None) -> dict[str, Any]:
    """Whom to call as ``--json`` prints it."""
    if found is None:
        return {"taken": True, "taken_by": "", "system": "", "levels": [], "next": 0, "ends_us": 0}
    due = found.ladder.next if not found.taken else None
    return {
        "taken": found.taken, "taken_by": words(found.taken_by, NOT_SHOWN), "system": words(found.system, NOT_SHOWN),
        "levels": [
            {"level": each.number, "who": words(each.level.who, NOT_SHOWN), "how": words(each.level.how, NOT_SHOWN),
             "due_us": each.due_us, "called_us": each.called_us, "answer": each.answer}
            for each in found.ladder.rungs
        ],
        "next": due.number if due else 0, "ends_us": found.ladder.ends_us,
    }  # fmt: skip


def escalation_lines(station: Workstation, found: Escalation | None) -> list[Line]:
    """The path, level by level, and what is to be done now."""
    if found is None:
        return []
    now, offset = station.clock.wall_us(), station.shown_offset
    lines: list[Line] = []
    for each in found.ladder.rungs:
        how = f", {words(each.level.how)}" if each.level.how else ""
        answer = {"yes": ", answered", "no": ", no answer"}.get(each.answer, "")
        if each.called_us:
            state = Span(f"called {clock(each.called_us, now, offset)}{answer}", "ok")
        elif found.taken:
            state = Span("not called", "dim")
        else:
            state = Span(by_when(each, now, offset), "bad" if each.due_us <= now else "text")
        lines.append((Span(f"level {each.number}  ", "key"), Span(f"{words(each.level.who)}{how}  "), state))
    if not found.taken:
        lines.append((Span("now      ", "dim"), call_span(found, now, offset)))
    return lines


def data_of_item(item: Item) -> dict[str, Any]:
    """An item of a checklist as ``--json`` prints it."""
    return {
        "item": item.check.id, "role": item.role, "do": clean(item.check.do), "done": item.done,
        "disputed": item.disputed, "by": words(item.name, NOT_SHOWN), "at_us": item.at_us if item.done else 0,
    }  # fmt: skip


def item_line(item: Item, offset: int, width: int, *, named: bool = False) -> Line:
    """One item: a mark in words of one cell, what to do, its key, and who did it when."""
    mark = "(!)" if item.disputed else "[x]" if item.done else "[ ]"
    key = _key(item.check.key)
    name = f"{item.check.id:12} " if named else ""
    by = f"  {words(item.name, 'somebody')} {at_minute(item.at_us, offset)}" if item.done else ""
    spans = [
        Span(f"{mark} ", "ok" if item.done and not item.disputed else "warn" if item.disputed else "text"),
        Span(name, "key"), Span(clean(item.check.do) + key, "dim" if item.done else "text"),
    ]  # fmt: skip
    room = width - sum(cells(each.text) for each in spans)
    return (*spans, Span(by, "dim")) if cells(by) <= room else tuple(spans)


def _key(action: str) -> str:
    """The key of an action behind what it is good for, as this person has it."""
    return f" ({key_of(action)})" if action and any(each.id == action for each in actions()) else ""


def data_of_partner(row: PartnerRow) -> dict[str, Any]:
    """A partner as ``--json`` prints it."""
    return {
        "id": row.ident, "short": row.short, "organisation": words(row.organisation, NOT_SHOWN),
        "part": words(row.part, NOT_SHOWN),
        "person": words(row.person, NOT_SHOWN), "contact": words(row.contact, NOT_SHOWN),
    }  # fmt: skip


def partner_lines(rows: Iterable[PartnerRow], width: int | None = None) -> list[Line]:
    """Each partner: organisation, what it has to do with it, person and contact as far as they may be read."""
    room, lines = (width or width_here()) - 1, list[Line]()
    for row in rows:
        part = f" ({words(row.part)})" if row.part else ""
        rest = ", ".join(words(each) for each in (row.person, row.contact) if each)
        lines += wrap(
            (Span(f"{row.short}  ", "key"), Span(words(row.organisation) + part), Span(f"  {rest}" if rest else "", "dim")),
            room, 2,
        )  # fmt: skip
    return lines
