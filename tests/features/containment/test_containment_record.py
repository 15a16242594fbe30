"""The record of a control, what was done by hand, how long it stays on, and in which order things are lifted."""

import subprocess
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import FLAG_PATH, says
from tests.features.containment.stage import QUICK, Stage, staged, stop
from tests.features.containment.together import two
from tests.store.profiles import open_station

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, CockpitError, ConflictError, ExitCode, NotFound, RefusedError
from ircockpit.core.stated import moment_us
from ircockpit.features.containment import actions, by_hand, journalling, keeping, queries, together, waiting
from ircockpit.features.containment.engine.answer import Exchange
from ircockpit.features.containment.engine.families import NOT_THE_QUEUE
from ircockpit.features.containment.showing import show
from ircockpit.features.evidence.actions import add as add_exhibit
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain


def text(result: Result) -> str:
    return "\n".join(plain(line) for line in result.lines)


# The record


def test_the_record_says_when_whom_by_whose_authority_and_what_proves_it(stage: Stage) -> None:
    ident = stop(stage)
    shown = show(stage.station, record=ident)
    data, words = shown.data, text(shown)
    assert data["time_to_contain_ms"] == stage.action(ident).elapsed_ms
    assert "from sending to effective" in words
    assert [each["type"] for each in data["steps"]][:3] == [
        "containment.planned", "containment.observed", "containment.approved",
    ]  # fmt: skip
    states = [each["body"]["value"] for each in data["steps"] if each["type"] == "containment.stepped"]
    assert states == ["approved", "sent", "accepted", "recorded", "effective"]
    assert data["authority"] == [f"stop, plan {stage.action(ident).plan[:8]}: {stage.station.identity.name}"]
    assert f"PUT {stage.gateway.server.url}/flags/chat.enabled -> 200" in words, (
        "request and answer stand together"
    )
    assert "probe 1 reads not contained: status 200" in words, "the probe could fail before"
    assert "probe 2 reads contained: status 403" in words
    assert "reached   nobody and nothing is recorded" in words


def test_a_stop_is_never_shown_as_one_of_what_is_queued(stage: Stage) -> None:
    """Neither by the command that stopped it, nor in the list, nor in the record; a hold of the queue is."""
    done = actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    action = str(done.data["id"])
    assert done.data["state"] == "effective"
    listed = actions.list_actions(stage.station, incident=stage.incident)
    shown = show(stage.station, record=action)
    for told in (done, listed, shown):
        assert NOT_THE_QUEUE in text(told)
    assert shown.data["not_stopped"] == NOT_THE_QUEUE

    short = stage.action(action).short
    lifted = actions.revert(stage.station, action=short, reason="fixed", confirm=short, yes=True)
    assert lifted.data["state"] == "reverted"
    assert NOT_THE_QUEUE not in text(lifted) + text(
        actions.list_actions(stage.station, incident=stage.incident)
    )


def test_where_a_queue_is_seen_to_be_held_nothing_is_said_to_go_on(home: Path) -> None:
    with staged(home, connector=QUICK.replace(b"family: disable_feature", b"family: hold_queue")) as stage:
        done = actions.stop(stage.station, target=stage.incident, control="1", yes=True)
        assert done.data["state"] == "effective"
        shown = show(stage.station, record=str(done.data["id"]))
        listed = actions.list_actions(stage.station, incident=stage.incident)
        assert NOT_THE_QUEUE not in text(done) + text(listed) + text(shown)


def test_a_hold_that_is_not_seen_to_hold_is_no_hold(home: Path) -> None:
    with staged(home, connector=QUICK.replace(b"family: disable_feature", b"family: hold_queue")) as stage:
        stage.gateway.stale = 10**9
        done = actions.stop(stage.station, target=stage.incident, control="1", yes=True)
        assert done.data["state"] == "unverified"
        assert NOT_THE_QUEUE in text(done)


def test_what_was_not_captured_in_time_is_named(stage: Stage, tmp_path: Path) -> None:
    shown = show(stage.station, record=stop(stage))
    assert shown.data["not_captured"] == ["no exhibit of the incident was taken before the change"]
    assert shown.data["captured_before"][0] == "the control's state, as the way back"
    path = tmp_path / "chat.txt"
    path.write_text("what the bot said\n")
    add_exhibit(stage.station, incident=stage.incident, file=str(path))
    again = actions.stop(stage.station, target=stage.incident, control="2", yes=True)
    shown = show(stage.station, record=str(again.data["id"]))
    assert "E1" in shown.data["captured_before"], "control: what was taken before is not called missing"
    assert shown.data["not_captured"] == []


def test_a_break_glass_and_an_attested_name_stand_in_the_authority(tmp_path: Path) -> None:
    with two(tmp_path) as pair:
        action = pair.propose()
        together.attest(pair.mira, proposal=action, name="Jo")
        pair.approve(pair.bo, action)
        pair.send(action)
        (said,) = show(pair.mira, record=action).data["authority"]
        assert "Mira (lead), Bo (responder)" in said
        assert said.endswith("Jo attested, which is no approval")


# By hand


def test_a_card_holds_the_exact_commands_and_no_secret(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GATE_TOKEN", "s3cr3t-" + "v" * 20)
    add_system(stage.station, name="bot", auth=["eu-1=Authorization: Bearer env:GATE_TOKEN"])
    file = tmp_path / "card.txt"
    done = by_hand.card(stage.station, incident=stage.incident, control="1", to=str(file))
    card = file.read_text()
    assert card == done.data["card"] + "\n"
    assert "s3cr3t" not in card
    assert "The secret is in env:GATE_TOKEN" in card
    assert stage.gateway.server.received == [], "nothing is read or sent for it"
    with pytest.raises(ConflictError, match="is there already"):
        by_hand.card(stage.station, incident=stage.incident, control="1", to=str(file))
    # What stands on the paper does what the control does.
    command = next(each.strip() for each in card.split("\n") if "-X PUT" in each and "false" in each)
    subprocess.run(
        ["/bin/sh", "-c", command], env={"IRCOCKPIT_SECRET": "x", "PATH": "/usr/bin:/bin"}, check=True
    )
    assert stage.gateway.flags["chat.enabled"] is False
    assert stage.gateway.changes[0].headers["authorization"] == "Bearer x"


@pytest.mark.parametrize(
    "auth",
    [
        "Authorization: $(touch${IFS}made) env:T",
        'Authorization: ";touch made;" env:T',
        "X-`touch$IFS`: env:T",
    ],
)
def test_words_of_others_on_a_card_run_nothing_in_a_shell(stage: Stage, tmp_path: Path, auth: str) -> None:
    add_system(stage.station, name="bot", auth=[f"eu-1={auth}"])
    card = str(by_hand.card(stage.station, incident=stage.incident, control="1").data["card"])
    command = next(each.strip() for each in card.split("\n") if "-X PUT" in each and "false" in each)
    surroundings = {"IRCOCKPIT_SECRET": "tok-1", "PATH": "/usr/bin:/bin"}
    subprocess.run(["/bin/sh", "-c", command], env=surroundings, cwd=tmp_path, check=True)
    assert [path.name for path in tmp_path.iterdir() if path.name == "made"] == []
    [sent] = stage.gateway.changes
    name, _, words = auth.removesuffix("env:T").partition(": ")
    assert sent.headers[name.lower()] == f"{words}tok-1"


def test_no_file_is_named_by_a_value_on_a_card(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("what is on this disk")
    plain_body = QUICK.replace(b"json: {enabled: false}", b'body: "${p.flag}"').replace(
        b'path: "/flags/${p.flag}", body', b'path: "/flags/chat.enabled", body'
    )
    open_station(tmp_path / "home").close()
    with staged(tmp_path / "home", connector=plain_body.replace(b"[a-z.]{1,40}", b".*")) as stage:
        add_system(stage.station, name="bot", control=["halt=flags/off@eu-1:flag=@made"])
        stage.gateway.lies["PUT", FLAG_PATH] = says(200)
        card = str(by_hand.card(stage.station, incident=stage.incident, control="halt").data["card"])
        command = next(each.strip() for each in card.split("\n") if "-X PUT" in each and "@made" in each)
        subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, check=True)
        assert stage.gateway.changes[0].body == b"@made"


@pytest.mark.parametrize("place", ["unix:/run/x!!EXEC:touch made", "unix:/run/x,fork", "tcp://h,exec:9"])
def test_a_socket_on_a_card_is_a_place_and_nothing_else_that_socat_reads(place: str) -> None:
    request = {"method": "LINE", "url": place, "headers": [], "body": "show acl"}
    assert by_hand._command(request).startswith("# ")
    plain_one = by_hand._command({**request, "url": "unix:/run/haproxy.sock"})
    assert plain_one == "printf '%s\\n' 'show acl' | socat - UNIX-CONNECT:/run/haproxy.sock"


def test_what_was_done_by_hand_is_attested_and_lifted_by_hand(stage: Stage) -> None:
    done = by_hand.by_hand(stage.station, incident=stage.incident, control="1", did="jo set it at 14:03")
    ident = str(done.data["id"])
    assert stage.action(ident).state == "attested"
    assert queries.in_force(stage.station.view, stage.incident) == stage.action(ident)
    with pytest.raises(RefusedError, match="by hand"):
        actions.revert(
            stage.station, action=ident, reason="fixed", yes=True, confirm=stage.action(ident).short
        )
    looked = actions.check(stage.station, action=ident)
    assert looked.data["now"] == "drifted", (
        "it never was on: a look says so, the record keeps the word of who did it"
    )
    assert stage.action(ident).state == "attested"
    shown = show(stage.station, record=ident).data
    assert shown["time_to_contain_ms"] is None
    assert "the control's state before it: it was done by hand" in shown["not_captured"]
    by_hand.by_hand(stage.station, incident=stage.incident, control="1", did="jo undid it", lifted=True)
    assert stage.action(ident).state == "reverted"
    with pytest.raises(RefusedError, match="was not switched on by hand"):
        by_hand.by_hand(stage.station, incident=stage.incident, control="1", did="again", lifted=True)
    with pytest.raises(NotFound, match="no control"):
        by_hand.card(stage.station, incident=stage.incident, control="9")


# How long it stays on


def test_it_is_extended_with_a_reason_and_nothing_is_sent(stage: Stage) -> None:
    ident = stop(stage)
    before, count = moment_us(stage.action(ident).expires), len(stage.gateway.server.received)
    for hours, reason in (("0", "x"), ("721", "x"), ("two", "x"), ("-1", "x"), ("4", " ")):
        with pytest.raises(BadInput):
            keeping.extend(stage.station, action=ident, hours=hours, reason=reason)
    keeping.extend(stage.station, action=ident, hours="12", reason="not fixed")
    assert moment_us(stage.action(ident).expires) > before + 7 * 3_600_000_000
    assert len(stage.gateway.server.received) == count
    entry = stage.station.view.rows("SELECT body FROM entry WHERE type='containment.extended'")[0][0]
    assert "not fixed" in entry


def test_it_is_handed_over_and_what_is_off_cannot_be(stage: Stage) -> None:
    ident = stop(stage)
    assert stage.action(ident).answers == stage.station.me
    with pytest.raises(NotFound, match="nobody here is called"):
        keeping.hand(stage.station, action=ident, to="Zoe")
    with pytest.raises(BadInput, match="somebody answers"):
        keeping.hand(stage.station, action=ident, to="nobody")
    assert keeping.hand(stage.station, action=ident, to="me").data["answers"] == stage.station.me
    actions.revert(stage.station, action=ident, reason="fixed", yes=True, confirm=stage.action(ident).short)
    with pytest.raises(RefusedError, match="nothing of it is in force"):
        keeping.extend(stage.station, action=ident, hours="4", reason="x")


def test_what_is_past_its_time_waits_and_is_asked_for_in_the_queue(stage: Stage) -> None:
    from ircockpit.features.queue.queries import filtered, incident_places

    ident = stop(stage)
    assert keeping.due(stage.station).data == []
    assert list(incident_places(stage.station, filtered(stage.station, "asks"))) == []
    stage.clock.leap(5 * 3600)
    (ask,) = keeping.due(stage.station).data
    assert (ask["kind"], ask["action"], ask["mine"]) == (waiting.OVERDUE, ident, True)
    assert len(list(incident_places(stage.station, filtered(stage.station, "asks")))) == 1
    assert stage.action(ident).state == "effective", "and nothing was switched back"


# The order of lifting


def test_a_later_one_on_the_same_thing_is_lifted_first_and_the_order_is_shown(stage: Stage) -> None:
    url = stage.gateway.server.url
    add_system(
        stage.station, name="bot", target=[f"eu-1={url},{url}"],
        control=["halt=flags/off@eu-1", "other=flags/off@eu-1:flag=other.enabled", "same=flags/off@eu-1:flag=chat.enabled"],
    )  # fmt: skip
    first = stop(stage)
    other = actions.stop(stage.station, target=stage.incident, control="other", yes=True).data
    shown = actions.revert(stage.station, action=first, reason="fixed")
    assert f"newest first at eu-1: {other['short']}" in text(shown), (
        "what is on beside it is shown, and no obstacle"
    )
    # Another control that sets the very same flag is one: lifting what came before it would undo it.
    stage.gateway.set("chat.enabled", True)
    same = actions.stop(stage.station, target=stage.incident, control="same", yes=True).data
    with pytest.raises(RefusedError, match=f"{same['short']} on the same control came later"):
        actions.revert(stage.station, action=first, reason="fixed")
    actions.revert(
        stage.station, action=str(same["id"]), reason="fixed", yes=True, confirm=str(same["short"])
    )
    with pytest.raises(CockpitError):  # nothing is left of it to lift
        actions.revert(stage.station, action=str(same["id"]), reason="fixed")
    assert actions.revert(stage.station, action=first, reason="fixed").code == ExitCode.REFUSED, (
        "control: now it is asked"
    )


def test_the_next_shift_reads_who_answers_and_what_is_past_its_time(stage: Stage) -> None:
    from ircockpit.features.care.actions import handover

    stop(stage)
    words = text(handover(stage.station))
    assert f"{stage.station.identity.name} answers for it" in words
    assert "over since" not in words
    stage.clock.leap(5 * 3600)
    assert "over since" in text(handover(stage.station))


def test_an_exchange_is_told_in_the_words_of_its_kind() -> None:
    told = {
        Exchange("LINE", "unix:/run/haproxy.sock", 0, 1, ""): "unix:/run/haproxy.sock answered with nothing",
        Exchange("RUN", "exec:varnishadm", 1, 1, "no"): "exec:varnishadm ended with exit status 1: no",
        Exchange("PUT", "http://gw/flag", 200, 1, "ok"): "PUT http://gw/flag -> 200: ok",
    }
    assert {each: journalling._exchanged(each) for each in told} == told
