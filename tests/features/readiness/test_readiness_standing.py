"""What readiness says of age, secrets, probes, contacts and colleagues, and that a look changes nothing."""

import json
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import FLAG_PATH, says, silence
from tests.features.containment.stage import CONNECTOR, Stage
from tests.features.containment.together import two
from tests.features.readiness.stage import DAY_S, SCHEDULED, control, kinds, prove, schedule, stands, text
from tests.support.hub import sync

from ircockpit.core.errors import BadInput, ExitCode, NotFound
from ircockpit.features.containment.connector_actions import try_out
from ircockpit.features.readiness import actions
from ircockpit.features.readiness.local import looks
from ircockpit.features.readiness.looking import look
from ircockpit.features.readiness.rules import (
    CHANGED,
    CONTAINED,
    GONE,
    HEALTHY,
    LONG_AGO,
    NEVER,
    NO_PROBE,
    NOBODY,
    NOT_TRIED,
    PROVED,
    REACHED,
    SICK,
    STALE,
    THERE,
    UNLOOKED,
    hours_of,
)
from ircockpit.features.settings.actions import set_value
from ircockpit.features.systems.actions import add as add_system
from ircockpit.inert.foreign import safely
from ircockpit.net.giveup import GiveUp
from ircockpit.store.workstation import Draft

TOKEN = "t0ken-never-shown"


def test_a_proof_grows_old_at_the_limit_that_is_set_and_never_counts_as_old(stage: Stage) -> None:
    assert (control(stage.station).word, "proof" in kinds(stage.station)) == (NEVER, True)
    for name in ("halt", "other"):
        stage.gateway.flags["chat.enabled"] = True
        prove(stage.station, name)
    stage.clock.leap(89 * DAY_S)
    assert control(stage.station).word == PROVED
    stage.clock.leap(2 * DAY_S)
    assert control(stage.station).word == STALE
    assert "proved too long ago" in [each.words for each in stands(stage.station).waits]
    set_value(stage.station, name="care.proof_days", value="100")
    assert control(stage.station).word == PROVED
    with pytest.raises(BadInput):
        set_value(stage.station, name="care.proof_days", value="0")


def test_a_proof_from_the_future_would_never_grow_old_and_is_not_believed(stage: Stage) -> None:
    stage.clock.leap(400 * DAY_S)
    prove(stage.station)
    assert control(stage.station).word == PROVED
    stage.clock.leap(-400 * DAY_S)
    assert control(stage.station).word == NEVER
    prove(stage.station)
    assert control(stage.station).word == PROVED, "control: one of today is believed"


def test_connector_try_counts_for_the_same_parameters_and_address_alone(stage: Stage) -> None:
    try_out(stage.station, connector="flags", target="bot/eu-1", confirm=["off"], yes=True, server="1.2.3")
    found = control(stage.station)
    assert found.word == PROVED
    assert found.proof is not None
    assert (found.proof.where, found.proof.server) == ("by connector try", "1.2.3")
    assert control(stage.station, "other").word == NEVER, "tried with another parameter"
    url = stage.gateway.server.url
    add_system(stage.station, name="far", target=[f"eu-1={url}/,{url}"], control=["halt=flags/off@eu-1"])
    assert stands(stage.station, "far").controls[0].word == NEVER, "tried at another address"
    (stage.station.profile.connectors / CONNECTOR).write_bytes(SCHEDULED + b"# one byte\n")
    assert control(stage.station).word == NEVER


# Secrets


def test_secrets_are_told_by_source_and_never_shown(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "token"
    add_system(
        stage.station,
        name="bot",
        auth=["eu-1=bearer env:READY_TOKEN"],
        probe_auth=[f"eu-1=bearer file:{kept}"],
    )
    assert [(each.uri, each.word) for each in control(stage.station).secrets] == [
        ("env:READY_TOKEN", GONE), (f"file:{kept}", "not tried"),
    ]  # fmt: skip
    assert kinds(stage.station)[0] == "secret"
    monkeypatch.setenv("READY_TOKEN", TOKEN)
    kept.write_text(TOKEN)
    kept.chmod(0o600)
    done = actions.show(stage.station, check=True)
    assert {each.word for each in control(stage.station).secrets} == {THERE}
    assert "secret" not in kinds(stage.station)
    everywhere = text(done) + json.dumps(done.data) + done.said
    everywhere += "".join(each.read_text() for each in stage.station.profile.folder.glob("*.json"))
    assert TOKEN not in everywhere
    assert f"file:{kept}" in everywhere, "control: its source is named"
    kept.unlink()
    actions.show(stage.station, check=True)
    assert kinds(stage.station)[0] == "secret"


def test_a_secret_that_was_pasted_where_its_source_belongs_is_not_repeated(stage: Stage) -> None:
    url = stage.gateway.server.url
    targets = [{"name": "eu-1", "admin": url, "probe": url, "auth": f"bearer {TOKEN}"}]
    system = stands(stage.station).system
    stage.station.append(
        [
            stage.station.set_field(
                stage.station.identity.org_stream, "system.set", system.ident, "targets", targets
            )
        ]
    )
    done = actions.show(stage.station)
    assert control(stage.station).secret == GONE
    assert TOKEN not in text(done) + json.dumps(done.data)


# Looks


def test_a_look_reads_and_probes_and_changes_nothing(stage: Stage) -> None:
    assert control(stage.station).probe.word == UNLOOKED
    actions.show(stage.station, check=True)
    assert control(stage.station).probe.word == HEALTHY
    assert stage.gateway.changes == []
    stage.gateway.set("chat.enabled", False)
    actions.show(stage.station, check=True)
    assert control(stage.station).probe.word == CONTAINED
    assert "probe" not in kinds(stage.station), "that a control is on is no illness of its probe"
    stage.gateway.set("chat.enabled", True)
    stage.gateway.outage = True
    actions.show(stage.station, check=True)
    assert control(stage.station).probe.word == SICK
    assert "probe" in kinds(stage.station)
    stage.gateway.outage = False
    stage.gateway.lies["GET", FLAG_PATH] = says(500)
    actions.show(stage.station, check=True)
    assert (control(stage.station).probe.word, control(stage.station, "other").probe.word) == (SICK, HEALTHY)


def test_a_look_is_only_at_accepted_targets_and_can_be_stopped(stage: Stage) -> None:
    stage.gateway.lies["GET", FLAG_PATH] = silence
    give_up = GiveUp()

    def stop(said: str) -> None:
        if "asking" in said:
            give_up.now()

    assert look(stage.station, [stands(stage.station).system], give_up, stop) == 0
    assert looks(stage.station.profile).controls == {}, "what was broken off says nothing"
    (stage.station.profile.folder / "targets.json").write_text("[]")
    before = len(stage.gateway.server.received)
    assert look(stage.station, [stands(stage.station).system], GiveUp(), lambda _: None) == 0
    assert len(stage.gateway.server.received) == before


def test_a_target_without_an_address_of_users_says_so(stage: Stage) -> None:
    add_system(
        stage.station, name="bare", target=[f"a={stage.gateway.server.url}"], control=["halt=flags/off@a"]
    )
    assert stands(stage.station, "bare").controls[0].probe.word == NO_PROBE


# Contacts


def test_a_contact_is_reached_when_a_person_says_so_and_for_as_long_as_a_proof_counts(stage: Stage) -> None:
    assert stands(stage.station).owner.word == NOBODY
    with pytest.raises(BadInput, match="states nobody"):
        actions.reached(stage.station, system="bot", by="called")
    add_system(stage.station, name="bot", owner="ana", on_call="Ana, +49 30 1")
    assert stands(stage.station).owner.word == NOT_TRIED
    with pytest.raises(BadInput, match="is empty"):
        actions.reached(stage.station, system="bot", by=" ")
    actions.reached(stage.station, system="bot", by="called, she answered")
    assert stands(stage.station).owner.word == REACHED
    assert "owner" not in kinds(stage.station)
    stage.clock.leap(91 * DAY_S)
    assert stands(stage.station).owner.word == LONG_AGO
    actions.reached(stage.station, system="bot", by="paged")
    add_system(stage.station, name="bot", on_call="Bo, +49 30 2")
    assert stands(stage.station).owner.word == NOT_TRIED, "somebody else would be called now"


# Colleagues


def test_a_colleague_sees_the_proof_the_failure_and_what_is_stuck(tmp_path: Path) -> None:
    with two(tmp_path, SCHEDULED) as both:
        prove(both.mira)
        assert control(both.mira).word == PROVED
        assert control(both.bo).word == NEVER, "control: before it has come over"
        both.together()
        found = control(both.bo)
        assert found.word == PROVED
        assert found.proof is not None
        assert (found.proof.who, found.proof.here) == ("Mira", False)
        assert "seen from the device of Mira" in _whole(both.bo)
        (both.bo.profile.connectors / CONNECTOR).write_bytes(SCHEDULED + b"# another file\n")
        assert control(both.bo).word == CHANGED, "what she proved is not the file that lies here"
        (both.bo.profile.connectors / CONNECTOR).write_bytes(SCHEDULED)
        body = {"control": "halt", "word": "stuck", "why": "no answer"}
        both.mira.append(
            [
                Draft(
                    both.mira.identity.org_stream, "readiness.failed", stands(both.mira).system.ident, (body,)
                )
            ]
        )
        both.together()
        assert "on the device of Mira" in control(both.bo).stuck
        assert kinds(both.bo)[0] == "stuck"
        prove(both.mira)
        both.together()
        assert (control(both.bo).stuck, control(both.bo).word) == ("", PROVED)


def test_a_schedule_is_of_its_device_alone(tmp_path: Path) -> None:
    with two(tmp_path, SCHEDULED) as both:
        schedule(both.mira, every="1h")
        both.together()
        assert control(both.mira).schedule is not None
        assert control(both.bo).schedule is None
        sync(both.bo)


def test_what_others_call_things_is_inert_and_left_out_beside_safe_summaries(stage: Stage) -> None:
    system = stands(stage.station).system
    hostile = "\x1b]52;c;AAAA\x07[/b]\u202eevil"
    controls = [
        {
            "name": hostile,
            "title": hostile,
            "connector": "flags",
            "action": "off",
            "target": "eu-1",
            "params": {},
        }
    ]
    stream = stage.station.identity.org_stream
    stage.station.append(
        [
            stage.station.set_field(stream, "system.set", system.ident, "controls", controls),
            stage.station.set_field(stream, "system.set", system.ident, "on_call", hostile),
            Draft(
                stream,
                "readiness.failed",
                system.ident,
                ({"control": hostile, "word": "stuck", "why": hostile},),
            ),
        ]
    )
    done = actions.show(stage.station)
    shown = text(done) + done.said
    assert "evil" in shown, "control: it is shown"
    assert not any(char in shown for char in "\x1b\x07\u202e")
    with safely():
        assert "evil" not in text(actions.show(stage.station))


def test_names_and_times_that_mean_nothing_are_refused(stage: Stage) -> None:
    with pytest.raises(NotFound, match="no system is called"):
        actions.show(stage.station, system="bat")
    assert [hours_of(each) for each in ("12h", "30d", "2w")] == [12, 720, 336]
    for bad in ("", "30", "0d", "9999w", "d", "-1d"):
        with pytest.raises(BadInput):
            hours_of(bad)
    assert actions.prove(stage.station, due=True).code == ExitCode.REFUSED


def _whole(station: object) -> str:
    from ircockpit.features.readiness.pages import control_detail
    from ircockpit.render.span import plain

    return "\n".join(plain(line) for line in control_detail(station, control(station)))  # type: ignore[arg-type]
