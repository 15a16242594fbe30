"""Each shipped action on its real server, there and back, twice; users are asked beside it, and the wire is listened to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from tests.live.matrix import HEAVY, QUICK, Case
from tests.live.station import Station, as_sent, before, revealed
from tests.support.daemon import Daemon
from tests.support.tap import Tap

from ircockpit.features.containment.engine.connector import Connector
from ircockpit.features.containment.engine.plan import Plan, bound_fields
from ircockpit.features.containment.engine.request import shown
from ircockpit.features.containment.engine.resolving import server_version
from ircockpit.features.containment.engine.snapshot import snapshot
from ircockpit.features.containment.engine.states import State

pytestmark = pytest.mark.live

THERE = ["approved", "accepted", "recorded", "effective"]


@contextmanager
def tapped(case: Case, server: Daemon) -> Iterator[tuple[Station, Tap | None, Tap | None]]:
    """A station that reaches the server's two planes over a wire with an ear on it each; a program has no wire."""
    control, front = str(getattr(server, case.control)), str(getattr(server, case.front))
    scheme, access = control.partition(":")[0], case.access(server)
    if scheme == "exec":
        with before(control, front, **access) as station:
            yield station, None, None
        return
    with (
        Tap(control, server.tap_port) as one,
        Tap(front) as other,
        before(f"{scheme}://127.0.0.1:{one.port}", f"http://127.0.0.1:{other.port}", **access) as station,
    ):
        yield station, one, other


@pytest.mark.parametrize("case", QUICK, ids=[case.name for case in QUICK])
def test_there_and_back_twice(case: Case, request: pytest.FixtureRequest) -> None:
    there_and_back_twice(case, request.getfixturevalue(case.server))


@pytest.mark.heavy
@pytest.mark.parametrize("case", HEAVY, ids=[case.name for case in HEAVY])
def test_there_and_back_twice_on_large_servers(case: Case, request: pytest.FixtureRequest) -> None:
    there_and_back_twice(case, request.getfixturevalue(case.server))


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


def there_and_back_twice(case: Case, server: Daemon) -> None:
    with tapped(case, server) as (station, control, front):
        measure = station.runner.resolve(station.measure(case.connector, case.action, case.params(server)))
        for _ in range(2):
            heard = len(control.heard()) if control else 0
            asked = len(front.heard()) if front else 0
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
            if control and front:
                held_to_the_plan(plan, back, outcome.captures, control.heard()[heard:], front.heard()[asked:])
        states_the_version(station, measure.connector)


def plan_data_of(plan: Plan) -> list[object]:
    """All of a plan that is shown, approved or kept."""
    return [bound_fields(plan), [shown(each) for each in (*plan.requests, *plan.way_back, plan.read)]]


def held_to_the_plan(
    plan: Plan, back: Plan, captures: Mapping[str, Any], control: list[bytes], front: list[bytes]
) -> None:
    """Every byte that went out was shown, and the changes went out in the order shown, each once."""
    changes = [raw for raw in control if not as_sent(plan.read, raw, revealed)]
    shown = [*plan.requests, *back.requests]
    assert len(changes) == len(shown), changes
    for planned, raw in zip(shown, changes, strict=True):
        assert as_sent(planned, raw, revealed, captures), (planned, raw)
    assert plan.probe is not None
    for raw in front:
        assert as_sent(plan.probe, raw, revealed), (plan.probe, raw)
