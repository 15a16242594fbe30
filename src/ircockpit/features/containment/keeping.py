"""A control that stays on: until when, who answers for it, and what waits for people on all of them."""

from typing import Any

from ircockpit.command.action import Result
from ircockpit.core import stated
from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.occurred import from_wall
from ircockpit.features.containment import queries, waiting
from ircockpit.features.containment.queries import ENGAGED, TITLE_CELLS, ActionRow
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.summary import blanked
from ircockpit.features.systems.queries import systems
from ircockpit.features.whom import person_named
from ircockpit.inert.foreign import safely, words
from ircockpit.inert.gate import clean, line
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_full
from ircockpit.store.workstation import Workstation

WORDS = 2000
MOST_HOURS = 720
HOUR_US = 3_600_000_000


def extend(station: Workstation, *, action: str, hours: Any, reason: str) -> Result:
    """Let a control stay on longer: the reminder comes later, nothing is sent. It serves nobody more than before."""
    row = _on(station, action)
    reason = stated.given(reason, WORDS, "the reason")
    text = str(hours).strip()
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if not 1 <= count <= MOST_HOURS:
        raise BadInput(f"an extension is 1 to {MOST_HOURS} hours from now", safe=stated.UNRECORDED)
    until = from_wall(station.clock.wall_us() + count * HOUR_US, station.clock.offset_minutes())
    station.append(
        [
            station.set_field(
                row.stream, "containment.extended", row.ident, "expires", until, why=reason, title=row.title
            )
        ]
    )
    shown = at_full(stated.moment_us(until), station.shown_offset)
    return Result(
        {"action": row.short, "expires": until}, (), f"{row.short} stays on; the reminder comes {shown}"
    )


def hand(station: Workstation, *, action: str, to: str, note: str = "") -> Result:
    """Hand over who answers for a control that is in force."""
    row = _on(station, action)
    user = person_named(station, to)
    if not user:
        raise BadInput("somebody answers for what is in force", safe=stated.UNRECORDED, fix="name a person")
    name = clean(name_of(names(station.view), user))
    note = stated.within(note, WORDS, "the note")
    station.append(
        [
            station.set_field(
                row.stream,
                "containment.handed",
                row.ident,
                "answers",
                user,
                why=note,
                title=row.title,
                name=name,
            )
        ]
    )
    return Result({"action": row.short, "answers": user}, (), f"{name} answers for {row.short} now")


def due(station: Workstation, *, safe: bool = False) -> Result:
    """Everything that waits for people on controls: approvals, sendings, reviews, expiries that have passed, drifts, trials."""
    with safely(safe):
        found = waiting.all_asks(station)
        rows = {row.ident: row for row in incidents(station.view, list({ask.row.incident for ask in found}))}
        lines: list[Line] = []
        for ask in found:
            incident = rows.get(ask.row.incident)
            lines.append(
                (
                    Span(f"{incident.short if incident else '':8}", "key"), Span(f"{ask.row.short:9}"),
                    Span(ask.words, "warn" if ask.mine else "text"),
                    Span("  yours" if ask.mine else "", "key"),
                )
            )  # fmt: skip
        left = [each for each in queries.proofs_left(station) if not each.running]
        known = {each.ident: each.name for each in systems(station.view)} if left else {}
        named = [(each, known.get(each.system, "")) for each in left]
        for each, name in named:
            lines += [
                (Span(words(each.said(name)), "error"),),
                (Span(f"  {words(each.how_back(name))}", "key"),),
            ]
        data = [waiting.data_of(ask) for ask in found]
        data += [waiting.data_of_left(each, name) for each, name in named]
        return Result(blanked(data), tuple(lines), "" if lines else "nothing waits for anybody on a control")


def _on(station: Workstation, action: str) -> ActionRow:
    row = queries.action(station.view, action)
    if row.state not in ENGAGED:
        title = words(line(row.title, TITLE_CELLS), "it")
        raise RefusedError(
            f"{title} ({row.short}) is {row.state}: nothing of it is in force", safe=stated.UNRECORDED
        )
    return row
