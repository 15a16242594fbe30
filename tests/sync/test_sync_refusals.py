"""What the hub did not take in stays in the outbox, is offered again at growing intervals, and is told in one sentence."""

import json

import pytest
from tests.support.hub import DirectTransport, declare
from tests.support.lanes import Writer
from tests.sync.conftest import Team

from ircockpit.features.membership.actions import list_refused
from ircockpit.hub import quota
from ircockpit.ledger.signing import SigningKey
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation
from ircockpit.sync import refusals
from ircockpit.sync.refusals import FIRST_US, LONGEST_US, MOST, Refusal
from ircockpit.sync.state import Link
from ircockpit.sync.worker import connect, state_of


def test_beyond_a_quota_everything_waits_and_goes_when_the_day_is_over(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.sync(team.b)
    monkeypatch.setattr(quota, "STREAMS", 0)
    ident = declare(team.b, "wrong dose")
    done = team.sync(team.b)
    assert done.trouble == (
        "some entries were not taken in: this device has begun more records than the hub takes in a day;"
        " they are kept here and offered again",
    )
    assert team.b.log.unconfirmed_count() == 3
    listed = list_refused(team.b)
    told = "\n".join(plain(line) for line in listed.lines)
    assert "kept here and offered again in 4 min" in told
    assert [each["reason"] for each in listed.data] == ["refused:streams"]
    monkeypatch.setattr(quota, "STREAMS", 10)
    assert team.sync(team.b).pushed == 0, "not before its time"
    due(team.b)
    assert team.sync(team.b).pushed == 3
    assert team.b.log.unconfirmed_count() == 0
    assert refusals.refusals(team.b.log) == []
    team.sync(team.a)
    assert team.a.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("wrong dose",)]


def due(who: Workstation) -> None:
    """Time passes."""
    with who.log.writing() as writer:
        past = [list(each._replace(at_us=1)) for each in refusals.refusals(who.log)]
        writer.set_meta(refusals.KEY, json.dumps(past))


def test_the_count_of_what_was_refused_outlives_the_program(team: Team) -> None:
    stranger = Writer(SigningKey.generate())
    stream = team.b.identity.org_stream
    with team.b.log.writing() as step:
        step.add(stranger.open(stream))
        step.add(stranger.write(stream))
    for tries in (1, 2):
        connection = connect(
            team.b.profile, team.b.identity, lambda _: DirectTransport(lambda: team.hub.hub), team.b.clock
        )
        connection.engine.round()
        assert state_of(Link.LIVE, connection, last_ok_us=0).refused == 2
        connection.close()
        assert [each.tries for each in refusals.refusals(team.b.log)] == [tries] * 2
        due(team.b)


def test_the_intervals_grow_and_end(team: Team) -> None:
    waits = [Refusal("a", "lanes", 0, tries).due_us for tries in (1, 2, 3, 50, 10_000)]
    assert waits == [FIRST_US, 2 * FIRST_US, 4 * FIRST_US, LONGEST_US, LONGEST_US]
    assert Refusal("a", "lanes", 10 * FIRST_US, 1).is_due(0), "a clock that was set back holds nothing back"
    for number in range(MOST + 5):
        refusals.note(team.b.log, f"{number:064x}", "lanes", number)
    assert len(refusals.refusals(team.b.log)) == MOST
    refusals.forget(team.b.log, {f"{MOST:064x}"})
    assert len(refusals.refusals(team.b.log)) == MOST - 1
