"""Controls, plans and actions as lines of spans, for screen and command alike."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ircockpit.features.catalogue import key_of
from ircockpit.features.containment.attending import attending, attending_lines
from ircockpit.features.containment.offers import Offer
from ircockpit.features.containment.queries import ENGAGED, TITLE_CELLS, ActionRow
from ircockpit.inert.foreign import is_safe, words
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import age, duration, glyph
from ircockpit.render.queue import state_role
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.timeline import at_full, at_minute

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.journalling import Progress
    from ircockpit.features.containment.stopping import Prepared
    from ircockpit.features.containment.verdicts import Verdict
    from ircockpit.features.systems.rules import System
    from ircockpit.store.workstation import Workstation

DETAIL_CELLS = 200
_FIXED = 22
"""Cells of a control's row beside what it does, where, and how far it reaches: digit, proof, and what keeps them apart."""
_LEAST_BLAST = 14


def offer_lines(
    station: "Workstation", found: Iterable[Offer], width: int = 80, *, incident: str = ""
) -> list[Line]:
    """Controls on digits: what each does, where, how far it reaches, when it was last proved, who is at work on it."""
    now = station.clock.wall_us()
    present = attending(station, incident) if incident else {}
    offers = list(found)
    titles = [words(offer.title) for offer in offers]
    targets = [words(f"{offer.control.connector} {offer.control.target}", "") for offer in offers]
    blasts = [words(offer.blast, "") for offer in offers]
    # What it does is read to the end first: two controls must not look the same where they are cut.
    room = width - _FIXED
    target_cells = min(_longest(targets), room // 4)
    title_cells = min(_longest(titles), room - target_cells - _LEAST_BLAST)
    blast_cells = min(_longest(blasts), room - target_cells - title_cells)
    lines: list[Line] = []
    for offer, title, target, blast in zip(offers, titles, targets, blasts, strict=True):
        proved = f"proved {age((now - offer.proved_us) / 1e6)} ago" if offer.proved_us else "never proved"
        last = Span(proved, "dim")
        if offer.action is not None:
            last = Span(f"{glyph(offer.action.state)} {offer.action.state}", state_role(offer.action.state))
        lines.append(
            (
                Span(f" {offer.digit} ", "key"),
                Span(fit(title, title_cells) + "  "),
                Span(fit(target, target_cells) + "  ", "dim"),
                Span(fit(blast, blast_cells) + "  "),
                last,
            )
        )
        if offer.why_not:
            lines.append((Span(f"   not now: {words(offer.why_not)}", "warn"),))
        lines += attending_lines(present, offer.control.name, now)
    return lines


def _longest(texts: Sequence[str]) -> int:
    return max(map(cells, texts), default=0)


def cut_off_line(row: ActionRow) -> Line:
    """What is known, and what is not, of an action whose process has ended before the proof."""
    lifting = row.state == "reverting"
    key = (
        f"{key_of('containment.revert')} lifts it again"
        if lifting
        else f"{key_of('containment.check')} reads it back"
    )
    known = f"? {words(row.title)} ({row.short}) was cut off at {row.state}: whether it works is not known"
    return (Span(known, "warn"), Span(f"; {key}"))


def unread_line(row: ActionRow, last_us: int, offset_minutes: int = 0) -> Line:
    """An action that could not be looked at now: the state it had is told with the time at which it was last read."""
    known = f"? {words(line(row.title, TITLE_CELLS))}, not known now"
    return (
        Span(f"{row.short:9}", "key"),
        Span(known, "warn"),
        Span(f"; last read {at_full(last_us, offset_minutes)}: {row.state}", "dim"),
    )


def plan_lines(now_us: int, prepared: "Prepared", offset_minutes: int = 0) -> tuple[Line, ...]:
    """A plan before it is approved: the very requests that will be sent, and what the probe reads now."""
    from ircockpit.features.containment.engine.families import not_stopped
    from ircockpit.features.containment.engine.probe import requests_of
    from ircockpit.features.containment.engine.request import shown
    from ircockpit.features.containment.engine.vantage import planned_words

    plan, offer, proof = prepared.plan, prepared.offer, prepared.proof
    action, shift = plan.measure.action, plan.shift
    requests = [row for request in plan.requests for row in shown(request)]
    lines: list[Line] = [
        (
            Span(" chosen    ", "dim"),
            # As one line: blanks could lay out a line of the plan that is none.
            Span(f"{offer.digit} {line(offer.title)}", "title"),
            Span(f"  {action.blast.tier}: {line(action.blast.text)}"),
        )
    ]
    source = plan.measure.connector
    tried = "" if source.tested_with else f"{source.id}: {source.badge}; prove it where nothing hangs on it"
    said = (prepared.reach, not_stopped(action.family), tried)
    lines += [(Span(" " * 11), Span(text, "warn")) for text in said if text]
    lines += [
        (Span(" sends     " if i == 0 else " " * 11, "dim"), Span(clean(row), "accent"))
        for i, row in enumerate(requests)
    ]
    found = [f"{line(name)}: {line(str(value), DETAIL_CELLS)}" for name, value in plan.measure.found.items()]
    lines += [(Span(" looked up ", "dim"), Span("; ".join(found)))] if found else []
    lines.append(
        (
            Span(" now       ", "dim"),
            Span(f"{shift.what} = {shift.now}      after  {shift.after}      back to  {shift.back}"),
        )
    )
    if plan.probe is None:
        lines.append((Span(" probe     ", "dim"), Span("none: it will stay unverified", "warn")))
    else:
        spec, measure = action.verify.probe, plan.measure
        lines += [
            (Span(" probe     " if place == 0 else " " * 11, "dim"), Span(f"{each.method} {clean(each.url)}"))
            for place, each in enumerate(requests_of(measure))
        ]
        row, _, beyond = planned_words(measure, spec).partition(": ") if spec else ("", "", "")
        reads = 'reads "not contained" now, as it must' if proof.could_fail else clean(proof.reason)
        lines.append(
            (
                Span(" " * 11),
                Span(f"{row} from this machine; " if row else ""),
                Span(reads, "ok" if proof.could_fail else "warn"),
            )
        )
        lines += [(Span(" " * 11), Span(part, "dim")) for part in beyond.split("; ") if part]
    if plan.contained_now:
        lines.append((Span(" " * 11), Span("the control is on already: nothing will be sent", "warn")))
    until = at_minute(now_us + action.ttl_h * 3_600_000_000, offset_minutes)
    ends = f"expires {until}, then reminds   plan {plan.hash[:8]}"
    needs = _needs(prepared)
    if prepared.people == 1:
        return (*lines, (Span(" needs     ", "dim"), Span(f"{needs}   {ends}")))
    lines += [(Span(" needs     ", "dim"), Span(needs, "warn")), (Span(" " * 11), Span(ends))]
    return tuple(lines)


def _needs(prepared: "Prepared") -> str:
    if prepared.behind:
        return f"{prepared.people} people, {prepared.behind}"
    if prepared.glass:
        return f"BREAK-GLASS: you alone of {prepared.people} people, to be reviewed"
    if prepared.people == 1:
        return "1 person (you)"
    return f"{prepared.people} people: you, then one on another device"


def plan_data(prepared: "Prepared") -> dict[str, Any]:
    """A plan as ``--json`` prints it: all that would be sent, secrets by their source, and what the probe reads now."""
    from ircockpit.features.containment.engine.families import not_stopped
    from ircockpit.features.containment.engine.probe import requests_of
    from ircockpit.features.containment.engine.request import bound
    from ircockpit.features.containment.engine.vantage import in_a_row

    plan, proof = prepared.plan, prepared.proof
    reads = {"pass": "contained", "fail": "not contained"}
    verdict = proof.samples[-1].verdict.value if proof.samples else "inconclusive"
    probe = None
    if plan.probe is not None:
        spec, measure = plan.measure.action.verify.probe, plan.measure
        probe = {
            **bound(plan.probe),
            "reads": reads.get(verdict, verdict),
            "why": proof.reason,
            "addresses": [each.url for each in requests_of(measure)],
            "replicas": measure.target.replicas,
            "in_a_row": in_a_row(measure, spec) if spec else 0,
        }
    return {
        "plan": plan.hash,
        "control": prepared.offer.control.name,
        "target": plan.measure.target.name,
        "reach": prepared.reach,
        "not_stopped": not_stopped(plan.measure.action.family),
        "change": plan.shift._asdict(),
        "looked_up": dict(plan.measure.found),
        "requests": [bound(request) for request in plan.requests],
        "way_back": [bound(request) for request in plan.way_back],
        "probe": probe,
        "could_fail": proof.could_fail,
        "on_already": plan.contained_now,
        "people": prepared.people,
    }


def lift_lines(
    row: ActionRow, plan: "Plan", others: Sequence[ActionRow] = (), verdict: "Verdict | None" = None
) -> tuple[Line, ...]:
    """The way back before it is confirmed: what changes, the requests, what speaks for it, what else stays on there."""
    from ircockpit.features.containment.engine.request import shown
    from ircockpit.features.containment.verdicts import verdict_lines

    shift = plan.shift
    head = f" lift {row.short} {clean(row.title)}: {shift.what} from {shift.now} back to {shift.after}"
    requests = [text for request in plan.requests for text in shown(request)]
    return (
        (Span(head, "title"),),
        *(
            (Span(" sends     " if place == 0 else " " * 11, "dim"), Span(clean(text), "accent"))
            for place, text in enumerate(requests)
        ),
        (Span(" " * 11, "dim"), Span("users are served by the model again", "warn")),
        *(verdict_lines(verdict) if verdict is not None else ()),
        *_stays(row, others),
    )


def _stays(row: ActionRow, others: Sequence[ActionRow]) -> Iterable[Line]:
    """The order of lifting at one target, the newest first, where more than this is in force there."""
    if others:
        newest = sorted([row, *others], key=lambda each: each.born_us, reverse=True)
        order = ", ".join(
            f"{each.short} {words(line(each.title, TITLE_CELLS), 'a control')}{' (this one)' * (each is row)}"
            for each in newest
        )
        yield (
            Span(" order     ", "dim"),
            Span(f"newest first at {words(row.target, 'this target')}: {order}"),
        )


def which_system_lines(candidates: Sequence["System"], most: int) -> list[Line]:
    """The question which system an incident is about, the first ``most`` systems on digits."""
    more = len(candidates) - most
    return [
        (Span(" which system is this about? a digit says so and offers its controls", "warn"),),
        *(
            (Span(f" {digit} ", "key"), Span(words(each.name)), Span(words(f"  {each.owner}", ""), "dim"))
            for digit, each in enumerate(candidates[:most], 1)
        ),
        *([(Span(f"   and {more} more: :assign names one of them", "dim"),)] if more > 0 else []),
    ]


def progress_line(progress: "Progress", digit: int, course: Sequence[tuple[str, int]]) -> Line:
    """A running containment in one line, as it takes effect: ``accepted 0.2 s > recorded 0.4 s > probing 1 of 3``.

    ``course`` holds the states reached so far with their milliseconds since sending.
    """
    head = f" {digit} {glyph(progress.state)} {words(progress.title)}"
    steps = [f"{state} {duration(ms)}" for state, ms in course]
    if progress.wanted and progress.state not in ("effective", "reverted"):
        steps.append(f"probing {progress.passes} of {progress.wanted}")
    course_words = " > ".join(steps) or progress.state
    return (Span(fit(head, 26) + " ", state_role(progress.state)), Span(course_words))


def action_lines(row: ActionRow) -> list[Line]:
    """An action and where it stands."""
    took = f" after {duration(row.elapsed_ms)}" if row.elapsed_ms is not None else ""
    lines: list[Line] = [
        (
            Span(f"{row.short:9}", "key"),
            Span(
                f"{glyph(row.state)} {words(line(row.title, TITLE_CELLS))}, {row.state}{took}",
                state_role(row.state),
            ),
            Span(words(f"  {row.summary} at {row.target}, plan {row.plan[:8]}", ""), "dim"),
        )
    ]
    if row.detail and not is_safe():
        lines.append((Span(" " * 9), Span(line(row.detail, DETAIL_CELLS), "dim")))
    return lines


def queue_lines(rows: Iterable[ActionRow]) -> list[Line]:
    """That what is queued goes on, where controls are on and none of them is seen to hold a queue."""
    from ircockpit.features.containment.engine.families import NOT_THE_QUEUE, not_stopped

    on = [row for row in rows if row.state in ENGAGED]
    held = any(not not_stopped(row.family) and row.state == "effective" for row in on)
    return [(Span(" " * 9), Span(NOT_THE_QUEUE, "warn"))] if on and not held else []
