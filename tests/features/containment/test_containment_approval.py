"""The approval of a stop: what was approved is what is sent, once, in time and by the device it was approved on."""

import hashlib
import json
from pathlib import Path

import pytest
from tests.features.containment.stage import QUICK, Stage, approvals, stop
from tests.store.profiles import open_station

from ircockpit.core.errors import CockpitError, ExitCode, RefusedError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment import actions, stopping
from ircockpit.features.containment.engine.plan import bound_fields
from ircockpit.features.systems.actions import add as add_system
from ircockpit.store.workstation import Draft


def test_an_approval_is_a_signed_event_over_everything_that_decides(stage: Stage) -> None:
    prepared, ident = stage.approved()
    (approval,) = approvals(stage, ident)
    bound = json.loads(approval["bound"])
    assert bound == bound_fields(prepared.plan)
    # An auditor recomputes the hash from what the event itself states.
    digest = hashlib.sha256(b"ircockpit/plan/1\0" + canonical(bound)).hexdigest()
    assert approval["plan"] == prepared.plan.hash == digest == stage.action(ident).plan
    assert bound["requests"][0]["url"] == f"{stage.gateway.server.url}/flags/chat.enabled"
    assert bound["connector_sha256"] == hashlib.sha256(QUICK).hexdigest()
    assert bound["device"] == stage.station.identity.device
    assert bound["expires_us"] > stage.clock.wall_us()
    assert len(bound["nonce"]) == 32
    assert bound["before_sha256"] == hashlib.sha256(b"true").hexdigest()
    assert (approval["reason"], approval["direction"], approval["people"]) == ("stop first", "apply", 1)
    assert stage.gateway.changes == []
    from ircockpit.features.record.actions import verify

    assert verify(stage.station).code == ExitCode.OK


def test_a_secret_stands_in_the_approval_as_its_source_and_nowhere_as_itself(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATE_TOKEN", "s3cr3t-" + "v" * 20)
    add_system(stage.station, name="bot", auth=["eu-1=Authorization: Bearer env:GATE_TOKEN"])
    ident = stop(stage)
    assert "env:GATE_TOKEN" in approvals(stage, ident)[0]["bound"]
    assert stage.gateway.changes[0].headers["authorization"] == "Bearer s3cr3t-" + "v" * 20
    for path in stage.station.profile.folder.rglob("*"):
        if path.is_file():
            assert b"s3cr3t-" not in path.read_bytes(), path.name
    add_system(stage.station, name="bot", auth=["eu-1=Authorization: Bearer env:NO_SUCH_TOKEN"])
    with pytest.raises(CockpitError, match="NO_SUCH_TOKEN"):
        actions.stop(stage.station, target=stage.incident, control="2", yes=True)


def test_each_plan_has_a_nonce_of_its_own(stage: Stage) -> None:
    one, two = (stopping.prepare(stage.station, stage.offer()) for _ in range(2))
    assert one.plan.nonce != two.plan.nonce
    assert one.plan.hash != two.plan.hash


def test_an_approval_is_used_once(stage: Stage) -> None:
    prepared, ident = stage.approved()
    assert stage.go(prepared, ident) == "effective"
    stage.gateway.set("chat.enabled", True)  # somebody put it back: the state is as the approval bound it
    count = stage.station.log.count()
    with pytest.raises(RefusedError, match="used"):
        stage.go(prepared, ident)
    assert len(stage.gateway.changes) == 1
    assert stage.station.log.count() == count


def test_an_approval_that_failed_is_used_up_as_well(stage: Stage) -> None:
    prepared, ident = stage.approved()
    stage.gateway.set("chat.enabled", "changed")
    assert stage.go(prepared, ident) == "drifted"
    stage.gateway.set("chat.enabled", True)
    with pytest.raises(RefusedError, match="used"):
        stage.go(prepared, ident)
    assert stage.gateway.changes == []


def test_another_plan_is_not_the_one_that_was_approved(stage: Stage) -> None:
    _, ident = stage.approved()
    other = stopping.prepare(stage.station, stage.offer(2))
    with pytest.raises(RefusedError, match="not the plan that was approved"):
        stage.go(other, ident)
    again = stopping.prepare(stage.station, stage.offer())  # the same request, with a nonce nobody approved
    with pytest.raises(RefusedError, match="not the plan that was approved"):
        stage.go(again, ident)
    assert stage.gateway.changes == []


def test_a_plan_nobody_approved_is_not_sent(stage: Stage) -> None:
    prepared = stopping.prepare(stage.station, stage.offer())
    ident = stage.station.new_id(stage.row.stream)
    facts = {"incident": stage.incident, "plan": prepared.plan.hash, "state": "planned", "control": "halt"}
    stage.station.append([Draft(stage.row.stream, "containment.planned", ident, (facts,))])
    with pytest.raises(RefusedError, match="approved"):
        stage.go(prepared, ident)
    assert stage.gateway.changes == []


def test_a_colleague_s_approval_is_not_this_device_s(stage: Stage, tmp_path: Path) -> None:
    prepared, _ = stage.approved()
    ident = stage.station.new_id(stage.row.stream)
    facts = {"incident": stage.incident, "plan": prepared.plan.hash, "state": "planned", "control": "halt"}
    stream = stage.row.stream
    with open_station(tmp_path / "jo") as other:
        body = {"plan": prepared.plan.hash, "bound": "{}", "people": 1}
        other.append(
            [
                Draft(stream, "containment.planned", ident, (facts,)),
                Draft(stream, "containment.approved", ident, (body,)),
            ]
        )
        with stage.station.log.writing() as writer:
            for stored in other.log.of_stream(stream):
                writer.add(stored.event)
    stage.station.refresh()
    with pytest.raises(RefusedError, match="approved"):
        stage.go(prepared, ident)
    assert stage.gateway.changes == []


def test_an_approval_expires(stage: Stage) -> None:
    prepared, ident = stage.approved()
    stage.clock.leap(stopping.APPROVAL_US // 1_000_000 + 1)
    with pytest.raises(RefusedError, match="expired"):
        stage.go(prepared, ident)
    assert stage.gateway.changes == []
    fresh, again = stage.approved()
    stage.clock.leap(stopping.APPROVAL_US // 1_000_000 - 60)
    assert stage.go(fresh, again) == "effective", "control: a minute before it has not"


def test_a_clock_set_back_does_not_prolong_an_approval(stage: Stage) -> None:
    prepared, ident = stage.approved()
    stage.clock.pass_with_the_wall_set_back(stopping.APPROVAL_US // 1_000_000 + 1)
    assert stage.clock.wall_us() < prepared.plan.expires_us, "by the wall clock alone it would still hold"
    with pytest.raises(RefusedError, match="expired"):
        stage.go(prepared, ident)
    assert stage.gateway.changes == []


def test_an_approval_does_not_outlast_a_new_start_of_the_machine(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, ident = stage.approved()
    monkeypatch.setattr(stage.clock, "boot", lambda: "another")
    with pytest.raises(RefusedError, match="expired"):
        stage.go(prepared, ident)
    assert stage.gateway.changes == []


def test_what_changed_since_the_plan_was_read_is_not_overwritten(stage: Stage) -> None:
    prepared, ident = stage.approved()
    stage.gateway.set("chat.enabled", "by somebody else")
    assert stage.go(prepared, ident) == "drifted"
    assert stage.gateway.changes == []
    assert "nothing was sent" in stage.action(ident).detail
    assert stage.gateway.flags["chat.enabled"] == "by somebody else"
