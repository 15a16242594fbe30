"""The library of playbooks as its authors write it: strictly read YAML, steps looked up from the nearest place."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, get_args

import msgspec
from msgspec import Struct

from ircockpit.core.yamltext import load_yaml

FOLDER = Path(__file__).resolve().parent / "library"
CONTEXTS = ("customer-facing", "internal", "partner")
Phase = Literal[
    "detect", "snapshot", "contain", "triage", "evidence", "impact", "legal", "communicate", "investigate", "eradicate",
    "verify", "watch", "recover", "review", "exercise", "exception",
]  # fmt: skip
PHASES: tuple[str, ...] = get_args(Phase)
T = TypeVar("T")
Flow: TypeAlias = list[str | dict[str, Any]]
_WORD = re.compile(r"[a-z][a-z0-9-]*")


class Step(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing somebody does."""

    title: str
    who: str
    phase: Phase
    do: list[str]
    done: str
    avoid: str = ""
    families: list[str] = []
    evidence: list[str] = []
    clocks: list[str] = []
    """Rules of legal clocks that the step decides."""
    banners: list[str] = []
    """Rules that forbid something while they hold, such as changing the system that is evidence."""
    tell: str = ""
    """To whom a message goes out."""
    counts: str = ""
    """What is counted: people or acts."""
    sets: list[str] = []
    """Variables that are known once the step is done."""
    when: dict[str, Any] = {}
    """The condition under which the step counts as done, where the phase does not say it."""
    mins: int = 0
    delay_mins: int = 0


class Variable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A variable that steps set and conditions read."""

    type: Literal["bool", "string", "integer"]
    description: str
    value: str
    constant: bool = False
    known_from: dict[str, Any] = {}
    """A condition over the incident's facts that answers it, where one does."""


class Role(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody who acts."""

    name: str
    type: Literal["individual", "group", "organization"]
    duty: str
    profile_role: str = ""


class Shared(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What several playbooks have in common."""

    roles: dict[str, Role] = {}
    variables: dict[str, Variable] = {}
    steps: dict[str, Step] = {}


class Signal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What announces the incident in one format that signals come in."""

    format: Literal["garak", "alertmanager", "jsonl", "person"]
    look_for: str


class Code(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A code of a taxonomy, with the version it belongs to."""

    scheme: str
    version: str
    code: str
    name: str


class Context(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The playbook of one category in one context."""

    name: str
    purpose: str
    authorises: str
    speaks: str
    impact: int
    flow: Flow
    steps: dict[str, Step] = {}
    watch_hours: int = 72


class Category(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of incident."""

    title: str
    summary: str
    modified: str
    priority: int
    severity: int
    words: list[str]
    """Parts of words by which detectors, probes and alerts speak of it."""
    signals: list[Signal]
    triage: list[str]
    codes: list[Code]
    adds: dict[str, str]
    """One more line for steps that all kinds of incident share, by the first word of the step's name."""
    steps: dict[str, Step] = {}
    contexts: dict[str, Context]


class Ref(NamedTuple):
    """A step in a flow, and the step that is taken where it fails."""

    name: str
    otherwise: str = ""


class Sources(NamedTuple):
    """Everything that was written."""

    common: Shared
    of_context: Mapping[str, Shared]
    categories: Mapping[str, Category]


def read(folder: Path = FOLDER) -> Sources:
    """The sources of a folder; raises :class:`SystemExit` with file and place where one is not well formed."""
    shared = {path.stem.removeprefix("_"): _file(path, Shared) for path in sorted(folder.glob("_*.yaml"))}
    categories = {
        path.stem: _file(path, Category)
        for path in sorted(folder.glob("*.yaml"))
        if not path.name.startswith("_")
    }
    for name, category in categories.items():
        if tuple(category.contexts) != CONTEXTS:
            raise SystemExit(f"{name}: its contexts are not {', '.join(CONTEXTS)}, in this order")
    return Sources(shared["common"], {name: shared[name] for name in CONTEXTS}, categories)


def refs(item: str) -> list[Ref]:
    """The steps of one line of a flow: ``seal, stop ! wider``."""
    found = []
    for part in item.split(","):
        name, _, otherwise = (word.strip() for word in part.partition("!"))
        if not _WORD.fullmatch(name) or (otherwise and not _WORD.fullmatch(otherwise)):
            raise SystemExit(f"{item!r} does not name steps")
        found.append(Ref(name, otherwise))
    return found


def named(flow: Flow) -> Iterator[Ref]:
    """Every step a flow names, in reading order."""
    for item in flow:
        if isinstance(item, str):
            yield from refs(item)
        else:
            for branch in branches(item).values():
                yield from named(branch)


def branches(item: Mapping[str, Any]) -> dict[str, Flow]:
    """The branches of a ``both``, ``if``, ``switch`` or ``while``, by what leads there."""
    if "both" in item:
        return {name: as_flow(branch) for name, branch in item["both"].items()}
    if "switch" in item:
        return {name: as_flow(branch) for name, branch in item["cases"].items()}
    if "if" in item:
        found = {"yes": as_flow(item["then"])}
        return found | ({"no": as_flow(item["else"])} if "else" in item else {})
    return {"again": as_flow(item["do"])}


def as_flow(branch: str | Flow) -> Flow:
    """A branch that may be written as one line."""
    return [branch] if isinstance(branch, str) else branch


def steps_of(sources: Sources, category: str, context: str) -> dict[str, Step]:
    """The steps a playbook's flow names, each from the nearest place that has it."""
    whole = sources.categories[category]
    here = whole.contexts[context]
    places = (here.steps, whole.steps, sources.of_context[context].steps, sources.common.steps)
    names = [name for ref in named(here.flow) for name in ref if name]
    names.append("stuck")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SystemExit(f"{category}, {context}: stands twice in its flow: {', '.join(twice)}")
    found = {}
    for name in names:
        step = next((place[name] for place in places if name in place), None)
        if step is None:
            raise SystemExit(f"{category}, {context}: no step is called {name}")
        found[name] = step
    if unused := sorted(here.steps.keys() - found.keys()):
        raise SystemExit(f"{category}, {context}: never taken: {', '.join(unused)}")
    return found


def roles_of(sources: Sources, context: str) -> dict[str, Role]:
    """Everybody who may act in a context, by the short name that steps use."""
    return {**sources.common.roles, **sources.of_context[context].roles}


def variables_of(sources: Sources, context: str) -> dict[str, Variable]:
    """Every variable there is in a context."""
    return {**sources.common.variables, **sources.of_context[context].variables}


def unused(sources: Sources) -> list[str]:
    """Shared steps that no playbook takes."""
    taken = {
        (category, context): steps_of(sources, category, context).keys()
        for category in sources.categories
        for context in CONTEXTS
    }
    left = [
        f"{category}: {name}"
        for category, whole in sources.categories.items()
        for name in whole.steps
        if not any(name in taken[category, context] for context in CONTEXTS)
    ]
    for context in CONTEXTS:
        used = {name for category in sources.categories for name in taken[category, context]}
        left += [f"{context}: {name}" for name in sources.of_context[context].steps if name not in used]
    used = {name for names in taken.values() for name in names}
    return left + [f"common: {name}" for name in sources.common.steps if name not in used]


def _file(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.convert(load_yaml(path.read_bytes()), kind)
    except Exception as error:
        raise SystemExit(f"{path.name}: {error}") from error
