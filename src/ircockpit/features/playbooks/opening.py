"""A file looked at in full: read, repaired if it must be, and every finding with its line in the file as it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from ircockpit.features.playbooks.changes import Change
from ircockpit.features.playbooks.finding import Finding, Severity, in_order, lines_around, with_lines
from ircockpit.features.playbooks.jss import KnownKey
from ircockpit.features.playbooks.lint import lint
from ircockpit.features.playbooks.model import MAX_STEPS, Playbook, from_json
from ircockpit.features.playbooks.repair import errors_of, repair
from ircockpit.features.playbooks.source import Refused, Source, read


class Opened(NamedTuple):
    """What a file holds. ``playbook`` is None where nothing could be loaded; then ``findings`` say why.

    ``changes`` are what a repair did to it, in memory: the file itself is not touched. The findings of a repaired
    playbook name places with its new ids and lines of the old file.
    """

    playbook: Playbook | None
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    def worst(self) -> Severity | None:
        """The weight of the heaviest finding."""
        return min((each.severity for each in self.findings), key=list(Severity).index, default=None)


def examine(
    raw: bytes, name: str, *, now: datetime | None = None, known: Iterable[KnownKey] = (), mend: bool = True
) -> Opened:
    """Read a file, repair it where it needs it (unless ``mend`` is off), and lint it.

    Raises :class:`~ircockpit.features.playbooks.source.Refused` where it is no JSON object or far too large.
    """
    source = read(raw, name)
    steps = source.value.get("workflow")
    if isinstance(steps, dict | list) and len(steps) > MAX_STEPS:
        raise Refused(name, f"it has {len(steps):,} steps, a playbook at most {MAX_STEPS:,}")
    if not mend:
        errors = errors_of(source.value)
        playbook = None if errors else from_json(source.value)
        found = errors if playbook is None else lint(playbook, now, known)
        return Opened(playbook, (), with_lines(found, source.text))
    repaired = repair(source.value)
    found = repaired.refused if repaired.playbook is None else lint(repaired.playbook, now, known)
    return Opened(
        repaired.playbook, repaired.changes, _placed((*repaired.undecided, *found), repaired.changes, source)
    )


def _placed(findings: Iterable[Finding], changes: Iterable[Change], source: Source) -> tuple[Finding, ...]:
    """The findings with lines: a place is looked up under the names that stand in the file."""
    old = {
        each.after: each.place.rpartition("/")[2]
        for each in changes
        if isinstance(each.after, str) and each.place.endswith(f"/{each.before}")
    }
    kept = tuple(findings)
    as_read = ("/".join(old.get(part, part) for part in each.place.split("/")) for each in kept)
    lines = lines_around(as_read, source.text)
    return in_order(each._replace(line=line) for each, line in zip(kept, lines, strict=True))
