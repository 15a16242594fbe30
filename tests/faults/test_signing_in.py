"""Nonces and tokens that grow too old at any step of a round: the device signs in again and goes on, without a word."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from tests.store.profiles import StandingClock
from tests.support.hub import DirectTransport, declare, ids
from tests.sync.conftest import Team

from ircockpit.core.errors import CockpitError, OfflineError
from ircockpit.hub.service import Hub
from ircockpit.hub.sessions import NONCE_US, TOKEN_US
from ircockpit.store.workstation import Workstation
from ircockpit.sync.transport import Headers, Reply
from ircockpit.sync.worker import connect

ASKED_MOST = 40
"""More requests than one round of these tests has."""


class Clock(StandingClock):
    """A clock that can be put forward."""

    def sleep(self) -> None:
        """The machine was suspended for longer than a token lives."""
        self._now += TOKEN_US + 1


class Sleepy(DirectTransport):
    """A line on which the hub's clock goes on by a token's life before the requests numbered."""

    def __init__(self, hub: Hub, clock: Clock, sleeps: Callable[[int], bool]) -> None:
        super().__init__(lambda: hub)
        self._clock = clock
        self._sleeps = sleeps
        self.count = 0

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        self.count += 1
        if self._sleeps(self.count):
            self._clock.sleep()
        return super().send(method, path, body, headers)


def round_of(team: Team, who: Workstation, sleeps: Callable[[int], bool]) -> int:
    """One whole round against a hub whose clock jumps; how many requests it took."""
    clock = Clock(who.clock.wall_us())
    line = Sleepy(Hub(team.hub.folder, clock=clock), clock, sleeps)
    connection = connect(who.profile, who.identity, lambda _: line, who.clock)
    try:
        connection.engine.round()
    finally:
        connection.close()
        who.refresh()
    return line.count


@pytest.mark.parametrize("asleep", [(0,), (0, 1), (0, 2), (0, 1, 3)], ids=str)
def test_what_grows_too_old_within_a_round_is_renewed_without_a_word(
    team: Team, asleep: tuple[int, ...]
) -> None:
    """Before each request of a round in turn, and again between the steps of signing in that follow from it."""
    for first in range(2, ASKED_MOST):
        declare(team.b, f"wrong dose {first}")
        count = round_of(team, team.b, lambda n, at=first: n - at in asleep)  # type: ignore[misc]
        assert team.alarms(team.b) == []
        assert team.b.log.unconfirmed_count() == 0
        if count < first:
            break
    else:
        pytest.fail("the round never ended")
    assert count > 4
    team.sync(team.a)
    assert ids(team.a) >= ids(team.b)


@pytest.mark.parametrize("check", range(6))
def test_a_token_that_ends_while_one_request_is_answered(
    team: Team, check: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub looks at it several times in one request; each may be the one that finds it too old."""
    declare(team.b, "wrong dose")
    line = DirectTransport(lambda: team.hub.hub)
    connection = connect(team.b.profile, team.b.identity, lambda _: line, team.b.clock)
    connection.client.heads()
    looked = 0
    sessions = team.hub.hub.members._sessions
    honest = sessions.device

    def device(token: str) -> str:
        nonlocal looked
        looked += 1
        return honest(token if looked != check + 1 else "")

    monkeypatch.setattr(sessions, "device", device)
    done = connection.engine.round()
    connection.close()
    assert looked > check + 1
    assert (done.trouble, team.alarms(team.b)) == ((), [])
    assert team.b.log.unconfirmed_count() == 0


def test_a_hub_whose_tokens_never_hold_is_out_of_reach_and_no_alarm(team: Team) -> None:
    declare(team.b, "wrong dose")
    with pytest.raises(OfflineError, match="sign in again"):
        round_of(team, team.b, lambda _: True)
    assert team.alarms(team.b) == []
    assert team.b.log.unconfirmed_count() > 0
    round_of(team, team.b, lambda _: False)
    assert team.b.log.unconfirmed_count() == 0


def test_a_real_refusal_is_told(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a page that is signed by another key raises the alarm all the same."""
    declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    monkeypatch.setattr(team.hub.folder, "log_key", team.hub.folder.authority_key)
    declare(team.a, "another one")
    with suppress(CockpitError):
        round_of(team, team.a, lambda n: n == 2)
    with suppress(CockpitError):
        round_of(team, team.b, lambda n: n == 3)
    assert "refused" in {alarm.kind for alarm in team.alarms(team.b)}


def test_a_nonce_lives_shorter_than_a_token() -> None:
    """Else the clock of these tests would leave nonces alone."""
    assert NONCE_US < TOKEN_US
