"""What is told by itself: only what was switched on, once, by the device that has the incident in hand, and not long after."""

import pytest
from tests.features.notices.stage import address, channels, declared, receiver, words_of
from tests.store.profiles import StandingClock
from tests.support.pair import Pair
from tests.support.scripted import answer

from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import incident
from ircockpit.features.notices.occasions import FRESH_US, Due, due, in_hands, send_due
from ircockpit.features.notices.queries import NoticeRow, anything_automatic, notices
from ircockpit.features.response.rules import MINUTE_US
from ircockpit.net.giveup import GiveUp
from ircockpit.store.workstation import Draft, Workstation

ALL = ["declared", "escalation", "severity", "contained", "failed", "expiry", "recurrence", "clear"]


def later(station: Workstation, minutes: int) -> None:
    assert isinstance(station.clock, StandingClock)
    station.clock._now += minutes * MINUTE_US


def templates(station: Workstation) -> list[str]:
    return [each.ready.id for each in due(station)]


def sent(station: Workstation) -> list[tuple[str, str]]:
    done = send_due(station, GiveUp())
    return [(each.template, each.outcome) for each in done if isinstance(each, NoticeRow)]


def test_nothing_is_told_that_nobody_switched_on(station: Workstation) -> None:
    declared(station)
    assert not templates(station)
    channels(station, pager={"url": "json://127.0.0.1/x", "for": ["severity:4", "escalation:*"]})
    assert not anything_automatic(station.profile)
    assert not templates(station)
    channels(station, pager={"url": "json://127.0.0.1/x", "automatic": ["declared"]})
    assert anything_automatic(station.profile)
    assert not templates(station), "it is for nobody: no rule says whom"
    channels(station, pager={"url": "json://127.0.0.1/x", "for": ["severity:4"], "automatic": ["declared"]})
    assert templates(station) == ["declared"], "control"


def test_it_is_told_once(station: Workstation) -> None:
    ident = declared(station)
    with receiver() as server:
        channels(station, pager={"url": address(server), "for": ["severity:4"], "automatic": ["declared"]})
        assert sent(station) == [("declared", "delivered")]
        assert sent(station) == []
        assert len(words_of(server)) == 1
    (row,) = notices(station.view, ident)
    assert row.occasion == "declared"


@pytest.mark.parametrize(("status", "outcome"), [(500, "failed"), (504, "unknown")])
def test_one_that_did_not_arrive_is_not_repeated_by_itself(
    station: Workstation, status: int, outcome: str
) -> None:
    declared(station)
    with receiver(lambda _, line: line.send(answer(status))) as server:
        channels(station, pager={"url": address(server), "for": ["severity:4"], "automatic": ["declared"]})
        assert sent(station) == [("declared", outcome)]
        assert sent(station) == []
        assert len(server.received) == 1


def test_a_step_is_told_when_it_is_due_and_the_next_when_that_is(station: Workstation) -> None:
    declared(station)
    with receiver() as server:
        channels(
            station, pager={"url": address(server), "for": ["escalation:*"], "automatic": ["escalation"]}
        )
        assert sent(station) == []
        later(station, 15)
        assert sent(station) == [("escalation", "delivered")]
        later(station, 14)
        assert sent(station) == []
        later(station, 1)
        assert sent(station) == [("escalation", "delivered")]
        later(station, 60)
        assert sent(station) == []
    assert ["Ann Lee: " in words_of(server)[0], "head of pharmacy: " in words_of(server)[1]] == [True, True]


def test_a_step_that_failed_goes_on_to_the_next_person(station: Workstation) -> None:
    declared(station)
    with receiver() as good, receiver(lambda _, line: line.send(answer(500))) as bad:
        channels(
            station, ann={"url": address(bad), "for": ["escalation:ann lee"], "automatic": ["escalation"]},
            head={"url": address(good), "for": ["escalation:2"], "automatic": ["escalation"]},
        )  # fmt: skip
        later(station, 15)
        assert sent(station) == [("escalation", "failed")]
        assert sent(station) == [("escalation", "delivered")]
        assert sent(station) == []


def test_whoever_takes_it_ends_the_calling(station: Workstation) -> None:
    ident = declared(station)
    channels(
        station, pager={"url": "json://127.0.0.1/x", "for": ["escalation:*"], "automatic": ["escalation"]}
    )
    later(station, 15)
    assert templates(station) == ["escalation"]
    incidents.take(station, incident=ident)
    assert not templates(station)


def test_old_news_are_told_by_people(station: Workstation) -> None:
    declared(station)
    channels(station, pager={"url": "json://127.0.0.1/x", "for": ["severity:4"], "automatic": ["declared"]})
    later(station, FRESH_US // MINUTE_US - 1)
    assert templates(station) == ["declared"]
    later(station, 2)
    assert not templates(station)


def test_what_happens_to_an_incident_is_an_occasion(station: Workstation) -> None:
    ident = declared(station)
    row = incident(station.view, ident)
    channels(station, pager={"url": "json://127.0.0.1/x", "for": ["severity:4"], "automatic": ALL})
    station.append([station.set_field(row.stream, "incident.set", ident, "severity", "SEV3")])
    assert templates(station) == ["declared"], "it got better"
    station.append([station.set_field(row.stream, "incident.set", ident, "severity", "SEV1")])
    assert templates(station) == ["declared", "severity"]
    action = station.new_id(row.stream)
    ends = "2026-11-23T12:20:00Z"
    facts = {"incident": ident, "title": "halt", "control": "halt", "state": "planned", "expires": ends}
    station.append([Draft(row.stream, "containment.planned", action, (facts,))])
    for state, wanted in (("effective", ["contained", "expiry"]), ("drifted", ["failed", "expiry"])):
        station.append([station.set_field(row.stream, "containment.stepped", action, "state", state)])
        assert templates(station) == ["declared", "severity", *wanted]
    run = station.new_id(row.stream)
    station.append([Draft(row.stream, "replay.recurred", run, ({"incident": ident, "said": "1/20"},))])
    assert "recurrence" in templates(station)
    incidents.close(station, incident=ident, why="over", in_force=True)
    assert "clear" in templates(station)


def test_of_two_devices_only_the_one_that_has_it_in_hand_tells_it(pair: Pair) -> None:
    stated: dict[str, object] = {
        "url": "json://127.0.0.1/x",
        "for": ["severity:4", "escalation:*"],
        "automatic": ALL,
    }
    for each in (pair.a, pair.b):
        channels(each, pager=stated)

    def telling() -> list[bool]:
        return [in_hands(each, incident(each.view, pair.incident)) for each in (pair.a, pair.b)]

    assert telling() == [True, False]
    incidents.take(pair.b, incident=pair.incident)
    pair.together()
    assert telling() == [False, True]
    assert not [each for each in due(pair.a) if isinstance(each, Due)]
    incidents.give(pair.b, incident=pair.incident)
    pair.together()
    assert telling() == [True, False]


def test_what_another_device_has_told_is_not_told_again(pair: Pair) -> None:
    with receiver() as server:
        for each in (pair.a, pair.b):
            channels(each, pager={"url": address(server), "for": ["severity:4"], "automatic": ["declared"]})
        assert sent(pair.a) == [("declared", "delivered")]
        pair.together()
        incidents.take(pair.b, incident=pair.incident)
        pair.together()
        assert in_hands(pair.b, incident(pair.b.view, pair.incident))
        assert sent(pair.b) == []
        assert len(words_of(server)) == 1
