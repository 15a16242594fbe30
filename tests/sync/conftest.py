"""Two workstations of one organisation and their hub, asked in this process or over loopback sockets."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.hub import DirectTransport, LocalHub, Made, declare, sync
from tests.support.lanes import Writer

from ircockpit.hub.asking import Asked
from ircockpit.store.keys import read_key
from ircockpit.store.workstation import Workstation
from ircockpit.sync.alarms import Alarm, alarms
from ircockpit.sync.engine import Round
from ircockpit.sync.worker import Connection, connect


class Team(NamedTuple):
    """A hub and two who belong to it; ``a`` holds the organisation's root."""

    hub: LocalHub
    a: Workstation
    b: Workstation

    def sync(self, who: Workstation) -> Round:
        """One round, without sockets."""
        return sync(who, self._transport)

    def connection(self, who: Workstation) -> Connection:
        """One device's engine and client, without sockets."""
        return connect(who.profile, who.identity, self._transport, who.clock)

    def asked(self, who: Workstation) -> Asked:
        """A request of somebody who has signed in."""
        connection = self.connection(who)
        connection.client.heads()
        headers = dict(connection.client.authorization())
        connection.close()
        return Asked("GET", "/v1/live", {}, headers)

    def alarms(self, who: Workstation) -> list[Alarm]:
        """What a device was warned of."""
        return alarms(who.log)

    def _transport(self, _: str) -> DirectTransport:
        return DirectTransport(lambda: self.hub.hub)


Pair = tuple[LocalHub, Workstation, Workstation]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("made"))


@pytest.fixture
def team(made: Made, tmp_path: Path) -> Iterator[Team]:
    with made.copy("a", tmp_path / "a") as a, made.copy("b", tmp_path / "b") as b:
        hub = made.hub(a, tmp_path / "hub")
        yield Team(hub, a, b)
        hub.close()


@pytest.fixture
def pair(team: Team) -> Pair:
    """The same with the hub on a socket."""
    team.hub.start(team.a, team.b)
    return (team.hub, team.a, team.b)


@pytest.fixture
def newcomer(made: Made, tmp_path: Path) -> Iterator[Workstation]:
    """A workstation that has joined nothing."""
    with made.copy("c", tmp_path / "new") as who:
        yield who


@pytest.fixture
def stream(team: Team) -> str:
    """The stream of an incident that both know."""
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    return str(team.a.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])


@pytest.fixture
def writer(team: Team) -> Writer:
    """Somebody certified by the organisation who writes whatever a test wants."""
    return Writer(read_key(team.a.profile.root_key))
