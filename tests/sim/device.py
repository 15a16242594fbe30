"""A simulated device: its disk, and the real workstation and engine that run on it until they are cut off."""

from collections.abc import Callable

from tests.sim.disk import Disk, Image
from tests.sim.founding import table
from tests.sim.nature import SimClock

from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation
from ircockpit.sync.engine import Engine
from ircockpit.sync.transport import Transport
from ircockpit.sync.worker import connect


class Device:
    """One machine of one person."""

    def __init__(
        self,
        name: str,
        disk: Disk,
        clock: SimClock,
        rand: Callable[[int], bytes],
        transport: Callable[["Device"], Transport],
    ) -> None:
        self.name = name
        self.disk = disk
        self.clock = clock
        self.profile = Profile(disk.folder, rand=rand, open_database=disk.open)
        self.busy = False
        """Whether a round of it is under way, so that its disk cannot be exchanged now."""
        self.backups: list[Image] = []
        self._transport = transport
        self._station: Workstation | None = None
        self._engines: dict[int, Engine] = {}

    @property
    def station(self) -> Workstation:
        """The workstation, started where it does not run."""
        if self._station is None:
            me = self.profile.identity()
            self._station = Workstation(self.profile, table(), clock=self.clock, identity=me)
        return self._station

    def engine(self, which: int = 0) -> Engine:
        """The engine of one of two processes on this profile, started where it does not run."""
        if which not in self._engines:
            me = self.station.identity
            connection = connect(self.profile, me, lambda _: self._transport(self), self.clock)
            self._engines[which] = connection.engine
        return self._engines[which]

    def stop(self) -> None:
        """All processes end, cleanly or not: what they had in memory is gone."""
        self._station = None
        self._engines = {}
        self.disk.cut()

    def held(self) -> set[str]:
        """Ids of the events on the disk, whether or not a process runs."""
        return {row[0].hex() for row in self.disk.held("log.db").execute("SELECT id FROM event")}
