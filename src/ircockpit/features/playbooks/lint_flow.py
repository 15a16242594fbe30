"""Rules about the way through a workflow: where it begins and ends, and what is never reached or never left."""

from collections.abc import Iterator

from ircockpit.features.playbooks import graph
from ircockpit.features.playbooks.finding import Finding, Rule, Severity, found
from ircockpit.features.playbooks.floor import shown
from ircockpit.features.playbooks.model import Playbook, Step
from ircockpit.features.playbooks.source import pointer

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
WORKFLOW = "/workflow"

NO_START = Rule(
    "start-not-a-start", ERROR, "workflow_start does not name a start step of the workflow",
    "Nobody can tell where the playbook begins.", "Name the start step there.",
)  # fmt: skip
SEVERAL_STARTS = Rule(
    "several-starts", WARNING, "There is more than one start step",
    "Only the one that workflow_start names is ever begun.", "Keep one start step.",
)  # fmt: skip
TOO_SMALL = Rule(
    "three-steps", ERROR, "A start, an end, and an action between them are not all there",
    "A playbook has a start step, an action or playbook-action, and an end step at least.", "Add the step that is missing.",
)  # fmt: skip
UNREACHABLE = Rule(
    "unreachable-step", WARNING, "Nothing leads to a step",
    "It is never carried out, whatever happens.", "Lead to it from another step, or take it out.",
)  # fmt: skip
CIRCLE = Rule(
    "circle-without-while", ERROR, "Steps lead back to themselves and no while-condition is among them",
    "Nothing says when to stop going round.", "Make the way back a while-condition with its condition.",
)  # fmt: skip
NO_END = Rule(
    "no-end-reachable", ERROR, "No end step can be reached from the start",
    "The playbook is never through.", "Lead the last steps to an end step.",
)  # fmt: skip
BRANCH_NEVER_ENDS = Rule(
    "branch-never-ends", ERROR, "A branch of a step can reach no end step",
    "The step that opened the branch waits for it and never goes on.", "Lead the branch to an end step of its own.",
)  # fmt: skip
SHARED_END = Rule(
    "shared-branch-end", WARNING, "Two branches of a step come together or end at the same end step",
    "Each branch has an end step of its own (failures aside): there it is seen whose turn it is then.",
    "Give every branch its own end step, and put what follows into on_completion of the step that opened them.",
)  # fmt: skip
DEAD_END = Rule(
    "dead-end", WARNING, "A step leads nowhere and is not an end step",
    "A reader cannot tell whether something is missing.", "Lead it to an end step.",
)  # fmt: skip
BOTH_WAYS = Rule(
    "completion-and-result", ERROR, "on_completion stands together with on_success or on_failure",
    "on_completion is followed whatever came of the step, so the others are never followed.", "Keep one of the two ways.",
)  # fmt: skip
NEGATIVE_TIMEOUT = Rule(
    "timeout-below-zero", ERROR, "A timeout is below zero",
    "No time is that short.", "Write the milliseconds to wait, or leave it out.",
)  # fmt: skip
TIMEOUT_UNHANDLED = Rule(
    "timeout-unhandled", WARNING, "A step can run out of time, and nothing says what then",
    "A timeout goes to on_failure with ACTION_TIMEOUT, else to workflow_exception; neither is there.",
    "Give the step on_failure, or the playbook workflow_exception.",
)  # fmt: skip
FAILURE_UNHANDLED = Rule(
    "failure-unhandled", NOTE, "A step can fail, and nothing says what then",
    "Whoever carries it out has to decide it on the spot.", "Give the step on_failure, or the playbook workflow_exception.",
)  # fmt: skip
NO_OTHERWISE = Rule(
    "switch-without-default", NOTE, "A switch has no default case",
    "A value that no case names goes on as if there were no branches.", "Add a default case.",
)  # fmt: skip
RULES = (
    NO_START, SEVERAL_STARTS, TOO_SMALL, UNREACHABLE, CIRCLE, NO_END, BRANCH_NEVER_ENDS, SHARED_END, DEAD_END, BOTH_WAYS,
    NEGATIVE_TIMEOUT, TIMEOUT_UNHANDLED, FAILURE_UNHANDLED, NO_OTHERWISE,
)  # fmt: skip
_CIRCLE_TOLD = 5


def check(playbook: Playbook) -> Iterator[Finding]:
    """Every finding of the rules above."""
    yield from _beginning(playbook)
    yield from _through(playbook)
    ways, ending = graph.successors(playbook, but="on_failure"), graph.reaching_an_end(playbook)
    for step in playbook.steps.values():
        yield from _branches(playbook, step, ways, ending)
        yield from _single(playbook, step)


def called(step: Step) -> str:
    """A step by its name, or its id where it has none."""
    return shown(step.name or step.id)


def _beginning(playbook: Playbook) -> Iterator[Finding]:
    steps = playbook.steps.values()
    first = playbook.steps.get(playbook.start)
    if first is None or first.type != "start":
        what = "is no step" if first is None else f"is a step of the type {first.type}"
        yield found(NO_START, "/workflow_start", f"{shown(playbook.start)} {what}")
    starts = [step for step in steps if step.type == "start"]
    for step in starts[1:]:
        yield found(
            SEVERAL_STARTS, pointer(WORKFLOW, step.id), f"{called(step)} is one start step of {len(starts)}"
        )
    kinds = {step.type for step in steps}
    missing = [
        words
        for words, wanted in (
            ("start step", {"start"}),
            ("action", {"action", "playbook-action"}),
            ("end step", {"end"}),
        )
        if not kinds & wanted
    ]
    if missing:
        yield found(TOO_SMALL, WORKFLOW, f"the workflow has no {' and no '.join(missing)}")


def _through(playbook: Playbook) -> Iterator[Finding]:
    reached, ending = graph.reachable(playbook), graph.reaching_an_end(playbook)
    for step in playbook.steps.values():
        if step.id not in reached:
            yield found(UNREACHABLE, pointer(WORKFLOW, step.id), f"nothing leads to {called(step)}")
    for group in graph.circles(playbook):
        told = " → ".join(called(playbook.steps[ident]) for ident in group[:_CIRCLE_TOLD])
        more = f" and {len(group) - _CIRCLE_TOLD} more" if len(group) > _CIRCLE_TOLD else ""
        yield found(CIRCLE, pointer(WORKFLOW, group[0]), f"{told}{more} lead back to the first of them")
    if playbook.start in playbook.steps and playbook.start not in ending:
        yield found(NO_END, pointer(WORKFLOW, playbook.start), "from the start no end step can be reached")


def _branches(
    playbook: Playbook, step: Step, ways: dict[str, tuple[str, ...]], ending: frozenset[str]
) -> Iterator[Finding]:
    branches = [edge for edge in step.edges if edge.how in graph.BRANCHING and edge.target in playbook.steps]
    owner: dict[str, str] = {}
    for edge in branches:
        inside = graph.branch(ways, edge.target, step.id)
        name = (
            f"the branch {shown(edge.case)}"
            if edge.case
            else f"the branch to {called(playbook.steps[edge.target])}"
        )
        if edge.target not in ending:
            place = pointer(WORKFLOW, step.id)
            yield found(BRANCH_NEVER_ENDS, place, f"{name} of {called(step)} can reach no end step")
        common = [ident for ident in inside if owner.setdefault(ident, name) != name]
        if common:
            meeting = called(playbook.steps[common[0]])
            place = pointer(WORKFLOW, step.id)
            yield found(
                SHARED_END, place, f"{name} of {called(step)} and {owner[common[0]]} both come to {meeting}"
            )


def _single(playbook: Playbook, step: Step) -> Iterator[Finding]:
    place = pointer(WORKFLOW, step.id)
    results = [how for how in ("on_success", "on_failure") if step.way(how)]
    if step.way("on_completion") and results:
        for how in results:
            yield found(BOTH_WAYS, pointer(place, how), f"{called(step)} has on_completion and {how}")
    onward = any(edge.how in ("on_completion", "on_success") for edge in step.edges)
    branches = {edge.how for edge in step.edges} & graph.BRANCHING
    closed = branches == {"on_true", "on_false"} or "default" in {edge.case for edge in step.edges}
    if step.type != "end" and not onward and not closed:
        yield found(DEAD_END, place, f"{called(step)} does not say what follows it")
    unhandled = not step.way("on_failure") and not playbook.exception
    if step.timeout_ms is not None and step.timeout_ms < 0:
        yield found(
            NEGATIVE_TIMEOUT, pointer(place, "timeout"), f"the timeout of {called(step)} is {step.timeout_ms}"
        )
    elif step.timeout_ms is not None and unhandled:
        words = f"nothing says what follows when {called(step)} is not through after {step.timeout_ms} ms"
        yield found(TIMEOUT_UNHANDLED, pointer(place, "timeout"), words)
    if step.type in ("action", "playbook-action") and unhandled and not step.way("on_completion"):
        yield found(FAILURE_UNHANDLED, place, f"nothing says what follows when {called(step)} fails")
    if step.type == "switch-condition" and "default" not in step.json["cases"]:
        yield found(NO_OTHERWISE, pointer(place, "cases"), f"{called(step)} has no default case")
