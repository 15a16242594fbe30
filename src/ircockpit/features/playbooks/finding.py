"""What is found in a playbook: which rule, how bad, where, in one sentence, and what to do."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from ircockpit.features.playbooks.source import lines_of


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    """Against the specification, or it cannot be carried out as written."""
    WARNING = "warning"
    """It can be carried out, and somebody has to look at it first."""
    NOTE = "note"
    """Worth knowing."""


class Rule(NamedTuple):
    """One thing that is looked for. The list of all rules is what a page about them is made from."""

    id: str
    severity: Severity
    title: str
    why: str
    fix: str


class Finding(NamedTuple):
    """One place where a rule does not hold.

    ``place`` is a JSON pointer; ``line`` is 0 until :func:`with_lines` has read the text. ``sentence`` may quote
    the playbook: it passes the gate before anybody sees it.
    """

    rule: str
    severity: Severity
    place: str
    sentence: str
    fix: str
    line: int = 0


def found(rule: Rule, place: str, sentence: str) -> Finding:
    """A finding of a rule, as bad as the rule says."""
    return Finding(rule.id, rule.severity, place, sentence, rule.fix)


def with_lines(findings: Iterable[Finding], text: str) -> tuple[Finding, ...]:
    """The findings in the order of the text, with the line of the place or of the nearest one around it.

    The place of something that is missing does not exist in the text; what should hold it does.
    """
    kept = tuple(findings)
    asked = {around for each in kept for around in _around(each.place)}
    lines = lines_of(text, asked)
    placed = (
        each._replace(line=next((lines[place] for place in _around(each.place) if place in lines), 0))
        for each in kept
    )
    return tuple(sorted(placed, key=lambda each: (each.line, each.place, each.rule)))


def _around(place: str) -> list[str]:
    parts = place.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
