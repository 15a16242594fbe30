"""Forms of the kinds of incidents as data: read, refused with line and reason, and which questions are asked now."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from msgspec import Meta, Struct

from ircockpit.core.errors import BadInput
from ircockpit.features.conditions import (
    UNKNOWN,
    Compiled,
    Condition,
    Facts,
    Name,
    Value,
    Word,
    can_hold,
    compiled,
    parts,
)
from ircockpit.features.datafile import read_typed, refusal
from ircockpit.features.ownfiles import several
from ircockpit.features.triage.criteria import FACTS, FOLDER, condition_faults
from ircockpit.features.triage.rules import CATEGORIES, FLAGS

FORMS = "forms"
CHOSEN = ("choice", "several")
_CORE = {name: answers for name, answers in FACTS.items() if answers is not None and name not in FLAGS}
"""Facts that every form knows beside its own questions: the answers of the triage, and the kind."""
TAXONOMIES = (
    "llama-guard-4", "llama-guard-3", "ailuminate-1.0", "owasp-llm-2026", "owasp-llm-2025", "mitre-atlas", "cset-1",
    "mit-domains-2024",
)  # fmt: skip
"""Taxonomies a question can name; an organisation's own have schemes that begin with ``own-``."""

Line = Annotated[str, Meta(min_length=1, max_length=120)]


class Asked(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question."""

    id: Name
    ask: Annotated[str, Meta(min_length=1, max_length=64)]
    type: Literal["choice", "several", "number", "text", "time", "person", "code"]
    choices: Annotated[list[Word], Meta(min_length=2, max_length=9)] = []
    unit: Annotated[str, Meta(max_length=24)] = ""
    taxonomy: Annotated[list[str], Meta(max_length=6)] = []
    help: Annotated[str, Meta(max_length=200)] = ""
    evidence: Annotated[str, Meta(max_length=200)] = ""
    """What to keep while answering."""
    when: Condition | None = None
    states: dict[str, list[Word]] = {}
    """Flags that these answers state; any other known answer states that it is not so."""


class FormFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The form of one kind of incident."""

    form: Literal[1]
    id: str
    title: Line
    questions: Annotated[list[Asked], Meta(min_length=1, max_length=20)]


class Branch(NamedTuple):
    """A form made ready to be asked many times."""

    name: str
    file: FormFile
    when: Mapping[str, Compiled]

    @property
    def flags(self) -> frozenset[str]:
        """The facts its answers can state."""
        return frozenset(flag for question in self.file.questions for flag in question.states)

    def question(self, name: str) -> Asked | None:
        """The question of that name, or of that number from 1."""
        by_number = {str(number): each for number, each in enumerate(self.file.questions, 1)}
        return next((each for each in self.file.questions if each.id == name), by_number.get(name))

    def asked(self, facts: Facts, given: Mapping[str, Any]) -> tuple[Asked, ...]:
        """The questions that are asked now: those whose condition holds by what is known, in their order."""
        known = {**facts, **facts_of(self, given)}
        return tuple(
            each
            for each in self.file.questions
            if each.id not in self.when or self.when[each.id](known) is True
        )

    def stated(self, facts: Facts, given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """The flags that the answers to questions asked now state, ``yes`` before ``no``."""
        found: dict[str, str] = {}
        for each in self.asked(facts, given):
            answer = given.get(each.id)
            words = answer if isinstance(answer, list) else [answer] if answer else []
            for flag, meant in each.states.items():
                if any(word in meant for word in words):
                    found[flag] = "yes"
                elif words and UNKNOWN not in words:
                    found.setdefault(flag, "no")
        return tuple(sorted(found.items()))


def facts_of(branch: Branch, given: Mapping[str, Any]) -> dict[str, Value]:
    """Answers that conditions of the form can ask for: one of several words, and whole numbers."""
    found: dict[str, Value] = {}
    for each in branch.file.questions:
        value = given.get(each.id)
        if each.type == "choice" and isinstance(value, str) and value:
            found[each.id] = value
        elif each.type == "number" and isinstance(value, str) and value.isdecimal():
            found[each.id] = int(value)
    return found


class Branches(NamedTuple):
    """The forms of an organisation by kind, and its files that are not used, each with the reason."""

    own: Mapping[str, Branch]
    refused: tuple[BadInput, ...] = ()

    def of(self, kind: str) -> Branch | None:
        """The form of a kind of incident, none for a kind nobody knows here."""
        return self.own.get(kind) or (shipped(kind) if kind in CATEGORIES else None)


@lru_cache(32)
def shipped(kind: str) -> Branch:
    """A form that comes with the program."""
    from importlib.resources import files

    raw = files("ircockpit.features.triage.forms").joinpath(f"{kind}.yaml").read_bytes()
    return read_branch(raw, f"{kind}.yaml")


def branches_in(profile: Path) -> Branches:
    """The organisation's forms, each in place of the shipped one of its kind; a faulty one is named and not used."""
    own: dict[str, Branch] = {}
    refused: list[BadInput] = []
    for path in several(profile, f"{FOLDER}/{FORMS}"):
        try:
            state = path.stat()
            found = _own(path, state.st_mtime_ns, state.st_size)
            if found.file.id in own:
                name = own[found.file.id].name
                raise BadInput(f"{FOLDER}/{FORMS}/{path.name}: {name} is a form of {found.file.id} already")
            own[found.file.id] = found
        except OSError as error:
            refused.append(BadInput(f"{FOLDER}/{FORMS}/{path.name} cannot be read: {error.strerror}"))
        except BadInput as error:
            refused.append(error)
    return Branches(own, tuple(refused))


@lru_cache(64)
def _own(path: Path, changed_ns: int, size: int) -> Branch:
    del changed_ns, size
    return read_branch(path.read_bytes(), f"{FOLDER}/{FORMS}/{path.name}")


def read_branch(raw: bytes, name: str) -> Branch:
    """A form that holds together. Raises :class:`BadInput` with file, line and reason."""
    file, lines = read_typed(raw, name, FormFile)
    for place, reason in _faults(file):
        raise refusal(name, lines, place, reason)
    return Branch(
        name, file, {each.id: compiled(each.when) for each in file.questions if each.when is not None}
    )


def _faults(file: FormFile) -> Iterator[tuple[str, str]]:
    if file.id not in CATEGORIES:
        yield "$.id", f"{file.id!r} is no kind of incident: {', '.join(CATEGORIES)}"
    known: dict[str, tuple[str, ...] | None] = {**_CORE}
    when: dict[str, Condition] = {}
    ids = [each.id for each in file.questions]
    for at, each in enumerate(file.questions):
        place = f"$.questions[{at}]"
        if each.id in ids[:at]:
            yield f"{place}.id", f"the question {each.id!r} stands twice"
        elif each.id in FACTS and each.id in _CORE:
            yield f"{place}.id", f"{each.id!r} is a question of every triage already"
        yield from _form(each, place)
        if each.when is not None:
            yield from _condition(each.when, f"{place}.when", known, when, ids[at:])
            when[each.id] = each.when
        if each.type in ("choice", "number"):
            known[each.id] = tuple(each.choices) if each.type == "choice" else None


def _form(each: Asked, place: str) -> Iterator[tuple[str, str]]:
    if (each.type in CHOSEN) != bool(each.choices):
        yield place, f"a question of type {each.type} has {'' if each.type in CHOSEN else 'no '}choices"
    for at, word in enumerate(each.choices):
        if word in each.choices[:at]:
            yield f"{place}.choices[{at}]", f"the choice {word!r} stands twice"
    if each.unit and each.type != "number":
        yield f"{place}.unit", "only a number has a unit"
    if (each.type == "code") != bool(each.taxonomy):
        yield place, "a question of type code, and no other, names its taxonomies"
    for at, name in enumerate(each.taxonomy):
        if name not in TAXONOMIES and not name.startswith("own-"):
            yield (
                f"{place}.taxonomy[{at}]",
                f"there is no taxonomy {name!r}; one of your own begins with own-",
            )
    for flag, words in each.states.items():
        if flag not in FLAGS:
            yield f"{place}.states.{flag}", f"there is no fact {flag!r} to state: {', '.join(FLAGS)}"
        for at, word in enumerate(words):
            if word not in each.choices:
                yield f"{place}.states.{flag}[{at}]", f"{word!r} is no choice of this question"


def _condition(
    condition: Condition, place: str, known: Mapping[str, tuple[str, ...] | None], when: Mapping[str, Condition],
    later: list[str],
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """What is wrong with when a question is asked; together with when those are asked that it goes by."""
    for inner, part in parts(condition, place):
        if part.fact in later:
            yield inner, f"{part.fact!r} is not answered before this question"
    wrong = list(condition_faults(condition, place, known))
    yield from wrong
    if wrong:
        return
    named = {part.fact for _, part in parts(condition) if part.fact in when}
    together = Condition(all_=[condition, *(when[str(name)] for name in sorted(map(str, named)))])
    if not can_hold(together, known):
        yield (
            place,
            f"this is never asked: {', '.join(sorted(map(str, named)))} is not asked when it would be",
        )
