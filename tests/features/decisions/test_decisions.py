"""Decisions with their reasons, and the action items that follow: on record, by whom, until they are over."""

import json

import pytest
from tests.support.hub import declare
from tests.support.pair import Pair

from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.core.occurred import read_moment
from ircockpit.features.care.actions import handover
from ircockpit.features.decisions import actions, queries
from ircockpit.features.decisions.pages import decision_lines, task_lines
from ircockpit.features.decisions.rules import due_time, order
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents import queries as rows
from ircockpit.features.incidents.pages import detail_lines
from ircockpit.features.queue.queries import filtered, incident_places, touched
from ircockpit.features.triage.actions import answer
from ircockpit.features.whom import person_named
from ircockpit.inert.foreign import safely
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

NOW_US = 1_795_603_600_000_000  # 2026-11-25T10:46:40Z
HOUR_US = 3_600_000_000
ONCE, TWICE = (f"0000000{n}-0000-4000-8000-000000000000" for n in (1, 2))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("30m", "2026-11-25T12:16:40+01:00"),
        ("4h", "2026-11-25T15:46:40+01:00"),
        ("2d", "2026-11-27T11:46:40+01:00"),
        ("1w", "2026-12-02T11:46:40+01:00"),
        ("17:00", "2026-11-25T17:00+01:00"),
        ("11:30", "2026-11-26T11:30+01:00"),
        ("2026-11-30", "2026-11-30T23:59+01:00"),
        ("2026-11-30T17:00Z", "2026-11-30T17:00Z"),
    ],
)
def test_a_due_time_is_what_was_meant(typed: str, stored: str) -> None:
    assert due_time(typed, NOW_US, 60) == stored
    assert read_moment(stored).earliest_us > NOW_US


@pytest.mark.parametrize(
    "typed", ["", "soon", "25:00", "2h ago", "2026-11-25T10:00Z", "2026-02-30", "-3h", "\x1b[2J"]
)
def test_what_is_no_time_to_come_is_refused_with_the_forms(typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        due_time(typed, NOW_US, 60)
    assert "17:00" in caught.value.fix
    assert caught.value.safe == "nothing was recorded"


def test_what_is_overdue_comes_first_and_what_is_over_last() -> None:
    places = [
        order("open", NOW_US - 1, NOW_US), order("doing", NOW_US + 1, NOW_US), order("open", None, NOW_US),
        order("done", NOW_US - 1, NOW_US),
    ]  # fmt: skip
    assert places == sorted(places)
    assert len(set(places)) == len(places)


def test_a_decision_says_who_why_what_it_rests_on_and_what_follows(station: Workstation) -> None:
    ident = declare(station, "wrong dose")
    made = actions.decide(
        station, incident=ident, decided=["stop", "the bot"], why="4,000 people", source="dashboard",
        authority="the duty manager", todo="tell the pharmacy", to="me", due="2h",
    )  # fmt: skip
    assert made.data["decided"] == "stop the bot"
    assert made.data["why"] == "4,000 people"
    assert made.data["authority"] == "the duty manager"
    (task,) = made.data["tasks"]
    assert (task["todo"], task["owner"], task["state"]) == ("tell the pharmacy", station.me, "open")
    text = "\n".join(plain(line) for line in actions.log(station, incident=ident).lines)
    for words in ("stop the bot", "4,000 people", "dashboard", "the duty manager", "tell the pharmacy"):
        assert words in text
    assert "decided: stop the bot" in "\n".join(
        plain(line) for line in incidents.timeline(station, incident=ident).lines
    )


def test_the_log_holds_what_other_acts_decided_in_the_order_it_happened(station: Workstation) -> None:
    ident = declare(station, "wrong dose")
    actions.decide(station, incident=ident, decided="wait for the lab", why="too little known")
    answer(station, incident=ident, harm="yes", reach="thousands", reversible="no", ongoing="yes", personal="none",
           regulated="health")  # fmt: skip
    incidents.close(station, incident=ident, why="handed to the vendor")
    log = actions.log(station, incident=ident).data
    said = [each["decided"] for each in log]
    assert said[0] == "wait for the lab"
    assert any(each.startswith("SEV1") for each in said)
    assert log[-1]["why"] == "handed to the vendor"
    assert [each["at_us"] for each in log] == sorted(each["at_us"] for each in log)


def test_a_withdrawn_decision_stays_readable(station: Workstation) -> None:
    ident = declare(station, "x")
    made = actions.decide(station, incident=ident, decided="publish", why="the press asks")
    actions.withdraw(station, decision=made.data["short"], why="legal says no")
    (found,) = queries.decisions(station, ident, made_stream(station, ident))
    assert found.withdrawn
    text = "\n".join(plain(line) for line in decision_lines(station, [found]))
    assert "WITHDRAWN publish" in text
    again = actions.withdraw(station, decision=made.data["short"], why="twice")
    assert "already" in again.said


def test_an_action_item_goes_from_hand_to_hand_until_it_is_over(station: Workstation) -> None:
    ident = declare(station, "x")
    given = actions.add_task(station, incident=ident, todo=["count", "refunds"], due="1h")
    task = given.data["short"]
    assert task.startswith("t-")
    assert given.data["owner"] == ""
    assert actions.list_tasks(station, mine=True).data == []
    taken = actions.take_task(station, task=task)
    assert (taken.data["owner"], taken.data["state"]) == (station.me, "doing")
    actions.move_task(station, task=task, due="")
    assert actions.list_tasks(station, mine=True).data[0]["due_us"] is None
    actions.give_task(station, task=task, to="nobody")
    assert actions.list_tasks(station).data[0]["owner"] == ""
    actions.finish_task(station, task=task, why="17 refunds")
    assert actions.list_tasks(station).data == []
    assert [each["state"] for each in actions.list_tasks(station, over=True).data] == ["done"]
    with pytest.raises(RefusedError) as caught:
        actions.take_task(station, task=task)
    assert "task reopen" in caught.value.fix
    actions.reopen_task(station, task=task, why="two were missed")
    assert [each["state"] for each in actions.list_tasks(station, incident=ident).data] == ["open"]


def test_a_person_is_found_by_name_and_nobody_by_guessing(station: Workstation) -> None:
    ident = declare(station, "x")
    with pytest.raises(NotFound) as caught:
        actions.add_task(station, incident=ident, todo="y", to="Zacharias")
    assert caught.value.safe == "nothing was recorded"
    assert actions.list_tasks(station).data == []
    assert person_named(station, "me") == station.me
    assert person_named(station, station.me[:6]) == station.me


@pytest.mark.parametrize(
    "given",
    [
        {"decided": " ", "why": "y"},
        {"decided": "x", "why": ""},
        {"decided": "x" * 2001, "why": "y"},
        {"decided": "x", "why": "y", "to": "me"},
        {"decided": "x", "why": "y", "todo": "z", "due": "yesterday"},
    ],
)
def test_half_a_decision_records_nothing(station: Workstation, given: dict[str, str]) -> None:
    ident = declare(station, "x")
    with pytest.raises(BadInput):
        actions.decide(station, incident=ident, **given)
    assert actions.log(station, incident=ident).data == []
    assert actions.list_tasks(station).data == []


def test_hostile_words_are_shown_inert_and_safe_summaries_hold_none(station: Workstation) -> None:
    ident = declare(station, "x")
    evil = "\x1b]52;c;ZXZpbA==\x07[red]zebra[/] \u202ezebra"
    actions.decide(station, incident=ident, decided=evil, why=evil, source=evil, authority=evil, todo=evil)
    shown = [*actions.log(station, incident=ident).lines, *actions.list_tasks(station).lines]
    text = "\n".join(plain(line) for line in shown)
    assert "zebra" in text
    assert not set("\x1b\x07\u202e") & set(text)
    with safely():
        found = actions.log(station, incident=ident)
        assert "zebra" not in "\n".join(plain(line) for line in found.lines) + json.dumps(found.data)
        assert "zebra" not in "\n".join(plain(line) for line in actions.list_tasks(station).lines)


def test_a_row_says_in_words_that_it_is_overdue(station: Workstation) -> None:
    ident = declare(station, "x")
    actions.add_task(station, incident=ident, todo="call", due="2h")
    (row,) = queries.tasks(station)
    assert row.due_us is not None
    assert queries.due_words(row, row.due_us - HOUR_US) == ("due in 1h 00m", "text")
    assert queries.due_words(row, row.due_us + HOUR_US) == ("over by 1h 00m", "bad")
    assert all(len(plain(line)) <= 80 for line in task_lines(station, [row], 80))


def test_two_people_apart_take_one_item_and_both_are_shown(pair: Pair) -> None:
    ident = pair.incident
    task = actions.add_task(pair.a, incident=ident, todo="call the vendor").data["id"]
    pair.together()
    actions.take_task(pair.a, task=task)
    actions.take_task(pair.b, task=task)
    pair.together()
    for station in (pair.a, pair.b):
        (row,) = queries.tasks(station)
        assert row.disputed == ("owner",)
    settled = actions.take_task(pair.b, task=task)
    assert settled.data["disputed"] == []


def made_stream(station: Workstation, ident: str) -> str:
    return str(station.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])


def test_one_act_repeated_is_one_decision_and_one_item(station: Workstation) -> None:
    ident = declare(station, "x")
    both = [
        actions.decide(station, incident=ident, decided="stop", why="harm", todo="call", op=ONCE)
        for _ in range(2)
    ]
    assert both[0].data == both[1].data
    items = [actions.add_task(station, incident=ident, todo="call again", op=TWICE) for _ in range(2)]
    assert items[0].data["id"] == items[1].data["id"]
    assert len(actions.list_tasks(station).data) == 2


def test_an_incident_says_what_is_to_be_done_and_is_mine_while_i_have_to_do_it(station: Workstation) -> None:
    ident = declare(station, "x")
    row = rows.incidents(station.view, [ident])[0]
    assert "to do" not in "\n".join(plain(line) for line in detail_lines(station, row))
    assert list(incident_places(station, filtered(station, "mine"))) == []
    task = actions.add_task(station, incident=ident, todo="call", to="me", due="2h").data["short"]
    assert "1 action item; " + task in "\n".join(plain(line) for line in detail_lines(station, row))
    assert len(list(incident_places(station, filtered(station, "mine")))) == 1
    found = touched(station, 0, 100)
    assert found is not None
    assert found.incidents == [ident]
    actions.finish_task(station, task=task)
    assert list(incident_places(station, filtered(station, "mine"))) == []


def test_the_handover_says_what_is_to_be_done_without_its_words(station: Workstation) -> None:
    ident = declare(station, "x")
    actions.add_task(station, incident=ident, todo="zebra", to="me", due="2h")
    page = handover(station)
    text = "\n".join(plain(line) for line in page.lines)
    assert "1 action item" in text
    assert "zebra" not in text + json.dumps(page.data)
    assert [each["state"] for each in page.data["to_do"]] == ["open"]
