"""Duty roles on an incident: taken, handed over, delegated, given up; checklists; what a decision says of its maker."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from tests.store.profiles import StandingClock
from tests.support.hub import declare
from tests.support.pair import Pair

from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.core.ids import random_uuid
from ircockpit.core.roles import Capability, may, needed
from ircockpit.features.decisions import actions as decisions
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import IncidentRow, incident
from ircockpit.features.response import actions, queries
from ircockpit.features.response.events import TYPES
from ircockpit.features.response.queries import DutyRow
from ircockpit.features.triage.actions import answer
from ircockpit.inert.foreign import safely
from ircockpit.render.span import Line, plain
from ircockpit.store.workstation import Draft, Workstation

HOUR_US = 3_600_000_000
EVIL = "\x1b]52;c;ZXZpbA==\x07[red]zebra[/] \u202ezebra"


def later(station: Workstation, hours: float) -> None:
    """The clock of the test goes on."""
    assert isinstance(station.clock, StandingClock)
    station.clock._now += int(hours * HOUR_US)


def row(station: Workstation, ident: str) -> IncidentRow:
    return incident(station.view, ident)


def duty(station: Workstation, ident: str, role: str = "commander") -> DutyRow:
    return next(each for each in queries.duties(station, row(station, ident)) if each.role == role)


def text(lines: Sequence[Line]) -> str:
    return "\n".join(plain(line) for line in lines)


def someone(station: Workstation, name: str) -> str:
    """A colleague whose name this record knows."""
    user = random_uuid()
    station.append([Draft(station.identity.org_stream, "person.named", user, ({"name": name},))])
    return user


def test_a_role_is_taken_shown_and_given_up(station: Workstation) -> None:
    ident = declare(station, "wrong dose")
    assert "nobody" in text(actions.list_roles(station, incident=ident).lines).splitlines()[0]
    taken = actions.take(station, incident=ident, role="commander")
    assert taken.data["holders"][0]["user"] == station.me
    assert taken.data["holders"][0]["since_us"] > 0
    assert "you are incident commander" in taken.said
    assert "already" in actions.take(station, incident=ident, role="incident c").said
    first = text(actions.list_roles(station, incident=ident).lines).splitlines()[0]
    assert first.startswith("incident commander  mira, since 12:00 UTC; A: declare")
    said = text(incidents.timeline(station, incident=ident).lines)
    assert "takes the role incident commander" in said
    actions.release(station, incident=ident, role="commander", why="off shift")
    assert duty(station, ident).holders == ()
    assert "nobody is incident commander now: off shift" in text(
        incidents.timeline(station, incident=ident).lines
    )


@pytest.mark.parametrize("word", ["comm", "captain", "", "e"])
def test_a_role_nobody_means_is_refused_with_those_there_are(station: Workstation, word: str) -> None:
    ident = declare(station, "x")
    before = station.view.dump()
    with pytest.raises(NotFound) as caught:
        actions.take(station, incident=ident, role=word)
    assert "commander" in caught.value.fix
    assert station.view.dump() == before
    assert actions.take(station, incident=ident, role="on-call").data["role"] == "on_call"


def test_a_role_handed_over_stays_until_it_is_taken(station: Workstation) -> None:
    ident = declare(station, "x")
    bo = someone(station, "Bo")
    actions.take(station, incident=ident, role="legal")
    given = actions.give(station, incident=ident, role="legal", to="Bo", why="end of shift")
    assert "has to take it" in given.said
    found = duty(station, ident, "legal")
    assert [each.user for each in found.holders] == [station.me]
    assert [each.user for each in found.offered] == [bo]
    assert "handed to Bo, not taken" in text(given.lines)
    actions.take(station, incident=ident, role="legal")
    assert duty(station, ident, "legal").offered == ()
    with pytest.raises(NotFound):
        actions.give(station, incident=ident, role="legal", to="Zacharias")


def test_a_delegation_ends_with_its_time_and_only_the_holder_makes_one(station: Workstation) -> None:
    ident = declare(station, "x")
    bo = someone(station, "Bo")
    with pytest.raises(RefusedError) as caught:
        actions.delegate(station, incident=ident, role="commander", to="Bo", until="2h")
    assert caught.value.safe == "nothing was recorded"
    actions.take(station, incident=ident, role="commander")
    for wrong in ("yesterday", "2026-11-23T10:00Z"):
        with pytest.raises(BadInput):
            actions.delegate(station, incident=ident, role="commander", to="Bo", until=wrong)
    made = actions.delegate(station, incident=ident, role="commander", to="Bo", until="2h")
    assert "Bo until 14:00 UTC" in text(made.lines)
    found = duty(station, ident)
    assert [each.user for each in found.acting(station.clock.wall_us())] == [bo]
    assert found.is_of(bo, station.clock.wall_us())
    later(station, 2.1)
    assert [each.user for each in found.acting(station.clock.wall_us())] == [station.me]
    assert "Bo" not in text(actions.list_roles(station, incident=ident).lines)
    actions.delegate(station, incident=ident, role="commander", to="Bo", until="2h")
    assert (
        "no longer" in actions.delegate(station, incident=ident, role="commander", to="me", until="1h").said
    )
    assert duty(station, ident).delegate is None


def test_a_checklist_is_that_of_ones_roles_and_says_who_ticked_what(station: Workstation) -> None:
    ident = declare(station, "x")
    none = actions.checklist(station, incident=ident)
    assert none.data == []
    assert "you have no role" in none.said
    assert len(actions.checklist(station, incident=ident, role="scribe").data) == 6
    actions.take(station, incident=ident, role="scribe")
    mine = actions.checklist(station, incident=ident)
    assert {each["role"] for each in mine.data} == {"scribe"}
    done = actions.tick(station, incident=ident, item="sc-todo")
    assert (done.data["done"], done.data["by"]) == (True, "mira")
    assert done.data["at_us"] > 0
    assert "[x] sc-todo" in text(actions.checklist(station, incident=ident).lines)
    assert "done: Each action item" in text(incidents.timeline(station, incident=ident).lines)
    assert "already" in actions.tick(station, incident=ident, item="sc-todo").said
    undone = actions.tick(station, incident=ident, item="sc-todo", undone=True)
    assert not undone.data["done"]
    with pytest.raises(BadInput):
        actions.tick(station, incident=ident, item="sc-nothing")
    # An item of a role that nobody opened is ticked all the same.
    assert actions.tick(station, incident=ident, item="ex-ask").data["done"]


def test_a_decision_says_whether_its_maker_held_the_role_and_stops_nobody(station: Workstation) -> None:
    ident = declare(station, "x")
    alone = decisions.decide(
        station, incident=ident, decided="tell the regulator", why="72 hours", kind="notify"
    )
    assert alone.data["kind"] == "notify_regulator"
    assert alone.data["answers"] == {"role": "legal", "held": False, "holders": []}
    assert "not legal and privacy, who is accountable for it: nobody was" in text(alone.lines)
    actions.take(station, incident=ident, role="legal")
    held = decisions.decide(station, incident=ident, decided="tell them more", why="new facts", kind="notify")
    assert held.data["answers"]["held"]
    assert "legal and privacy, accountable for it" in text(held.lines)
    actions.release(station, incident=ident, role="legal")
    # What was, stays: the first was made by nobody of that role, the second by its holder.
    log = decisions.log(station, incident=ident).data
    assert [each["answers"]["held"] for each in log] == [False, True]
    other = decisions.decide(station, incident=ident, decided="wait", why="little known")
    assert other.data["answers"] is None
    with pytest.raises(NotFound):
        decisions.decide(station, incident=ident, decided="x", why="y", kind="lunch")


def test_what_the_program_records_as_decided_is_judged_too(station: Workstation) -> None:
    ident = declare(station, "x")
    answer(station, incident=ident, harm="yes", reach="thousands", reversible="no", ongoing="yes", personal="none",
           regulated="health")  # fmt: skip
    incidents.close(station, incident=ident, why="handed to the vendor")
    actions.take(station, incident=ident, role="commander")
    incidents.reopen(station, incident=ident, why="again")
    incidents.close(station, incident=ident, why="done")
    log = decisions.log(station, incident=ident).data
    assert [each["answers"]["held"] for each in log if each["kind"] == "close"] == [False, True]
    assert {each["kind"] for each in log} == {"", "close"}


def test_hostile_words_are_inert_and_safe_summaries_hold_no_names(station: Workstation) -> None:
    ident = declare(station, "x")
    someone(station, "zebra")
    actions.take(station, incident=ident, role="scribe", why=EVIL)
    actions.give(station, incident=ident, role="scribe", to="zebra", why=EVIL)
    stream = row(station, ident).stream
    for role in (EVIL, "unheard_of"):
        ent = queries.duty_id(ident, role)
        station.append([Draft(stream, "role.opened", ent, ({"incident": ident, "role": role},))])
        station.append(
            [station.set_field(stream, "role.set", ent, "holder", {"not": "a name"}, title=EVIL, says=EVIL)]
        )
    actions.add_partner(station, incident=ident, organisation=EVIL, part=EVIL, who=EVIL, contact=EVIL)

    def shown() -> list[Any]:
        return [actions.list_roles(station, incident=ident), actions.list_partners(station, incident=ident)]

    open_text = "\n".join(text(each.lines) for each in shown())
    assert "zebra" in open_text
    assert not set("\x1b\x07\u202e") & set(open_text)
    timeline = text(incidents.timeline(station, incident=ident, all=True).lines)
    assert not set("\x1b\x07\u202e") & set(timeline)
    with safely():
        partners = actions.list_partners(station, incident=ident)
        assert "zebra" not in text(partners.lines) + json.dumps(partners.data)
        roles = actions.list_roles(station, incident=ident)
        assert "zebra" not in json.dumps(roles.data) + text(roles.lines)
        assert "another role" in text(roles.lines)


def test_a_thing_with_another_id_than_its_roles_is_none(station: Workstation) -> None:
    ident = declare(station, "x")
    stream = row(station, ident).stream
    forged = station.new_id(stream)
    station.append([Draft(stream, "role.opened", forged, ({"incident": ident, "role": "commander"},))])
    station.append([station.set_field(stream, "role.set", forged, "holder", station.me)])
    assert duty(station, ident).holders == ()
    actions.take(station, incident=ident, role="commander")
    assert len(duty(station, ident).holders) == 1


def test_who_may_note_may_hold_a_role_and_only_responders_call_and_name_partners() -> None:
    need = {each.name: needed(each.name) for each in TYPES}
    assert {name for name, each in need.items() if each is Capability.NOTE} == {"role.opened", "role.set"}
    assert {name for name, each in need.items() if each is Capability.RECORD} == {
        "call.made", "partner.added", "partner.set",
    }  # fmt: skip
    assert may("approver", need["role.set"])
    assert not may("observer", need["role.set"])
    assert not may("approver", need["call.made"])


def test_two_people_apart_take_one_role_and_both_are_shown_until_one_settles_it(pair: Pair) -> None:
    ident = pair.incident
    for each in (pair.a, pair.b):
        actions.take(each, incident=ident, role="commander")
    pair.together()
    for each in (pair.a, pair.b):
        found = duty(each, ident)
        assert found.disputed
        assert {held.user for held in found.holders} == {pair.a.me, pair.b.me}
        assert "(!) " in text(actions.list_roles(each, incident=ident).lines).splitlines()[0]
    made = decisions.decide(pair.a, incident=ident, decided="close", why="x", kind="close")
    assert made.data["answers"]["held"], "both held it then"
    actions.take(pair.b, incident=ident, role="commander")
    pair.together()
    for each in (pair.a, pair.b):
        found = duty(each, ident)
        assert [held.user for held in found.holders] == [pair.b.me]
        assert not found.disputed
    # One who holds it on both sides is no conflict.
    assert "already" in actions.take(pair.b, incident=ident, role="commander").said
    assert pair.a.view.dump() == pair.b.view.dump()


def test_a_role_is_handed_over_between_devices_and_acknowledged(pair: Pair) -> None:
    ident = pair.incident
    actions.take(pair.a, incident=ident, role="engineer")
    actions.give(pair.a, incident=ident, role="engineer", to="Bo")
    pair.together()
    assert [each.user for each in duty(pair.b, ident, "engineer").offered] == [pair.b.me]
    actions.take(pair.b, incident=ident, role="engineer")
    pair.together()
    found = duty(pair.a, ident, "engineer")
    assert [each.user for each in found.holders] == [pair.b.me]
    assert found.offered == ()


def test_items_ticked_apart_are_both_done_and_a_disagreement_is_shown(pair: Pair) -> None:
    ident = pair.incident
    actions.tick(pair.a, incident=ident, item="ic-stop")
    actions.tick(pair.b, incident=ident, item="ic-clocks")
    pair.together()
    for each in (pair.a, pair.b):
        found = actions.checklist(each, incident=ident, role="commander").data
        assert {item["item"] for item in found if item["done"]} == {"ic-stop", "ic-clocks"}
        assert not [item for item in found if item["disputed"]]
    actions.tick(pair.a, incident=ident, item="ic-stop", undone=True)
    actions.tick(pair.b, incident=ident, item="ic-stop", undone=True)
    actions.tick(pair.b, incident=ident, item="ic-stop")
    pair.together()
    (item,) = [
        each for each in actions.checklist(pair.a, incident=ident, role="commander").data if each["disputed"]
    ]
    assert item["item"] == "ic-stop"
    assert actions.tick(pair.a, incident=ident, item="ic-stop").data["disputed"] is False
