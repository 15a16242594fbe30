"""A simulated device: its disk, and the real workstation and engine that run on it until they are cut off."""

from collections.abc import Callable

from tests.sim.disk import Disk, Image
from tests.sim.nature import SimClock

from ircockpit.core.reduce import Catalogue
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation
from ircockpit.sync.engine import Engine
from ircockpit.sync.transport import Transport
from ircockpit.sync.worker import Connection, connect


class Device:
    """One machine of one person."""

    def __init__(
        self,
        name: str,
        disk: Disk,
        clock: SimClock,
        rand: Callable[[int], bytes],
        transport: Callable[["Device"], Transport],
        table: Catalogue,
    ) -> None:
        self.name = name
        self._table = table
        self.disk = disk
        self.clock = clock
        self.profile = Profile(disk.folder, rand=rand, open_database=disk.open)
        self.busy = False
        """Whether a round of it is under way, so that its disk cannot be exchanged now."""
        self.ended = False
        """Whether its process was cut in a thread that nobody waits for a word of."""
        self.backups: list[Image] = []
        self._transport = transport
        self._station: Workstation | None = None
        self._connections: dict[int, Connection] = {}

    @property
    def station(self) -> Workstation:
        """The workstation, started where it does not run."""
        if self._station is None:
            me = self.profile.identity()
            self._station = Workstation(self.profile, self._table, clock=self.clock, identity=me)
        return self._station

    def engine(self, which: int = 0) -> Engine:
        """The engine of one of two processes on this profile, started where it does not run."""
        return self.connection(which).engine

    def connection(self, which: int = 0) -> Connection:
        """What one of two processes on this profile has to the hub."""
        if which not in self._connections:
            me = self.station.identity
            self._connections[which] = connect(self.profile, me, lambda _: self._transport(self), self.clock)
        return self._connections[which]

    def wire(self) -> Transport:
        """One more link to the hub."""
        return self._transport(self)

    def stop(self) -> None:
        """All processes end, cleanly or not: what they had in memory is gone."""
        if self._station is not None:
            self._station.close()
        for each in self._connections.values():
            each.close()
        self._station = None
        self._connections = {}
        self.ended = False
        self.disk.cut()

    def held(self) -> set[str]:
        """Ids of the events on the disk, whether or not a process runs."""
        return {row[0].hex() for row in self.disk.held("log.db").execute("SELECT id FROM event")}
