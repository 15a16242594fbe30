"""Two workstations of one organisation, joined to a hub that is asked in this process."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.hub import DirectTransport, LocalHub, join, station, sync

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


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with station(tmp_path / "a") as a, station(tmp_path / "b") as b:
        hub = LocalHub(tmp_path / "hub", a)
        join(hub, b, "Bo", DirectTransport(lambda: hub.hub))
        yield Team(hub, a, b)
        hub.close()
