"""A connector is checked with every finding, tried there and back, and gets a badge only for what was proved."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.features.containment.engine.gateway import FLAG_PATH, says, silence
from tests.features.containment.stage import QUICK, Stage, staged
from tests.support.scripted import Line, Received, answer

from ircockpit.command.action import Result
from ircockpit.command.progress import telling
from ircockpit.core.errors import BadInput, ConflictError, ExitCode, NotFound, RefusedError
from ircockpit.features.containment import actions, trying
from ircockpit.features.containment.connector_actions import lint, offered, try_out
from ircockpit.features.containment.inhand import in_hand
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain


def tried(stage: Stage, **given: Any) -> Result:
    return try_out(stage.station, connector="flags", target="bot/eu-1", **given)


def go(stage: Stage, **given: Any) -> Result:
    return tried(stage, confirm=["off"], yes=True, **given)


def left(stage: Stage) -> list[str]:
    return sorted(path.name for path in stage.station.profile.snapshots.glob("try-*"))


def text(result: Result) -> str:
    return "\n".join(plain(line) for line in result.lines)


# lint


def test_every_finding_is_told_with_its_line_and_what_to_do(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    bad = (
        QUICK.replace(b"vendor: test", b"vender: test")
        .replace(b"tier: feature", b"tier: planet")
        .replace(b"consecutive: 2", b"consecutive: many")
    )
    path.write_bytes(bad)
    done = lint(stage.station, file=str(path))
    assert done.code == ExitCode.USAGE
    lines = bad.split(b"\n")
    found = {each["place"]: each for each in done.data["findings"]}
    assert found.keys() == {
        "$.vender", "$", "$.actions[0].blast.tier", "$.actions[0].verify.probe.consecutive",
    }  # fmt: skip
    assert found["$.vender"]["fix"] == "Did you mean vendor?"
    assert b"vender" in lines[found["$.vender"]["line"] - 1]
    assert b"planet" in lines[found["$.actions[0].blast.tier"]["line"] - 1]
    assert b"consecutive" in lines[found["$.actions[0].verify.probe.consecutive"]["line"] - 1]


def test_a_misspelt_key_hides_nothing_and_a_word_is_guessed(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    _, action = QUICK.split(b"actions:\n")
    other = action.replace(b'id: "off"', b"id: other").replace(
        b"family: disable_feature", b"family: disable_featur"
    )
    path.write_bytes(
        QUICK.replace(b"vendor: test", b"vendor: test\nvendro: x").replace(
            b"contained: state == `false`", b"contained: stat == `false`", 1
        )
        + other
    )
    found = lint(stage.station, file=str(path)).data["findings"]
    assert [each["place"] for each in found] == ["$.vendro", "$.actions[0].contained", "$.actions[1].family"]
    assert [each["line"] for each in found] == sorted(each["line"] for each in found)
    assert found[2]["fix"] == "Did you mean disable_feature?"


def test_findings_of_meaning_are_told_all_at_once(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(
        QUICK.replace(b"contained: state == `false`", b"contained: stat == false").replace(
            b"json: {enabled: false}", b"json: {enabled: '${p.flog}'}"
        )
    )
    done = lint(stage.station, file=str(path))
    whats = [each["what"] for each in done.data["findings"]]
    assert len(whats) == 3
    assert "'stat' does not exist here" in whats
    assert "no parameter is called 'flog'" in whats
    assert "The value is written `false`, in back-ticks." in text(done)


def test_a_sound_file_has_no_findings_and_what_is_no_file_is_told(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(QUICK)
    assert lint(stage.station, file=str(path)).code == 0
    with pytest.raises(BadInput, match="cannot be read"):
        lint(stage.station, file=str(tmp_path / "none.yaml"))
    path.write_bytes(b"a: &x 1\nb: *x\n")
    with pytest.raises(BadInput, match="anchor in line 1"):
        lint(stage.station, file=str(path))


# try


def test_nothing_is_sent_for_an_action_nobody_named(stage: Stage) -> None:
    for given in ({}, {"yes": True}, {"confirm": ["off"]}):
        done = tried(stage, **given)
        assert done.code == ExitCode.REFUSED
        assert "PUT " in text(done)  # the very requests are shown
        assert stage.gateway.changes == []
    with pytest.raises(NotFound):
        tried(stage, confirm=["of"], yes=True)


def test_a_trial_shows_its_plan_once_and_names_its_device_as_people_do(
    stage: Stage,
) -> None:
    rows: list[str] = []
    with telling(rows.append):
        done = go(stage)
    told = "\n".join(rows)
    assert (told + text(done)).count("and back ") == 1
    assert "seen from " in told
    assert stage.station.identity.device not in told


def test_what_is_not_tried_for_want_of_a_secret_says_so_in_one_sentence(stage: Stage) -> None:
    add_system(stage.station, name="bot", auth=["eu-1=Authorization: env:IRC_NOT_THERE"])
    [row] = tried(stage).data["tried"]
    assert ".;" not in row["said"]
    assert "IRC_NOT_THERE" in row["said"]


def test_there_and_back_twice_gives_a_badge_for_the_file_as_it_is(stage: Stage) -> None:
    done = go(stage, server="1.2.3")
    assert done.code == 0, done
    [row] = done.data["tried"]
    assert row["course"] == ["effective", "reverted"] * 2
    assert [json.loads(each.body)["enabled"] for each in stage.gateway.changes] == [False, True, False, True]
    badge = trying.badges(stage.station)[done.data["sha256"]]
    assert (badge.server, badge.target, badge.actions) == ("1.2.3", "eu-1", ("off",))
    assert "verified against 1.2.3" in done.said
    assert left(stage) == []
    assert "verified here against 1.2.3" in text(actions.connectors(stage.station))
    (stage.station.profile.connectors / "flags.yaml").write_bytes(QUICK + b"# changed\n")
    actions.trust(stage.station, connector="flags")
    assert "verified here" not in text(actions.connectors(stage.station))


def test_the_server_is_asked_for_its_version(home: Path) -> None:
    asking = QUICK.replace(
        b"actions:\n", b"server: {method: GET, path: /version, pick: body.version}\nactions:\n", 1
    )
    with staged(home, connector=asking) as stage:
        stage.gateway.lies["GET", "/version"] = says(200, {"version": "9.9"})
        assert go(stage).data["badge"]["server"] == "9.9"
        stage.gateway.lies["GET", "/version"] = says(200, {"version": "9.9\x1b[2J"})
        assert go(stage).data["badge"]["server"] == "a version not stated"


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        ("contained", "on already"),
        ("outage", "would prove nothing"),
        ("unreadable", "answered 500"),
    ],
)
def test_what_would_prove_nothing_is_not_tried(stage: Stage, lie: str, why: str) -> None:
    if lie == "contained":
        stage.gateway.set("chat.enabled", False)
    if lie == "outage":
        stage.gateway.outage = True
    if lie == "unreadable":
        stage.gateway.lies["GET", FLAG_PATH] = says(500)
    done = go(stage)
    assert done.data["tried"][0]["word"] == "not tried"
    assert why in done.data["tried"][0]["said"]
    assert done.data["badge"] is None
    assert stage.gateway.changes == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"approval: none", b"approval: two-person", "two people"),
        (
            b'    revert:\n      - {method: PUT, path: "/flags/${p.flag}", json: {enabled: "${before}"}, timeout_s: 1}\n',
            b"    reversible: false\n",
            "cannot be taken back",
        ),
    ],
)
def test_what_must_not_be_tried_alone_or_cannot_be_taken_back_is_refused(
    home: Path, old: bytes, new: bytes, why: str
) -> None:
    assert old in QUICK
    with staged(home, connector=QUICK.replace(old, new)) as stage:
        done = go(stage)
        assert why in done.data["tried"][0]["said"]
        assert stage.gateway.changes == []


def test_a_control_that_does_nothing_gets_no_badge_and_is_taken_back(stage: Stage) -> None:
    stage.gateway.stale = 10**6
    done = go(stage)
    assert done.code == ExitCode.FAILED
    [row] = done.data["tried"]
    assert row["word"] in ("failed", "still on")
    assert done.data["badge"] is None
    assert trying.badges(stage.station) == {}
    assert stage.gateway.flags["chat.enabled"] is True


def test_what_cannot_be_taken_back_is_said_first_and_kept_until_it_is(stage: Stage) -> None:
    def only_off(received: Received, line: Line) -> None:
        if json.loads(received.body)["enabled"]:
            line.send(answer(500, b"no"))
        else:
            stage.gateway.truth(received, line)

    stage.gateway.lies["PUT", FLAG_PATH] = only_off
    done = go(stage)
    assert done.data["tried"][0]["word"] == "still on"
    assert "still on: take it back now" in done.said
    assert done.code == ExitCode.FAILED
    assert "try-flags-off.before.json" in left(stage)
    stage.gateway.lies.clear()
    shown = tried(stage)
    assert "takes back a trial that was cut off" in text(shown)
    assert stage.gateway.flags["chat.enabled"] is False, "control: nothing is sent without a word"
    again = go(stage)
    assert again.data["tried"][0]["course"] == ["reverted"]
    assert again.data["badge"] is None, "what was cut off proves nothing"
    assert stage.gateway.flags == {"chat.enabled": True, "other.enabled": True}
    assert left(stage) == []
    assert go(stage).data["badge"]


@pytest.mark.parametrize("step", ["sent: ", "accepted: ", "recorded: ", "probe 1", "effective: "])
def test_who_leaves_while_it_is_on_has_it_taken_back_first(stage: Stage, step: str) -> None:
    def leave(said: str) -> None:
        if said.startswith(step) and not switched:
            switched.append(stage.gateway.flags["chat.enabled"])
            raise KeyboardInterrupt

    switched: list[bool] = []
    with telling(leave), pytest.raises(KeyboardInterrupt):
        go(stage)
    assert stage.gateway.flags["chat.enabled"] is True
    assert left(stage) == []
    assert switched[0] is (step == "sent: "), (
        "control: it was on when they left, but where nothing had been sent yet"
    )
    assert go(stage).data["badge"]


def test_who_leaves_the_way_back_too_finds_it_at_the_next_trial(stage: Stage) -> None:
    def leave(said: str) -> None:
        if said.startswith(("effective: ", "taking it back")):
            raise KeyboardInterrupt

    with telling(leave), pytest.raises(KeyboardInterrupt):
        go(stage)
    assert stage.gateway.flags["chat.enabled"] is False
    assert trying.is_left_on(stage.station, "flags", "off")
    assert go(stage).data["tried"][0]["course"] == ["reverted"]
    assert not trying.is_left_on(stage.station, "flags", "off")


def test_a_trial_is_not_taken_back_by_another_one_that_begins_meanwhile(stage: Stage) -> None:
    with in_hand(stage.station, "trial-flags"), pytest.raises(ConflictError):
        go(stage)
    assert stage.gateway.changes == []
    assert go(stage).code == 0, "control: alone it is tried"


def test_parameters_go_to_the_actions_that_have_them(stage: Stage) -> None:
    assert "/flags/other.enabled" in text(tried(stage, param=["off.flag=other.enabled"]))
    with pytest.raises(BadInput, match="gives nothing to any action"):
        tried(stage, param=["nothing=1"])


def test_only_an_accepted_target_of_a_trusted_connector_is_tried(home: Path) -> None:
    with staged(home, trusted=False) as stage:
        with pytest.raises(RefusedError, match="trusted"):
            go(stage)
        with pytest.raises(NotFound):
            try_out(stage.station, connector="envoy", target="bot/none")
        url = stage.gateway.server.url
        add_system(stage.station, name="far", target=[f"a={url}"])
        (stage.station.profile.folder / "targets.json").write_text("[]", "utf-8")
        with pytest.raises(RefusedError, match="not accepted"):
            try_out(stage.station, connector="envoy", target="far")
        assert stage.gateway.server.received == []


# choices


def test_what_a_target_offers_for_a_parameter_is_listed(home: Path) -> None:
    picking = QUICK.replace(
        b"default: chat.enabled}",
        b"default: chat.enabled, source: {method: GET, path: /flags, pick: 'body[].{value: id, label: name}'}}",
    )
    with staged(home, connector=picking) as stage:
        stage.gateway.lies["GET", "/flags"] = says(200, [{"id": "chat.enabled", "name": "Chat"}, {"id": "b"}])

        def listed(name: str) -> Result:
            return offered(stage.station, connector="flags", action="off", name=name, target="bot/eu-1")

        assert listed("flag").data == [
            {"value": "chat.enabled", "label": "Chat"}, {"value": "b", "label": "b"},
        ]  # fmt: skip
        assert "Chat" in text(listed("flag"))
        with pytest.raises(NotFound, match="no parameter"):
            listed("none")
        stage.gateway.lies["GET", "/flags"] = says(200, [])
        assert "offers nothing for flag" in listed("flag").said
        assert stage.gateway.changes == []


# record


def test_a_recording_holds_the_exchanges_and_no_secret(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_TOKEN", "tok-3f9a1c77")
    redacting = QUICK.replace(b"state: body.flag.enabled,", b"state: body.flag.enabled, redact: [flag.name],")
    with staged(home, connector=redacting) as stage:
        add_system(stage.station, name="bot", auth=["eu-1=bearer env:GATEWAY_TOKEN"])
        to = tmp_path / "kept"
        assert go(stage, to=str(to)).code == 0
        raw = (to / "flags.off.json").read_text()
        assert "tok-3f9a1c77" not in raw
        assert "env:GATEWAY_TOKEN" in raw  # the control: who sends is there, by its source
        kept = json.loads(raw)
        puts = [each for each in kept if each["request"]["method"] == "PUT"]
        assert [each["answer"]["status"] for each in puts] == [200] * 4
        reads = [each["answer"]["body"] for each in kept if each["request"]["method"] == "GET"]
        assert all(json.loads(body)["flag"]["name"] is None for body in reads)
        assert stage.gateway.changes[0].headers["authorization"] == "Bearer tok-3f9a1c77"


def test_silence_is_recorded_as_silence(stage: Stage) -> None:
    from ircockpit.core.errors import CockpitError
    from ircockpit.features.containment.engine.transport import TargetTransport
    from ircockpit.features.containment.recording import Recorder

    prepared, _ = stage.approved()
    stage.gateway.lies["GET", FLAG_PATH] = silence
    with TargetTransport(prepared.plan.measure.target, lambda _: "") as transport:
        recorder = Recorder(transport)
        recorder.begin(prepared.plan.measure.action)
        with pytest.raises(CockpitError):
            recorder.send(prepared.plan.read, 0.2)
        assert recorder._kept[0]["answer"] is None
