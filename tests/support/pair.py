"""Two workstations of one organisation and their hub, asked in this process."""

from pathlib import Path

from tests.support.hub import DirectTransport, LocalHub, declare, join, station, sync


class Pair:
    """Two workstations of one organisation that agree on an incident."""

    def __init__(self, folder: Path) -> None:
        self.a, self.b = station(folder / "a"), station(folder / "b")
        self.hub = LocalHub(folder / "hub", self.a)
        join(self.hub, self.b, "Bo", self._link())
        self.incident = declare(self.a, "wrong dose")
        self.together()

    def _link(self) -> DirectTransport:
        return DirectTransport(lambda: self.hub.hub)

    def together(self) -> None:
        for who in (self.a, self.b, self.a):
            sync(who, lambda _: self._link())

    def close(self) -> None:
        self.a.close()
        self.b.close()
        self.hub.close()
