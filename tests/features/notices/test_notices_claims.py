"""Nobody is told that something is contained, failed, over or back that is not so on record."""

import pytest
from tests.features.notices.stage import channels, declared
from tests.store.profiles import StandingClock

from ircockpit.core.errors import RefusedError
from ircockpit.features.containment import queries as containment
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import incident
from ircockpit.features.notices.reading import ORDER, shipped
from ircockpit.features.notices.sending import channels_of, prepare
from ircockpit.features.response.rules import MINUTE_US
from ircockpit.render.timeline import at_day
from ircockpit.store.workstation import Draft, Workstation

ALWAYS = ["declared", "escalation", "severity", "handover"]


def told(station: Workstation, ident: str) -> dict[str, str]:
    """The templates that can be told now, with their words."""
    found = {}
    for name in ORDER:
        try:
            outgoing = prepare(
                station, incident(station.view, ident), shipped()[name], channels_of(station).find("pager")
            )
        except RefusedError:
            continue
        found[name] = outgoing.notice.text
    return found


def controlled(station: Workstation, ident: str, state: str, expires: str = "") -> None:
    stream = incident(station.view, ident).stream
    action = station.new_id(stream)
    facts = {"incident": ident, "title": "halt", "control": "halt", "state": "planned", "expires": expires}
    station.append([Draft(stream, "containment.planned", action, (facts,))])
    station.append([station.set_field(stream, "containment.stepped", action, "state", state)])


@pytest.fixture
def ident(station: Workstation) -> str:
    channels(station, pager={"url": "json://127.0.0.1/x"})
    return declared(station)


def test_of_a_new_incident_only_how_it_stands_is_told(station: Workstation, ident: str) -> None:
    assert list(told(station, ident)) == ALWAYS


@pytest.mark.parametrize(
    "state", ["sent", "accepted", "recorded", "unverified", "attested", "partial", "unknown", "reverted"]
)
def test_contained_is_not_said_before_a_probe_has_proved_it(
    station: Workstation, ident: str, state: str
) -> None:
    controlled(station, ident, state)
    assert "contained" not in told(station, ident)
    controlled(station, ident, "effective")
    assert "contained" in told(station, ident), "control"


def test_one_that_failed_is_told_though_another_one_holds(station: Workstation, ident: str) -> None:
    controlled(station, ident, "effective")
    assert "failed" not in told(station, ident)
    controlled(station, ident, "drifted")
    assert told(station, ident)["failed"].startswith("Containment is drifted since ")


def test_the_time_of_a_notice_is_that_of_the_fact_and_not_of_sending(
    station: Workstation, ident: str
) -> None:
    assert isinstance(station.clock, StandingClock)
    held, drifted = [at_day(station.clock.wall_us() + minutes * MINUTE_US) for minutes in (0, 6)]
    controlled(station, ident, "effective")
    [action] = containment.actions(station.view, ident)
    station.clock._now += 3 * MINUTE_US
    stream = incident(station.view, ident).stream
    # A check that finds it as it was says nothing new.
    station.append([station.set_field(stream, "containment.stepped", action.ident, "state", "effective")])
    station.clock._now += 3 * MINUTE_US
    controlled(station, ident, "drifted")
    station.clock._now += 3 * MINUTE_US
    assert told(station, ident)["contained"].startswith(f"Contained, proved by a probe, since {held}.")
    assert told(station, ident)["failed"].startswith(f"Containment is drifted since {drifted}:")
    run, when = station.new_id(stream), at_day(station.clock.wall_us())
    station.append([Draft(stream, "replay.recurred", run, ({"incident": ident, "said": "1/20"},))])
    incidents.close(station, incident=ident, why="over", in_force=True)
    station.clock._now += 3 * MINUTE_US
    assert told(station, ident)["recurrence"].startswith(f"It came back after containment, found {when}.")
    assert told(station, ident)["clear"].startswith(f"The incident is closed since {when}.")


def test_an_expiry_has_its_time(station: Workstation, ident: str) -> None:
    controlled(station, ident, "effective", "2026-11-23T18:00:00Z")
    assert "to be looked at by 2026-11-23 18:00 UTC" in told(station, ident)["expiry"]


def test_it_came_back_once_a_replay_has_shown_it(station: Workstation, ident: str) -> None:
    stream = incident(station.view, ident).stream
    run = station.new_id(stream)
    station.append([Draft(stream, "replay.recurred", run, ({"incident": ident, "said": "1/20"},))])
    assert "recurrence" in told(station, ident)


def test_all_clear_is_said_of_what_is_closed(station: Workstation, ident: str) -> None:
    incidents.close(station, incident=ident, why="over")
    found = told(station, ident)
    assert found["clear"].startswith("The incident is closed since ")
    assert "escalation" not in found
