"""Answering the form of a kind of incident: every answer an event of its own, with who gave it and when."""

import re
from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, NotFound
from ircockpit.core.occurred import typed_time
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.triage import codes
from ircockpit.features.triage.actions import MAX_RATIONALE, following
from ircockpit.features.triage.branches import Asked, Branch, branches_in
from ircockpit.features.triage.events import in_words
from ircockpit.features.triage.queries import (
    Given,
    Triage,
    answer_id,
    branch_of,
    core_facts,
    flags_with,
    given_in,
    triage_of,
    values_of,
    verdict,
)
from ircockpit.features.whom import person_named
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_full
from ircockpit.store.workstation import Draft, Workstation

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
KEPT = "nothing was recorded"


def fill(
    station: Workstation, *, incident: str, question: str | None = None, value: Any = None, why: str | None = None,
    back: bool = False, op: str | None = None,
) -> Result:  # fmt: skip
    """Record one answer, take one back, or show the form. Raises :class:`BadInput` for what is no answer."""
    row = incidents.incident(station.view, incident)
    found = triage_of(station.view, row.ident)
    branch = branch_of(found)
    if branch is None:
        raise BadInput(
            "the kind of incident is not said yet", safe=KEPT,
            fix=f"ircockpit triage {row.short} --category KIND; answer {row.short} shows its questions then",
        )  # fmt: skip
    text = " ".join(value) if isinstance(value, list | tuple) else str(value or "")
    if question is None:
        return _shown(station, row, found, branch)
    asked = branch.question(question)
    if asked is None:
        there = ", ".join(each.id for each in branch.file.questions)
        raise NotFound(f"the form of {branch.file.id} has no question {question!r}", safe=KEPT, fix=there)
    if not text.strip() and not back:
        raise BadInput(f"no answer was given to: {asked.ask}", safe=KEPT, fix=how(asked))
    read = None if back else read_answer(station, asked, text)
    reason = (why or "").strip().encode("utf-8", "replace").decode()
    if len(reason) > MAX_RATIONALE:
        raise BadInput(f"a reason holds {MAX_RATIONALE:,} characters", safe=KEPT, fix="say it shorter")
    drafts = _drafts(station, row, found, branch, asked, read, reason)
    if drafts:
        station.append(drafts, op=op)
    after = triage_of(station.view, row.ident)
    now = incidents.incidents(station.view, [row.ident])[0]
    return _shown(station, now, after, branch, f"saved: {verdict(now.severity, after)}" if drafts else "")


def _drafts(
    station: Workstation, row: IncidentRow, found: Triage, branch: Branch, asked: Asked, read: Any, why: str
) -> list[Draft]:
    given = given_in(station.view, row.ident)
    ident = answer_id(row.ident, branch.file.id, asked.id)
    before = next((each for each in given if each.ident == ident), None)
    if before is None and read is None:
        return []
    if before is not None and (before.value or None) == read and not before.sides:
        return []
    drafts: list[Draft] = []
    if before is None:
        facts = {"incident": row.ident, "form": branch.file.id, "question": asked.id, "ask": asked.ask}
        drafts.append(Draft(row.stream, "answer.asked", ident, (facts,)))
    drafts.append(
        station.set_field(row.stream, "answer.given", ident, "value", read or "", why=why, label=asked.ask)
    )
    values = {**values_of(given, branch.file.id), asked.id: read}
    decision = found._replace(
        flags=flags_with(found, {name: each for name, each in values.items() if each})
    ).decision
    return [*drafts, *following(station, row, found, decision)]


def read_answer(station: Workstation, asked: Asked, text: str) -> Any:
    """What was typed as the value that is recorded. Raises :class:`BadInput` saying what can be answered."""
    words = text.strip().encode("utf-8", "replace").decode()
    if asked.type == "choice":
        return _choice(asked, words)
    if asked.type == "several":
        pieces = list(words) if words.isdecimal() else [each for each in words.split(",") if each.strip()]
        chosen = {_choice(asked, piece) for piece in pieces}
        return [word for word in asked.choices if word in chosen]
    if asked.type == "number":
        number = words.replace(",", "").replace(" ", "")
        if not _NUMBER.fullmatch(number):
            raise BadInput(f"{text!r} is no number", safe=KEPT, fix=how(asked))
        return number
    if asked.type == "time":
        return typed_time(words, station.clock.wall_us(), station.clock.offset_minutes())
    if asked.type == "person":
        return person_named(station, words) or None
    if asked.type == "code":
        shelf = codes.taxonomies_in(station.profile.folder)
        return codes.picked(tuple(codes.taxonomy(shelf, name) for name in asked.taxonomy), words).value
    if len(words) > MAX_RATIONALE:
        raise BadInput(
            f"an answer holds {MAX_RATIONALE:,} characters", safe=KEPT, fix="say it shorter, or add a note"
        )
    return words


def _choice(asked: Asked, text: str) -> str:
    word = text.strip().lower()
    if word.isascii() and word.isdigit() and 1 <= int(word) <= len(asked.choices):
        return asked.choices[int(word) - 1]
    if word in asked.choices:
        return word
    raise BadInput(f"{text!r} is no answer to: {asked.ask}", safe=KEPT, fix=how(asked))


def how(asked: Asked) -> str:
    """What can be typed as an answer."""
    if asked.choices:
        listed = ", ".join(f"{n} {word}" for n, word in enumerate(asked.choices, 1))
        return f"answers{' (several with commas)' if asked.type == 'several' else ''}: {listed}"
    return {
        "number": f"a number{' of ' + asked.unit if asked.unit else ''}: 120",
        "time": "a time: 14:03, 2h ago, or 2026-11-23T14:03+01:00",
        "person": "a name, or me",
        "code": f"a code, or a part of its name: {', '.join(asked.taxonomy)}",
    }.get(asked.type, "words")


def told(station: Workstation, asked: Asked, value: Any) -> str:
    """An answer in words: people by name, codes with theirs, numbers with their unit; not gated yet."""
    if not value:
        return ""
    if asked.type == "person":
        return name_of(names(station.view), str(value))
    if asked.type == "code" and isinstance(value, dict):
        return codes.named(codes.taxonomies_in(station.profile.folder), value)
    return f"{in_words(value)} {asked.unit}".strip()


def _shown(station: Workstation, row: IncidentRow, found: Triage, branch: Branch, said: str = "") -> Result:
    given = {each.question: each for each in given_in(station.view, row.ident) if each.form == branch.file.id}
    values = {name: each.value for name, each in given.items() if each.value}
    asked = branch.asked(core_facts(found), values)
    rows = []
    lines: list[Line] = [(Span(f"{row.short}  ", "key"), Span(clean(branch.file.title), "title"))]
    for number, each in enumerate(branch.file.questions, 1):
        answer = given.get(each.id)
        if each in asked or (answer and answer.value):
            lines += _question_lines(station, number, each, answer, is_asked=each in asked)
            rows.append(
                {
                    "question": each.id, "ask": each.ask, "type": each.type, "asked": each in asked,
                    "value": values.get(each.id), "who": answer.who if answer else "",
                    "at_us": answer.at_us if answer else 0,
                    "sides": [list(side) for side in answer.sides] if answer else [],
                }
            )  # fmt: skip
    lines += [(Span(clean(error.what), "bad"),) for error in branches_in(found.profile).refused]
    data = {
        "incident": row.ident, "short": row.short, "form": branch.file.id, "file": branch.name, "severity": row.severity,
        "flags": dict(found.flags), "questions": rows,
    }  # fmt: skip
    return Result(data, tuple(lines), said)


def _question_lines(
    station: Workstation, number: int, asked: Asked, answer: Given | None, *, is_asked: bool
) -> list[Line]:
    words = clean(told(station, asked, answer.value)) if answer else ""
    head: Line = (
        Span(f"{number} {clean(asked.ask)}  ", "dim"),
        Span(words or "not answered", "text" if words else "warn"),
    )
    if answer is not None and words:
        when = at_full(answer.at_us, station.shown_offset)
        head = (*head, Span(f"  {clean(answer.who)}, {when}", "dim"))
    if not is_asked:
        head = (*head, Span("  not asked any more", "dim"))
    lines: list[Line] = [head]
    if answer is not None and answer.sides:
        sides = ", ".join(f"{who} says {side}" for who, side in answer.sides)
        lines.append((Span(f"    disagree: {clean(sides)}; answering again settles it", "bad"),))
    if not words:
        lines.append((Span(f"    {clean(how(asked))}", "dim"),))
        lines += [(Span(f"    {clean(text)}", "dim"),) for text in (asked.help,) if text]
        lines += [(Span(f"    keep: {clean(text)}", "accent"),) for text in (asked.evidence,) if text]
    return lines
