"""The linter: what the official schemas cannot see in a playbook, each finding with its rule, place, sentence and fix.

``RULES`` is the whole list as data: those of the floor, without which nothing is loaded, and those of the linter.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ircockpit.features.playbooks import (
    floor,
    lint_flow,
    lint_references,
    lint_safety,
    lint_signatures,
    lint_statements,
    lint_variables,
)
from ircockpit.features.playbooks.finding import Finding, Rule
from ircockpit.features.playbooks.jss import KnownKey
from ircockpit.features.playbooks.model import Playbook, to_json

RULES: tuple[Rule, ...] = (
    *floor.RULES,
    *lint_flow.RULES,
    *lint_references.RULES,
    *lint_variables.RULES,
    *lint_statements.RULES,
    *lint_safety.RULES,
    *lint_signatures.RULES,
)
"""Every rule there is; a page about them is made from this."""


def lint(
    playbook: Playbook, now: datetime | None = None, known: Iterable[KnownKey] = ()
) -> tuple[Finding, ...]:
    """Every finding, without lines (see :func:`~ircockpit.features.playbooks.finding.with_lines`).

    ``now`` is a moment in UTC to hold the validity against; without it no clock is asked. ``known`` are
    the keys of signers somebody trusts.
    """
    return tuple(dict.fromkeys(_all(playbook, now, known)))


def _all(playbook: Playbook, now: datetime | None, known: Iterable[KnownKey]) -> Iterator[Finding]:
    yield from floor.check(to_json(playbook))
    yield from lint_flow.check(playbook)
    yield from lint_references.check(playbook)
    yield from lint_variables.check(playbook)
    yield from lint_statements.check(playbook, now)
    yield from lint_safety.check(playbook)
    yield from lint_signatures.check(playbook, now, known)
