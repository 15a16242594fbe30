"""The record of one containment: each step with its time, on whose authority, whom and what it reached, and what proves it."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.command.action import Result
from ircockpit.core import stated
from ircockpit.features.containment import queries
from ircockpit.features.containment.approvals import NAME_CELLS, consent, events_of
from ircockpit.features.containment.events import cited_words
from ircockpit.features.containment.events import said as in_words
from ircockpit.features.containment.preserving import BEGUN, WHOLE, Preserved, at_it, preserved
from ircockpit.features.containment.queries import TITLE_CELLS, ActionRow
from ircockpit.features.containment.verdicts import newest, verdict_lines
from ircockpit.features.evidence.queries import exhibits
from ircockpit.features.impact.queries import summary, summary_words
from ircockpit.features.incidents.queries import incident
from ircockpit.features.membership.queries import members
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely, words
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import counted, duration
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_clock, at_full
from ircockpit.render.wrap import wrap

if TYPE_CHECKING:
    from ircockpit.core.reduce import Happening
    from ircockpit.features.containment.verdicts import Verdict
    from ircockpit.store.workstation import Workstation

_LABEL, _STEP = 10, 21
_WIDE = 400
"""Cells of a line where no terminal says how many there are."""
_READS = {"pass": "contained", "fail": "not contained"}
SAMPLES = 6
"""Probe samples shown of each look; the data holds all that were kept."""


class Kept(NamedTuple):
    """What was captured of an incident around one change."""

    before: tuple[str, ...]
    beside: tuple[str, ...]
    missing: tuple[str, ...]
    """What was not captured in time, in words."""


def show(station: "Workstation", *, record: str, safe: bool = False) -> Result:
    """One action from plan to now, as it stands in the record."""
    from ircockpit.features.containment.engine.families import not_stopped

    with safely(safe):
        row = queries.action(station.view, record)
        told = events_of(station, row.stream, row.ident)
        kept = captured(station, row, told)
        reached = summary_words(summary(station.view, row.incident))
        about = incident(station.view, row.incident)
        verdict = newest(station, row) if row.state in queries.ENGAGED else None
        data = {
            **queries.data_of(row), "not_stopped": not_stopped(row.family),
            "time_to_contain_ms": contained_ms(told), "reached": reached,
            "authority": _authority(station, row, told), "steps": [_step(each) for each in told],
            "captured_before": list(kept.before), "captured_beside": list(kept.beside), "not_captured": list(kept.missing),
            "fix_verdict": _verdict_data(verdict),
        }  # fmt: skip
        width = terminal_size((_WIDE, 24))[0] - 2
        facts: list[Line] = [
            *_head(station, row, told),
            *(_fact("queue", each, "warn") for each in [not_stopped(row.family)] if each),
            _fact("affected", words(about.impact) or "impact not stated"),
            _fact("reached", reached),
            *(_fact("authority" if place == 0 else "", each) for place, each in enumerate(data["authority"])),
            *(verdict_lines(verdict, f"{'fix':{_LABEL}}") if verdict is not None else ()),
            *_preserved(kept),
        ]
        steps = (piece for each in told for piece in _lines(station, each))
        lines = [*_wrapped(facts, width, _LABEL), (), *_wrapped(steps, width, _STEP)]
        return Result(blanked(data), tuple(lines))


def nothing_planned(_: "Workstation", ident: str | None) -> str:
    """Why there is no record to show."""
    return "" if ident else "nothing was planned here yet: there is no record of a control"


def _wrapped(lines: Iterable[Line], width: int, indent: int) -> Iterator[Line]:
    """Lines as they fit: what was sent and answered is read to its end."""
    for each in lines:
        yield from wrap(each, width, indent)


def _verdict_data(verdict: "Verdict | None") -> dict[str, Any] | None:
    if verdict is None:
        return None
    run = verdict.run.short if verdict.run is not None else ""
    return {
        "says": verdict.says,
        "run": run,
        "why": verdict.why,
        "numbers": verdict.numbers,
        "sha256": verdict.sha256,
    }


def contained_ms(told: "list[Happening]") -> int | None:
    """Milliseconds from sending to *effective*: the responder's time to contain. ``None`` where it never was."""
    for event in told:
        body = event.body
        if event.type == "containment.stepped" and body.get("value") == "effective" and "ms" in body:
            return stated.whole(body["ms"])
    return None


def captured(station: "Workstation", row: ActionRow, told: "list[Happening]") -> Kept:
    """What was preserved before the change and beside it, and what was not in time.

    Preservation begins when a plan is opened and never holds the change up: only the control's own state and the
    probe's answers are read before it.
    """
    sent = next((each.wall for each in told if _value(each) == "sent"), 0)
    effective = next((each.wall for each in told if _value(each) == "effective"), 0)
    before, beside, missing = [], [], []
    probes = next((each for each in told if each.type == "containment.observed"), None)
    samples = probes.body.get("samples") if probes is not None else None
    if row.state == "attested":
        missing.append("the control's state before it: it was done by hand")
    else:
        before.append("the control's state, as the way back")
    if isinstance(samples, list) and samples:
        before.append(f"{counted(len(samples), 'answer')} of the data plane")
    else:
        missing.append("what users got before it")
    named = {each.exhibit: each.title for each in preserved(station, row.incident) if each.exhibit}
    for each in exhibits(station.view, row.incident):
        at_us = _added_us(station, each.ident)
        title = words(line(named.get(each.label, ""), 60), "")
        said = f"{each.label} {title}" if title else each.label
        if not sent or at_us <= sent:
            before.append(said)
        elif at_us <= (effective or at_us):
            beside.append(said)
        elif title:
            missing.append(f"{said}: read {duration((at_us - effective) // 1000)} after it was effective")
    missing += [
        words(line(f"{each.title}, {_outcome(each)}", 200), "something was not preserved")
        for each in preserved(station, row.incident)
        if each.outcome not in (WHOLE, BEGUN)
        or (each.outcome == BEGUN and not _under_way(station, row.incident, each))
    ]
    if sent and not any(each.startswith("E") for each in before):
        missing.append("no exhibit of the incident was taken before the change")
    return Kept(tuple(before), tuple(beside), tuple(missing))


def _outcome(each: Preserved) -> str:
    outcome = "cut off" if each.outcome == BEGUN else each.outcome
    return f"{outcome}: {each.why}" if each.why else outcome


def _under_way(station: "Workstation", incident: str, each: Preserved) -> bool:
    """Whether this device is still reading it; what another one reads, it says itself."""
    return each.device != station.identity.device or at_it(station, incident)


def _added_us(station: "Workstation", exhibit: str) -> int:
    rows = station.view.rows("SELECT min(wall) FROM entry WHERE ent=? AND type='evidence.added'", (exhibit,))
    return int(rows[0][0] or 0)


def _head(station: "Workstation", row: ActionRow, told: "list[Happening]") -> list[Line]:
    took = contained_ms(told)
    title = words(line(row.title, TITLE_CELLS), "a control")
    answers = (
        words(line(name_of(names(station.view), row.answers), NAME_CELLS), "someone")
        if row.answers
        else "nobody"
    )
    until = at_full(stated.moment_us(row.expires), station.shown_offset) if row.expires else "no time stated"
    ends = f"{until}; {answers} answers for it"
    if row.state == "reverted":
        ends = f"lifted at {at_full(row.at_us, station.shown_offset)}"
    lines: list[Line] = [
        (Span(f"{row.short:10}", "key"), Span(f"{title}, {row.state}", "title")),
        _fact("change", words(f"{row.summary} at {row.target}", "not shown") + f", plan {row.plan[:16]}"),
        _fact(
            "contained",
            f"{duration(took)} from sending to effective" if took is not None else _seen_late(told),
        ),
        _fact("until", ends),
    ]
    return lines


def _seen_late(told: "list[Happening]") -> str:
    """What is known where no run measured it: when it was seen effective by one that picked it up later."""
    walls = {value: each.wall for each in reversed(told) if (value := _value(each)) in ("sent", "effective")}
    if "effective" not in walls:
        return "not proved effective"
    if "sent" not in walls:
        return "effective; nobody measured after what time"
    return f"seen effective {duration((walls['effective'] - walls['sent']) // 1000)} after sending, at the latest"


def _authority(station: "Workstation", row: ActionRow, told: "list[Happening]") -> list[str]:
    """Whose approval each plan had, with their roles as last heard; what was attested or done by break-glass."""
    roles = {each.user: each.role for each in members(station)}
    said = []
    approved = [each for each in told if each.type == "containment.approved"]
    plans = {str(each.body.get("plan")): each.body for each in reversed(approved)}
    for plan, body in reversed(plans.items()):
        direction = str(body.get("direction"))
        found = consent(station, row.stream, row.ident, plan, row.people)
        people = (
            ", ".join(f"{each.name}{_as(roles.get(each.user))}" for each in found.given)
            or "nobody that counts"
        )
        what = "lifting" if direction == "revert" else "stop"
        extra = [*found.refused, *(f"{name} attested, which is no approval" for name in found.attested)]
        if cited := cited_words(body):
            extra.append(words(line(cited, 300), "on a fix verdict"))
        said.append("; ".join([f"{what}, plan {plan[:8]}: {people}", *extra]))
    said += [
        words(in_words(each.type, None, each.body), "break-glass") for each in told if each.type in _OF_GLASS
    ]
    return said


_OF_GLASS = ("containment.broken", "containment.reviewed")


def _as(role: str | None) -> str:
    return f" ({role})" if role else ""


def _preserved(kept: Kept) -> list[Line]:
    told = [f"before it: {', '.join(kept.before)}"] if kept.before else []
    told += [f"beside it: {', '.join(kept.beside)}"] if kept.beside else []
    lines = [_fact("kept" if place == 0 else "", each) for place, each in enumerate(told or ["nothing"])]
    return [*lines, *(_fact("", f"not in time: {each}", "warn") for each in kept.missing)]


def _lines(station: "Workstation", event: "Happening") -> list[Line]:
    who = words(line(name_of(names(station.view), event.actor), NAME_CELLS), "someone")
    # What the control is called stands above all of it.
    text = words(
        line(in_words(event.type, None, {**event.body, "title": ""}), 400), event.type.partition(".")[2]
    )
    lines: list[Line] = [
        (
            Span(f"{at_clock(event.at_us, station.shown_offset)}  ", "dim"),
            Span(f"{who:10.10} ", "dim"),
            Span(text),
        )
    ]
    if exchange := str(event.body.get("exchange") or ""):
        lines.append((Span(" " * _STEP), Span(words(line(exchange, 400), "an exchange"), "accent")))
    samples = event.body.get("samples")
    for each in (samples if isinstance(samples, list) else [])[-SAMPLES:]:
        if isinstance(each, dict):
            reads = _READS.get(str(each.get("verdict")), "inconclusive")
            said = f"probe {each.get('n')} reads {reads}: status {each.get('status')} in {each.get('ms')} ms"
            lines.append((Span(" " * _STEP), Span(clean(line(said, 100)), "dim")))
    return lines


def _step(event: "Happening") -> dict[str, Any]:
    """One entry as data, without what an approval binds, which ``verify`` and the bundle hold."""
    body = {name: value for name, value in event.body.items() if name not in ("bound", "salt")}
    return {"event": event.event_id, "at_us": event.at_us, "actor": event.actor, "device": event.device,
            "type": event.type, "body": body}  # fmt: skip


def _value(event: "Happening") -> str:
    return str(event.body.get("value")) if event.type == "containment.stepped" else ""


def _fact(label: str, text: str, role: str = "text") -> Line:
    return (Span(f"{label:{_LABEL}}", "dim"), Span(clean(text), role))
