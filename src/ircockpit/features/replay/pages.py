"""Sets, runs, watches and results as lines: shares and words of this program, nothing of a prompt or an answer."""

from typing import TYPE_CHECKING

from ircockpit.core.errors import NotFound
from ircockpit.features.containment.queries import action as find_action
from ircockpit.features.containment.queries import fix_words, in_force
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.replay.events import BLOCKED, DONE, EARLY, ON, OPEN, PATTERN, PROBE, RUNNING, UNJUDGED
from ircockpit.features.replay.odds import percent, wilson
from ircockpit.features.replay.places import OWN, elsewhere, elsewhere_words, named_words
from ircockpit.features.replay.queries import (
    RunRow,
    SealedRow,
    WatchRow,
    before_of,
    recurrence_line,
    sentences,
    sets,
    watches,
)
from ircockpit.features.replay.queries import runs as all_runs
from ircockpit.features.replay.watching import NOWHERE
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import counted
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span, fit
from ircockpit.render.timeline import at_full
from ircockpit.render.wrap import wrap
from ircockpit.store.names import short_id

if TYPE_CHECKING:
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

_ROLES = {DONE: "ok", UNJUDGED: "warn", EARLY: "warn", RUNNING: "accent"}
_NAME = 24
_WIDE = 400
"""Cells of a line where no terminal says how many there are."""


def run_line(row: RunRow, width: int) -> Line:
    """One run: what it is for, how far it is, its share."""
    counts = row.counts
    stands = row.state
    if row.state == UNJUDGED:
        stands = f"{counts.of.get(OPEN, 0)} to judge"
    elif row.state == DONE and counts.of.get(BLOCKED):
        stands = f"done, {counts.of[BLOCKED]} blocked"
    elif row.state == EARLY:
        stands = f"ended at {counts.sent} of {counts.number}"
    share = (
        counts.share if row.judged else f"0 of {counts.number}" if not counts.sent else f"{counts.sent} sent"
    )
    room = max(width - 54, 8)
    return (
        Span(fit(row.short, 9), "key"), Span(fit(row.phase, 7)), Span(fit(share, 13), "title" if row.judged else "dim"),
        Span(fit(stands, 18), _ROLES.get(row.state, "text")), Span(fit(words(line(row.target, _NAME)), room), "dim"),
    )  # fmt: skip


def set_line(row: SealedRow) -> Line:
    """One set of prompts."""
    return (
        Span(fit("set", 9), "dim"),
        Span(fit(words(line(row.name, _NAME)), _NAME + 1), "key"),
        Span(f"{counted(len(row.prompts), 'prompt')}, sealed by hash"),
    )


def watch_line(row: WatchRow, now_us: int, offset: int) -> Line:
    """One watch, and when it is to be sent next."""
    if row.state != ON:
        return (Span(fit(row.short, 9), "key"), Span("watch over", "dim"))
    due = row.is_due(now_us)
    said = "due now" if due else f"next at {at_full(row.due_us, offset)[:16]}"
    if row.is_over(now_us):
        said = "its time is over"
    return (
        Span(fit(row.short, 9), "key"),
        Span(f"watch, every {every_words(row.minutes)}: "),
        Span(said, "warn" if due else "text"),
    )


def overview(station: "Workstation", incident: str, width: int) -> list[Line]:
    """Everything there is of an incident, results first."""
    view, now, offset = station.view, station.clock.wall_us(), station.shown_offset
    lines: list[Line] = []
    found = all_runs(view, incident)
    told = [row for row in found if row.judged and row.phase != "before"] or [
        row for row in found if row.judged
    ]
    for number, said in enumerate(sentences(view, told[-1]) if told else []):
        lines.append((Span(said, "title" if number == 0 else "text"),))
    if back := recurrence_line(view, incident):
        lines.append((Span(back, "warn"),))
    lines += fix_lines(station, incident)
    lines += [set_line(row) for row in sets(view, incident)]
    lines += [run_line(row, width) for row in found]
    lines += [watch_line(row, now, offset) for row in watches(view, incident)]
    if any(row.state == ON for row in watches(view, incident)):
        lines.append((Span(NOWHERE, "dim"),))
    return lines


def fix_lines(station: "Workstation", incident: str) -> tuple[Line, ...]:
    """What the runs say of the fix, where a control is in force that it would allow to lift."""
    if (held := in_force(station.view, incident)) is None or not all_runs(station.view, incident):
        return ()
    said, fails = fix_words(station, held)
    return ((Span(f"lifting {held.short}  ", "dim"), Span(said, "warn" if fails else "text")),)


def run_lines(station: "Workstation", row: RunRow) -> list[Line]:
    """One run whole: what was planned before it was sent, what came of it, what that allows to say."""
    terms, view = row.terms, station.view
    bound = percent(wilson(0, terms.number, terms.confidence).high)
    facts = [
        ("run", f"{row.short}, {row.phase}, {row.state}"),
        ("number", f"{terms.number} requests, fixed before the first: 0 of {terms.number} would still allow {bound}"
                   f" at {terms.confidence} %"),
        ("target", f"{row.target}  {row.url}"),
        ("asks", f"{_API[terms.api]}{f', model {terms.model}' if terms.model else ''}, at most {terms.length} tokens an answer"),
        ("limits", f"{terms.rate} a minute, {terms.tokens:,} tokens in all, {terms.timeout_ms / 1000:g} s for an answer"),
        ("verdict", _verdict(row)),
        ("before", short_id(view, "replay", row.before) if row.before else ""), ("control", _action(view, row)),
        ("differs", elsewhere_words(before_of(view, row), row) if not row.judged else ""),
        ("sent", f"{row.counts.sent} of {terms.number}; by outcome: "
                 + (", ".join(f"{number} {kind}" for kind, number in row.counts.of.items()) or "nothing yet")),
        *(("result", said) for said in sentences(view, row)),
        ("named", f"the answers say they are of: {named_words(row.named)}" if row.named else ""),
        ("evidence", "the answers are a restricted exhibit" if row.exhibit else ""),
        ("sent by", name_of(names(view), row.actor) if row.actor else ""), ("disputed", row.disputed),
    ]  # fmt: skip
    if terms.api == PROBE:
        facts.append(("note", "a probe asks what its connector says, not the sealed prompts"))
    lines = ((Span(f"{name:9}", "dim"), Span(clean(value))) for name, value in facts if value)
    width = terminal_size((_WIDE, 24))[0] - 2
    return [piece for each in lines for piece in wrap(each, width, 9)]


def plan_lines(station: "Workstation", row: RunRow) -> list[Line]:
    """What is about to be sent, for a confirmation: how many, where to, at what cost at most."""
    terms, left = row.terms, row.terms.number - row.counts.sent
    other = elsewhere(before_of(station.view, row), row)
    model = words(line(terms.model, _NAME)) if terms.model else OWN
    return [
        (Span(f" send {left} of {terms.number} requests to {words(line(row.target, _NAME))}", "title"),),
        (Span(" goes to   ", "dim"), Span(f"POST {clean(row.url)}", "accent")),
        *([(Span(" differs   ", "dim"), Span(f"{other} than before: {model}", "warn"))] if other else []),
        (Span(" at most   ", "dim"), Span(f"{terms.rate} a minute, {terms.tokens:,} tokens in all; it can be stopped")),
        (Span(" holds     ", "dim"), Span(_holds(station, row))),
        (Span(" number    ", "dim"), Span("it was fixed before; what is cut off counts as no answer and is not sent again")),
    ]  # fmt: skip


def every_words(minutes: int) -> str:
    """``6 hours``, ``90 minutes``, ``1 day``."""
    for size, what in ((1440, "day"), (60, "hour")):
        if minutes % size == 0:
            return counted(minutes // size, what)
    return counted(minutes, "minute")


_API = {
    "chat": "chat completions, OpenAI-compatible",
    "infer": "Open Inference infer",
    "probe": "the control's own probe",
}


def _holds(station: "Workstation", row: RunRow) -> str:
    if row.terms.api == PROBE:
        return "what the connector's probe asks, and no sealed prompt"
    found = next((each for each in sets(station.view, row.incident) if each.ident == row.sealed), None)
    return (
        f"the {counted(len(found.prompts), 'sealed prompt')} of {words(line(found.name, _NAME))}"
        if found
        else "nothing"
    )


def _verdict(row: RunRow) -> str:
    if row.terms.api == PROBE:
        return "by the probe: served, or the control's own answer"
    if row.terms.method == PATTERN:
        return "by a pattern"
    return (
        "by people who do not see which run it is"
        if row.terms.method == "person"
        else "by a detector's results"
    )


def _action(view: "View", row: RunRow) -> str:
    if not row.action:
        return ""
    try:
        found = find_action(view, row.action)
    except NotFound:
        return ""
    return f"{found.short} {found.state}"
