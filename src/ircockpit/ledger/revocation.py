"""Revocation: where a device's word ends, lane by lane, so that what it wrote before stays good."""

from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, NamedTuple

from ircockpit.ledger.fields import DIGEST, EPOCH, UUID, FormatError, Layout, Rule, check, whole

DEVICE_REVOKED = "device.revoked"
"""Type of the event, in the authority stream, whose first part says it."""
AFTER = "its device was revoked before it"
UNPLACED = "its device was revoked, and the place where its lane is cut is not held yet"
MAX_CUTS = 100_000

Before = Callable[[str], str | None]
"""The ``prev`` of an event held, by its id; an empty text for a lane's first, ``None`` where it is not held."""

_CUT = Layout("cut", {"stream": UUID, "epoch": EPOCH, "n": whole(1), "event_id": DIGEST}, 4096, FormatError)
_REVOKED = Layout(
    "revocation",
    {
        "device": UUID,
        "lanes": Rule(
            lambda value: isinstance(value, list) and len(value) <= MAX_CUTS,
            "a list of the lanes' last events",
        ),
        "reason": Rule(lambda value: isinstance(value, str), "a text"),
        "by": Rule(lambda value: value == "" or UUID.holds(value), f"{UUID.says}, or empty"),
    },
    4096,
    FormatError,
)


class Cut(NamedTuple):
    """The last event that counts of one lane of a revoked device."""

    stream: str
    epoch: str
    n: int
    event_id: str


class Revocation(NamedTuple):
    """That a device is revoked, and where its lanes end; a lane it does not name is cut before its first event."""

    device: str
    lanes: tuple[Cut, ...]
    reason: str
    by: str = ""
    """Pseudonym of the lead who decided it; empty for the operator of the hub."""

    def part(self) -> dict[str, object]:
        """Part 0 of the event that states this."""
        lanes = [cut._asdict() for cut in self.lanes]
        return {**self._asdict(), "lanes": lanes}


def _known(layout: Layout, stated: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stated.items() if name in layout.rules}


def read_revocation(stated: Mapping[str, Any]) -> Revocation:
    """What the first part of a ``device.revoked`` event states; raises :class:`FormatError` where it is none.

    Fields of a later version are passed over, and so is a missing word: a revocation that is not read would be none.
    """
    fields = check(_REVOKED, {"reason": "", "by": "", **_known(_REVOKED, stated)})
    cuts = []
    for each in fields["lanes"]:
        if not isinstance(each, dict):
            raise FormatError("revocation: a lane must be an object", "lanes")
        cuts.append(Cut(**check(_CUT, _known(_CUT, each))))
    return Revocation(fields["device"], tuple(cuts), fields["reason"], fields["by"])


class Cuts:
    """All revocations known, as one rule: an event of a revoked device counts when each of them lets it stand.

    A revocation names the last event of each lane by its id, so what counts is that event and what its hash
    chain reaches. A rival that a thief signs at an earlier place of the lane is not reached. The rule looks
    at sets only: in whatever order events and revocations come, the same events count in the end. A second
    revocation of a device can cut deeper and never gives anything back.
    """

    def __init__(self, revocations: Iterable[Revocation] = ()) -> None:
        self._of: dict[str, list[Mapping[tuple[str, str], list[Cut]]]] = {}
        for each in revocations:
            lanes: dict[tuple[str, str], list[Cut]] = {}
            for cut in each.lanes:
                lanes.setdefault((cut.stream, cut.epoch), []).append(cut)
            self._of.setdefault(each.device, []).append(lanes)
        self._whole: dict[str, Set[str]] = {}
        """Cut events whose chain was walked to its first event; that never changes any more."""

    def devices(self) -> tuple[str, ...]:
        """The devices that are revoked."""
        return tuple(self._of)

    def revoked(self, device: str) -> bool:
        """Whether the device is revoked: nothing it signs from now on counts."""
        return device in self._of

    def doubt(self, stream: str, device: str, epoch: str, n: int, event_id: str, before: Before) -> str:
        """Why an event does not count, for people; empty where it does.

        ``before`` gives what the chain reaches among the events held, in any state. While the event that ends
        the lane is not held, an event at an earlier place is in doubt too: it may be a rival of the right one.
        """
        for lanes in self._of.get(device, ()):
            cuts = [cut for cut in lanes.get((stream, epoch), ()) if n <= cut.n]
            if not cuts:
                return AFTER
            chains = [self._chain(cut.event_id, before) for cut in cuts]
            if not any(event_id in reached for reached, _ in chains):
                return AFTER if all(complete for _, complete in chains) else UNPLACED
        return ""

    def _chain(self, event_id: str, before: Before) -> tuple[Set[str], bool]:
        """Ids that the chain of an event reaches as far as it is held, and whether that is all of it."""
        known = self._whole.get(event_id)
        if known is not None:
            return known, True
        chain, complete = _walk(event_id, before)
        if complete:
            self._whole[event_id] = chain
        return chain, complete


def _walk(event_id: str, before: Before) -> tuple[set[str], bool]:
    """The chain from an event back to its lane's first, and whether all of it is held."""
    chain: set[str] = set()
    at: str | None = event_id
    while at:
        if at in chain:
            return chain, True  # no hash chain does that; whoever gave the links is not to be waited for
        chain.add(at)
        at = before(at)
    return chain, at is not None
