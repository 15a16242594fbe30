"""Where containment stands, told from what is on record: the control that says most, and nothing made up."""

from pathlib import Path
from typing import Any

import pytest
from tests.features.containment.stage import staged
from tests.store.profiles import declare, unruled

from ircockpit.core.errors import NotFound
from ircockpit.features.containment import queries
from ircockpit.features.containment.engine.states import State
from ircockpit.features.incidents.queries import incident
from ircockpit.store.workstation import Draft, Workstation


@pytest.fixture
def place(station: Workstation) -> tuple[str, str]:
    return declare(station)


def put(station: Workstation, place: tuple[str, str], control: str, *states: str) -> str:
    """A control of the incident that went through these states."""
    incident_id, stream = place
    ident = station.new_id(stream)
    facts = {
        "incident": incident_id,
        "system": "s",
        "control": control,
        "title": control,
        "target": "eu-1",
        "state": "planned",
    }
    station.append([Draft(stream, "containment.planned", ident, (facts,))])
    for state in states:
        extra: dict[str, Any] = {"ms": 6800, "detail": f"it is {state}"}
        station.append([station.set_field(stream, "containment.stepped", ident, "state", state, **extra)])
    return ident


def test_every_state_of_the_engine_is_ordered_and_sorted() -> None:
    everything = {state.value for state in State} | {"attested"}  # what a person says was done by hand
    assert set(queries._ORDER) == everything
    assert set(queries.RUNNING) | set(queries.ENGAGED) <= everything
    safe = everything - set(queries.ENGAGED)
    assert safe == {"planned", "approved", "failed", "reverted"}, "states in which nothing can be in force"


def test_an_action_is_as_its_last_step_left_it(station: Workstation, place: tuple[str, str]) -> None:
    ident = put(station, place, "halt", "approved", "sent", "accepted", "recorded", "effective")
    row = queries.action(station.view, ident)
    assert (row.state, row.elapsed_ms, row.detail) == ("effective", 6800, "it is effective")
    assert queries.data_of(row)["short"] == row.short
    assert row.short.startswith("a-")
    fresh = queries.action(station.view, put(station, place, "other"))
    assert (fresh.state, fresh.elapsed_ms, fresh.detail) == ("planned", None, "")
    assert [each.control for each in queries.actions(station.view, place[0])] == ["halt", "other"]
    with pytest.raises(NotFound):
        queries.action(station.view, "a-zuzu")


@pytest.mark.parametrize(
    ("controls", "stands"),
    [
        ((), "open"), ((("halt", "reverted"),), "open"), ((("halt", "failed"),), "failed"),
        ((("halt", "effective"), ("other", "failed")), "effective"), ((("halt", "failed"), ("other", "sent")), "sent"),
        ((("halt", "unverified"), ("other", "unknown")), "unverified"), ((("halt", "reverted"), ("halt", "drifted")), "drifted"),
    ],
)  # fmt: skip
def test_an_incident_stands_where_its_best_control_does(
    station: Workstation, place: tuple[str, str], controls: tuple[tuple[str, str], ...], stands: str
) -> None:
    for control, state in controls:
        put(station, place, control, state)
    assert incident(station.view, place[0]).standing.state == stands


def test_the_newest_of_a_control_counts(station: Workstation, place: tuple[str, str]) -> None:
    put(station, place, "halt", "reverted")
    newest = put(station, place, "halt", "effective")
    found = queries.latest_of_control(station.view, place[0], "halt")
    assert found is not None
    assert found.ident == newest
    assert queries.latest_of_control(station.view, place[0], "no such") is None


def test_a_proof_told_in_another_stream_proves_no_control(home: Path, tmp_path: Path) -> None:
    with staged(home) as stage, unruled(tmp_path / "jo") as jo:
        _, ident = stage.approved()
        stream, genesis = jo.open_stream("incident")
        jo.append([genesis, Draft(stream, "containment.stepped", ident, ({"value": "effective"},), "state")])
        with stage.station.log.writing() as writer:
            for stored in jo.log.of_stream(stream):
                writer.add(stored.event)
        stage.station.refresh()
        assert (stage.offer().proved_us, stage.action(ident).state) == (0, "planned")
        own = stage.station.set_field(stage.row.stream, "containment.stepped", ident, "state", "effective")
        stage.station.append([own])
        assert stage.offer().proved_us > 0, "one told in its own does"
        assert stage.action(ident).state == "effective"
