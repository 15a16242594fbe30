"""A control is proved there and back, now or on an approved schedule, and never by anything that was not approved."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from tests.e2e.stage import PROGRAM, command, surroundings
from tests.features.containment.engine.gateway import FLAG_PATH
from tests.features.containment.stage import CONNECTOR, Stage
from tests.features.containment.stage import stop as stop_it
from tests.features.readiness.stage import (
    DAY_S,
    SCHEDULED,
    control,
    due,
    kinds,
    left,
    prove,
    ready,
    schedule,
    stands,
    text,
)
from tests.support.scripted import Line, Received, answer

from ircockpit.core.errors import CockpitError, ConflictError, ExitCode, RefusedError
from ircockpit.features.containment import actions as containment
from ircockpit.features.containment.proving import proving
from ircockpit.features.readiness import actions
from ircockpit.features.readiness.local import schedules
from ircockpit.features.readiness.rules import CHANGED, FAILED, NEVER, PROVED
from ircockpit.features.settings.actions import set_value
from ircockpit.features.systems.actions import add as add_system
from ircockpit.store.workstation import Draft


def serves(stage: Stage) -> bool:
    return bool(stage.gateway.flags["chat.enabled"])


def puts(stage: Stage) -> list[bool]:
    return [json.loads(each.body)["enabled"] for each in stage.gateway.changes]


def test_nothing_is_sent_before_the_very_requests_were_confirmed(stage: Stage) -> None:
    for given in ({}, {"yes": True}, {"yes": True, "confirm": "halt"}):
        done = actions.prove(stage.station, system="bot", control="halt", **given)
        assert done.code == ExitCode.REFUSED
        assert "PUT " in text(done)
        assert '{"enabled": true}' in text(done), "the way back is shown too"
        assert "feature: everybody who uses the feature" in text(done)
    assert puts(stage) == []
    assert control(stage.station).word == NEVER


def test_a_proof_goes_there_and_back_once_and_readiness_says_so(stage: Stage) -> None:
    done = prove(stage.station)
    assert done.code == 0, done
    assert puts(stage) == [False, True]
    assert serves(stage)
    found = control(stage.station)
    assert found.word == PROVED
    assert found.proof is not None
    assert (found.proof.who, found.proof.here, found.proof.where) == (
        stage.station.identity.name, True, "outside of incidents",
    )  # fmt: skip
    assert control(stage.station, "other").word == NEVER, "control: the other one was not proved"
    assert left(stage.station) == []


def test_what_takes_no_effect_is_taken_back_and_is_no_proof(stage: Stage) -> None:
    done = prove(stage.station, "other")
    assert done.code == ExitCode.FAILED
    assert puts(stage) == [False, True]
    found = control(stage.station, "other")
    assert (found.word, found.proof) == (FAILED, None)
    assert "still served" in found.failure
    assert "proof" in kinds(stage.station)


def test_a_later_failure_takes_an_earlier_proof_away_until_it_is_proved_again(stage: Stage) -> None:
    prove(stage.station)
    stage.gateway.stale = 10**6
    assert prove(stage.station).code == ExitCode.FAILED
    assert control(stage.station).word == FAILED
    stage.gateway.stale = 0
    prove(stage.station)
    assert control(stage.station).word == PROVED


def test_a_stop_that_was_lifted_is_a_proof_of_its_control(stage: Stage) -> None:
    ident = stop_it(stage)
    assert control(stage.station).word == NEVER, "control: what is still on was not taken back"
    short = stage.action(ident).short
    containment.revert(stage.station, action=short, reason="mended", confirm=short, yes=True)
    found = control(stage.station)
    assert found.word == PROVED
    assert found.proof is not None
    assert (found.proof.where, found.proof.incident) == ("in incident", stage.incident)
    url = stage.gateway.server.url
    add_system(
        stage.station, name="bot", control=["halt=flags/off@eu-1:flag=third.enabled", "other=flags/off@eu-1"],
        target=[f"eu-1={url},{url}"],
    )  # fmt: skip
    assert control(stage.station).word == CHANGED, "another parameter is another control"


@pytest.mark.parametrize("change", ["params", "address", "connector"])
def test_what_changed_since_it_was_proved_does_not_count_any_more(stage: Stage, change: str) -> None:
    prove(stage.station)
    assert control(stage.station).word == PROVED
    url = stage.gateway.server.url
    if change == "params":
        add_system(stage.station, name="bot", control=["halt=flags/off@eu-1:flag=third.enabled"])
    elif change == "address":
        add_system(stage.station, name="bot", target=[f"eu-1={url}/,{url}"])
    else:
        (stage.station.profile.connectors / CONNECTOR).write_bytes(SCHEDULED + b"# one byte\n")
    assert control(stage.station).word == CHANGED
    assert "proof" in kinds(stage.station)


# What keeps a proof from being sent


def test_what_is_on_already_is_not_touched(stage: Stage) -> None:
    stage.gateway.set("chat.enabled", False)
    with pytest.raises(RefusedError, match="it is on already"):
        prove(stage.station)
    stage.gateway.set("chat.enabled", True)
    schedule(stage.station)
    stage.clock.leap(31 * DAY_S)
    stage.gateway.set("chat.enabled", False)
    done = due(stage.station)
    assert (done.code, done.data["proofs"][0]["word"]) == (ExitCode.REFUSED, "not tried")
    assert puts(stage) == []
    stage.gateway.set("chat.enabled", True)
    assert due(stage.station).code == 0, "control: it stayed due, and is proved once nobody needs it on"


def test_nothing_is_proved_while_an_incident_has_a_control_on_there(stage: Stage) -> None:
    schedule(stage.station)
    stage.clock.leap(31 * DAY_S)
    ident = stop_it(stage)
    sent = puts(stage)
    with pytest.raises(RefusedError, match="an incident has"):
        prove(stage.station, "other")
    assert due(stage.station).data["proofs"][0]["word"] == "not tried"
    url = stage.gateway.server.url
    add_system(stage.station, name="far", target=[f"b={url},{url}"], control=["halt=flags/off@b"])
    with pytest.raises(RefusedError, match="an incident has"):  # another system, the same address
        actions.prove(stage.station, system="far", control="halt", yes=True, confirm="far/halt")
    assert puts(stage) == sent
    short = stage.action(ident).short
    containment.revert(stage.station, action=short, reason="mended", confirm=short, yes=True)
    assert due(stage.station).code == 0, "control: with nothing on it is proved"


def test_nothing_is_proved_while_read_only(stage: Stage) -> None:
    schedule(stage.station)
    stage.clock.leap(31 * DAY_S)
    set_value(stage.station, name="care.read_only", value="true")
    for act in (prove, due):
        with pytest.raises(RefusedError, match="read-only"):
            act(stage.station)
    assert puts(stage) == []
    set_value(stage.station, name="care.read_only", value="false")
    assert due(stage.station).code == 0, "control"


def test_two_at_once_do_not_meet(stage: Stage) -> None:
    system = stands(stage.station).system
    with (
        proving(stage.station, system, "halt", lambda _: None),
        pytest.raises(ConflictError),
        proving(stage.station, system, "halt", lambda _: None),
    ):
        pass
    with proving(stage.station, system, "halt", lambda _: None) as free:
        assert free.prepare(), "control: alone it is planned"


# On a schedule


def test_only_what_the_connector_allows_and_reaches_little_is_approved(home: Path, tmp_path: Path) -> None:
    plain = SCHEDULED.replace(b"    proof: scheduled\n", b"")
    wide = SCHEDULED.replace(b"tier: feature", b"tier: global")
    with ready(home, connector=plain) as stage:
        with pytest.raises(RefusedError, match="does not say"):
            schedule(stage.station)
        (stage.station.profile.connectors / CONNECTOR).write_bytes(wide)
        containment.trust(stage.station, connector="flags")
        with pytest.raises(RefusedError, match="reaches global"):
            schedule(stage.station)
        assert schedules(stage.station.profile) == []
        url = stage.gateway.server.url
        path = tmp_path / "bot.yaml"
        path.write_text(
            f'name: bot\ntargets: {{eu-1: {{admin: "{url}", probe: "{url}", canary: nobody}}}}\n'
            'controls: [{name: halt, connector: flags, action: "off", target: eu-1}]\n'
        )
        add_system(stage.station, name=str(path))
        done = schedule(stage.station)
        assert done.code == 0, "control: at a canary it is approved"
        assert "canary    nobody" in text(done)
        assert puts(stage) == []


def test_a_schedule_is_approved_by_typing_and_is_on_record(stage: Stage) -> None:
    shown = actions.schedule(
        stage.station, system="bot", control="halt", every="30d", yes=True, confirm="bot"
    )
    assert shown.code == ExitCode.REFUSED
    assert "PUT " in text(shown)
    assert schedules(stage.station.profile) == []
    done = schedule(stage.station)
    assert done.code == 0
    assert "only ircockpit readiness prove --due --yes runs it" in done.said, (
        "no word that anything runs by itself"
    )
    rows = stage.station.view.rows("SELECT body FROM entry WHERE type='readiness.scheduled'")
    assert json.loads(rows[0][0])["hours"] == 720
    assert due(stage.station).said == "nothing is due"
    assert puts(stage) == []
    stage.clock.leap(31 * DAY_S)
    assert due(stage.station).code == 0
    assert puts(stage) == [False, True]
    assert due(stage.station).said == "nothing is due"
    actions.schedule(stage.station, system="bot", control="halt", end=True)
    stage.clock.leap(60 * DAY_S)
    assert due(stage.station).said == "nothing is due"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("connector", "the connector file"), ("params", "its parameters"), ("admin", "the control's address"),
        ("users", "the users' address"),
    ],
)  # fmt: skip
def test_what_changed_since_it_was_approved_is_refused(stage: Stage, change: str, named: str) -> None:
    schedule(stage.station)
    stage.clock.leap(31 * DAY_S)
    url = stage.gateway.server.url
    kept = [f"eu-1={url},{url}"], ["halt=flags/off@eu-1"]
    targets, controls = {
        "params": (kept[0], ["halt=flags/off@eu-1:flag=other.enabled"]),
        "admin": ([f"eu-1={url}/,{url}"], kept[1]),
        "users": ([f"eu-1={url},{url}/"], kept[1]),
    }.get(change, kept)
    if change == "connector":
        (stage.station.profile.connectors / CONNECTOR).write_bytes(SCHEDULED + b"# one byte\n")
        containment.trust(stage.station, connector="flags")
    add_system(stage.station, name="bot", target=targets, control=controls)
    done = due(stage.station)
    assert done.code == ExitCode.REFUSED
    assert named in text(done)
    assert puts(stage) == []
    if change == "connector":
        (stage.station.profile.connectors / CONNECTOR).write_bytes(SCHEDULED)
    add_system(stage.station, name="bot", target=kept[0], control=kept[1])
    assert due(stage.station).code == 0, "control: as it was approved it is proved"


def test_a_schedule_that_was_tampered_with_proves_nothing(stage: Stage) -> None:
    schedule(stage.station)
    stage.clock.leap(31 * DAY_S)
    path = stage.station.profile.folder / "proofs.json"
    whole = path.read_text()
    for bad in (
        "",
        "[]",
        '{"proofs": [1]}',
        whole.replace('"hours": 720', '"hours": "x"'),
        whole.replace("bound", "bund"),
    ):
        path.write_text(bad)
        assert due(stage.station).said == "nothing is due"
    path.write_text(whole)
    assert due(stage.station).code == 0, "control"


# What is cut off, or cannot be taken back


def test_a_kill_in_the_middle_is_told_loudest_and_taken_back_by_the_next_run(stage: Stage) -> None:
    schedule(stage.station, every="1h")
    path = stage.station.profile.folder / "proofs.json"
    stated = json.loads(path.read_text())
    stated["proofs"][0]["approved_us"] -= 2 * 3_600_000_000
    path.write_text(json.dumps(stated))
    stage.gateway.stale = 10**6  # the probe goes on being served, so that there is a middle
    home = stage.station.profile.folder
    with subprocess.Popen(
        [*PROGRAM, "readiness", "prove", "--due", "--yes"], env=surroundings(home), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:  # fmt: skip
        assert run.stderr is not None
        for line in run.stderr:
            if b"recorded" in line:
                run.send_signal(signal.SIGKILL)
                break
    assert not serves(stage), "it was cut off while it was on"
    stage.gateway.stale = 0
    stage.station.refresh()
    assert left(stage.station) == ["halt"]
    assert kinds(stage.station)[0] == "stuck"
    told = command(home, "readiness")
    assert (told.code, "may still be on" in told.said) == (ExitCode.FAILED, True)
    assert command(home, "due").out.decode().splitlines()[0].startswith("✕ stuck")
    done = command(home, "readiness", "prove", "--due", "--yes", "--json")
    words = [each["word"] for each in done.data["proofs"]]
    assert words == ["taken back", "verified"], done
    assert serves(stage)
    stage.station.refresh()
    assert left(stage.station) == []
    assert control(stage.station).word == PROVED
    assert command(home, "readiness").code == 0


def test_the_server_that_dies_in_the_middle_leaves_it_stuck_and_the_run_ends_there(stage: Stage) -> None:
    for name in ("halt", "other"):
        schedule(stage.station, name)
    stage.clock.leap(31 * DAY_S)

    def never_back(received: Received, line: Line) -> None:
        if json.loads(received.body)["enabled"]:
            line.send(answer(500, b"no"))
        else:
            stage.gateway.truth(received, line)

    stage.gateway.lies["PUT", FLAG_PATH] = never_back
    done = due(stage.station)
    assert done.code == ExitCode.FAILED
    assert "may still be on: take it back now" in done.said
    assert [each["control"] for each in done.data["proofs"]] == ["halt"], (
        "nothing else is touched while one is on"
    )
    assert kinds(stage.station)[0] == "stuck"
    assert left(stage.station) == ["halt"]
    again = due(stage.station)
    assert (again.code, len(again.data["proofs"])) == (ExitCode.FAILED, 1), "still stuck: still nothing else"
    stage.gateway.lies.clear()
    last = due(stage.station)
    assert [each["word"] for each in last.data["proofs"]][:1] == ["taken back"]
    assert serves(stage)
    assert left(stage.station) == []


def test_what_was_cut_off_is_taken_back_also_with_another_connector_file(stage: Stage) -> None:
    stage.gateway.stale = 10**6

    class Killed(BaseException):
        """As a process ends that has no time to take anything back."""

    def cut(said: str) -> None:
        if said.startswith("recorded"):
            raise Killed

    system = stands(stage.station).system
    with proving(stage.station, system, "halt", cut) as door:
        planned = door.prepare()
        with pytest.raises(Killed):
            door.run(planned)  # type: ignore[arg-type]
    stage.gateway.stale = 0
    (stage.station.profile.connectors / CONNECTOR).write_bytes(SCHEDULED + b"# not trusted\n")
    assert left(stage.station) == ["halt"]
    due(stage.station)
    assert serves(stage)
    assert left(stage.station) == []


def test_an_incident_that_needs_it_by_then_keeps_it_on(stage: Stage) -> None:
    station = stage.station
    system = stands(station).system

    def declared(said: str) -> None:
        if said.startswith("effective"):
            facts = {
                "incident": stage.incident, "system": system.ident, "control": "halt", "title": "halt", "target": "eu-1",
                "state": "effective",
            }  # fmt: skip
            station.append(
                [Draft(stage.row.stream, "containment.planned", station.new_id(stage.row.stream), (facts,))]
            )

    with proving(station, system, "halt", declared) as door:
        done = door.run(door.prepare())  # type: ignore[arg-type]
    assert done.word == "still on"
    assert "an incident has" in done.said
    assert not serves(stage), "the stop that somebody needs was not undone"
    assert left(station) == ["halt"]
    assert due(station).code == ExitCode.FAILED, "and is not taken back while it is needed"
    assert not serves(stage)


def test_a_proof_that_nobody_can_make_says_why(stage: Stage) -> None:
    with pytest.raises(CockpitError, match="no control"):
        actions.prove(stage.station, system="bot", control="none")
    (stage.station.profile.folder / "targets.json").write_text("[]")
    with pytest.raises(RefusedError, match="not accepted"):
        prove(stage.station)
    assert puts(stage) == []
