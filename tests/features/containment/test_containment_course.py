"""Stop, lift and look again on one workstation against a real gateway, as the record tells it afterwards."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import FLAG, FLAG_PATH, Gateway, says
from tests.support.hub import station as open_station
from tests.support.scripted import Line, Received

from ircockpit.core.errors import BadInput, ExitCode, RefusedError, SecretError
from ircockpit.features.containment import actions as containment_actions
from ircockpit.features.containment import lifting, looking, queries, shelf, stopping
from ircockpit.features.containment.actions import check_revert
from ircockpit.features.containment.engine.answer import Exchange, Reading
from ircockpit.features.containment.offers import Offer, offers
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.incidents import actions as incident_actions
from ircockpit.features.incidents.queries import IncidentRow, incidents
from ircockpit.features.systems import actions as systems
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

FAST = FLAG.replace(b"every_ms: 500", b"every_ms: 50").replace(b"timeout_s: 5,", b"timeout_s: 1,")


def silent(_: object) -> None:
    """Nobody listens."""


class Course:
    """An incident of a system whose one control is a flag of the gateway."""

    def __init__(self, station: Workstation, gateway: Gateway, source: bytes = FAST) -> None:
        self.station, self.gateway = station, gateway
        (station.profile.connectors / "flags.yaml").write_bytes(source)
        for held in shelf.connectors(station.profile):
            shelf.trust(station.profile, held.connector.sha256)
        url = gateway.server.url
        systems.add(station, name="bot", target=[f"eu={url},{url}"], control=["halt=flags/off@eu"])
        system = station.view.rows("SELECT id FROM system")[0][0]
        self.incident = str(incident_actions.declare(station, title="wrong dose").data["id"])
        row = self.row
        station.append([station.set_field(row.stream, "incident.set", row.ident, "system", system)])

    @property
    def row(self) -> IncidentRow:
        return incidents(self.station.view, [self.incident])[0]

    @property
    def offer(self) -> Offer:
        return offers(self.station, self.incident, self.row.system)[0]

    @property
    def action(self) -> ActionRow:
        return queries.actions(self.station.view, self.incident)[-1]

    def stop(self) -> str:
        prepared = stopping.prepare(self.station, self.offer)
        ident = stopping.approve(self.station, self.row, prepared, "stop first")
        return stopping.execute(self.station, self.row, prepared, ident, silent).state.value

    def lift(self) -> str:
        check_revert(self.station, self.action)
        plan = lifting.plan_back(self.station, self.action)
        return lifting.revert(self.station, self.action, plan, "mended", silent).state.value


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workstation]:
    with open_station(tmp_path / "profile") as opened:
        yield opened


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    with made.server:
        yield made


def test_stop_and_lift(station: Workstation, gateway: Gateway) -> None:
    course = Course(station, gateway)
    assert course.stop() == "effective"
    assert course.lift() == "reverted"
    assert course.action.state == "reverted"


def test_a_step_in_doubt_proves_no_control(station: Workstation, gateway: Gateway) -> None:
    course = Course(station, gateway)
    assert course.stop() == "effective"
    assert course.offer.proved_us > 0, "the control: what counts does prove it"
    station.view.db.execute("UPDATE entry SET doubt='nobody certified it' WHERE type='containment.stepped'")
    assert course.offer.proved_us == 0


def test_a_lifting_without_a_probe_is_over_and_says_what_nobody_saw(
    station: Workstation, gateway: Gateway
) -> None:
    source = FAST[: FAST.index(b"      probe:")] + FAST[FAST.index(b"    blast:") :]
    course = Course(station, gateway, source)
    assert course.stop() == "unverified"
    assert course.offer.in_force
    assert course.lift() == "reverted"
    assert "no probe" in course.action.detail
    assert not course.offer.in_force


def test_a_lifting_that_sent_nothing_leaves_the_control_in_force(
    station: Workstation, gateway: Gateway
) -> None:
    course = Course(station, gateway)
    course.stop()
    plan = lifting.plan_back(station, course.action)
    gateway.lies["GET", FLAG_PATH] = says(500)
    lifting.revert(station, course.action, plan, "mended", silent)
    assert course.action.state in queries.ENGAGED
    gateway.lies.clear()
    assert course.lift() == "reverted"


def test_a_lifting_that_was_refused_leaves_the_control_in_force(
    station: Workstation, gateway: Gateway
) -> None:
    course = Course(station, gateway)
    course.stop()
    gateway.lies["PUT", FLAG_PATH] = says(403)
    course.lift()
    assert gateway.flags["chat.enabled"] is False
    assert course.action.state in queries.ENGAGED
    gateway.lies.clear()
    assert course.lift() == "reverted"


def test_a_lifting_cut_off_before_it_was_sent_can_be_taken_up_again(
    station: Workstation, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = Course(station, gateway)
    course.stop()
    plan = lifting.plan_back(station, course.action)

    def pulled(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ircockpit.features.containment.engine.execution.Execution._before_sending", pulled)
    with pytest.raises(KeyboardInterrupt):
        lifting.revert(station, course.action, plan, "mended", silent)
    monkeypatch.undo()
    assert gateway.flags["chat.enabled"] is False
    assert course.action.state in queries.ENGAGED
    assert course.lift() == "reverted"


def test_looking_again_after_a_lifting_without_answer_does_not_take_up_the_stop(
    station: Workstation, gateway: Gateway
) -> None:
    course = Course(station, gateway)
    course.stop()

    def heard(received: Received, line: Line) -> None:
        gateway.lies[("GET", FLAG_PATH)] = says(500)
        line.reset()

    gateway.lies["PUT", FLAG_PATH] = heard
    assert course.lift() == "unknown"
    gateway.lies.clear()
    gateway.set("chat.enabled", True)  # it arrived after all
    sent = len(gateway.changes)
    looking.look_again(station, course.action, silent)
    assert course.action.state == "reverted"
    assert len(gateway.changes) == sent


def test_a_lifting_without_answer_that_does_not_follow_stays_unknown_and_can_be_sent_again(
    station: Workstation, gateway: Gateway
) -> None:
    course = Course(station, gateway)
    course.stop()
    gateway.lies["PUT", FLAG_PATH] = lambda _, line: line.reset()
    assert course.lift() == "unknown"
    gateway.lies.clear()
    looking.look_again(station, course.action, silent)
    assert course.action.state == "unknown"
    assert gateway.flags["chat.enabled"] is False
    assert course.lift() == "reverted"
    assert gateway.flags["chat.enabled"] is True


def test_an_approval_is_used_once_and_only_for_its_plan(station: Workstation, gateway: Gateway) -> None:
    course = Course(station, gateway)
    prepared = stopping.prepare(station, course.offer)
    other = stopping.prepare(station, course.offer)
    ident = stopping.approve(station, course.row, prepared, "stop first")
    with pytest.raises(RefusedError, match="not the plan that was approved"):
        stopping.execute(station, course.row, other, ident, silent)
    assert gateway.changes == []
    stopping.execute(station, course.row, prepared, ident, silent)
    assert len(gateway.changes) == 1
    gateway.set("chat.enabled", True)
    with pytest.raises(RefusedError, match="used already"):
        stopping.execute(station, course.row, prepared, ident, silent)
    assert len(gateway.changes) == 1


CAPTURING = FAST.replace(
    b"json: {enabled: false}, timeout_s: 1}",
    b"json: {enabled: false}, timeout_s: 1, capture: {ticket: body.said}}",
).replace(b'json: {enabled: "${before}"}', b'json: {enabled: "${before}", ticket: "${var.ticket}"}')


def test_what_the_change_gave_outlives_a_lifting_that_failed(station: Workstation, gateway: Gateway) -> None:
    course = Course(station, gateway, CAPTURING)
    course.stop()
    gateway.lies["PUT", FLAG_PATH] = says(403)
    course.lift()
    gateway.lies.clear()
    assert course.lift() == "reverted"
    assert json.loads(gateway.changes[-1].body)["ticket"] == "ok"


def test_what_the_change_gave_is_kept_before_it_is_read_back(
    station: Workstation, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = Course(station, gateway, CAPTURING)

    def pulled(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ircockpit.features.containment.engine.execution.Execution._settle", pulled)
    with pytest.raises(KeyboardInterrupt):
        course.stop()
    monkeypatch.undo()
    assert course.action.state == "accepted"
    assert course.lift() == "reverted"
    assert json.loads(gateway.changes[-1].body)["ticket"] == "ok"


def test_a_stop_cut_off_while_it_was_sent_may_be_in_force(
    station: Workstation, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = Course(station, gateway)
    reading = Reading(True, False, (), Exchange("", "", None, 0, ""))

    def pass_by(_: object) -> Reading:
        return reading

    def pulled(*_: object, **__: object) -> None:
        gateway.set("chat.enabled", False)  # it had left when the machine went down
        raise KeyboardInterrupt

    prepared = stopping.prepare(station, course.offer)
    ident = stopping.approve(station, course.row, prepared, "stop first")
    monkeypatch.setattr("ircockpit.features.containment.engine.answer.ask", pulled)
    monkeypatch.setattr("ircockpit.features.containment.engine.execution.Execution._read", pass_by)
    with pytest.raises(KeyboardInterrupt):
        stopping.execute(station, course.row, prepared, ident, silent)
    monkeypatch.undo()
    assert course.action.state == "sent"
    assert course.offer.in_force
    assert course.lift() == "reverted"


def test_a_control_that_needs_two_people_is_not_switched_by_one(
    station: Workstation, gateway: Gateway
) -> None:
    course = Course(station, gateway, FAST.replace(b"approval: none", b"approval: two-person"))
    with pytest.raises(RefusedError, match="one more person"):
        course.stop()
    assert gateway.changes == []


def test_a_connector_can_ask_for_the_id_to_be_typed(station: Workstation, gateway: Gateway) -> None:
    course = Course(station, gateway, FAST.replace(b"approval: none", b"approval: typed-confirm"))
    assert stopping.prepare(station, course.offer).wide


def test_a_secret_pasted_in_place_of_its_source_is_not_recorded(
    station: Workstation, gateway: Gateway
) -> None:
    url = gateway.server.url
    with pytest.raises(SecretError) as told:
        systems.add(
            station,
            name="bot",
            target=[f"eu={url},{url}"],
            auth=["eu=Authorization: Basic mira:hunter2hunter2"],
            control=["halt=flags/off@eu"],
        )
    assert "hunter2" not in " ".join(told.value.sentences())
    for file in station.profile.folder.rglob("*"):
        assert file.is_dir() or b"hunter2" not in file.read_bytes()


def test_a_connector_file_that_is_broken_stops_no_other(station: Workstation, gateway: Gateway) -> None:
    course = Course(station, gateway)
    (station.profile.connectors / "half.yaml").write_text("schema_version: 1\nid: half\n")
    assert course.offer.why_not == ""
    assert course.stop() == "effective"
    said = "\n".join(plain(line) for line in containment_actions.connectors(station).lines)
    assert "not read: half.yaml" in said
    with pytest.raises(BadInput, match=r"half\.yaml"):
        shelf.connector(station.profile, "half")


def test_a_lifting_is_shown_as_it_is_sent(station: Workstation, gateway: Gateway) -> None:
    course = Course(station, gateway)
    course.stop()
    asked = containment_actions.revert(station, action=course.action.short, reason="mended")
    said = "\n".join(plain(line) for line in asked.lines)
    assert '{"enabled": true}' in said
    assert len(gateway.changes) == 1


def test_what_reaches_everybody_needs_the_id_typed_on_the_command_line_too(
    station: Workstation, gateway: Gateway
) -> None:
    course = Course(station, gateway, FAST.replace(b"tier: feature", b"tier: global"))
    asked = containment_actions.stop(station, target=course.row.short, control="1", yes=True)
    assert asked.code == ExitCode.REFUSED
    assert gateway.changes == []
    done = containment_actions.stop(
        station, target=course.row.short, control="1", yes=True, confirm=course.row.short
    )
    assert done.code == ExitCode.OK
    assert course.action.state == "effective"


def test_a_control_that_is_on_already_is_not_stopped_twice_and_can_be_lifted(
    station: Workstation, gateway: Gateway
) -> None:
    course = Course(station, gateway)
    course.stop()
    asked = containment_actions.stop(station, target=course.row.short, control="1", yes=True)
    assert (asked.code, asked.data["sent"]) == (ExitCode.REFUSED, False)
    assert len(queries.actions(station.view, course.incident)) == 1
    assert course.lift() == "reverted"
