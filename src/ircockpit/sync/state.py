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


class Sending(NamedTuple):
    """How far an evidence file on its way to the hub, or from it, is."""

    sha256: str
    done: int
    """Bytes that are there, of whatever earlier try."""
    total: int
    rate: float
    """Bytes a second lately, 0 where it is not known yet."""
    way: str = "sending"

    def words(self) -> str:
        """``sending 1a2b3c4d5e6f: 40 % of 1.2 GB, 3.4 MB a second, 5 min left``."""
        return f"{self.way} {self.how_far()}"

    def how_far(self) -> str:
        """The same without which way it goes."""
        percent = 100 * self.done // self.total if self.total else 100
        said = f"{self.sha256[:12]}: {percent} % of {size(self.total)}"
        if self.rate >= 1:
            left = spell(round((self.total - self.done) / self.rate))
            said += f", {size(round(self.rate))} a second, {left} left"
        return said


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
    sending: Sending | None = None
    """The one on its way."""
    trouble: str = ""
    """Why the hub cannot be reached, or what is wrong with its answers."""
    alarms: tuple[Alarm, ...] = ()
    held_up: str = ""
    """Why evidence files are not sent."""

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


def size(count: int) -> str:
    """A number of bytes in its largest unit: ``900 B``, ``1.2 GB``."""
    for unit, scale in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} B"
