"""The last act is taken back, also one on many things and one on what somebody else had; the rest says why not."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.features.containment.test_containment_queries import put

from ircockpit.core.errors import RefusedError
from ircockpit.features.catalogue import actions
from ircockpit.features.impact.actions import add as add_person
from ircockpit.features.impact.actions import set_state
from ircockpit.features.impact.queries import summary
from ircockpit.features.incidents.actions import close, declare, give, note, reopen, take
from ircockpit.features.incidents.queries import incident, incidents
from ircockpit.features.intake.actions import assign, intake, review
from ircockpit.features.intake.queries import group
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
    row = incident(station.view, short)
    return row.owner, row.status, row.system, summary(station.view, row.ident).by_state


def test_every_action_that_names_an_undo_is_taken_back(station: Workstation, one: str, signals: str) -> None:
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
    }  # fmt: skip
    assert set(acts) == {action.id for action in actions() if action.undo}
    assert set(acts) == {ident for idents in TAKEN_BACK.values() for ident in idents}
    for ident, (short, act) in acts.items():
        if ident == "incident.give":
            take(station, incident=one)
        if ident == "incident.reopen":
            close(station, incident=one, why="over")
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
