"""The way back from a stop, and looking at it again: what somebody else did meanwhile stays, and is told."""

import pytest
from tests.features.containment.stage import Stage, approvals, stop

from ircockpit.core.errors import BadInput, ConflictError, ExitCode, RefusedError, StoreError
from ircockpit.features.containment import actions, lifting, queries
from ircockpit.features.incidents.actions import timeline
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft


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
    plan = lifting.plan_back(stage.station, row)
    assert lifting.revert(stage.station, row, plan, "fixed", lambda _: None).state.value == "reverted"
    stage.gateway.set("chat.enabled", False)
    with pytest.raises(RefusedError, match="used"):
        lifting.revert(stage.station, row, plan, "fixed", lambda _: None)
    assert len(stage.gateway.changes) == 2


def test_lifting_does_not_undo_what_somebody_else_did(stage: Stage) -> None:
    row = stage.action(stop(stage))
    stage.gateway.set("chat.enabled", "by somebody else")
    with pytest.raises(ConflictError, match="drifted"):
        actions.revert(stage.station, action=row.short, reason="fixed", yes=True, confirm=row.short)
    assert stage.gateway.flags["chat.enabled"] == "by somebody else"


def test_what_a_restart_has_lost_is_lifted_without_sending(stage: Stage) -> None:
    row = stage.action(stop(stage))
    stage.gateway.set("chat.enabled", True)  # as the target comes up again
    lifted = actions.revert(stage.station, action=row.short, reason="fixed", yes=True, confirm=row.short)
    assert lifted.data["state"] == "reverted"
    assert len(stage.gateway.changes) == 1, "only the stop was sent"
    last = timeline(stage.station, incident=stage.incident).data[-1]["text"]
    assert "reverted: lifting switch the feature off, 2 of 2 probes" in last


def engaged(stage: Stage, **over: str) -> str:
    """An action that somebody else put in force meanwhile."""
    ident, stream = stage.station.new_id(stage.row.stream), stage.row.stream
    facts = {
        "incident": stage.incident, "system": stage.row.system, "control": "halt", "target": "eu-1", "title": "halt",
        "state": "planned", **over,
    }  # fmt: skip
    stage.station.append([Draft(stream, "containment.planned", ident, (facts,))])
    stage.station.append(
        [stage.station.set_field(stream, "containment.stepped", ident, "state", "effective")]
    )
    return ident


def test_an_action_that_came_after_the_plan_of_the_lifting_is_lifted_first(stage: Stage) -> None:
    row = stage.action(stop(stage))
    plan = lifting.plan_back(stage.station, row)
    later = stage.action(engaged(stage))
    with pytest.raises(RefusedError, match=later.short):
        lifting.revert(stage.station, row, plan, "mended", lambda _: None)
    assert len(stage.gateway.changes) == 1
    over = stage.station.set_field(row.stream, "containment.stepped", later.ident, "state", "reverted")
    stage.station.append([over])
    assert lifting.revert(stage.station, row, plan, "mended", lambda _: None).state.value == "reverted"


def test_a_later_action_on_the_same_control_is_lifted_first(stage: Stage) -> None:
    first = stage.action(stop(stage))
    for elsewhere in ({"system": "another"}, {"target": "us-1"}, {"control": "other"}):
        engaged(stage, **elsewhere)
        actions.check_revert(stage.station, first)
    later = stage.action(engaged(stage))
    with pytest.raises(RefusedError, match=later.short):
        actions.revert(stage.station, action=first.short, reason="x", yes=True, confirm=first.short)
    assert len(stage.gateway.changes) == 1


def test_only_the_device_that_applied_it_has_the_way_back(stage: Stage) -> None:
    row = stage.action(engaged(stage))  # as a colleague's device told it
    with pytest.raises(RefusedError, match="kept on the device that executed it"):
        actions.revert(stage.station, action=row.short, reason="fixed", yes=True, confirm=row.short)
    assert stage.gateway.changes == []


def test_a_way_back_that_was_lost_here_is_not_said_to_be_elsewhere(stage: Stage) -> None:
    row = stage.action(stop(stage))
    (stage.station.profile.snapshots / f"{row.ident}.before.json").unlink()
    with pytest.raises(StoreError, match="its file is gone") as refused:
        actions.revert(stage.station, action=row.short, reason="fixed", yes=True, confirm=row.short)
    assert "by hand" in refused.value.fix
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


def test_a_folder_that_was_taken_away_keeps_nobody_from_stopping(stage: Stage) -> None:
    stage.station.profile.snapshots.rmdir()
    ident = stop(stage)
    assert stage.station.profile.snapshots.stat().st_mode & 0o777 == 0o700
    short = stage.action(ident).short
    assert (
        actions.revert(stage.station, action=ident, reason="mended", confirm=short, yes=True).data["state"]
        == "reverted"
    )


DEEP = b"[" * 5_000
SPOILT = [
    *(("before", raw) for raw in (b"", b"\0" * 64, b"\xff", b"[]", DEEP)),
    *(
        ("left", raw)
        for raw in (b"", b"\0" * 64, b"\xff", b"[]", DEEP, b'{"state": NaN}', b'{"captures": [1]}')
    ),
]


@pytest.mark.parametrize(("name", "raw"), SPOILT)
def test_what_the_disk_has_spoilt_is_told_and_nothing_is_sent(stage: Stage, name: str, raw: bytes) -> None:
    ident = stop(stage)
    kept = stage.station.profile.snapshots / f"{ident}.{name}.json"
    whole = kept.read_bytes()
    kept.write_bytes(raw)
    short = stage.action(ident).short
    with pytest.raises(StoreError) as caught:
        actions.revert(stage.station, action=ident, reason="mended", confirm=short, yes=True)
    assert caught.value.safe == "nothing was sent"
    assert "by hand" in caught.value.fix
    assert (len(stage.gateway.changes), stage.action(ident).state) == (1, "effective")
    kept.write_bytes(whole)
    done = actions.revert(stage.station, action=ident, reason="mended", confirm=short, yes=True)
    assert done.data["state"] == "reverted"


def test_the_way_back_leads_to_the_state_that_the_approval_bound(stage: Stage) -> None:
    ident = stop(stage)
    kept = stage.station.profile.snapshots / f"{ident}.before.json"
    whole = kept.read_bytes()
    kept.write_bytes(whole.replace(b'"before":true', b'"before":"all"'))
    with pytest.raises(StoreError, match="another state than the one that was read"):
        actions.revert(stage.station, action=ident, reason="mended")
    kept.write_bytes(whole)
    assert actions.revert(stage.station, action=ident, reason="mended").data["sent"] is False
