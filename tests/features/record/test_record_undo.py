"""The last act is taken back, also one on many things and one on what somebody else had; the rest says why not."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.features.containment.test_containment_queries import put

from ircockpit.core.errors import RefusedError
from ircockpit.features.catalogue import actions
from ircockpit.features.decisions import actions as tasks
from ircockpit.features.decisions.queries import task
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.evidence.queries import exhibit
from ircockpit.features.impact.actions import add as add_person
from ircockpit.features.impact.actions import set_state
from ircockpit.features.impact.queries import summary
from ircockpit.features.incidents.actions import close, declare, give, note, reopen, take, timeline
from ircockpit.features.incidents.queries import incident, incidents
from ircockpit.features.intake.actions import assign, intake, review
from ircockpit.features.intake.queries import group
from ircockpit.features.playbooks import following as steps
from ircockpit.features.playbooks.queries import current, named_step
from ircockpit.features.playbooks.running import ways
from ircockpit.features.record.undoing import TAKEN_BACK, last_act, undo
from ircockpit.features.systems.actions import add
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from collections.abc import Callable

OTHER = "33333333-3333-4333-8333-333333333333"


@pytest.fixture
def one(station: Workstation) -> str:
    return str(declare(station, title="wrong dose").data["short"])


@pytest.fixture
def signals(station: Workstation, tmp_path: Path) -> str:
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps({"title": "refund given", "source": "monitor", "output": "x"}))
    return str(intake(station, file=str(path)).data["groups"][0]["short"])


def state(station: Workstation, short: str) -> tuple[Any, ...]:
    if short.startswith("g-"):
        signals = group(station.view, short)
        return signals.state, signals.system, signals.fresh
    if short.startswith("t-"):
        item = task(station.view, short)
        return item.owner, item.state, item.due_us
    if "/E" in short:
        return (exhibit(station.view, short).kind,)
    if "/" in short:
        _, found, _, standing = named_step(station, short)
        return standing.mark.state, standing.mark.owner, standing.mark.way, dict(found.course.values)
    row = incident(station.view, short)
    return row.owner, row.status, row.system, summary(station.view, row.ident).by_state


Acts = dict[str, tuple[str, "Callable[[], object]"]]


def of_playbook(station: Workstation, one: str) -> Acts:
    """What is said of a step: one that opens a way, and one that is reached through it."""
    steps.begin(station, incident=one, playbook="prompt-injection.internal")
    found = current(station, incident(station.view, one))
    assert found is not None
    branch, way = next(
        (found.number(each.id), ways(each)[0]) for each in found.playbook.steps.values() if ways(each)
    )
    step = f"{one}/2"
    return {
        "step.done": (step, lambda: steps.done(station, step=step, why="read them")),
        "step.skip": (step, lambda: steps.skip(station, step=step, why="none here")),
        "step.begin": (step, lambda: steps.start(station, step=step)),
        "step.fail": (step, lambda: steps.fail(station, step=step, why="no answer")),
        "step.reopen": (step, lambda: steps.reopen(station, step=step, why="once more")),
        "step.assign": (step, lambda: steps.assign(station, step=step, to="me")),
        "step.choose": (f"{one}/{branch}", lambda: steps.choose(station, step=f"{one}/{branch}", way=way)),
        "variable.set": (step, lambda: steps.set_variable(station, incident=one, variable="entry_point", value="mail")),
    }  # fmt: skip


def of_tasks(station: Workstation, one: str) -> Acts:
    """What is said of the action item that follows from a decision."""
    made = tasks.decide(station, incident=one, decided="call them", why="harm", todo="call the board")
    item = str(made.data["tasks"][0]["short"])
    return {
        "task.take": (item, lambda: tasks.take_task(station, task=item)),
        "task.give": (item, lambda: tasks.give_task(station, task=item, to="me")),
        "task.move": (item, lambda: tasks.move_task(station, task=item, due="4h")),
        "task.done": (item, lambda: tasks.finish_task(station, task=item)),
        "task.drop": (item, lambda: tasks.drop_task(station, task=item, why="not needed")),
        "task.reopen": (item, lambda: tasks.reopen_task(station, task=item, why="it was")),
    }


def of_evidence(station: Workstation, one: str, folder: Path) -> Acts:
    (folder / "chat.json").write_text("{}")
    label = f"{one}/{evidence.add(station, file=str(folder / 'chat.json'), incident=one).data['label']}"
    return {"evidence.kind": (label, lambda: evidence.set_kind(station, exhibit=label, kind="conversation"))}


def test_every_action_that_names_an_undo_is_taken_back(
    station: Workstation, one: str, signals: str, tmp_path: Path
) -> None:
    add(station, name="bot")
    add_person(station, incident=one, person="u-1")
    acts: dict[str, tuple[str, Callable[[], object]]] = {
        "incident.take": (one, lambda: take(station, incident=one)),
        "incident.give": (one, lambda: give(station, incident=one)),
        "incident.close": (one, lambda: close(station, incident=one, why="over")),
        "incident.reopen": (one, lambda: reopen(station, incident=one, why="again")),
        "signal.assign": (one, lambda: assign(station, target=one, system="bot")),
        "impact.state": (one, lambda: set_state(station, incident=one, state="told", why="letter", all=True)),
        "signal.review": (signals, lambda: review(station, signal=signals, verdict="dismiss", why="a test")),
        **of_playbook(station, one), **of_tasks(station, one), **of_evidence(station, one, tmp_path),
    }  # fmt: skip
    assert set(acts) == {action.id for action in actions() if action.undo}
    assert set(acts) == {ident for idents in TAKEN_BACK.values() for ident in idents}
    for ident, (short, act) in acts.items():
        if ident == "incident.give":
            take(station, incident=one)
        if ident == "incident.reopen":
            close(station, incident=one, why="over")
        if ident == "task.reopen":
            tasks.finish_task(station, task=short)
        if ident == "step.reopen":
            steps.done(station, step=short)
        before = state(station, short)
        act()
        assert state(station, short) != before, ident
        assert undo(station).said.startswith("taken back: "), ident
        assert state(station, short) == before, ident


def test_it_goes_back_further_and_a_take_gives_back_to_whom_it_was(station: Workstation, one: str) -> None:
    row = incident(station.view, one)
    other = "0" * 32
    station.append([station.set_field(row.stream, "incident.set", row.ident, "owner", other)])
    take(station, incident=one)
    close(station, incident=one, why="over")
    assert undo(station).said == f"taken back: status of {one} is open again"
    assert undo(station).said == f"taken back: owner of {one} is someone 0000 again"
    assert incident(station.view, one).owner == other
    assert incident(station.view, one).disputed == ()


def test_an_act_on_many_is_taken_back_as_one_but_for_what_somebody_has_changed(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [str(declare(station, title=f"number {n}").data["id"]) for n in range(5)]
    shorts = [row.short for row in incidents(station.view, made)]
    with station.one_act(station.new_op()):
        for short in shorts:
            take(station, incident=short)
    assert len(last_act(station)) == 5
    give(station, incident=shorts[2])
    assert undo(station).said == f"taken back: owner of {shorts[2]} is mira again"
    with monkeypatch.context() as patched:
        patched.setattr(Workstation, "me", OTHER)  # somebody else at this device
        take(station, incident=shorts[3])
    said = undo(station).said
    assert (
        said == f"taken back: owner of 4 rows is as before; 1 is left: owner of {shorts[3]} was changed since"
    )
    assert [incident(station.view, short).owner for short in shorts] == ["", "", "", OTHER, ""]
    with pytest.raises(RefusedError, match="was changed since; nothing is taken back"):
        undo(station)


@pytest.mark.parametrize(
    ("act", "fix"),
    [
        (lambda station, short: note(station, incident=short, text="said"), "a further one corrects it"),
        (lambda station, short: declare(station, title="another"), "closed with a reason"),
        (lambda station, short: put(station, place(station, short), "halt", "approved", "sent"), "c, then U"),
        (lambda station, short: add(station, name="bot"), "a further entry corrects it"),
    ],
)  # fmt: skip
def test_what_stays_says_so_and_nothing_behind_it_is_touched(
    station: Workstation, one: str, act: Any, fix: str
) -> None:
    take(station, incident=one)
    act(station, one)
    count = station.log.count()
    with pytest.raises(RefusedError) as caught:
        undo(station)
    assert fix in caught.value.fix
    assert station.log.count() == count
    assert incident(station.view, one).owner == station.me


def place(station: Workstation, short: str) -> tuple[str, str]:
    row = incident(station.view, short)
    return row.ident, row.stream


def test_a_fresh_profile_has_nothing_to_take_back(station: Workstation) -> None:
    with pytest.raises(RefusedError):
        undo(station)


def test_what_was_said_of_a_step_and_what_came_with_it_goes_as_one_act(
    station: Workstation, one: str
) -> None:
    steps.begin(station, incident=one, playbook="prompt-injection.internal")
    before = steps.list_steps(station, incident=one).data["steps"]
    steps.start(station, step=f"{one}/2")  # the step, its state and its owner
    assert undo(station).said == "taken back: the step 'Read the controls, change nothing' is as it was"
    assert steps.list_steps(station, incident=one).data["steps"] == before
    told = [str(each["text"]) for each in timeline(station, incident=one).data]
    assert "nothing is said of the step Read the controls, change nothing any more: taken back" in told
    steps.done(station, step=f"{one}/2")
    steps.done(station, step=f"{one}/2", why="and once more")
    undo(station)
    assert state(station, f"{one}/2")[0] == "done"
    undo(station)
    assert state(station, f"{one}/2")[0] == ""
