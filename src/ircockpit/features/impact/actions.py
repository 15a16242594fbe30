"""What can be done about impact: list, record one by one or from a list, and say what has become of each."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import Progress
from ircockpit.core.errors import BadInput, NotFound, UsageError
from ircockpit.core.stated import given
from ircockpit.features.impact import queries
from ircockpit.features.impact.asked import asked
from ircockpit.features.impact.pages import (
    count_words,
    import_lines,
    row_line,
    summary_lines,
)
from ircockpit.features.impact.queries import (
    ACTS,
    GROUPS,
    PEOPLE,
    ImpactRow,
    StateWord,
    summary_words,
    thing_id,
)
from ircockpit.features.impact.reading import Layout, look, stated_columns
from ircockpit.features.impact.recording import (
    Course,
    Namer,
    Settling,
    Terms,
    begin,
    changing_rows,
    recorded_words,
    stated,
)
from ircockpit.features.impact.rules import (
    CONFIRMED,
    ESTIMATED,
    read_amount,
    read_place,
    read_words,
)
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.incidents.queries import incident as find_incident
from ircockpit.features.summary import NOT_SHOWN
from ircockpit.inert.foreign import is_safe, safely
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Draft, Workstation

MAX_WHY = 2000
LISTED = 200
"""Rows that are listed where nothing is said."""
_LISTS = {"people": PEOPLE, "acts": ACTS}


def list_all(
    station: Workstation,
    *,
    incident: str,
    filter: str | None = None,  # noqa: A002 - the option is called --filter
    limit: int | None = None,
    safe: bool = False,
) -> Result:
    """The numbers of an incident, and a row for each person, group and act that a filter asks for."""
    with safely(safe):
        return _listed(station, incident, filter or "", LISTED if limit is None else limit)


def _listed(station: Workstation, incident: str, words: str, limit: int) -> Result:
    row = find_incident(station.view, incident)
    holds = asked(words)
    found = [each for each in queries.rows(station.view, row.ident) if holds(each)]
    shown = found[:limit]
    told = queries.state_words(station.view, [each.ident for each in shown])
    numbers = queries.summary(station.view, row.ident)
    data = {
        "incident": row.ident, "short": row.short, "summary": queries.summary_data(numbers), "matching": len(found),
        "rows": [_row_data(each, told.get(each.ident)) for each in shown],
    }  # fmt: skip
    width = terminal_size((100, 24))[0]
    lines: list[Line] = [*summary_lines(numbers), *(row_line(each, width) for each in shown)]
    more = f"{len(found) - len(shown):,} more: --limit {len(found)}" if len(found) > len(shown) else ""
    return Result(data, tuple(lines), more)


def _row_data(row: ImpactRow, told: StateWord | None) -> dict[str, Any]:
    """A row for programs; beside safe summaries without the words of others."""
    data = queries.data_of(row, told)
    if not is_safe():
        return data
    gone = {name: NOT_SHOWN for name in ("name", "target", "source", "type") if data.get(name)}
    return {**data, **gone, "state_set": {"at_us": told.at_us} if told else {}}


def add(
    station: Workstation, *, incident: str, person: str, jurisdiction: str = "", confirmed: bool = False,
    source: str = "", names: str = "hash",
) -> Result:  # fmt: skip
    """Record one affected person; one who is known already is not counted twice."""
    row, terms = find_incident(station.view, incident), _terms(confirmed, source, jurisdiction, names)
    tried = Namer(station, row, names).name(given(person, MAX_WHY, "who was affected"))
    facts = stated(row.ident, terms.place, terms)
    said = (
        f"a keyed hash in place of what looked like {tried.looks}: {tried.text}"
        if tried.looks
        else tried.text
    )
    return _record(station, row, PEOPLE, (tried.text, *tried.others), facts, {"pseudonym": tried.text}, said)


def group(
    station: Workstation, *, incident: str, people: int, label: str, jurisdiction: str = "", confirmed: bool = False,
    source: str = "",
) -> Result:  # fmt: skip
    """Record how many people a group has; of a group that is known already, how many it has now."""
    row, terms = find_incident(station.view, incident), _terms(confirmed, source, jurisdiction, "hash")
    if not people:
        raise BadInput("a group has at least one person", safe="nothing was recorded")
    words = read_words(given(label, MAX_WHY, "what group it is"), "the group")
    facts = {**stated(row.ident, terms.place, terms), "count": people}
    said = f"{words}: {people:,} people"
    return _record(station, row, GROUPS, (words.casefold(),), facts, {"label": words}, said)


def act(
    station: Workstation, *, incident: str, external: str, what: str = "other", amount: str = "", currency: str = "",
    minor: bool = False, target: str = "", jurisdiction: str = "", source: str = "",
) -> Result:  # fmt: skip
    """Record one act of the model or an agent on the outside, once for each id it has there."""
    row, terms = find_incident(station.view, incident), _terms(True, source, jurisdiction, "hash")
    namer = Namer(station, row, "hash")
    tried = namer.name(given(external, MAX_WHY, "the id of the act"), plain=True)
    aimed = namer.name(target).text if target.strip() else ""
    value, code = read_amount(amount, currency, minor=minor)
    facts = {**stated(row.ident, terms.place, terms), "what": what, "amount": value, "currency": code}
    names = {"external": tried.text, "target": aimed}
    return _record(station, row, ACTS, (tried.text, *tried.others), facts, names, tried.text)


def take_in(
    station: Workstation, *, incident: str, file: str, what: str | None = None, column: list[str] | None = None,
    jurisdiction: str = "", confirmed: bool = False, source: str = "", names: str = "hash", minor: bool = False,
    yes: bool = False,
) -> Result:  # fmt: skip
    """Record a list of people or acts; without ``yes`` it is only shown what the list comes to."""
    row = find_incident(station.view, incident)
    layout = look(Path(file).expanduser(), _LISTS.get(what or "", ""), stated_columns(column or []))
    course = begin(
        station,
        row,
        layout,
        _terms(confirmed, source, jurisdiction, names)._replace(minor=minor),
        dry=not yes,
    )
    told = Progress(f"reading {clean(layout.path.name)}", None, "rows").reached
    try:
        while course.step():
            told(course.read)
    finally:
        course.close()
    lines = tuple(import_lines(layout, course, minor=minor))
    said = recorded_words(row, course) if yes else "nothing is recorded yet: the same with --yes does it"
    return Result({**import_data(layout, course), "recorded": yes}, lines, said)


def import_data(layout: Layout, course: Course) -> dict[str, Any]:
    """What a list comes to, as ``--json`` prints it."""
    return {
        "kind": "acts" if layout.kind == ACTS else "people", "columns": dict(layout.columns), "sha256": layout.digest,
        "read": course.read, "new": course.new, "known": course.held, "changed": course.changed,
        "hashed": dict(course.hashed), "joined": course.doubled, "unplaced": course.unplaced, "refused": course.refused,
        "reasons": [{"line": number, "why": why} for number, why in course.bad],
    }  # fmt: skip


def set_state(
    station: Workstation, *, incident: str, state: str, why: str, who: list[str] | None = None,
    filter: str | None = None, all: bool = False, yes: bool = False,  # noqa: A002 - the options' names
) -> Result:  # fmt: skip
    """Say what has become of some or all; of more than one only with ``yes``, after the numbers were shown."""
    row = find_incident(station.view, incident)
    if bool(who) + bool(filter) + all != 1:
        raise UsageError(
            "say whom it is about: --who NAME, --filter, or --all", safe="nothing was changed",
            fix=f"for example: ircockpit impact state {row.short} told --filter 'country:DE state:open' --why 'letter sent'",
        )  # fmt: skip
    every = queries.rows(station.view, row.ident)
    if who:
        chosen = [_named(station, row, every, word) for word in dict.fromkeys(who)]
    else:
        holds = asked(filter or "")
        chosen = [each for each in every if holds(each)]
    reason = given(why, MAX_WHY, "the reason")
    changing = changing_rows(chosen, state)
    data = {"state": state, "chosen": len(chosen), "changing": len(changing), "changed": 0}
    if len(changing) > 1 and not yes:
        counts = (
            f"{count_words(changing)} would become {state}, {len(chosen) - len(changing):,} are it already"
        )
        return Result(
            data, ((Span(counts, "title"),),), "nothing is changed yet: the same with --yes does it"
        )
    if changing:
        course = Settling(station, row, changing, state, reason)
        told = Progress("recording the state", len(changing), "rows").reached
        try:
            while course.step():
                told(course.done)
        finally:
            course.close()
    data["changed"] = len(changing)
    said = f"{count_words(changing)} of {row.short} {'is' if len(changing) == 1 else 'are'} {state}; ircockpit undo takes it back"
    return Result(
        data, (), said if changing else f"nothing to change: {counted(len(chosen), 'row')} {state} already"
    )


def _record(
    station: Workstation, row: IncidentRow, kind: str, words: tuple[str, ...], facts: dict[str, Any],
    names: dict[str, Any], said: str,
) -> Result:  # fmt: skip
    idents = [thing_id(row.ident, kind, word) for word in words]
    known = queries.known_ids(station.view, row.ident, kind)
    ident = next((each for each in idents if each in known), idents[0])
    if ident not in known:
        station.append([Draft(row.stream, f"{kind}.recorded", ident, (facts, names))])
        done = "recorded"
    else:
        changes = _changes(station, row, kind, ident, facts)
        if changes:
            station.append(changes)
        done = "changed" if changes else "known already"
    found = next(each for each in queries.rows(station.view, row.ident, (kind,)) if each.ident == ident)
    numbers = summary_words(queries.summary(station.view, row.ident))
    return Result(queries.data_of(found, None), (), f"{done}: {clean(said)}. {row.short}: {numbers}")


def _changes(
    station: Workstation, row: IncidentRow, kind: str, ident: str, facts: dict[str, Any]
) -> list[Draft]:
    """What is said anew of something known; what is not said stays, and nobody becomes less certain by it."""
    fields = [name for name in facts if name not in ("incident", "state")]
    columns = ", ".join(f'"{name}"' for name in fields)
    known = station.view.rows(f'SELECT {columns} FROM "{kind}" WHERE id=?', (ident,))  # noqa: S608 - declared names
    before = dict(zip(fields, known[0], strict=True))
    return [
        station.set_field(row.stream, f"{kind}.set", ident, name, facts[name])
        for name in fields
        if facts[name] not in ("", 0, before[name]) and not (name == "certainty" and facts[name] == ESTIMATED)
    ]


def _named(station: Workstation, row: IncidentRow, every: Sequence[ImpactRow], word: str) -> ImpactRow:
    """The row somebody means by its name or id; a word that shows a person is matched by its hash."""
    found = [each for each in every if word in (each.name, each.ident)]
    if not found:
        keyed, _ = queries.keys(station.view, row.ident)
        from ircockpit.features.impact.rules import pseudonym

        hashes = {pseudonym(word.strip(), key) for key in keyed}
        found = [each for each in every if each.name in hashes]
    if len(found) != 1:
        raise NotFound(
            f"{len(found)} of {row.short} have the name that was given", safe="nothing was changed",
            fix=f"ircockpit impact list {row.short} shows them; --json gives their ids",
        )  # fmt: skip
    return found[0]


def _terms(confirmed: bool, source: str, jurisdiction: str, names: str) -> Terms:
    return Terms(
        CONFIRMED if confirmed else ESTIMATED,
        read_words(source, "the source"),
        read_place(jurisdiction),
        names,
    )
