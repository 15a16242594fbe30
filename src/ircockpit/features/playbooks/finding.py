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
    """The findings in the order of the text, each with the line of its place (see :func:`lines_around`)."""
    kept = tuple(findings)
    return in_order(
        each._replace(line=line)
        for each, line in zip(kept, lines_around((each.place for each in kept), text), strict=True)
    )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings that have their lines, in the order of the text."""
    return tuple(sorted(findings, key=lambda each: (each.line, each.place, each.rule)))


def lines_around(places: Iterable[str], text: str) -> list[int]:
    """The line of each place, or of the nearest one around it that is there.

    The place of something that is missing does not exist in the text; what should hold it does.
    """
    paths = [_around(place) for place in places]
    lines = lines_of(text, {place for path in paths for place in path})
    return [next((lines[place] for place in path if place in lines), 0) for path in paths]


def _around(place: str) -> list[str]:
    parts = place.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
