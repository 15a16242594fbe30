"""What the hub did not take in: kept here and offered again, at growing intervals, until it does."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from ircockpit.store.log import Log, Stored
from ircockpit.sync.state import spell

KEY = "sync.refused"
MOST = 200
"""Refusals noted at most; an event beyond them is simply offered again in the next round."""
FIRST_US, LONGEST_US = 5 * 60 * 1_000_000, 6 * 60 * 60 * 1_000_000

_MEANS = {
    "lanes": "this device has begun more lanes in that record than the hub takes in a day",
    "streams": "this device has begun more records than the hub takes in a day",
    "device": "the hub does not know the device that wrote it",
    "signature": "its signature does not hold",
    "authority": "only the organisation's authority writes in the record of members",
}
_PASSING = ("lanes", "streams", "device")
"""Reasons that go by themselves, with time or with a certificate."""


class Refusal(NamedTuple):
    """One event that the hub did not take in."""

    event_id: str
    reason: str
    at_us: int
    """When it was offered last, on this device's clock."""
    tries: int

    @property
    def means(self) -> str:
        """The reason in words."""
        return _MEANS.get(self.reason, f"the hub did not take it in: {self.reason or 'without a reason'}")

    @property
    def due_us(self) -> int:
        """When it is offered again."""
        return self.at_us + int(min(LONGEST_US, FIRST_US * 2 ** min(self.tries - 1, 20)))

    def is_due(self, now_us: int) -> bool:
        """Whether to offer it again now; also where this device's clock was set back."""
        return not self.at_us <= now_us < self.due_us

    def do(self, now_us: int) -> str:
        """What happens next, or what to do."""
        waits = spell((self.due_us - now_us) // 1_000_000)
        when = "with the next sync" if self.is_due(now_us) else f"in {waits}"
        again = f"it is kept here and offered again {when}"
        return again if self.reason in _PASSING else f"{again}; check this device: ircockpit verify"


def refusals(log: Log) -> list[Refusal]:
    """All that are noted, the newest last."""
    return [Refusal(*each) for each in json.loads(log.meta(KEY) or "[]")]


def held_back(log: Log, now_us: int) -> dict[str, str]:
    """Ids, with reasons, of the events not to be offered now."""
    return {each.event_id: each.reason for each in refusals(log) if not each.is_due(now_us)}


def note(log: Log, event_id: str, reason: str, now_us: int) -> None:
    """Note that the hub did not take an event in."""
    with log.writing() as writer:  # read inside: two processes may note at once
        known = {each.event_id: each for each in refusals(log)}
        before = known.pop(event_id, Refusal(event_id, reason, 0, 0))
        kept = [*known.values(), Refusal(event_id, reason, now_us, before.tries + 1)]
        writer.set_meta(KEY, json.dumps(kept[-MOST:]))


def forget(log: Log, event_ids: Collection[str]) -> None:
    """The hub took these in after all."""
    if not any(each.event_id in event_ids for each in refusals(log)):
        return
    with log.writing() as writer:
        kept = [each for each in refusals(log) if each.event_id not in event_ids]
        writer.set_meta(KEY, json.dumps(kept))


def sendable(batch: Iterable[Stored], refused: Mapping[str, str]) -> Iterator[Stored]:
    """The events of a batch without lanes whose earlier events the hub refused: it would miss those."""
    stopped: set[tuple[str, str]] = set()
    for stored in batch:
        if refused:
            lane = (stored.event.envelope.device, stored.event.envelope.epoch)
            if stored.event.id in refused:
                stopped.add(lane)
            if lane in stopped:
                continue
        yield stored


def sentence(reason: str) -> str:
    """What a round says of it."""
    return f"some entries were not taken in: {Refusal('', reason, 0, 1).means}; they are kept here and offered again"
