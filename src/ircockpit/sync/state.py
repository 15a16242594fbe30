"""How synchronisation stands, as a small value that screens and commands show in words."""

from enum import StrEnum
from typing import NamedTuple

from ircockpit.sync.alarms import Alarm


class Link(StrEnum):
    """How this device and its hub stand to each other."""

    ALONE = "not joined"
    SYNCING = "syncing"
    LIVE = "live"
    OFFLINE = "offline"


class SyncState(NamedTuple):
    """A snapshot; counts are of events."""

    link: Link
    hub: str = ""
    unsent: int = 0
    """Kept here, not acknowledged by the hub."""
    unconfirmed: int = 0
    """Not yet pulled back in a verified prefix; includes the unsent."""
    quarantined: int = 0
    """Taken in by the hub without counting."""
    refused: int = 0
    """Not taken in by the hub."""
    last_ok_us: int = 0
    """When a round last went through, on this device's clock; 0 for never."""
    uploading: int = 0
    """Evidence files still to be sent."""
    trouble: str = ""
    """Why the hub cannot be reached, or what is wrong with its answers."""
    alarms: tuple[Alarm, ...] = ()

    def words(self, now_us: int) -> str:
        """``live``, ``syncing``, ``not joined``, or ``offline 3 h, 14 unsent``."""
        said = self.link.value
        if self.link is Link.OFFLINE and self.last_ok_us:
            said += f" {spell(max(now_us - self.last_ok_us, 0) // 1_000_000)}"
        if self.unsent and self.link is not Link.ALONE:
            said += f", {self.unsent} unsent"
        return said


def spell(seconds: int) -> str:
    """A length of time in its largest unit: ``40 s``, ``12 min``, ``3 h``, ``5 d``."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
