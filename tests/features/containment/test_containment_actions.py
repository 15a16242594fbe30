"""Containment at the level of its actions: a plan is shown before anything is sent, and only what is proved is effective."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import says, silence
from tests.features.containment.stage import QUICK, Stage, staged, stop

from ircockpit.core.errors import ExitCode, NotFound, RefusedError
from ircockpit.features.containment import actions, journalling, queries, stopping
from ircockpit.features.incidents.actions import close, queue, reopen, timeline
from ircockpit.features.intake.actions import intake
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain


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

    def fall(progress: journalling.Progress) -> None:
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
