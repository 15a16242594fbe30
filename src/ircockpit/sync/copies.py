"""A device that writes in two places: a copied disk, one put back to an earlier state, a stolen key."""

from collections.abc import Iterable

from ircockpit.store import outbox
from ircockpit.store.lanemark import begin_epoch, read_mark
from ircockpit.store.lanes import COPIED
from ircockpit.store.log import Log
from ircockpit.store.profile import Identity, Profile
from ircockpit.sync.alarms import Alarm, raise_alarm
from ircockpit.sync.page import Arrival


def watch(log: Log, profile: Profile, me: Identity, arrivals: Iterable[Arrival], now_us: int) -> None:
    """Look, before events are taken over, for two at one place of a lane, or a stranger in a lane of our own.

    Both are kept; an alarm tells of it, and where it is this device it goes on in new lanes.
    """
    epoch, _ = read_mark(profile.lane_mark)
    begin = False
    ends: dict[tuple[str, str, str], int] = {}
    first: dict[tuple[str, str, str, int], str] = {}
    """What these arrivals themselves put at a place: two that come together are two all the same."""
    for arrival in arrivals:
        envelope = arrival.envelope
        lane = (envelope.stream, envelope.device, envelope.epoch)
        if lane not in ends:
            ends[lane] = log.lane_head(*lane).n
        # Nothing is held behind a lane's end, where nearly all that comes belongs.
        beside = outbox.at_place(log, *lane, envelope.n) if envelope.n <= ends[lane] else []
        if arrival.event_id in beside:
            continue
        if (one := first.setdefault((*lane, envelope.n), arrival.event_id)) != arrival.event_id:
            beside = [one]
        own = envelope.device == me.device
        begin |= own and envelope.epoch == epoch
        if beside:
            tell(log, envelope.stream, own, now_us)
        elif own and envelope.epoch == epoch:
            text = (
                "entries of this device came back that it does not hold: its disk was put back to an earlier"
                " state, or copied; it goes on in new lanes"
            )
            raise_alarm(log, Alarm(COPIED, envelope.stream, text, now_us))
    if begin:
        begin_epoch(profile.lane_mark, profile.rand)


def tell(log: Log, stream: str, own: bool, now_us: int) -> None:
    """Raise the alarm that two entries claim one place."""
    which = "this device" if own else "a colleague's device"
    text = f"{which} was copied or its disk put back: two entries claim one place; both are kept"
    raise_alarm(log, Alarm(COPIED, stream, text, now_us))
