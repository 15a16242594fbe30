"""Containment at the level of its actions: what was approved is what is sent, once, by whom it was approved for."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.features.containment.engine.gateway import says, silence
from tests.features.containment.stage import CONNECTOR, QUICK, Stage, staged
from tests.store.profiles import open_station

from ircockpit.core.errors import BadInput, CockpitError, ConflictError, ExitCode, NotFound, RefusedError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment import actions, queries, stopping
from ircockpit.features.containment.engine.plan import bound_fields
from ircockpit.features.incidents.actions import close, queue, reopen, timeline
from ircockpit.features.intake.actions import intake
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with staged(home) as made:
        yield made


def approvals(stage: Stage, ident: str) -> list[dict[str, Any]]:
    rows = stage.station.view.rows(
        "SELECT body FROM entry WHERE ent=? AND type='containment.approved' ORDER BY lam, event_id", (ident,)
    )
    return [json.loads(row[0]) for row in rows]


def stop(stage: Stage) -> str:
    """Stop it by the command; the id of the action."""
    done = actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert (done.code, done.data["state"]) == (ExitCode.OK, "effective"), done
    return str(done.data["id"])


# Before anything is sent


def test_without_yes_everything_is_shown_and_nothing_sent_or_recorded(stage: Stage) -> None:
    count = stage.station.log.count()
    for dry_run, code in ((False, ExitCode.REFUSED), (True, ExitCode.OK)):
        shown = actions.stop(
            stage.station, target=stage.incident, control="halt", dry_run=dry_run, yes=dry_run
        )
        page = "\n".join(plain(line) for line in shown.lines)
        assert f"PUT {stage.gateway.server.url}/flags/chat.enabled" in page
        assert shown.data["sent"] is False
        assert shown.data["could_fail"] is True
        assert shown.code == code
        assert "nothing was sent" in shown.said
    assert stage.gateway.changes == []
    assert stage.station.log.count() == count


def test_without_a_control_it_is_said_that_nothing_was_sent_and_how_to_go_on(stage: Stage) -> None:
    count = stage.station.log.count()
    asked = actions.stop(stage.station, target=stage.incident)
    assert (asked.code, asked.said) == (
        ExitCode.OK,
        f"nothing was sent; a control's plan: ircockpit stop {stage.row.short} halt",
    )
    sent = actions.stop(stage.station, target=stage.incident, yes=True)
    assert (sent.code, sent.said) == (
        ExitCode.USAGE,
        f"nothing was sent: which control? ircockpit stop {stage.row.short} halt --yes",
    )
    for offered in (asked, sent):
        assert [row["control"] for row in offered.data] == ["halt", "other"]
    assert stage.gateway.changes == []
    assert stage.station.log.count() == count


def test_a_dry_run_gives_the_whole_plan_to_a_script_also_without_a_control(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATE_TOKEN", "s3cr3t-" + "v" * 20)
    add_system(stage.station, name="bot", auth=["eu-1=Authorization: Bearer env:GATE_TOKEN"])
    shown = actions.stop(stage.station, target=stage.incident, dry_run=True)
    assert (shown.code, shown.said) == (
        ExitCode.OK,
        "dry run: nothing was sent; other controls: 2 other",
    )
    url = stage.gateway.server.url
    (request,) = shown.data["requests"]
    assert (request["method"], request["url"]) == ("PUT", f"{url}/flags/chat.enabled")
    assert ["authorization", "Bearer ", "env:GATE_TOKEN"] in request["headers"]
    assert json.loads(request["body"]) == {"enabled": False}
    probe = shown.data["probe"]
    assert (probe["url"], probe["reads"]) == (f"{url}/chat", "not contained")
    assert "s3cr3t-" not in json.dumps(shown.data)
    assert stage.gateway.changes == []


def test_nothing_is_stopped_from_a_closed_incident_where_nobody_would_see_it(stage: Stage) -> None:
    prepared = stopping.prepare(stage.station, stage.offer())
    close(stage.station, incident=stage.incident, why="over")
    count = stage.station.log.count()
    with pytest.raises(RefusedError, match=f"is closed: ircockpit reopen {stage.row.short} --why"):
        actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    with pytest.raises(RefusedError, match="is closed"):  # planned before it was closed
        stopping.approve(stage.station, stage.row, prepared, "stop first")
    assert stage.gateway.changes == []
    assert stage.station.log.count() == count
    reopen(stage.station, incident=stage.incident, why="again")
    assert stop(stage), "control: open again, it is stopped"


def test_a_closed_incident_stays_in_the_queue_while_its_control_is_in_force(stage: Stage) -> None:
    def shorts() -> list[str]:
        return [row["short"] for row in queue(stage.station).data["incidents"]]

    ident = stop(stage)
    close(stage.station, incident=stage.incident, why="the bot is gone", in_force=True)
    assert shorts() == [stage.row.short]
    actions.revert(stage.station, action=ident, reason="fixed", confirm=stage.action(ident).short, yes=True)
    assert shorts() == [], "control: lifted, it is over"


def test_a_control_or_target_that_is_none_is_told(stage: Stage) -> None:
    with pytest.raises(NotFound, match="no control '9'"):
        actions.stop(stage.station, target=stage.incident, control="9", yes=True)
    with pytest.raises(NotFound):
        actions.stop(stage.station, target="zuzu", control="1", yes=True)
    assert stage.gateway.changes == []


def test_signals_become_one_incident_when_a_control_is_sent(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "signals.jsonl"
    path.write_text('{"title": "refund given", "source": "monitor"}\n', "utf-8")
    short = intake(stage.station, file=str(path)).data["groups"][0]["short"]
    count = stage.station.log.count()
    assert actions.stop(stage.station, target=short, control="halt").data["sent"] is False
    assert stage.station.log.count() == count, "looking declares nothing"
    done = actions.stop(stage.station, target=short, control="halt", yes=True)
    assert done.data["state"] == "effective"
    again = actions.stop(stage.station, target=short)
    assert [row["state"] for row in again.data] == ["effective", ""], "the signals lead to that incident now"
    assert len(queue(stage.station).data["incidents"]) == 2


# The approval


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


# Trust


def test_a_connector_nobody_trusted_is_not_written_with(home: Path) -> None:
    with staged(home, trusted=False) as stage:
        assert "trusted" in stage.offer().why_not
        with pytest.raises(RefusedError, match="trusted"):
            actions.stop(stage.station, target=stage.incident, control="1", yes=True)
        assert stage.gateway.server.received == [], "not even read with"
        actions.trust(stage.station, connector="flags")
        assert stop(stage)


def test_one_changed_byte_takes_the_trust_away(stage: Stage) -> None:
    stop(stage)
    path = stage.station.profile.connectors / CONNECTOR
    path.write_bytes(QUICK.replace(b"switch the feature off", b"switch the feature of "))
    (row,) = [row for row in actions.connectors(stage.station).data if row["id"] == "flags"]
    assert row["origin"] == "not trusted"
    sent = len(stage.gateway.server.received)
    with pytest.raises(RefusedError, match="trusted"):
        actions.stop(stage.station, target=stage.incident, control="2", yes=True)
    assert len(stage.gateway.server.received) == sent
    path.write_bytes(QUICK)
    assert not stage.offer(2).why_not, "control: the very bytes that were read are trusted still"


def test_a_broken_connector_file_does_not_take_the_others_away(stage: Stage) -> None:
    (stage.station.profile.connectors / "half.yaml").write_bytes(b"schema_version: 1\nid: half\n")
    assert stop(stage)
    shown = [plain(line) for line in actions.connectors(stage.station).lines]
    assert any("half.yaml" in line for line in shown)
    (stage.station.profile.connectors / "flags.yaml").write_bytes(b"schema_version: 1\nid: flags\n")
    assert "flags.yaml" in stage.offer(2).why_not


def test_an_address_nobody_accepted_here_is_not_sent_to(stage: Stage) -> None:
    (stage.station.profile.folder / "targets.json").write_text("[]", "utf-8")
    assert "not accepted" in stage.offer().why_not
    with pytest.raises(RefusedError, match="not accepted"):
        actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert stage.gateway.server.received == []


@pytest.mark.parametrize("params", ["flag=../admin", "no_such=1", "flag=A B"])
def test_parameters_the_connector_does_not_allow(stage: Stage, params: str) -> None:
    count = stage.station.log.count()
    with pytest.raises(BadInput, match="control halt"):
        add_system(stage.station, name="bot", control=[f"halt=flags/off@eu-1:{params}"])
    assert stage.station.log.count() == count
    # As a device without the connector could have recorded it.
    name, _, value = params.partition("=")
    control = {"name": "halt", "title": "halt", "connector": "flags", "action": "off", "target": "eu-1"}
    stage.station.append(
        [
            stage.station.set_field(
                stage.station.identity.org_stream, "system.set", stage.row.system, "controls",
                [{**control, "params": {name: value}}],
            )
        ]
    )  # fmt: skip
    assert stage.offer().why_not
    with pytest.raises(RefusedError):
        actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert stage.gateway.changes == []


# What came of it


def test_effective_is_said_only_after_probes_and_every_step_is_on_record(stage: Stage) -> None:
    ident = stop(stage)
    texts = [row["text"] for row in timeline(stage.station, incident=stage.incident, all=True).data]
    order = [
        "approved plan",
        "◐ sent: ",
        "◐ accepted: ",
        "◐ recorded: ",
        "■ effective: ",
    ]
    places = [next(n for n, text in enumerate(texts) if words in text) for words in order]
    assert places == sorted(places)
    assert stage.action(ident).elapsed_ms is not None
    assert stage.row.standing.state == "effective"
    assert stage.offer().proved_us > 0


@pytest.mark.parametrize("outage", [True, False])
def test_what_is_not_proved_is_not_called_effective(stage: Stage, outage: bool) -> None:
    stage.gateway.outage = outage
    if not outage:
        stage.gateway.lies["POST", "/chat"] = says(
            403, {"by": "flag"}
        )  # it reads contained before anything is sent
    done = actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert done.data["could_fail"] is False
    assert done.data["state"] == "unverified"
    assert done.code == ExitCode.FAILED


@pytest.fixture
def quiet(home: Path) -> Iterator[Stage]:
    patient = QUICK.replace(
        b"json: {enabled: false}, timeout_s: 1", b"json: {enabled: false}, timeout_s: 0.2"
    )
    with staged(
        home, connector=patient.replace(b"control: {timeout_s: 5", b"control: {timeout_s: 0.3")
    ) as made:
        yield made


def test_silence_after_sending_is_unknown_has_its_own_code_and_can_be_looked_at_again(quiet: Stage) -> None:
    quiet.gateway.lie_once("PUT", "/flags/chat.enabled", silence)
    done = actions.stop(quiet.station, target=quiet.incident, control="1", yes=True)
    assert (done.data["state"], done.code) == ("unknown", ExitCode.TIMEOUT)
    assert len(quiet.gateway.changes) == 1, "not sent again without having read"
    quiet.gateway.set("chat.enabled", False)  # it had arrived after all
    again = actions.check(quiet.station, action=done.data["short"])
    assert (again.data["state"], again.code) == ("effective", ExitCode.OK)
    assert len(quiet.gateway.changes) == 1


def test_a_run_cut_off_after_sending_is_found_and_finished(stage: Stage) -> None:
    class Cut(Exception):
        """The power goes."""

    def fall(progress: stopping.Progress) -> None:
        if progress.state == "sent":
            raise Cut

    prepared, ident = stage.approved()
    with pytest.raises(Cut):
        stopping.execute(stage.station, stage.row, prepared, ident, fall)
    assert stage.action(ident).state == "sent"
    assert stage.action(ident).state in queries.ENGAGED, "it may be in force: it can be checked and lifted"
    actions.check(stage.station, action=ident)
    assert stage.action(ident).state != "sent"
    assert stage.gateway.changes == [], "looking again sends nothing"


# The way back


def test_lifting_needs_a_reason_the_id_again_and_yes(stage: Stage) -> None:
    short = stage.action(stop(stage)).short
    for given in ({}, {"yes": True}, {"confirm": short}, {"yes": True, "confirm": "a-zuzu"}):
        shown = actions.revert(stage.station, action=short, reason="fixed", **given)
        assert shown.code == ExitCode.REFUSED
        assert f"--confirm {short}" in shown.said
    assert len(stage.gateway.changes) == 1
    with pytest.raises(BadInput, match="reason"):
        actions.revert(stage.station, action=short, reason="  ", yes=True, confirm=short)
    lifted = actions.revert(stage.station, action=short, reason="fixed", yes=True, confirm=short)
    assert (lifted.data["state"], lifted.code) == ("reverted", ExitCode.OK)
    assert stage.gateway.flags["chat.enabled"] is True
    assert [row["reason"] for row in approvals(stage, stage.action(short).ident)] == ["stop first", "fixed"]
    with pytest.raises(RefusedError, match="nothing to lift"):
        actions.revert(stage.station, action=short, reason="again", yes=True, confirm=short)


def test_the_timeline_gives_both_reasons_and_a_lifting_reads_as_one(stage: Stage) -> None:
    done = actions.stop(stage.station, target=stage.incident, control="1", reason="doses are wrong", yes=True)
    short, plan = done.data["short"], done.data["plan"][:8]

    def texts() -> list[str]:
        return [row["text"] for row in timeline(stage.station, incident=stage.incident).data]

    stopping_lines = texts()
    assert f"approved plan {plan}: doses are wrong" in stopping_lines
    assert [plan in text for text in stopping_lines].count(True) == 1, "one line for one approval"
    actions.revert(stage.station, action=short, reason="root cause fixed", yes=True, confirm=short)
    lifting_lines = texts()[len(stopping_lines) :]
    assert lifting_lines[0] == "lifting switch the feature off, because: root cause fixed"
    assert len(lifting_lines) > 3
    assert all("lifting switch" in text for text in lifting_lines), lifting_lines
    assert not any("lifting" in text for text in stopping_lines), "control"


def test_a_way_back_is_sent_once(stage: Stage) -> None:
    row = stage.action(stop(stage))
    plan = stopping.plan_back(stage.station, row)
    assert stopping.revert(stage.station, row, plan, "fixed", lambda _: None).state.value == "reverted"
    stage.gateway.set("chat.enabled", False)
    with pytest.raises(RefusedError, match="used"):
        stopping.revert(stage.station, row, plan, "fixed", lambda _: None)
    assert len(stage.gateway.changes) == 2


def test_lifting_does_not_undo_what_somebody_else_did(stage: Stage) -> None:
    row = stage.action(stop(stage))
    stage.gateway.set("chat.enabled", "by somebody else")
    with pytest.raises(ConflictError, match="drifted"):
        actions.revert(stage.station, action=row.short, reason="fixed", yes=True, confirm=row.short)
    assert stage.gateway.flags["chat.enabled"] == "by somebody else"


def test_a_later_action_on_the_same_control_is_lifted_first(stage: Stage) -> None:
    first, stream = stage.action(stop(stage)), stage.row.stream

    def engaged(**over: str) -> str:
        ident = stage.station.new_id(stage.row.stream)
        facts = {
            "incident": stage.incident, "system": stage.row.system, "control": "halt", "target": "eu-1", "title": "halt",
            "state": "planned", **over,
        }  # fmt: skip
        stage.station.append([Draft(stream, "containment.planned", ident, (facts,))])
        stage.station.append(
            [stage.station.set_field(stream, "containment.stepped", ident, "state", "effective")]
        )
        return ident

    for elsewhere in ({"system": "another"}, {"target": "us-1"}, {"control": "other"}):
        engaged(**elsewhere)
        actions.check_revert(stage.station, first)
    later = stage.action(engaged())
    with pytest.raises(RefusedError, match=later.short):
        actions.revert(stage.station, action=first.short, reason="x", yes=True, confirm=first.short)
    assert len(stage.gateway.changes) == 1


def test_only_the_device_that_applied_it_has_the_way_back(stage: Stage) -> None:
    row = stage.action(stop(stage))
    (stage.station.profile.snapshots / f"{row.ident}.before.json").unlink()
    with pytest.raises(RefusedError, match="kept on the device that executed it"):
        actions.revert(stage.station, action=row.short, reason="fixed", yes=True, confirm=row.short)
    assert len(stage.gateway.changes) == 1


def test_looking_again_says_what_is_true_now(stage: Stage) -> None:
    row = stage.action(stop(stage))
    assert "engaged" in actions.check(stage.station, action=row.short).said
    stage.gateway.set("chat.enabled", True)
    assert "drifted" in actions.check(stage.station, action=row.short).said
    assert stage.action(row.short).state == "drifted"
    listed = actions.list_actions(stage.station, incident=stage.incident)
    assert [each["state"] for each in listed.data] == ["drifted"]


def test_a_target_that_cannot_be_reached_is_not_said_to_be_as_it_was(stage: Stage) -> None:
    row = stage.action(stop(stage))
    known = actions.check(stage.station, action=row.short)
    assert (known.code, known.data["now"]) == (ExitCode.OK, "engaged"), "control"
    at = queries.last_read_us(stage.station.view, row.ident)
    stage.gateway.server.close()
    dead = actions.check(stage.station, action=row.short)
    assert dead.code == ExitCode.OFFLINE
    assert (dead.data["now"], dead.data["last_read_us"]) == ("unknown", at)
    (shown,) = (plain(line) for line in dead.lines)
    assert "not known now; last read" in shown
    assert "UTC: effective" in shown
    assert "cannot be read" in dead.said


def test_another_device_that_accepts_the_target_reads_and_probes_and_else_says_why_not(stage: Stage) -> None:
    row = stage.action(stop(stage))
    (
        stage.station.profile.snapshots / f"{row.ident}.before.json"
    ).unlink()  # as on any device but the one that sent
    assert actions.check(stage.station, action=row.short).data["now"] == "engaged"
    trust = stage.station.profile.folder / "targets.json"
    accepted = trust.read_bytes()
    trust.write_text("[]", "utf-8")
    count = len(stage.gateway.server.received)
    with pytest.raises(
        RefusedError, match="cannot be read from this device: this device has not accepted"
    ) as refused:
        actions.check(stage.station, action=row.short)
    assert "system trust bot" in refused.value.fix
    trust.write_bytes(accepted)
    add_system(stage.station, name="bot", control=["halt=flags/off@eu-1:flag=other.enabled"])
    with pytest.raises(RefusedError, match="not what it was when it was approved"):
        actions.check(stage.station, action=row.short)
    assert len(stage.gateway.server.received) == count, "nothing was asked"
    add_system(stage.station, name="bot", control=["halt=flags/off@eu-1"])
    stage.gateway.set("chat.enabled", True)
    assert actions.check(stage.station, action=row.short).data["now"] == "drifted"
    assert stage.action(row.short).state == "drifted"
    assert len(stage.gateway.changes) == 1, "a check only reads"


def test_what_was_never_sent_has_nothing_to_look_at(stage: Stage) -> None:
    _, ident = stage.approved()
    for act in (actions.check, lambda station, action: actions.check_revert(station, stage.action(action))):
        with pytest.raises(RefusedError):
            act(stage.station, action=ident)
