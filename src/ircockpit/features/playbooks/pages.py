"""Playbooks on the shelf as data for programs and as rows for people; words of strangers pass the gate here."""

from collections.abc import Iterable
from typing import Any

from ircockpit.features.playbooks.bindings import about
from ircockpit.features.playbooks.changes import NOTHING
from ircockpit.features.playbooks.comparing import Difference
from ircockpit.features.playbooks.finding import Severity
from ircockpit.features.playbooks.floor import shown
from ircockpit.features.playbooks.graph import outline
from ircockpit.features.playbooks.model import Playbook
from ircockpit.features.playbooks.opening import Opened
from ircockpit.features.playbooks.presenting import present
from ircockpit.features.playbooks.shelf import LIBRARY, Held
from ircockpit.features.summary import NOT_SHOWN, blanked
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import counted
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.table import Column, table
from ircockpit.render.wrap import wrap

MOST = 200
"""Findings and changes that are shown to a person; ``--json`` has them all."""
_NAME = 60
_ROLES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.NOTE: "dim"}


def data_of(held: Held) -> dict[str, Any]:
    """A playbook of the shelf as ``--json`` prints it."""
    return {
        "short": held.short, "id": held.playbook, "version": held.version, "name": name_of(held), "sha256": held.sha256,
        "given_sha256": held.given, "source": held.source, "by": words(held.by, NOT_SHOWN),
        "approved_by": words(held.approved_by, NOT_SHOWN), "retired": words(held.retired, NOT_SHOWN),
        "may_begin": not held.why_not,
    }  # fmt: skip


def name_of(held: Held) -> str:
    """What it is called; of one that is not the program's own somebody else's words."""
    return clean(held.name) if held.source == LIBRARY else words(line(held.name, _NAME), held.short)


def standing_of(held: Held) -> Span:
    """Whether it can be begun, in a word."""
    if held.source == LIBRARY:
        return Span("library", "dim")
    if held.retired:
        return Span("retired", "dim")
    return Span("approved", "ok") if held.approved_by else Span("not approved", "warn")


def shelf_lines(found: Iterable[Held]) -> list[Line]:
    """A table with a line for each playbook; where a terminal is too narrow for titles, they stand below."""
    held = list(found)
    columns = (Column("playbook"), Column("state"), Column("version"))
    rows = [(Span(each.short, "key"), standing_of(each), each.version[:10]) for each in held]
    hashes = (Column("sha256", role="dim"),)
    whole = table(
        (*columns, Column("name"), *hashes),
        [(*row, name_of(each), each.sha256[:12]) for row, each in zip(rows, held, strict=True)],
    )
    width = terminal_size()[0]
    if all(sum(cells(span.text) for span in line) <= width for line in whole):
        return whole
    head, *lines = table(
        (*columns, *hashes), [(*row, each.sha256[:12]) for row, each in zip(rows, held, strict=True)], width
    )
    titles = [(Span(fit(f"  {name_of(each)}", width).rstrip()),) for each in held]
    return [head, *(line for pair in zip(lines, titles, strict=True) for line in pair)]


def data_of_playbook(held: Held, read: Playbook) -> dict[str, Any]:
    """One playbook with its steps in the order they are followed."""
    steps = [
        {
            "id": place.step,
            "depth": place.depth,
            "type": read.steps[place.step].type,
            "name": read.steps[place.step].name,
        }
        for place in outline(read)
    ]
    own = held.source == LIBRARY
    said = dict(about(read))
    return {**data_of(held), **(said if own else blanked(said)), "steps": steps if own else blanked(steps)}


def playbook_lines(held: Held, read: Playbook) -> list[Line]:
    """One playbook as a page: what it is, who authorises and speaks, its steps, whose each is."""
    width = min(terminal_size()[0] if terminal_size() else 80, 100) - 1
    own = held.source == LIBRARY
    said = {name: text for name, text in about(read).items() if text}
    lines: list[Line] = [(Span(f"{held.short}  ", "key"), Span(name_of(held), "title"))]
    facts = {"state": standing_of(held).text, "version": held.version, "sha256": held.sha256, **said}
    if not own:
        facts |= {
            "taken in": f"by {held.by}",
            "approved": f"by {held.approved_by}" if held.approved_by else "by nobody",
        }
    for name, text in facts.items():
        lines += wrap((Span(f"{name:11}", "dim"), Span(others(text, own))), width, 11)
    lines += [*wrap((Span(others(read.description, own)),), width), ()]
    number = 0
    for place in outline(read):
        step = read.steps[place.step]
        if step.type in ("start", "end"):
            continue
        number += 1
        agent = read.agents.get(step.agent)
        whose = f"  {others(agent.name, own)}" if agent is not None else ""
        indent = "  " * min(place.depth, 8)
        name = others(line(step.name or step.type, 200), own)
        lines += wrap(
            (Span(f"{number:3} {indent}", "dim"), Span(name), Span(whose, "dim")), width, 4 + len(indent)
        )
        lines += [
            (Span(" " * (6 + len(indent))), Span(shown_as.what, "warn"))
            for shown_as in map(present, step.commands)
            if not shown_as.by_hand
        ]
    return lines


def others(text: str, own: bool, *, newline: bool = False) -> str:
    """Words of a playbook, gated; of one that is not the program's own left out where safe summaries are shown."""
    return clean(text, newline=newline) if own else words(text, newline=newline)


def data_of_opened(opened: Opened) -> dict[str, Any]:
    """Changes and findings of a file, whole."""
    return {
        "playbook": opened.playbook.id if opened.playbook is not None else "",
        "changes": [
            {"place": each.place, "before": _json(each.before), "after": _json(each.after), "why": each.why}
            for each in opened.changes
        ],
        "findings": [each._asdict() for each in opened.findings],
    }


def counts(opened: Opened) -> str:
    """How many changes and findings."""
    return f"{counted(len(opened.changes), 'change')}, {counted(len(opened.findings), 'finding')}"


def opened_lines(opened: Opened) -> list[Line]:
    """Each change, then each finding with its line, its place and what to do."""
    width = min(terminal_size()[0] if terminal_size() else 80, 120) - 1
    lines: list[Line] = []
    for change in opened.changes[:MOST]:
        was = "" if change.before is NOTHING else f", was {shown(_json(change.before))}"
        now = "taken away" if change.after is NOTHING else shown(_json(change.after))
        text = words(f"{change.place or 'the top'}: {now}{was}")
        lines += wrap(
            (Span("changed  ", "info"), Span(text), Span(f"  {clean(change.why)}", "dim")), width, 9
        )
    for finding in opened.findings[:MOST]:
        where = f"line {finding.line} {words(finding.place) or 'the top'}: "
        text = words(finding.sentence)
        lines += wrap(
            (Span(f"{finding.severity:8} ", _ROLES[finding.severity]), Span(where, "dim"), Span(text)),
            width,
            9,
        )
        lines += wrap((Span(" " * 9), Span(f"{finding.rule}: {finding.fix}", "dim")), width, 9)
    more = max(len(opened.changes) - MOST, 0) + max(len(opened.findings) - MOST, 0)
    if more:
        lines.append((Span(f"and {more:,} more, which --json shows", "warn"),))
    return lines


def difference_lines(found: Iterable[Difference]) -> list[Line]:
    """One line for each difference."""
    roles = {"added": "ok", "removed": "bad", "changed": "warn"}
    return [
        (
            Span(f"{each.how:8} ", roles[each.how]),
            Span(f"{each.what:9}", "dim"),
            Span(words(line(each.name, 80))),
            Span(f"  {words(', '.join(each.of))}" if each.of else "", "dim"),
        )
        for each in found
    ]


def _json(value: Any) -> Any:
    return None if value is NOTHING else value
