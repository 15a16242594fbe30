"""Whom to call about an incident that nobody has taken: by when, in what words, and that it was done; partners outside."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.store.profiles import NOON_US, StandingClock
from tests.support.hub import set_field
from tests.support.pair import Pair

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput
from ircockpit.core.scopes import RESTRICTED
from ircockpit.features.care import actions as care
from ircockpit.features.erasure.actions import erase
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import incident
from ircockpit.features.response import actions, queries
from ircockpit.features.response.reading import ESCALATION, FOLDER
from ircockpit.features.response.rules import MINUTE_US
from ircockpit.features.systems.actions import add
from ircockpit.features.systems.queries import system
from ircockpit.features.systems.rules import Level
from ircockpit.inert.foreign import safely
from ircockpit.render.span import Line, plain
from ircockpit.store.workstation import Workstation

PATH = ["Ann Lee=+49 30 1234/15", "Bo/20", "duty/desk=pager 7"]


def open_incident(station: Workstation, severity: str = "SEV1", **described: Any) -> str:
    add(station, name="bot", **(described or {"escalate": PATH}))
    return str(incidents.declare(station, title="wrong dose", system="bot", severity=severity).data["id"])


def later(station: Workstation, minutes: int) -> None:
    assert isinstance(station.clock, StandingClock)
    station.clock._now += minutes * MINUTE_US


def text(lines: Sequence[Line]) -> str:
    return "\n".join(plain(line) for line in lines)


def due_minutes(station: Workstation, ident: str) -> list[int]:
    levels = actions.escalation(station, incident=ident).data["levels"]
    return [round((each["due_us"] - NOON_US) / MINUTE_US) for each in levels]


def test_a_path_is_recorded_with_its_system(station: Workstation) -> None:
    shown = add(station, name="bot", escalate=PATH)
    assert shown.data["escalation"] == [
        {"who": "Ann Lee", "how": "+49 30 1234", "minutes": 15},
        {"who": "Bo", "how": "", "minutes": 20},
        {"who": "duty/desk", "how": "pager 7", "minutes": 0},
    ]
    assert "level 1  Ann Lee, +49 30 1234, 15 minutes" in text(shown.lines)
    assert system(station.view, "bot").path[1] == Level("Bo", "", 20)
    assert add(station, name="bot", owner="Ops").data["escalation"] == shown.data["escalation"]


@pytest.mark.parametrize("wrong", [["=+49"], ["Ann/99999"], ["x"] * 10])
def test_a_path_that_names_nobody_or_too_many_is_refused(station: Workstation, wrong: list[str]) -> None:
    with pytest.raises(BadInput):
        add(station, name="bot", escalate=wrong)
    assert station.view.rows("SELECT count(*) FROM system") == [(0,)]


def test_a_file_describes_a_path_and_a_typo_in_it_is_refused(station: Workstation, tmp_path: Path) -> None:
    file = tmp_path / "bot.yaml"
    good = "name: bot\nescalation:\n  - {who: Ann, how: pager 7, minutes: 5}\n"
    for wrong in (
        good.replace("who", "hwo"),
        good.replace("minutes: 5", "minutes: soon"),
        good.replace("how", "hwo"),
    ):
        file.write_text(wrong)
        with pytest.raises(BadInput):
            add(station, name=str(file))
    file.write_text(good)
    assert add(station, name=str(file)).data["escalation"] == [{"who": "Ann", "how": "pager 7", "minutes": 5}]


@pytest.mark.parametrize(("severity", "first"), [("SEV1", 5), ("SEV2", 15), ("SEV3", 60), ("SEV4", 240)])
def test_the_severity_says_when_the_first_is_called(station: Workstation, severity: str, first: int) -> None:
    ident = open_incident(station, severity)
    assert due_minutes(station, ident)[:2] == [first, first + 15]


def test_without_a_path_on_call_and_owner_are_called(station: Workstation) -> None:
    ident = open_incident(station, on_call="pager 7", owner="Ops")
    levels = actions.escalation(station, incident=ident).data["levels"]
    assert [(each["who"], each["how"]) for each in levels] == [("on call", "pager 7"), ("Ops", "")]
    bare = str(incidents.declare(station, title="y").data["id"])
    assert "nobody is named to be called" in text(actions.escalation(station, incident=bare).lines)
    assert "call " not in text(incidents.show(station, incident=bare).lines)


def test_a_call_is_recorded_and_the_next_is_due_from_then(station: Workstation) -> None:
    ident = open_incident(station)
    later(station, 8)
    assert "over by 3m" in text(incidents.show(station, incident=ident).lines)
    made = actions.called(station, incident=ident, answer="no", note="voicemail")
    assert made.data["called"] == 1
    assert made.data["next"] == 2
    assert due_minutes(station, ident) == [5, 23, 43]
    said = text(incidents.timeline(station, incident=ident).lines)
    assert "called level 1, Ann Lee: no answer: voicemail" in said
    for _ in range(2):
        actions.called(station, incident=ident)
    with pytest.raises(BadInput) as caught:
        actions.called(station, incident=ident)
    assert "nobody is left" in caught.value.what
    again = actions.called(station, incident=ident, level=3, answer="yes")
    assert again.data["levels"][-1]["answer"] == "yes"
    with pytest.raises(BadInput):
        actions.called(station, incident=ident, level=9)


def test_whoever_takes_it_ends_the_calling_and_giving_it_back_begins_it_anew(station: Workstation) -> None:
    ident = open_incident(station)
    incidents.take(station, incident=ident)
    assert "nobody is to be called" in actions.escalation(station, incident=ident).said
    assert "call " not in text(incidents.show(station, incident=ident).lines)
    later(station, 30)
    incidents.give(station, incident=ident)
    assert due_minutes(station, ident)[0] == 35
    actions.take(station, incident=ident, role="commander")
    found = queries.escalation(station, incident(station.view, ident))
    assert found is not None
    assert found.taken
    actions.release(station, incident=ident, role="commander")
    assert not actions.escalation(station, incident=ident).data["taken"]
    incidents.close(station, incident=ident, why="false alarm")
    assert queries.escalation(station, incident(station.view, ident)) is None


def test_ones_own_times_are_in_force(station: Workstation) -> None:
    ident = open_incident(station)
    folder = station.profile.folder / FOLDER
    folder.mkdir()
    times = "{SEV1: 2, SEV2: 2, SEV3: 2, SEV4: 2}"
    (folder / ESCALATION).write_text(f"form: 1\ntitle: ours\nunattended: {times}\nwait: {times}\n")
    assert due_minutes(station, ident) == [2, 17, 37]


def test_times_are_said_with_their_offset(station: Workstation) -> None:
    ident = open_incident(station)
    assert "by 12:05 UTC, in 4m" in text(actions.escalation(station, incident=ident).lines)


def test_the_next_shift_reads_that_somebody_is_to_be_called_and_no_name(station: Workstation) -> None:
    ident = open_incident(station)
    later(station, 6)
    page = care.handover(station)
    short = incidents.show(station, incident=ident).data["short"]
    assert "nobody has it: level 1 is to be called by 12:05 UTC, over by 1m" in text(page.lines)
    assert page.data["calls"] == [
        {"incident": short, "level": 1, "due_us": page.data["calls"][0]["due_us"], "late": True}
    ]
    assert "Ann" not in text(page.lines) + json.dumps(page.data)
    for _ in PATH:
        actions.called(station, incident=ident)
    assert "everybody on its path was called" in text(care.handover(station).lines)
    incidents.take(station, incident=ident)
    assert "nobody has it" not in text(care.handover(station).lines)


def test_safe_summaries_name_nobody_outside(station: Workstation) -> None:
    ident = open_incident(station)
    actions.called(station, incident=ident, note="zebra")

    def shown() -> list[Result]:
        return [
            actions.escalation(station, incident=ident),
            incidents.show(station, incident=ident),
            incidents.timeline(station, incident=ident),
        ]

    assert all("Ann" in text(each.lines) or "Bo" in text(each.lines) for each in shown())
    with safely():
        for each in shown():
            assert not {"Ann", "Bo,", "1234", "zebra"} & set(text(each.lines).replace(",", ", ").split())
            assert "Ann" not in json.dumps(each.data)


def test_the_person_of_a_partner_is_an_entry_of_its_own_for_fewer_readers(station: Workstation) -> None:
    ident = open_incident(station)
    made = actions.add_partner(
        station, incident=ident, organisation="Vendor", part="vendor", who="Ann Lee", contact="+49 30 1234"
    )
    assert (made.data["person"], made.data["contact"]) == ("Ann Lee", "+49 30 1234")
    held = [stored.event.envelope for stored in station.log.since(0, 1000)]
    scopes = {each.field or each.type: each.scope for each in held if each.type.startswith("partner.")}
    assert scopes == {"partner.added": "team", "person": RESTRICTED, "contact": RESTRICTED}
    said = text(incidents.timeline(station, incident=ident).lines)
    assert "partner: Vendor, vendor" in said
    assert "Ann" not in said
    assert "Vendor (vendor)  Ann Lee, +49 30 1234" in text(
        actions.list_partners(station, incident=ident).lines
    )
    with pytest.raises(BadInput):
        actions.add_partner(station, incident=ident, organisation=" ")
    with pytest.raises(BadInput):
        actions.add_partner(station, incident=ident, organisation="x", who="y" * 201)
    assert len(actions.list_partners(station, incident=ident).data) == 1


def test_a_call_repeated_is_one(station: Workstation) -> None:
    ident = open_incident(station)
    once = "00000001-0000-4000-8000-000000000000"
    for _ in range(2):
        actions.called(station, incident=ident, level=1, op=once)
    assert station.view.rows("SELECT count(*) FROM call") == [(1,)]


def test_two_who_call_apart_see_both_calls(pair: Pair) -> None:
    add(pair.a, name="bot", escalate=PATH)
    set_field(pair.a, pair.incident, "system", system(pair.a.view, "bot").ident)
    pair.together()
    actions.called(pair.a, incident=pair.incident, level=1, answer="no")
    actions.called(pair.b, incident=pair.incident, level=2, answer="yes")
    pair.together()
    both = [actions.escalation(each, incident=pair.incident).data for each in (pair.a, pair.b)]
    assert both[0] == both[1]
    assert [(each["level"], each["answer"]) for each in both[0]["levels"][:2]] == [(1, "no"), (2, "yes")]
    assert both[0]["next"] == 3


def test_an_observer_hears_of_the_partner_and_not_of_the_person_and_holds_no_role(pair: Pair) -> None:
    ident = pair.incident
    actions.add_partner(pair.a, incident=ident, organisation="Vendor", who="Ann Lee", contact="+49 30 1234")
    pair.together()
    (seen,) = actions.list_partners(pair.b, incident=ident).data
    assert (seen["organisation"], seen["person"]) == ("Vendor", "Ann Lee"), "control: a responder reads it"
    pair.hub.hub.members.authority.set_role(pair.b.me, "observer", by="")
    pair.together()
    actions.add_partner(pair.a, incident=ident, organisation="Police", who="Bea Dur", contact="110")
    actions.take(pair.b, incident=ident, role="scribe")
    pair.together()
    found = {each["organisation"]: each for each in actions.list_partners(pair.b, incident=ident).data}
    assert (found["Police"]["person"], found["Police"]["contact"]) == ("withheld", "withheld")
    (role,) = [each for each in actions.list_roles(pair.a, incident=ident).data if each["role"] == "scribe"]
    assert role["holders"] == []


def test_the_person_of_a_partner_is_erased_and_the_organisation_stays(station: Workstation) -> None:
    ident = open_incident(station)
    made = actions.add_partner(
        station, incident=ident, organisation="Vendor", who="Ann Lee", contact="+49 30 1234"
    )
    events = [
        str(event)
        for (event,) in station.view.rows(
            "SELECT event_id FROM entry WHERE ent = ? AND field IN ('person', 'contact')", (made.data["id"],)
        )
    ]
    erase(station, entry=events, reason="asked for it", yes=True, confirm=events[0][:12])
    (found,) = actions.list_partners(station, incident=ident).data
    assert (found["organisation"], found["person"], found["contact"]) == ("Vendor", "erased", "erased")
