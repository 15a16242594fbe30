"""The engine: from a playbook, what people said and what the record shows, to where every step stands."""

import copy
import time
from typing import Any

from tests.features.playbooks.good import ASK, BOTH, END, GOOD, LOOK, SORT, STOP, TELL, WATCH

from ircockpit import playbooks as library
from ircockpit.features.playbooks.bindings import holds
from ircockpit.features.playbooks.model import Playbook, from_json, frozen, load
from ircockpit.features.playbooks.running import Course, Mark, Standing, counted, course, next_steps
from ircockpit.features.playbooks.variables import values_of

BEGUN, SECOND = 1_000_000_000, 1_000_000
Marks = dict[tuple[str, str], Mark]


def nothing(_: Any) -> bool | None:
    return None


def stands(
    playbook: Playbook, marks: Marks | None = None, *, now_s: int = 0, fact: Any = nothing, **values: str
) -> Course:
    known = {**values_of(playbook.variables), **{f"__{name}__": value for name, value in values.items()}}
    return course(playbook, marks or {}, known, begun_us=BEGUN, now_us=BEGUN + now_s * SECOND, fact=fact)


def states(found: Course, *steps: str) -> list[str]:
    return [found.steps[step].state for step in steps]


def done(*steps: str, at_s: int = 0) -> Marks:
    return {(step, ""): Mark("done", at_us=BEGUN + at_s * SECOND) for step in steps}


A, B, C, D = (f"action--00000000-0000-4000-8000-0000000001{n:02}" for n in range(4))
S, E, X = (
    "start--00000000-0000-4000-8000-000000000200",
    "end--00000000-0000-4000-8000-000000000201",
    "if-condition--00000000-0000-4000-8000-000000000202",
)
W, P = (
    "while-condition--00000000-0000-4000-8000-000000000203",
    "parallel--00000000-0000-4000-8000-000000000204",
)


def act(after: str, **more: Any) -> dict[str, Any]:
    command = {"type": "manual", "command": "look"}
    return {
        "type": "action",
        "name": "look",
        "commands": [command],
        "agent": "",
        "on_completion": after,
    } | more


def made(steps: dict[str, Any], **more: Any) -> Playbook:
    """A playbook of these steps that begins with A; what the linter would say of it is not asked."""
    whole = copy.deepcopy(GOOD) | {
        "workflow": {S: {"type": "start", "on_completion": A}, E: {"type": "end"}, **steps}
    }
    whole |= {"workflow_start": S} | more
    whole.pop("workflow_exception", None) if "workflow_exception" not in more else None
    return from_json(whole)


def test_a_step_is_ready_once_the_one_before_it_is_over_and_not_before() -> None:
    playbook = made({A: act(B), B: act(E)})
    found = stands(playbook)
    assert states(found, A, B) == ["ready", "waiting"]
    assert found.steps[B].why == "waits for look"
    assert states(stands(playbook, done(A)), A, B) == ["done", "ready"]
    assert not stands(playbook, done(A)).over
    assert stands(playbook, done(A, B)).over
    assert counted(stands(playbook, done(A)), playbook) == (1, 2)


def test_a_skipped_step_lets_the_playbook_go_on_and_an_opened_one_holds_it_again() -> None:
    playbook = made({A: act(B), B: act(E)})
    assert states(stands(playbook, {(A, ""): Mark("skipped")}), A, B) == ["skipped", "ready"]
    assert states(stands(playbook, {(A, ""): Mark("open")}), A, B) == ["ready", "waiting"]


def test_a_failed_step_goes_its_own_way_or_asks_the_exception_step() -> None:
    handled = made({A: act(B, on_success=B, on_failure=C), B: act(E), C: act(E)})
    assert states(stands(handled), B, C) == ["waiting", "waiting"]
    assert states(stands(handled, {(A, ""): Mark("failed")}), A, B, C) == ["failed", "not taken", "ready"]
    assert states(stands(handled, done(A)), A, B, C) == ["done", "ready", "not taken"]
    bare = made({A: act(B), B: act(E), D: act(E)}, workflow_exception=D)
    assert states(stands(bare), A, D) == ["ready", "not taken"]
    failed = stands(bare, {(A, ""): Mark("failed")})
    assert states(failed, A, B, D) == ["failed", "waiting", "ready"]
    assert not stands(bare, {(A, ""): Mark("failed"), **done(D)}).over


def test_a_step_out_of_time_is_late_and_the_exception_step_is_asked_beside_it() -> None:
    playbook = made({A: act(B, timeout=60_000), B: act(E), D: act(E)}, workflow_exception=D)
    assert states(stands(playbook, now_s=59), A, D) == ["ready", "not taken"]
    late = stands(playbook, now_s=60)
    assert states(late, A, B, D) == ["late", "waiting", "ready"]
    assert next_steps(late)[0].step == A
    assert states(stands(playbook, done(A), now_s=60), A, B) == ["done", "ready"]
    begun = {(A, ""): Mark("doing", at_us=BEGUN + 50 * SECOND)}
    assert states(stands(playbook, begun, now_s=60), A) == ["doing"]


def test_a_delay_counts_from_when_the_step_before_was_done() -> None:
    playbook = made({A: act(B), B: act(E, delay=3_600_000)})
    found = stands(playbook, done(A, at_s=100), now_s=200)
    assert found.steps[B].state == "delayed"
    assert found.steps[B].until_us == BEGUN + 3_700 * SECOND
    assert states(stands(playbook, done(A, at_s=100), now_s=3_700), B) == ["ready"]


def test_the_record_ticks_a_step_and_somebody_who_opens_it_again_is_heard() -> None:
    condition = {"fact": "severity_decided"}
    extension = {"step_extensions": {library.EXTENSION: {"phase": "triage", "satisfied_when": condition}}}
    playbook = made({A: act(B, **extension), B: act(E)})

    def yes(fact: Any) -> bool:
        return bool(fact["fact"] == "severity_decided")

    assert states(stands(playbook), A, B) == ["ready", "waiting"]  # the control: nothing known ticks nothing
    assert states(stands(playbook, fact=yes), A, B) == ["ticked", "ready"]
    assert states(stands(playbook, {(A, ""): Mark("doing")}, fact=yes), A) == ["ticked"]
    assert states(stands(playbook, {(A, ""): Mark("open")}, fact=yes), A, B) == ["ready", "waiting"]


def test_an_if_goes_by_the_variable_and_a_persons_choice_goes_before_it() -> None:
    steps = {A: act(X), X: {"type": "if-condition", "condition": "__harm__:value = true", "on_true": B, "on_completion": C},
             B: act(E), C: act(E)}  # fmt: skip
    variables = {"playbook_variables": {"__harm__": {"type": "bool"}}}
    playbook = made(steps, **variables)
    unknown = stands(playbook, done(A))
    assert unknown.steps[X].state == "undecided"
    assert "no value yet" in unknown.steps[X].why
    assert states(stands(playbook, done(A), harm="true"), X, B, C) == ["passed", "ready", "waiting"]
    assert states(stands(playbook, done(A), harm="false"), X, B, C) == ["passed", "not taken", "ready"]
    chosen = done(A) | {(X, ""): Mark(way="on_true")}
    assert states(stands(playbook, chosen, harm="false"), B) == ["ready"]
    assert stands(playbook, {**chosen, **done(A, B, C)}, harm="false").over
    nonsense = done(A) | {(X, ""): Mark(way="on_the_roof")}
    assert stands(playbook, nonsense).steps[X].state == "undecided"


def test_a_parallel_step_waits_for_all_of_its_branches() -> None:
    steps = {
        A: act(P),
        P: {"type": "parallel", "next_steps": [B, C], "on_completion": D},
        B: act(E),
        C: act(E),
        D: act(E),
    }
    playbook = made(steps)
    assert states(stands(playbook, done(A)), B, C, D) == ["ready", "ready", "waiting"]
    assert states(stands(playbook, done(A, B)), B, C, D) == ["done", "ready", "waiting"]
    assert states(stands(playbook, done(A, B, C)), D) == ["ready"]


def test_a_while_asks_for_each_round_anew() -> None:
    steps = {A: act(W), W: {"type": "while-condition", "condition": "__open__:value = true", "on_true": B, "on_completion": C},
             B: act(E), C: act(E)}  # fmt: skip
    playbook = made(steps, playbook_variables={"__open__": {"type": "bool", "value": "true"}})
    first = stands(playbook, done(A))
    assert (first.steps[B].state, first.steps[B].label) == ("ready", "")
    marks = done(A, B) | {(W, ""): Mark(way="on_true")}
    second = stands(playbook, marks)
    assert second.steps[B].state == "ready"
    assert second.steps[B].label != ""
    ended = stands(playbook, marks, open="false")
    assert states(ended, B, C) == ["done", "ready"]


def test_a_circle_of_steps_is_walked_again_and_one_of_conditions_alone_is_said_to_be_one() -> None:
    again = made({A: act(B), B: act(A)})
    assert stands(again, done(A, B)).steps[A].state == "ready"
    empty = made(
        {A: act(X), X: {"type": "if-condition", "condition": "__harm__:value = true", "on_true": W, "on_completion": X},
         W: {"type": "while-condition", "condition": "__harm__:value = true", "on_true": X, "on_completion": E}},
        playbook_variables={"__harm__": {"type": "bool", "value": "true"}},
    )  # fmt: skip
    found = stands(empty, done(A))
    assert any(each.state == "stuck" and "circle" in each.why for each in found.steps.values())
    assert not found.over


def test_a_way_to_a_step_that_is_missing_is_never_over() -> None:
    found = stands(made({A: act("action--00000000-0000-4000-8000-00000000dead")}), done(A))
    assert not found.over
    assert "does not have" in found.steps[A].why


def test_branches_ten_thousand_deep_and_wide_are_walked_in_time() -> None:
    def ident(number: int) -> str:
        return f"if-condition--00000000-0000-4000-8000-{number:012}"

    deep = {
        ident(n): {"type": "if-condition", "condition": "__harm__:value = true", "on_true": ident(n + 1)}
        for n in range(9_000)
    } | {ident(9_000): act(E)}
    playbook = made(
        {A: act(ident(0)), **deep}, playbook_variables={"__harm__": {"type": "bool", "value": "true"}}
    )
    began = time.process_time()
    assert stands(playbook, done(A)).steps[ident(9_000)].state == "ready"
    assert time.process_time() - began < 20


def test_every_playbook_of_the_library_can_be_followed_to_its_end() -> None:
    for entry in library.entries():
        playbook = load(library.text_of(entry.id), entry.file)
        marks: Marks = {}
        values = {"watch_open": "true"}
        for _ in range(120):
            found = stands(playbook, marks, now_s=400 * 86_400, **values)
            if found.over:
                break
            first = next_steps(found)[0]
            if any(each.step.startswith("while") for each in first.choices()):
                marks |= {(each.step, each.label): Mark(way=each.way) for each in first.choices()}
                values["watch_open"] = "false"
            marks[first.step, first.label] = Mark("done", at_us=BEGUN)
        assert found.over, entry.short
        over, of = counted(found, playbook)
        assert over == of > 10, entry.short


def test_a_condition_of_several_facts_is_known_only_where_they_decide_it() -> None:
    facts = {"a": True, "b": False, "c": None}
    condition = {"all_of": [{"fact": "a"}, {"fact": "c"}]}
    assert holds(frozen(condition), lambda fact: facts[fact["fact"]]) is None
    condition["all_of"].append({"fact": "b"})
    assert holds(frozen(condition), lambda fact: facts[fact["fact"]]) is False
    assert holds(frozen({"any_of": [{"fact": "c"}, {"fact": "a"}]}), lambda fact: facts[fact["fact"]]) is True
    assert holds(frozen({"all_of": "x"}), lambda fact: True) is None


def test_the_good_playbook_walks_its_branches() -> None:
    playbook = from_json(GOOD)
    found = stands(playbook)
    assert {ASK, BOTH, STOP, TELL, WATCH, LOOK, SORT, END} <= set(found.steps)
    assert all(isinstance(each, Standing) for each in found.steps.values())
    assert found.open
