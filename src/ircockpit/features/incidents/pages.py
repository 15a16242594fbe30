"""The queue, an incident and its timeline as pages: data for programs and the same rows as spans for people."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ircockpit.command.action import Result
from ircockpit.features.catalogue import key_of, off_timeline, said
from ircockpit.features.containment import queries as containment
from ircockpit.features.disclosure.events import INTERNAL
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.intake.queries import GroupRow
from ircockpit.features.intake.rules import known_loudness
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.summary import blanked
from ircockpit.features.systems.queries import systems
from ircockpit.features.systems.rules import NAME
from ircockpit.features.triage.queries import field_words, triage_of
from ircockpit.inert.foreign import WITHHELD, is_safe, words
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import STATES, age, duration, glyph
from ircockpit.render.queue import QueueLine, state_role
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import EntryLine, at_full, at_minute, entry_line, zone
from ircockpit.store.timeline import Place, Timeline, one_named, place_of, timeline
from ircockpit.store.timeline import entry as entry_of
from ircockpit.store.view import Entry
from ircockpit.store.workstation import Workstation

PAGE = 400
"""Entries read at a time where all of them are looked through."""


def incident_row(row: IncidentRow, now_us: int) -> QueueLine:
    """An incident as a line of the queue, gated."""
    return QueueLine(
        severity_word(row),
        row.short,
        words(row.title, system_word(row.system_name)),
        words(row.impact, ""),
        row.standing.state,
        row.standing.elapsed_ms,
        max(now_us - row.opened_us, 0) / 1e6,
        words(row.owner_name, "taken" if row.owner else "-"),
        row.provisional,
        bool(row.disputed),
        row.closed,
    )


def group_row(group: GroupRow, now_us: int) -> QueueLine:
    """A signal group as a line of the queue, gated."""
    return QueueLine(
        words(group.loudness, known_loudness(group.loudness)),
        f"{group.signals}x",
        ("confirmed: " if group.state == "confirmed" else "") + words(group.title, _category(group)),
        words(group.system_name, system_word(group.system_name)) or "no system",
        "",
        None,
        max(now_us - group.newest_us, 0) / 1e6,
        words(group.source, ""),
    )


def safe_data(row: IncidentRow) -> dict[str, Any]:
    """What takes the place of the words of others in the data of an incident; nothing where they are shown."""
    if not is_safe():
        return {}
    shown = incident_row(row, 0)
    state = {"state": row.standing.state, "control": "", "ms": row.standing.elapsed_ms}
    return {
        "title": shown.title, "severity": shown.severity, "impact": blanked(row.impact),
        "owner_name": blanked(row.owner_name) if row.owner else "", "system": shown.title,
        "status": "closed" if row.closed else "open", "containment": state,
    }  # fmt: skip


def incident_page(station: Workstation, row: IncidentRow) -> Result:
    """One incident: state, controls, triage, disagreements, last words."""
    from ircockpit.features.impact.queries import summary, summary_data

    data: dict[str, Any] = {
        "actions": [containment.data_of(each) for each in containment.actions(station.view, row.ident)],
    }
    found = triage_of(station.view, row.ident)
    data["triage"] = found.answers
    data["disputes"] = {
        field: [
            {"author": h.author, "value": h.value, "at_us": h.at_us}
            for h in queries.heads(station.view, row.ident, field)
        ]
        for field in row.disputed
    }
    data["merged"] = {
        field: text for field in row.disputed if (text := queries.merged(station, row.ident, field))
    }
    whole = {**queries.data_of(row), **safe_data(row), **blanked(data)}
    whole["reached"] = summary_data(summary(station.view, row.ident))
    return Result(whole, tuple(detail_lines(station, row)))


def detail_lines(
    station: Workstation, row: IncidentRow, *, all_clocks: bool = False, brief: bool = False
) -> list[Line]:
    """The lines that say most about an incident, for the detail pane and ``ircockpit show``.

    Its clocks are named where one has a time; with ``all_clocks``, also that they are not decided. ``brief`` gives a
    call that is not due yet no line of its own: what was said last must stand in the pane.
    """
    from ircockpit.features.clocks.queries import next_words
    from ircockpit.features.decisions.queries import tasks, todo_words
    from ircockpit.features.impact.queries import summary, summary_words
    from ircockpit.features.replay.queries import brief as replayed

    now, offset = station.clock.wall_us(), station.shown_offset
    since_us = queries.closed_us(station.view, row.ident) if row.closed else row.opened_us
    since = f"{at_full(since_us, offset)} ({age(max(now - since_us, 0) / 1e6)})"
    provisional = ", provisional" if row.provisional else ""
    status = words(row.status, "closed" if row.closed else "open")
    lines: list[Line] = [
        (Span(f"{row.short}  ", "key"), Span(words(row.title), "title")),
        _fact(
            "severity",
            f"{severity_word(row)}{provisional}, {status} since {since}",
        ),
        _fact("system", _system_words(station, row)),
        (
            *_fact(
                "owner",
                words(row.owner_name, "taken")
                if row.owner
                else f"nobody: press {key_of('incident.take')} to take it",
            ),
            *_due(station, row, now),
        ),
        _fact("impact", words(row.impact) or "not stated"),
    ]
    if call := _call(station, row, now, offset, brief=brief):
        at = len(lines) - 1
        lines[at:] = [(*lines[at], *call)] if call[0].text.startswith(" ") else [call, lines[at]]
    due, role = next_words(station, row, timed=not all_clocks)
    if due:
        lines.append((Span("clocks   ", "dim"), Span(due, role)))
    if not (reached := summary(station.view, row.ident)).empty:
        lines.append(_fact("reached", summary_words(reached)))
    for digit, action in enumerate(containment.actions(station.view, row.ident), 1):
        name = words(line(action.title, containment.TITLE_CELLS), action.short)
        stands = f"{glyph(action.state)} {name}, {action.state}"
        took = (
            f" after {duration(action.elapsed_ms)}"
            if action.elapsed_ms is not None and action.state == "effective"
            else ""
        )
        # What it took is said already; what a responder needs beyond that is why something is not as it should be.
        detail = f": {words(action.detail)}" if action.detail and action.state != "effective" else ""
        lines.append(
            (
                Span("control  " if digit == 1 else " " * 9, "dim"),
                Span(stands + took + detail, state_role(action.state)),
            )
        )
    lines += containment.asked_lines(station, row.ident)
    lines += [_fact("replay", proof)] if (proof := replayed(station, row.ident)) else []
    found = triage_of(station.view, row.ident)
    lines.append(_fact("triage", found.said))
    if playbook := _playbook(station, row):
        lines.append(_fact("playbook", playbook))
    if todo := todo_words(tasks(station, incident=row.ident), now):
        lines.append(_fact("to do", todo))
    for field in row.disputed:
        sides = ", ".join(
            f"{h.author} says {h.shown}{_when(h.at_us, now, offset)}"
            for h in queries.heads(station.view, row.ident, field)
        )
        lines.append(
            (
                Span("disagree ", "dim"),
                Span(f"{words(field_words(station.view, row.ident, field), field)}: {words(sides)}", "bad"),
                Span(f"  {key_of('incident.settle')} settles", "dim"),
            )
        )
    last = timeline(station.view, row.stream, off_timeline()).older(1)
    for entry in last:
        newest = entry_row(entry, names(station.view), frozenset())
        lines.append(_fact("last", f"{at_minute(newest.at_us, offset)} {newest.who}: {newest.text}"))
    return lines


def _playbook(station: Workstation, row: IncidentRow) -> str:
    from ircockpit.features.playbooks.queries import progress

    return progress(station, row)


def _due(station: Workstation, row: IncidentRow, now_us: int) -> Line:
    from ircockpit.features.care.queries import due

    found = due(station, row)
    if found is None:
        return ()
    late = found.late(now_us)
    how = f": {key_of('care.brief')} gives one" if late else ""
    words = f"; status {found.words(now_us, station.shown_offset)}{how}"
    return (Span(words, "warn" if late else "dim"),)


def _call(station: Workstation, row: IncidentRow, now_us: int, offset: int, *, brief: bool) -> Line:
    """Whom to call while nobody has it; nothing where somebody does, or nobody is named to be called."""
    path = next((each.path for each in systems(station.view) if each.ident == row.system), ())
    if row.closed or row.owner or not path:
        return ()
    from ircockpit.features.response.queries import by_when, call_span, escalation

    found = escalation(station, row)
    if found is None or found.taken:
        return ()
    due = found.ladder.next
    if brief and found.ladder.due_us > now_us:
        said = f"level {due.number} {by_when(due, now_us, offset)}" if due else "everybody was called"
        return (Span("  call ", "dim"), Span(said))
    key = f"  {key_of('response.called')} records it{_sends(station)}" if due else ""
    return (Span("call     ", "dim"), call_span(found, now_us, offset), Span(key, "dim"))


def _sends(station: Workstation) -> str:
    """The key that sends it, where this device has channels."""
    from ircockpit.features.notices.queries import has_channels

    return f", {key_of('notice.send')} sends it" if has_channels(station.profile) else ""


def _when(at_us: int, now_us: int, offset: int) -> str:
    if not at_us:
        return ""
    day, today = at_full(at_us, offset)[5:10], at_full(now_us, offset)[5:10]
    clock = at_minute(at_us, offset)
    return f" ({clock})" if day == today else f" ({day} {clock})"


def timeline_page(
    station: Workstation,
    row: IncidentRow,
    *,
    limit: int,
    everything: bool,
    local: bool,
    asked: str = "",
    before: str = "",
    audience: str = INTERNAL,
) -> Result:
    """The newest entries of an incident's record, or those before one of them, in the order of the timeline.

    A filter asks all of them, not only the newest. Raises :class:`UsageError` for one that asks nothing.
    """
    from ircockpit.features.disclosure.queries import Piece, classes_of, given_out
    from ircockpit.features.replay.queries import same_recurrence

    found = timeline(station.view, row.stream, () if everything else off_timeline())
    known = names(station.view) if audience == INTERNAL else {}
    unsent = unsent_ids(station, row.stream)
    start = place_of(one_named(station.view, row.stream, before)) if before else None
    offset = station.clock.offset_minutes() if local else station.shown_offset
    wanted = max(limit, 1)
    entries = found.older(wanted + 1, start)
    if asked:
        from ircockpit.features.incidents.asked import asked as what_is

        holds = what_is(station, asked, offset)
        matching = (entry for entry in _all(found, start) if holds(entry, known, unsent))
        entries = list(islice(matching, wanted + 1))
    more, entries = len(entries) > wanted, entries[wanted - 1 :: -1] if entries else []
    released = given_out(
        station, [Piece(classes_of(entry.type), entry) for entry in entries], audience, [row.ident]
    )
    first, entries = entries[:1], list(released.pieces)
    beside = same_recurrence(station.view, entries)
    rows = (entry_row(entry, known, unsent, beside.get(entry.event_id, "")) for entry in entries)
    lines = [entry_line(each, None, offset_minutes=offset) for each in rows]
    if audience != INTERNAL:
        marked = [{**_outside_data(entry), "tlp": f"TLP:{released.tlp}"} for entry in entries]
        lines = [*lines, (Span(released.words(), "dim"),)]
        return Result(
            {"entries": marked, "disclosure": released.data()}, tuple(lines), f"times in {zone(offset)}"
        )
    data = blanked([_entry_data(entry, known) | _read_with(entry, beside) for entry in entries])
    said = f"times in {zone(offset)}; {released.words().removesuffix('.')}"
    if more:
        said += f"; older ones: ircockpit timeline {row.short} --before {first[0].event_id[:12]}"
    return Result(data, tuple(lines), said if lines else "no entries")


def _all(found: Timeline, start: Place | None) -> Iterator[Entry]:
    """Entries older than a place, newest first, read page by page."""
    while page := found.older(PAGE, start):
        yield from page
        start = place_of(page[-1])


def shown_text(entry: Entry, known: dict[str, str], offset: int) -> str:
    """What a search in a timeline looks through, case folded: when, in the zone shown, who, what kind, the words."""
    line = entry_row(entry, known, frozenset())
    return f"{at_full(line.at_us, offset)} {line.who} {line.what} {line.text}".casefold()


def entry_row(entry: Entry, known: dict[str, str], unsent: frozenset[str], beside: str = "") -> EntryLine:
    """An entry as a line of the timeline, gated; ``beside`` says, in our own words, what it is to be read with."""
    body = json.loads(entry.body)
    told = words(said(entry.type, entry.field, body), _in_short(entry, body))
    if beside:
        told = f"{told} ({beside})"
    if entry.missing:
        told = f"[{entry.missing}] {told}"
    kind = "note" if entry.type == "incident.noted" else entry.type.partition(".")[0]
    return EntryLine(
        entry.at_us,
        _person(known, entry.actor),
        kind,
        told,
        entry.event_id in unsent,
        clean(entry.doubt),
    )


def entry_lines(station: Workstation, event_id: str, width: int) -> list[Line]:
    """One entry whole: who, when in every sense, the words, and the record behind them."""
    from ircockpit.render.wrap import wrap

    found = entry_of(station.view, event_id)
    body, offset = json.loads(found.body), station.shown_offset
    told = said(found.type, found.field, body)
    told = words(told, _in_short(found, body), newline=True)
    facts = [
        ("what", found.type),
        ("who", _person(names(station.view), found.actor)),
        ("at", at_full(found.at_us, offset)),
        ("stated", found.occurred or "not stated: the writer's clock is shown"),
        ("written", at_full(found.wall, offset)),
        ("event", found.event_id),
        ("device", found.device),
        ("held", found.missing or "whole"),
    ]
    lines = [_fact(name, clean(value)) for name, value in facts] + [()]
    for row in told.split("\n"):
        lines += wrap((Span(row),), max(width - 4, 20))
    return lines


def unsent_ids(station: Workstation, stream: str) -> frozenset[str]:
    """Entries the hub has not confirmed; none where there is no hub to confirm anything."""
    if not station.identity.hub:
        return frozenset()
    return station.log.unconfirmed_ids(stream)


def page_width() -> int:
    """Columns to lay a page out for."""
    return terminal_size((100, 24))[0]


def _entry_data(entry: Entry, known: dict[str, str]) -> dict[str, Any]:
    body = json.loads(entry.body)
    return {
        "event": entry.event_id,
        "at": at_full(entry.at_us),
        "occurred": entry.occurred,
        "actor": entry.actor,
        "name": name_of(known, entry.actor),
        "type": entry.type,
        "text": said(entry.type, entry.field, body),
        "body": body,
    }


def _read_with(entry: Entry, beside: dict[str, str]) -> dict[str, str]:
    return {"beside": beside[entry.event_id]} if entry.event_id in beside else {}


def _outside_data(entry: Entry) -> dict[str, Any]:
    """An entry for those outside: nobody's name, and none of the words of others."""
    text = entry_row(entry, {}, frozenset()).text
    return {"event": entry.event_id, "at": at_full(entry.at_us), "type": entry.type, "text": text}


def _system_words(station: Workstation, row: IncidentRow) -> str:
    found = next((each for each in systems(station.view) if each.ident == row.system), None)
    if found is None:
        return "not known: it cannot be stopped from here until it is"
    owner = f", owner {found.owner}" if found.owner else ""
    return words(f"{found.name}, {found.context}{owner}", system_word(found.name))


def system_word(name: str) -> str:
    """A system's name where it is a plain one, as the program asks of names; a record may hold anything."""
    return name if NAME.fullmatch(name) else "a system" if name else "no system"


def severity_word(row: IncidentRow) -> str:
    """The severity, where it is one."""
    return row.severity if row.severity in SEVERITIES else words(row.severity, "SEV?")


def _category(group: GroupRow) -> str:
    from ircockpit.features.care.rules import category_of

    return category_of(group.detector, group.probe, group.title)


def _person(known: dict[str, str], user: str) -> str:
    return words(name_of(known, user), f"someone {user[:4]}")


def _in_short(entry: Entry, body: dict[str, Any]) -> str:
    """What an entry is about where its words are not shown: the field, or the state it came to."""
    value = body.get("value")
    if entry.type == "containment.stepped" and isinstance(value, str) and value in STATES:
        return f"{glyph(value)} {value}"
    return f"{entry.field} changed" if entry.field in IncidentRow._fields else WITHHELD


def _fact(name: str, words: str) -> Line:
    return (Span(f"{name:9}", "dim"), Span(words))
