"""Criteria of severity and of formal incidents as data: read, refused with line and reason, and evaluated."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from ircockpit.core.errors import BadInput
from ircockpit.features.conditions import (
    UNKNOWN,
    Between,
    Compiled,
    Condition,
    Facts,
    Name,
    Truth,
    Value,
    can_hold,
    compiled,
    faults,
    misuse,
    parts,
)
from ircockpit.features.datafile import read_typed, refusal
from ircockpit.features.impact.queries import CODES, EEA, EU
from ircockpit.features.ownfiles import one
from ircockpit.features.triage.events import QUESTIONS
from ircockpit.features.triage.rules import CATEGORIES, FLAGS, FORM, Decision

FOLDER = "triage"
"""The folder of a profile in which an organisation keeps criteria, forms and taxonomies of its own."""
FILE = "criteria.yaml"
PEOPLE = {"few": Between(1, 99), "hundreds": Between(100, 999), "thousands": Between(1000)}
"""What the answer about reach says in numbers."""
CONTEXTS = ("customer-facing", "internal", "partner")
FACTS: Mapping[str, tuple[str, ...] | None] = {
    **{question.field: tuple(w for w in question.choices if w != UNKNOWN) for question in FORM},
    "category": CATEGORIES,
    **dict.fromkeys(FLAGS, ("yes", "no")),
    "people": None,
    "confidence": None,
}
"""Every fact a criterion may ask for, with its answers; ``None`` for a number. Confidence is in per cent."""
PLACES: Mapping[str, frozenset[str]] = {
    "people_eu": EU,
    "people_eea": EEA,
    **{f"people_{code.lower()}": frozenset({code}) for code in sorted(CODES)},
}
"""By fact of a criterion the countries whose people it counts, as far as they are listed."""

Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]
Line = Annotated[str, Meta(min_length=1, max_length=120)]


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """A severity that a condition calls for."""

    severity: Severity
    reason: Line
    when: Condition


class Otherwise(Struct, frozen=True, forbid_unknown_fields=True):
    """The severity where no rule holds."""

    severity: Severity
    reason: Line


class Criterion(Struct, frozen=True, forbid_unknown_fields=True):
    """One reason why an incident is formal."""

    id: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,47}$")]
    says: Line
    when: Condition


class Formal(Struct, frozen=True, forbid_unknown_fields=True):
    """The criteria of a context."""

    context: Literal["customer-facing", "internal", "partner"]
    criteria: Annotated[list[Criterion], Meta(min_length=1, max_length=40)]


class CriteriaFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of criteria."""

    form: Literal[1]
    title: Line
    assumed: dict[Name, str]
    severities: Annotated[list[Rule], Meta(min_length=1, max_length=100)]
    otherwise: Otherwise
    raises: Annotated[list[Rule], Meta(max_length=40)] = []
    formal: Annotated[list[Formal], Meta(min_length=1, max_length=3)]
    routine: Annotated[list[Line], Meta(min_length=1, max_length=9)]


class Outcome(NamedTuple):
    """A criterion and whether it holds; where that is not known, the facts that are missing."""

    id: str
    says: str
    truth: Truth

    @property
    def word(self) -> str:
        """``holds``, ``does not hold``, or what is not known."""
        if isinstance(self.truth, bool):
            return "holds" if self.truth else "does not hold"
        return f"not known: {', '.join(self.truth)}"


class Verdict(NamedTuple):
    """Whether an incident is formal, with the outcome of every criterion of its context."""

    state: Literal["formal", "routine", "not decided"]
    context: str
    outcomes: tuple[Outcome, ...]


class Criteria(NamedTuple):
    """A file of criteria made ready to be evaluated many times."""

    name: str
    file: CriteriaFile
    severities: tuple[tuple[Rule, Compiled], ...]
    raises: tuple[tuple[Rule, Compiled], ...]
    formal: Mapping[str, tuple[tuple[Criterion, Compiled], ...]]

    def decide(self, answers: Mapping[str, str]) -> Decision:
        """The severity that answers and flags call for, with every reason that called for it."""
        counted: dict[str, Value] = {}
        assumed: list[str] = []
        for field in QUESTIONS:
            said = answers.get(field, "")
            if said in ("", UNKNOWN):
                assumed.append(field)
            counted[field] = self.file.assumed[field] if said in ("", UNKNOWN) else said
        counted.update({field: word for field, word in answers.items() if field in ("category", *FLAGS)})
        counted["people"] = PEOPLE.get(str(counted["reach"]), Between(0))
        missing = sum(1 for field in QUESTIONS if not answers.get(field))
        met = [rule for rule, holds in (*self.severities, *self.raises) if holds(counted) is True]
        other = self.file.otherwise
        top = min([rule.severity for rule in met] or [other.severity])
        reasons = tuple(rule.reason for rule in met if rule.severity == top) or (other.reason,)
        return Decision(top, reasons, missing, tuple(assumed))

    def judge(self, context: str, facts: Facts) -> Verdict:
        """Whether what is known makes an incident formal; what is not known is never assumed here."""
        known = context if context in self.formal else CONTEXTS[0]
        outcomes = tuple(Outcome(row.id, row.says, holds(facts)) for row, holds in self.formal.get(known, ()))
        if any(each.truth is True for each in outcomes):
            return Verdict("formal", known, outcomes)
        open_ = any(each.truth is not False for each in outcomes)
        return Verdict("not decided" if open_ else "routine", known, outcomes)


class InUse(NamedTuple):
    """The criteria a workstation goes by, and why its own file is not among them, where it is not."""

    criteria: Criteria
    refused: BadInput | None = None


def read_criteria(raw: bytes, name: str) -> Criteria:
    """A file of criteria that holds together. Raises :class:`BadInput` with file, line and reason."""
    file, lines = read_typed(raw, name, CriteriaFile)
    for place, reason in _faults(file, lines):
        raise refusal(name, lines, place, reason)
    return Criteria(
        name, file,
        tuple((rule, compiled(rule.when)) for rule in file.severities),
        tuple((rule, compiled(rule.when)) for rule in file.raises),
        {each.context: tuple((row, compiled(row.when)) for row in each.criteria) for each in file.formal},
    )  # fmt: skip


@lru_cache(1)
def shipped() -> Criteria:
    """The criteria that come with the program."""
    from importlib.resources import files

    return read_criteria(files("ircockpit.features.triage").joinpath(FILE).read_bytes(), FILE)


def criteria_in(profile: Path) -> InUse:
    """The organisation's criteria, or those that come with the program where its file is absent or faulty."""
    path = one(profile, f"{FOLDER}/{FILE}")
    try:
        state = path.stat()
    except FileNotFoundError:
        return InUse(shipped())
    except OSError as error:
        return InUse(shipped(), BadInput(f"{FOLDER}/{FILE} cannot be read: {error.strerror}"))
    return _own(path, state.st_mtime_ns, state.st_size)


@lru_cache(8)
def _own(path: Path, changed_ns: int, size: int) -> InUse:
    del changed_ns, size
    try:
        return InUse(read_criteria(path.read_bytes(), f"{FOLDER}/{FILE}"))
    except OSError as error:
        return InUse(shipped(), BadInput(f"{FOLDER}/{FILE} cannot be read: {error.strerror}"))
    except BadInput as error:
        return InUse(shipped(), error)


def _faults(file: CriteriaFile, lines: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    yield from _assumptions(file)
    seen: list[tuple[Condition, int]] = []
    for name, rules in (("severities", file.severities), ("raises", file.raises)):
        for at, rule in enumerate(rules):
            place = f"$.{name}[{at}].when"
            yield from condition_faults(rule.when, place, FACTS)
            if before := next((line for when, line in seen if when == rule.when), None):
                yield place, f"the same condition already calls for a severity in line {before}"
            seen.append((rule.when, lines.get(place, 1)))
    contexts = [each.context for each in file.formal]
    for at, formal in enumerate(file.formal):
        if formal.context in contexts[:at]:
            yield f"$.formal[{at}].context", f"the context {formal.context!r} stands twice"
        ids = [row.id for row in formal.criteria]
        for number, row in enumerate(formal.criteria):
            place = f"$.formal[{at}].criteria[{number}]"
            if row.id in ids[:number]:
                yield f"{place}.id", f"the id {row.id!r} stands twice"
            yield from condition_faults(row.when, f"{place}.when", {**FACTS, **dict.fromkeys(PLACES)})
    if CONTEXTS[0] not in contexts:
        yield "$.formal", f"the context {CONTEXTS[0]!r} has no criteria, which the others fall back to"


def _assumptions(file: CriteriaFile) -> Iterator[tuple[str, str]]:
    choices = {question.field: question.choices for question in FORM}
    for field, word in file.assumed.items():
        if field not in choices:
            yield f"$.assumed.{field}", f"there is no question {field!r}"
        elif word not in choices[field] or word == UNKNOWN:
            yield f"$.assumed.{field}", f"{word!r} is no answer to {field!r} that can be assumed"
    for field in choices:
        if field not in file.assumed:
            yield "$.assumed", f"nothing is assumed where {field!r} is not known"


def condition_faults(
    when: Condition, place: str, answers: Mapping[str, tuple[str, ...] | None]
) -> Iterator[tuple[str, str]]:
    """What keeps a condition from being used: its form, facts and answers that are none, and that it never holds."""
    wrong = False
    for inner, part in parts(when, place):
        for fault in (*faults(part, inner), *((inner, reason) for reason in misuse(part, answers))):
            wrong = True
            yield fault
    if not wrong and not can_hold(when, answers):
        yield place, "this can never hold: its parts contradict each other"
