"""Rules about variables and conditions: defined, of their type, not written where constant, and decidable."""

from collections.abc import Iterator, Mapping

from ircockpit.features.playbooks import conditions, graph
from ircockpit.features.playbooks.conditions import ConditionError
from ircockpit.features.playbooks.finding import Finding, Rule, Severity, found
from ircockpit.features.playbooks.floor import shown
from ircockpit.features.playbooks.lint_flow import WORKFLOW, called
from ircockpit.features.playbooks.model import Playbook, Step, Variable
from ircockpit.features.playbooks.source import pointer
from ircockpit.features.playbooks.variables import references, scope, sole_reference, texts_of
from ircockpit.features.playbooks.vocabulary import VARIABLE_TYPES

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

UNDEFINED = Rule(
    "undefined-variable", ERROR, "A variable is used that is not defined in the playbook or in the step",
    "Its place stays empty, or the step cannot be carried out.", "Define it in playbook_variables or step_variables.",
)  # fmt: skip
CONSTANT_WRITTEN = Rule(
    "constant-written", ERROR, "A step writes to a constant",
    "A constant keeps its value.", "Take it out of out_args, or do not call it constant.",
)  # fmt: skip
CONSTANT_EMPTY = Rule(
    "constant-without-value", WARNING, "A constant has no value",
    "Nothing may ever give it one.", "Give it its value, or do not call it constant.",
)  # fmt: skip
NOT_OF_TYPE = Rule(
    "value-not-of-type", ERROR, "A variable's value is not of its type",
    "Conditions over it cannot be decided.", "Write the value as its type asks.",
)  # fmt: skip
UNKNOWN_TYPE = Rule(
    "unknown-variable-type", NOTE, "A variable has a type that the vocabulary does not know",
    "Conditions over it are decided by people.", "Use a type of the vocabulary where one fits.",
)  # fmt: skip
SHADOWED = Rule(
    "variable-defined-twice", WARNING, "A step defines a variable that the playbook defines, too",
    "Only the step's own changes then; readers take it for the other.", "Give one of them another name.",
)  # fmt: skip
EXTERNAL_IN_STEP = Rule(
    "external-in-step", WARNING, "A variable of a step is called external",
    "Only a playbook's variables are passed in from outside.", "Move it to playbook_variables.",
)  # fmt: skip
NEVER_USED = Rule(
    "variable-never-used", NOTE, "A variable is defined and never used",
    "It may be left over, or a command may have misspelled it.", "Use it, or take it out.",
)  # fmt: skip
LANGUAGE = Rule(
    "condition-not-readable", ERROR, "A condition is not __variable__:value OPERATOR literal",
    "No program can decide it; a person is asked instead.", "Write it in three parts with one of the eleven operators.",
)  # fmt: skip
NOT_COMPARABLE = Rule(
    "condition-not-of-type", ERROR, "A condition compares a variable with what its type cannot be compared with",
    "It can never be decided.", "Use an operator and a literal of the variable's type.",
)  # fmt: skip
SWITCH = Rule(
    "switch-not-a-variable", ERROR, "A switch does not switch on a variable's value",
    "No case can be chosen.", "Write __variable__:value.",
)  # fmt: skip
SAME_FOREVER = Rule(
    "loop-never-changes", WARNING, "Nothing in a loop changes the variable that its condition asks for",
    "Once in it, the loop is never left.", "Name the variable in out_args of a step in the loop.",
)  # fmt: skip
RULES = (
    UNDEFINED, CONSTANT_WRITTEN, CONSTANT_EMPTY, NOT_OF_TYPE, UNKNOWN_TYPE, SHADOWED, EXTERNAL_IN_STEP, NEVER_USED, LANGUAGE,
    NOT_COMPARABLE, SWITCH, SAME_FOREVER,
)  # fmt: skip


def check(playbook: Playbook) -> Iterator[Finding]:
    """Every finding of the rules above."""
    used: set[str] = set()
    ways = graph.successors(playbook)
    parties = {
        (where, ident): tuple(dict.fromkeys(name for text in _texts(party.json) for name in references(text)))
        for where, those in (("agent_definitions", playbook.agents), ("target_definitions", playbook.targets))
        for ident, party in those.items()
    }
    for variable in playbook.variables.values():
        yield from _variable(variable, pointer("/playbook_variables", variable.name))
    for step in playbook.steps.values():
        place = pointer(WORKFLOW, step.id)
        for variable in step.variables.values():
            below = pointer(pointer(place, "step_variables"), variable.name)
            yield from _variable(variable, below)
            if variable.name in playbook.variables:
                yield found(SHADOWED, below, f"{called(step)} defines {variable.name} once more")
            if variable.external:
                yield found(EXTERNAL_IN_STEP, below, f"{variable.name} of {called(step)} is called external")
        yield from _uses(playbook, step, parties, used)
        yield from _condition(playbook, step, used, ways)
    yield from _unused(playbook, used)


def _variable(variable: Variable, place: str) -> Iterator[Finding]:
    if variable.constant and variable.value is None and not variable.external:
        yield found(CONSTANT_EMPTY, place, f"the constant {variable.name} has no value")
    if variable.type not in VARIABLE_TYPES:
        yield found(
            UNKNOWN_TYPE, pointer(place, "type"), f"{variable.name} is of the type {shown(variable.type)}"
        )
    elif variable.value and not references(variable.value):
        try:
            conditions.typed(variable.type, variable.value)
        except ConditionError as error:
            yield found(NOT_OF_TYPE, pointer(place, "value"), f"{variable.name}: {error.what}")


def _uses(
    playbook: Playbook, step: Step, parties: Mapping[tuple[str, str], tuple[str, ...]], used: set[str]
) -> Iterator[Finding]:
    known = scope(playbook, step)
    place = pointer(WORKFLOW, step.id)
    for index, command in enumerate(step.commands):
        below = pointer(pointer(place, "commands"), index)
        for name, text in texts_of(command):
            yield from _asked(references(text), known, pointer(below, name), step, used)
    for name in ("name", "description"):
        yield from _asked(references(getattr(step, name)), known, pointer(place, name), step, used)
    those = [("agent_definitions", step.agent)] + [("target_definitions", ident) for ident in step.targets]
    for where, ident in those:
        yield from _asked(parties.get((where, ident), ()), known, pointer(f"/{where}", ident), step, used)
    yield from _asked(tuple(map(_bare, step.in_args)), known, pointer(place, "in_args"), step, used)
    names = tuple(map(_bare, step.out_args))
    yield from _asked(names, known, pointer(place, "out_args"), step, used)
    for index, name in enumerate(names):
        if name in known and known[name].constant:
            below = pointer(pointer(place, "out_args"), index)
            yield found(CONSTANT_WRITTEN, below, f"{called(step)} writes to the constant {name}")


def _bare(argument: str) -> str:
    return argument.removesuffix(":value")


def _texts(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, str):
            yield here
        elif isinstance(here, Mapping):
            waiting += here.values()
        elif isinstance(here, tuple):
            waiting += here


def _asked(
    names: tuple[str, ...], known: Mapping[str, Variable], place: str, step: Step, used: set[str]
) -> Iterator[Finding]:
    used.update(names)
    for name in names:
        if name not in known:
            yield found(UNDEFINED, place, f"{called(step)} uses {shown(name)}, which is not defined")


def _condition(
    playbook: Playbook, step: Step, used: set[str], ways: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    place = pointer(WORKFLOW, step.id)
    known = scope(playbook, step)
    if step.type == "switch-condition":
        name = sole_reference(step.condition)
        below = pointer(place, "switch")
        if not name:
            yield found(SWITCH, below, f"{called(step)} switches on {shown(step.condition)}")
        else:
            yield from _asked((name,), known, below, step, used)
            yield from _cases(step, known.get(name), place)
    elif step.type in ("if-condition", "while-condition"):
        below = pointer(place, "condition")
        try:
            condition = conditions.parse(step.condition)
        except ConditionError as error:
            used.update(references(step.condition))
            yield found(LANGUAGE, below, f"{called(step)}: {error.what}")
            return
        yield from _asked((condition.variable,), known, below, step, used)
        variable = known.get(condition.variable)
        if variable is not None and variable.type in VARIABLE_TYPES:
            try:
                conditions.check(condition, variable.type)
            except ConditionError as error:
                yield found(NOT_COMPARABLE, below, f"{called(step)}: {error.what}")
        if step.type == "while-condition" and not _written_inside(playbook, step, condition.variable, ways):
            yield found(
                SAME_FOREVER, below, f"no step of the loop {called(step)} writes {condition.variable}"
            )


def _cases(step: Step, variable: Variable | None, place: str) -> Iterator[Finding]:
    for case in step.json["cases"]:
        if variable is None or variable.type not in VARIABLE_TYPES or case == "default":
            continue
        try:
            conditions.typed(variable.type, case)
        except ConditionError as error:
            below = pointer(pointer(place, "cases"), case)
            yield found(NOT_COMPARABLE, below, f"a case of {called(step)}: {error.what}")


def _written_inside(playbook: Playbook, step: Step, name: str, ways: Mapping[str, tuple[str, ...]]) -> bool:
    inside = graph.branch(ways, step.way("on_true"), step.id)
    written = any(
        name in map(_bare, playbook.steps[each].out_args) for each in inside if each in playbook.steps
    )
    return written or len(inside) >= graph.MAX_BRANCH


def _unused(playbook: Playbook, used: set[str]) -> Iterator[Finding]:
    for name in playbook.variables:
        if name not in used:
            yield found(NEVER_USED, pointer("/playbook_variables", name), f"{name} is never used")
    for step in playbook.steps.values():
        for name in step.variables:
            if name not in used:
                place = pointer(pointer(pointer(WORKFLOW, step.id), "step_variables"), name)
                yield found(NEVER_USED, place, f"{name} of {called(step)} is never used")
