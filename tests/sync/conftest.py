"""Two workstations of one organisation and their hub, asked in this process or over loopback sockets."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.hub import DirectTransport, LocalHub, Made, sync

from ircockpit.store.workstation import Workstation
from ircockpit.sync.engine import Round


class Team(NamedTuple):
    """A hub and two who belong to it; ``a`` holds the organisation's root."""

    hub: LocalHub
    a: Workstation
    b: Workstation

    def sync(self, who: Workstation) -> Round:
        """One round, without sockets."""
        return sync(who, lambda _: DirectTransport(lambda: self.hub.hub))


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
