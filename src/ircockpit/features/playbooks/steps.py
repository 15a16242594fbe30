"""The steps of a playbook that is followed, as data for programs and as rows for people."""

from collections.abc import Iterator
from typing import Any

from ircockpit.features.catalogue import key_of
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.membership.queries import my_role
from ircockpit.features.people.queries import name_of, names, shown_name
from ircockpit.features.playbooks import running
from ircockpit.features.playbooks.bindings import PERSON, binding, facts_of, holds, whose
from ircockpit.features.playbooks.facts import Facts, is_read
from ircockpit.features.playbooks.model import Step
from ircockpit.features.playbooks.pages import others
from ircockpit.features.playbooks.presenting import present
from ircockpit.features.playbooks.queries import Followed, step_id
from ircockpit.features.playbooks.running import OPEN, OVER, WORK, Standing, counted, next_steps, ways
from ircockpit.features.playbooks.variables import substitute
from ircockpit.features.summary import NOT_SHOWN
from ircockpit.inert.foreign import is_safe
from ircockpit.inert.gate import line
from ircockpit.render.glyphs import glyph
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.timeline import at_day
from ircockpit.render.wrap import wrap
from ircockpit.store.workstation import Workstation

_STATE, _WHOSE, _NAME = 12, 20, 200
_LOOKS = {
    running.WAITING: (" ", "waits", "dim"), running.READY: (glyph("open"), "to do", "text"),
    running.DOING: (glyph("working"), "doing", "info"), running.LATE: (glyph("open"), "late", "bad"),
    running.DELAYED: (glyph("open"), "later", "dim"), running.DONE: (glyph("effective"), "done", "ok"),
    running.TICKED: (glyph("effective"), "seen", "ok"), running.SKIPPED: (glyph("unverified"), "skipped", "dim"),
    running.FAILED: (glyph("failed"), "failed", "bad"), running.OTHER: ("-", "not taken", "dim"),
    running.ASKED: (glyph("unknown"), "choose", "warn"), running.STUCK: (glyph("failed"), "stuck", "bad"),
    running.PASSED: (glyph("effective"), "passed", "dim"),
}  # fmt: skip
WAYS = {"on_true": "yes", "on_false": "no"}


def data_of_run(station: Workstation, row: IncidentRow, found: Followed) -> dict[str, Any]:
    """A playbook that is followed as ``--json`` prints it, with every step."""
    done, of = counted(found.course, found.playbook)
    own = is_own(found)
    variables = {line(name, 60): others(value or "", own) for name, value in found.course.values.items()}
    return {
        "incident": row.short, "run": found.run.short, "name": run_name(found), "playbook": found.run.playbook,
        "version": found.run.version, "sha256": found.run.sha256, "source": others(found.source, own), "done": done, "of": of,
        "over": found.course.over,
        "variables": variables if own or not (variables and is_safe()) else NOT_SHOWN,
        "steps": [data_of_step(station, row, found, *each) for each in _in_order(found)],
    }  # fmt: skip


def data_of_step(
    station: Workstation, row: IncidentRow, found: Followed, step: Step, standing: Standing
) -> dict[str, Any]:
    """One step as ``--json`` prints it."""
    number = found.number(step.id)
    return {
        "step": f"{row.short}/{number}", "number": number, "id": step.id, "type": step.type, "name": step_name(found, step),
        "state": standing.state, "why": others(standing.why, is_own(found)), "round": standing.label,
        "until_us": standing.until_us, "owner": standing.mark.owner, "whose": _agent(found, step),
        "way": _way(found, standing.mark.way, 60), "disputed": list(standing.mark.disputed),
        "mine": is_mine(station, found, step, standing),
    }  # fmt: skip


def is_own(found: Followed) -> bool:
    """Whether the words of a playbook are the program's own."""
    return found.source == "of the library"


def run_name(found: Followed) -> str:
    """What the playbook is called, gated."""
    return others(line(found.run.name, 60), is_own(found))


def step_name(found: Followed, step: Step) -> str:
    """What a step is called, gated."""
    return others(line(step.name or step.type, _NAME), is_own(found))


def is_mine(station: Workstation, found: Followed, step: Step, standing: Standing) -> bool:
    """Whether a step is for whoever sits here: given to them, or to nobody and of their role."""
    if standing.mark.owner:
        return standing.mark.owner == station.me
    return bool(step.agent) and whose(found.playbook).get(step.agent) == my_role(station)


def _way(found: Followed, way: str, width: int) -> str:
    """A way at a step that branches, gated; a case of a switch is in the words of the playbook."""
    return WAYS[way] if way in WAYS else others(line(way, width), is_own(found))


def mine_first(station: Workstation, found: Followed) -> list[Standing]:
    """What is to be done now, one's own before that of others."""
    steps = found.playbook.steps
    return sorted(
        next_steps(found.course), key=lambda each: not is_mine(station, found, steps[each.step], each)
    )


def head_words(station: Workstation, found: Followed) -> str:
    """How far it is, and what is next for whoever sits here."""
    done, of = counted(found.course, found.playbook)
    ahead = mine_first(station, found)
    if found.course.over:
        return f"{done} of {of}, all is over"
    if not ahead:
        return f"{done} of {of}"
    first = found.playbook.steps[ahead[0].step]
    yours = "next for you" if is_mine(station, found, first, ahead[0]) else "next"
    return f"{done} of {of}, {yours}: {found.number(first.id)} {step_name(found, first)}"


def run_lines(
    station: Workstation, row: IncidentRow, found: Followed, width: int | None = None
) -> list[Line]:
    """A playbook that is followed: what it is, then one line for each step."""
    room = width or (terminal_size()[0] if terminal_size() else 80)
    kept = f"version {line(found.run.version[:10])}, {others(found.source, is_own(found))}, "
    lines: list[Line] = [
        (Span(f"{row.short}  ", "key"), Span(run_name(found), "title")),
        (Span(kept, "dim"), Span(head_words(station, found))),
    ]
    return lines + [step_line(station, found, *each, room) for each in _in_order(found)]


def step_line(station: Workstation, found: Followed, step: Step, standing: Standing, width: int) -> Line:
    """One step on one line: its number, its state, its name by branch, whose it is."""
    number = found.number(step.id)
    depth = found.order[number - 1][1]
    mark, word, role = _LOOKS[standing.state]
    known = names(station.view)
    owner = _owner(known, standing.mark.owner) if standing.mark.owner else _agent(found, step)
    dispute = "(!) " if standing.mark.disputed else ""
    way = f": {_way(found, standing.mark.way, 20)}" if standing.mark.way and step.type not in WORK else ""
    name = dispute + step_name(found, step) + way
    indent = "  " * min(depth, 6)
    here = "title" if standing.state in OPEN and is_mine(station, found, step, standing) else "text"
    spans = [Span(f"{number:3} ", "dim"), Span(fit(f"{mark} {word}", _STATE), role), Span(indent)]
    room = max(width - sum(cells(span.text) for span in spans) - _WHOSE - 1, 8)
    dim = standing.state in (*OVER, running.OTHER, running.WAITING, running.PASSED)
    return (
        *spans,
        Span(fit(name, room) + " ", "dim" if dim else here),
        Span(fit(owner, _WHOSE).rstrip(), "dim"),
    )


def step_lines(station: Workstation, found: Followed, step: Step, standing: Standing) -> list[Line]:
    """One step whole: its words, what it waits for, what the record can and cannot show of it."""
    width = min(terminal_size()[0] if terminal_size() else 80, 100) - 2
    own, bound = is_own(found), binding(step)
    lines: list[Line] = [
        (Span(f"step {found.number(step.id)}  ", "key"), Span(step_name(found, step), "title")),
        *_facts(station, found, step, standing, width),
    ]
    for text in step.description.split("\n"):
        if text.strip():
            lines += wrap((Span(others(_filled(found, text), own)),), width)
    for command in step.commands:
        shown = present(command, lambda text: _filled(found, text))
        if not shown.by_hand:
            lines += wrap((Span(f"- {shown.what}", "warn"),), width, 2)
        for at, text in enumerate(others(shown.text, own, newline=True).split("\n")):
            lines += wrap((Span("  " if at or not shown.by_hand else "- "), Span(text)), width, 2)
        if shown.unreadable:
            lines.append((Span("  a part of it is no text and is not shown", "warn"),))
    if step.out_args:
        said = others(", ".join(line(name, 40) for name in step.out_args), own)
        lines += wrap(
            (Span("gives     ", "dim"), Span(f"{said}: it is set in the playbook tab")),
            width,
            10,
        )
    if bound.families:
        said = ", ".join(line(each.replace("_", " "), 40) for each in bound.families)
        lines += wrap(
            (Span("control   ", "dim"), Span(f"{said}: the containment tab has this system's")), width, 10
        )
    return lines


def _facts(
    station: Workstation, found: Followed, step: Step, standing: Standing, width: int
) -> Iterator[Line]:
    mark, word, role = _LOOKS[standing.state]
    why = others(standing.why, is_own(found))
    yield from wrap(
        (Span("state     ", "dim"), Span(f"{mark} {word}", role), Span(f", {why}" if why else "")), width, 10
    )
    if standing.until_us is not None:
        at = at_day(standing.until_us, station.shown_offset)
        said = "from" if standing.state == running.DELAYED else "until"
        yield (Span("time      ", "dim"), Span(f"{said} {at}"))
    owner = _owner(names(station.view), standing.mark.owner) if standing.mark.owner else "nobody yet"
    agent = _agent(found, step)
    yield (Span("whose     ", "dim"), Span(f"{owner}{f', for {agent}' if agent else ''}"))
    if possible := ways(step):
        said = ", ".join(_way(found, each, 40) for each in possible[:12])
        yield from wrap((Span("ways      ", "dim"), Span(said)), width, 10)
    condition = binding(step).condition
    if condition is not None and standing.state not in OVER:
        yield from wrap((Span("record    ", "dim"), Span(_record_words(station, found, step))), width, 10)
    if standing.mark.disputed:
        yield from _disagreements(station, found, step, standing)


def _record_words(station: Workstation, found: Followed, step: Step) -> str:
    """What the record says of the facts that would tick a step."""
    from ircockpit.features.incidents.queries import incident

    facts = Facts(station, incident(station.view, found.run.incident))
    said = []
    for fact in facts_of(binding(step).condition or {}):
        name = str(fact.get("fact"))
        rest = ", ".join(_value_words(value) for key, value in fact.items() if key != "fact")
        told = line(name.replace("_", " "), 40) + (f" ({rest})" if rest else "")
        if name == PERSON:
            said.append(f"nothing in it shows this: {YOURSELF}")
        elif not is_read(name):
            said.append(f"nothing in it shows {told}: {YOURSELF}")
        else:
            known = holds(fact, facts)
            by = f", {key_of(_GIVEN_BY[name])} here gives it" if name in _GIVEN_BY and known is False else ""
            by = f", {YOURSELF}" if known is None else by
            said.append(f"{told}: {_KNOWN[known]}{by}")
    return "; ".join(said)


def _value_words(value: object) -> str:
    return line(" or ".join(map(str, value)) if isinstance(value, tuple) else str(value), 60)


_GIVEN_BY = {"exhibit": "evidence.add", "decision_recorded": "decision.make"}
"""Acts that, done with the cursor on a step, give what it asks for."""
YOURSELF = "say it yourself when it is done"
_KNOWN = {True: "yes", False: "not yet", None: "not known"}


def _disagreements(station: Workstation, found: Followed, step: Step, standing: Standing) -> Iterator[Line]:
    known = names(station.view)
    ent = step_id(found.run.ident, step.id, standing.label)
    for field in standing.mark.disputed:
        rows = station.view.rows(
            "SELECT e.actor, json_extract(e.body, '$.value') FROM head h JOIN entry e ON e.event_id=h.event"
            " WHERE h.ent=? AND h.field=? ORDER BY h.lam, h.event",
            (ent, field),
        )
        sides = ", ".join(
            f"{name_of(known, str(actor))} says {line(str(value), 40)}" for actor, value in rows
        )
        yield (Span("disagree  ", "dim"), Span(others(f"{field}: {sides}", False), "bad"))


def _owner(known: dict[str, str], user: str) -> str:
    return shown_name(name_of(known, user), user)


def _filled(found: Followed, text: str) -> str:
    return substitute(text, found.course.values).text


def _agent(found: Followed, step: Step) -> str:
    agent = found.playbook.agents.get(step.agent)
    return others(line(agent.name, 60), is_own(found)) if agent is not None else ""


def _in_order(found: Followed) -> Iterator[tuple[Step, Standing]]:
    for ident, _ in found.order:
        yield found.playbook.steps[ident], found.course.steps[ident]


def about(step: Step) -> tuple[str, str]:
    """The tab of an incident that shows what a step is about, and why that one; a containment step's controls first."""
    bound = binding(step)
    asked = (
        {str(fact.get("fact")) for fact in facts_of(bound.condition)}
        if bound.condition is not None
        else set()
    )
    if bound.families or asked & {"controls_read", "control_effective", "controls_lifted"}:
        return "containment", "which has this system's controls; its own confirmation stays"
    if asked & {"severity_decided", "triage_answer"}:
        return "triage", "whose form decides it"
    if bound.clock_rules or asked & {"clock_decided", "no_clock_undecided"}:
        return "clocks", "which has the duties"
    if bound.evidence or "exhibit" in asked:
        return "evidence", "which takes exhibits in"
    return "timeline", "where it is noted"
