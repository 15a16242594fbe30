"""Each shipped action on its real server, there and back, twice; users are asked beside it, and the wire is listened to."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.live.matrix import HEAVY, QUICK, Case
from tests.live.station import Station, as_sent, before, revealed
from tests.support.daemon import Daemon
from tests.support.envoy import Envoy
from tests.support.program_tap import ProgramTap
from tests.support.tap import Tap

from ircockpit.features.containment.engine.connector import Connector
from ircockpit.features.containment.engine.plan import Plan, bound_fields
from ircockpit.features.containment.engine.request import PlannedRequest, shown
from ircockpit.features.containment.engine.resolving import requests_of, server_version
from ircockpit.features.containment.engine.snapshot import snapshot
from ircockpit.features.containment.engine.states import State

pytestmark = pytest.mark.live

Ear = Tap | ProgramTap
THERE = ["approved", "accepted", "recorded", "effective"]


@contextmanager
def tapped(case: Case, server: Daemon, folder: Path) -> Iterator[tuple[Station, list[Ear]]]:
    """A station that reaches the server over wires with an ear on them: the control plane's, and the data plane's.

    A program has no wire: its ear hears each of its runs, those of the probe as well where that is one.
    """
    control, front = str(getattr(server, case.control)), str(getattr(server, case.front))
    scheme, access = control.partition(":")[0], case.access(server)
    if scheme == "exec":
        ear = ProgramTap(access["program"], folder)
        own = {**access, "program": ear.path}
        if front == control:
            with before(control, front, **own) as station:
                yield station, [ear]
            return
        with Tap(front) as wire, before(control, f"http://127.0.0.1:{wire.port}", **own) as station:
            yield station, [ear, wire]
        return
    with (
        Tap(control, server.tap_port) as one,
        Tap(front) as other,
        before(f"{scheme}://127.0.0.1:{one.port}", f"http://127.0.0.1:{other.port}", **access) as station,
    ):
        yield station, [one, other]


@pytest.mark.parametrize("case", QUICK, ids=[case.name for case in QUICK])
def test_there_and_back_twice(case: Case, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    there_and_back_twice(case, request.getfixturevalue(case.server), tmp_path)


@pytest.mark.heavy
@pytest.mark.parametrize("case", HEAVY, ids=[case.name for case in HEAVY])
def test_there_and_back_twice_on_large_servers(
    case: Case, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    there_and_back_twice(case, request.getfixturevalue(case.server), tmp_path)


def states_the_version(station: Station, source: Connector) -> None:
    """The file states the version it was tried with; on another one the outcome is told without it."""
    if source.server is None:
        return
    version = server_version(station.transport, source, station.target)
    assert version, "it has a question for the version, and got no answer"
    if version not in source.tested_with:
        pytest.skip(
            f"elsewhere: {source.id} states {', '.join(source.tested_with)}, and {version} went the whole way"
        )


def there_and_back_twice(case: Case, server: Daemon, folder: Path) -> None:
    with tapped(case, server, folder) as (station, ears):
        measure = station.runner.resolve(station.measure(case.connector, case.action, case.params(server)))
        for _ in range(2):
            until = [len(ear.heard()) for ear in ears]
            assert case.users(server) == case.free
            found = station.runner.read(measure)
            assert not found.contained

            plan = station.plan(measure)
            outcome = station.go(plan)
            assert outcome.state is State.EFFECTIVE, outcome.reason
            assert case.users(server) == case.held
            assert [each for each in dict.fromkeys(station.journal.states()) if each != "sent"] == THERE
            assert station.runner.watch_once(measure).word == "engaged"

            back = station.way_back(plan, outcome)
            undone = station.runner.revert(back, back.hash)
            assert undone.state is State.REVERTED, undone.reason
            assert case.users(server) == case.free
            assert station.runner.read(measure).state == found.state

            for uri in measure.secrets.values():
                told = [
                    plan.shift,
                    plan_data_of(plan),
                    plan_data_of(back),
                    snapshot(plan, 1),
                    outcome,
                    undone,
                ]
                assert revealed(uri) not in repr([*told, station.journal.steps])
            said = [ear.heard()[count:] for ear, count in zip(ears, until, strict=True)]
            held_to_the_plan(plan, back, outcome.captures, *said)
        states_the_version(station, measure.connector)


def plan_data_of(plan: Plan) -> list[object]:
    """All of a plan that is shown, approved or kept."""
    return [bound_fields(plan), [shown(each) for each in (*plan.requests, *plan.way_back, plan.read)]]


def held_to_the_plan(
    plan: Plan,
    back: Plan,
    captures: Mapping[str, Any],
    control: Sequence[bytes | tuple[str, ...]],
    front: Sequence[bytes | tuple[str, ...]] | None = None,
) -> None:
    """Every byte that went out was shown, and the changes went out in the order shown, each once.

    Without ``front`` all of it was heard in one place.
    """
    assert plan.probe is not None
    looks = [plan.read, *requests_of(plan.measure)]
    looks += [plan.probe] if front is None else []
    changes = [raw for raw in control if not any(as_sent(look, raw, revealed) for look in looks)]
    shown = [*plan.requests, *back.requests]
    assert len(changes) == len(shown), changes
    for planned, raw in zip(shown, changes, strict=True):
        assert as_sent(planned, raw, revealed, captures), (planned, raw)
    for raw in front or ():
        assert as_sent(plan.probe, raw, revealed), (plan.probe, raw)


@pytest.mark.parametrize("name", ["envoy-halt", "envoy-roll-back", "haproxy-halt", "caddy-block-key"])
def test_nothing_is_asked_more_often_than_stated(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Servers that answer at once: a stop and its lifting are two changes, eight readings and seven probes.

    What was looked up for the plan is looked up a second time right before the stop is sent, and not for its lifting.
    """
    (case,) = (each for each in QUICK if each.name == name)
    server = request.getfixturevalue(case.server)
    with tapped(case, server, tmp_path) as (station, (control, front)):
        measure = station.runner.resolve(station.measure(case.connector, case.action, case.params(server)))
        looked_up = len(control.heard())
        outcome = station.go(plan := station.plan(measure))
        assert station.undo(plan, outcome).state is State.REVERTED
        assert looked_up == len(measure.action.resolve)
        assert len(control.heard()) - looked_up == looked_up + 2 + 8
        assert len(front.heard()) == 7


def test_what_differs_from_the_plan_by_one_byte_is_noticed(envoy: Envoy) -> None:
    with (
        Tap(envoy.admin) as one,
        Tap(envoy.listener) as other,
        before(f"http://127.0.0.1:{one.port}", f"http://127.0.0.1:{other.port}") as station,
    ):
        outcome = station.go(plan := station.plan(station.measure("envoy", "halt", {})))
        back = station.way_back(plan, outcome)
        assert station.runner.revert(back, back.hash).state is State.REVERTED
        control, front = one.heard(), other.heard()
    held_to_the_plan(plan, back, {}, control, front)
    for wrong in (
        [raw.replace(b"halt_pct=100", b"halt_pct=99") for raw in control],
        [*control, control[0].replace(b"format=json", b"format=text")],
        [raw for raw in control if b"halt_pct=100" not in raw],
    ):
        with pytest.raises(AssertionError):
            held_to_the_plan(plan, back, {}, wrong, front)
    with pytest.raises(AssertionError):
        held_to_the_plan(plan, back, {}, control, [*front, front[0].replace(b"ping", b"pong")])


def test_an_argument_of_a_program_that_differs_is_noticed(tmp_path: Path) -> None:
    ear = ProgramTap("/bin/echo", tmp_path)
    planned = PlannedRequest("control", "RUN", "exec:/bin/echo", (), None, ("SET", "a b", "ü\n;$(x)"))
    for args in (planned.args, ("SET", "a", "b"), (*planned.args, "NX")):
        assert subprocess.run([ear.path, *args], capture_output=True, check=True).stdout
    assert [as_sent(planned, raw, str) for raw in ear.heard()] == [True, False, False]
