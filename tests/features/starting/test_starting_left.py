"""A trial that was cut off while it was on: found by every door, said to be on, and taken back first."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.features.starting.gateway import Gateway, typing

from ircockpit.command.action import Result
from ircockpit.command.progress import telling
from ircockpit.core.errors import ExitCode, NotFound
from ircockpit.features.containment import keeping
from ircockpit.features.queue.actions import list_due
from ircockpit.features.queue.due import due
from ircockpit.features.readiness.actions import prove
from ircockpit.features.readiness.queries import orphans
from ircockpit.features.record.doctor import examine
from ircockpit.features.starting.actions import init
from ircockpit.features.systems.queries import system
from ircockpit.features.systems.recording import record
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

KEPT = "starting.json"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway() as made:
        yield made


def given(gateway: Gateway, **more: Any) -> dict[str, Any]:
    return {
        "system": "bot",
        "owner": "team",
        "match": "none",
        "admin": gateway.url,
        "probe": gateway.url,
        **more,
    }


def cut_off(station: Workstation, gateway: Gateway) -> None:
    """An all-options run that ends while it is on, with no time left to take it back."""

    def leave(said: str) -> None:
        if "taking it back" in said or gateway.percent == "100":
            raise KeyboardInterrupt

    with telling(leave):
        left = init(station, **given(gateway, yes=True, confirm="halt"))
    assert left.code == ExitCode.INTERRUPTED
    assert gateway.percent == "100", "control: it is on"


def test_who_leaves_what_is_on_is_told_that_it_is_on(station: Workstation, gateway: Gateway) -> None:
    cut_off(station, gateway)
    for _ in range(2):  # and the next one is told again
        with typing("d") as typist:
            done = init(station)
        assert "take it back" in typist.questions[0]
        assert (done.code, gateway.percent) == (ExitCode.FAILED, "100")
        page = "\n".join(plain(line) for line in done.lines)
        assert "LEFT ON" in page
        assert "503 to everyone who uses this listener" in " ".join(page.split()), "what users get"
        assert "ircockpit init" in page
        assert "nothing was switched" not in page
        assert "left ON" in done.said


@pytest.mark.parametrize("kept", [True, False])
def test_a_script_that_is_cut_off_is_taken_up_by_a_plain_walk(
    station: Workstation, gateway: Gateway, kept: bool
) -> None:
    cut_off(station, gateway)
    if not kept:
        (station.profile.folder / KEPT).unlink()
    with typing("halt", "halt") as typist:
        done = init(station)
    assert [question.split(";")[0] for question in typist.questions] == [
        " type halt to take it back", " type halt to switch it on and back, twice"
    ]  # fmt: skip
    assert done.data["proved"]
    assert gateway.percent == ""
    assert not (station.profile.folder / KEPT).exists()
    with telling(lambda _: None):
        again = init(station, **given(gateway, dry_run=True))
    assert again.code == 0, "control: nothing is left on any more"


def test_a_walk_about_something_else_is_told_what_is_on(station: Workstation, gateway: Gateway) -> None:
    cut_off(station, gateway)
    with typing() as typist:
        init(station, system="another")
    assert "halt of bot is left ON" in typist.text


def test_it_waits_in_the_queue_the_loudest_and_is_taken_back_from_there(
    station: Workstation, gateway: Gateway
) -> None:
    assert due(station).rows == ()
    cut_off(station, gateway)
    first = due(station).rows[0]
    assert (first.is_stuck, first.system) == (True, "bot")
    assert first.said.startswith("halt may still be on")
    with telling(lambda _: None):
        prove(station, system="bot", control="halt", yes=True, confirm="bot/halt")
    assert gateway.percent == ""
    assert not any(row.is_stuck for row in due(station).rows)


@pytest.mark.parametrize("door", ["readiness", "due"])
def test_one_that_the_record_has_no_control_of_is_named_and_taken_back_by_any_door(
    station: Workstation, gateway: Gateway, door: str
) -> None:
    cut_off(station, gateway)
    before = system(station.view, "bot")
    record(station, before, before._replace(controls=()), [])
    assert not orphans(station)
    [row] = [row for row in due(station).rows if row.is_stuck]
    assert row.system == "bot"
    assert row.how == "ircockpit readiness prove bot envoy/halt"
    with telling(lambda _: None):
        if door == "due":
            done = prove(station, due=True, yes=True)
        else:
            shown = prove(station, system="bot", control="envoy/halt")
            assert (shown.code, gateway.percent) == (ExitCode.REFUSED, "100"), "shown first, and nothing sent"
            done = prove(station, system="bot", control="envoy/halt", yes=True, confirm="bot/envoy/halt")
    assert [each["word"] for each in done.data["proofs"]] == ["taken back"]
    assert gateway.percent == ""
    assert not any(each.is_stuck for each in due(station).rows)
    with pytest.raises(NotFound, match="no control 'envoy/halt'"):
        prove(station, system="bot", control="envoy/halt")


def test_a_walk_names_the_command_for_what_it_cannot_be_about(station: Workstation, gateway: Gateway) -> None:
    cut_off(station, gateway)
    before = system(station.view, "bot")
    record(station, before, before._replace(controls=()), [])
    with typing() as typist:
        init(station, system="another")
    assert "Taken back by: ircockpit readiness prove bot envoy/halt" in " ".join(typist.text.split())


def test_one_whose_target_is_recorded_no_more_says_where_it_is(
    station: Workstation, gateway: Gateway
) -> None:
    cut_off(station, gateway)
    before = system(station.view, "bot")
    record(station, before, before._replace(controls=(), targets=()), [])
    assert [each.control for each in orphans(station)] == ["envoy/halt"]
    row = due(station).rows[0]
    assert row.is_stuck
    for said in (row.said, row.how):
        assert gateway.url in said
    record(station, system(station.view, "bot"), before._replace(controls=()), [])
    with telling(lambda _: None):
        prove(station, system="bot", control="envoy/halt", yes=True, confirm="bot/envoy/halt")
    assert gateway.percent == ""


def texts(result: Result) -> str:
    return "\n".join(plain(line) for line in result.lines)


def test_the_doctor_and_what_waits_on_controls_name_it_with_the_command(
    station: Workstation, gateway: Gateway
) -> None:
    for recorded in (True, False):
        assert [each.state for each in examine(station) if each.about == "trials"] == ["ok"], "the control"
        assert keeping.due(station).data == []
        cut_off(station, gateway)
        name = "halt" if recorded else "envoy/halt"
        if not recorded:
            before = system(station.view, "bot")
            record(station, before, before._replace(controls=()), [])
        command = f"ircockpit readiness prove bot {name}"
        [seen] = [each for each in examine(station) if each.about == "trials"]
        assert (seen.state, seen.fix) == ("bad", command)
        assert f"{name} of bot may still be on at" in seen.what
        waits = keeping.due(station)
        assert [(each["kind"], each["mine"]) for each in waits.data] == [("left", True)]
        assert command in waits.data[0]["words"]
        assert command in texts(waits)
        assert command in texts(list_due(station))
        with telling(lambda _: None):
            prove(station, system="bot", control=name, yes=True, confirm=f"bot/{name}")
        assert gateway.percent == ""


def test_why_another_control_cannot_be_tried_names_what_is_on(station: Workstation, gateway: Gateway) -> None:
    def why(control: str) -> str:
        told: list[str] = []
        with telling(told.append):
            init(station, **given(gateway, control=control, dry_run=True))
        return " ".join("\n".join(told).split())

    gateway.healthy = False
    assert "connector of your own" in why("halt"), "control: with nothing on it is another matter"
    gateway.healthy = True
    cut_off(station, gateway)
    said = why("limit")
    assert "halt of bot is left ON by a trial at this gateway now" in said
    assert "connector of your own" not in said
