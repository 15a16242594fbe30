"""Revocation: where a device's word ends, lane by lane, so that what it wrote before stays good."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.fields import DIGEST, EPOCH, UUID, FormatError, Layout, Rule, check, whole
from ircockpit.ledger.parts import Part, read_part

DEVICE_REVOKED = "device.revoked"
"""Type of the event, in the authority stream, whose first part says it."""
LANES_AT_ONCE = 300
"""Lanes that one such event names at most: with the longest reason they fit into one part."""
REASON = "reason"
"""Field of the part that says why."""
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
    """That a device is revoked, and where its lanes end; a lane it does not name is cut before its first event.

    Where a lane had forked, it is named once for the end of each branch.
    """

    device: str
    lanes: tuple[Cut, ...]
    reason: str
    """``erased`` where that part was taken away."""
    by: str = ""
    """Pseudonym of the lead who decided it; empty for the operator of the hub."""

    def part(self) -> dict[str, object]:
        """Part 0 of the event that states this; the reason stands in a part of its own, and can be erased."""
        return {"device": self.device, "lanes": [cut._asdict() for cut in self.lanes], "by": self.by}


def _known(layout: Layout, stated: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stated.items() if name in layout.rules}


def read_revocation(stated: Mapping[str, Any], reason: str = "") -> Revocation:
    """What the first part of a ``device.revoked`` event states; raises :class:`FormatError` where it is none.

    Fields of a later version are passed over, and so is a missing word: a revocation that is not read would be none.
    """
    fields = check(_REVOKED, {"by": "", **_known(_REVOKED, stated)})
    cuts = []
    for each in fields["lanes"]:
        if not isinstance(each, dict):
            raise FormatError("revocation: a lane must be an object", "lanes")
        cuts.append(Cut(**check(_CUT, _known(_CUT, each))))
    return Revocation(fields["device"], tuple(cuts), reason, fields["by"])


def in_parts(revocation: Revocation) -> list[Revocation]:
    """The same in as many pieces as events are needed to state it, at least one."""
    lanes = revocation.lanes
    starts = range(0, max(len(lanes), 1), LANES_AT_ONCE)
    return [revocation._replace(lanes=lanes[start : start + LANES_AT_ONCE]) for start in starts]


def gathered(events: Iterable[SignedEvent]) -> list[Revocation]:
    """The revocations that these events of an authority stream state, whatever their order.

    Events with one ``op`` were written in one act: what they state of one device is one revocation, whose lanes
    stand in several because an event holds only so many. What states none, or cannot be read, is left out.
    """
    found: dict[tuple[str, str], set[Revocation]] = {}
    for event in events:
        envelope = event.envelope
        if envelope.type != DEVICE_REVOKED or not event.parts:
            continue
        try:
            piece = read_revocation(read_part(event.parts[0]) or {}, _reason(event.parts[1:]))
        except BadInput:
            continue
        found.setdefault((piece.device, envelope.op), set()).add(piece)
    return [_joined(sorted(found[key])) for key in sorted(found)]


def _reason(parts: Sequence[Part]) -> str:
    for part in parts:
        if part.data is None:
            return "erased"
        if isinstance(words := (read_part(part) or {}).get(REASON), str):
            return words
    return ""


def _joined(pieces: Sequence[Revocation]) -> Revocation:
    return pieces[0]._replace(lanes=tuple(sorted({cut for piece in pieces for cut in piece.lanes})))


class _Chain:
    """What the hash chain of one event reaches, as far as it was walked; links never change."""

    def __init__(self, event_id: str) -> None:
        self.reached = {event_id}
        self._at: str | None = event_id
        """The event whose link is not known yet; ``None`` when the lane's first was reached."""

    def walk(self, before: Before) -> bool:
        """Go on as far as events are held; whether that is all of it."""
        while self._at is not None and (link := before(self._at)) is not None:
            # No hash chain comes back to itself; whoever gave such links is not to be waited for.
            self._at = link if link and link not in self.reached else None
            self.reached.add(self._at or link)
        return self._at is None


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
        self._chains: dict[str, _Chain] = {}

    def devices(self) -> tuple[str, ...]:
        """The devices that are revoked."""
        return tuple(self._of)

    def revoked(self, device: str) -> bool:
        """Whether the device is revoked: nothing it signs from now on counts."""
        return device in self._of

    def lanes(self, device: str) -> int:
        """Of how many lanes of a revoked device anything counts."""
        return len(set.intersection(*(set(lanes) for lanes in self._of[device])))

    def named(self, stream: str, device: str, epoch: str, event_id: str) -> bool:
        """Whether every revocation of the device names this very event as an end of the lane."""
        return all(
            any(cut.event_id == event_id for cut in lanes.get((stream, epoch), ()))
            for lanes in self._of.get(device, ())
        )

    def ends(self, stream: str, device: str, epoch: str, event_id: str) -> bool:
        """Whether any revocation of the device names this event as an end of the lane."""
        return any(
            cut.event_id == event_id
            for lanes in self._of.get(device, ())
            for cut in lanes.get((stream, epoch), ())
        )

    def doubt(self, stream: str, device: str, epoch: str, n: int, event_id: str, before: Before) -> str:
        """Why an event does not count, for people; empty where it does.

        ``before`` gives what the chain reaches among the events held, in any state. While the event that ends
        the lane is not held, an event at an earlier place is in doubt too: it may be a rival of the right one.
        """

        def reaches(cut: Cut) -> bool | None:
            chain = self._chains.setdefault(cut.event_id, _Chain(cut.event_id))
            complete = chain.walk(before)
            return True if event_id in chain.reached else False if complete else None

        return self.judge(stream, device, epoch, n, reaches)

    def doubt_of_new(
        self, stream: str, device: str, epoch: str, n: int, event_id: str, held: Callable[[str], bool]
    ) -> str:
        """The same for an event that comes to a record which takes none in before the one it follows.

        There the chain of an event that is held is held as a whole, and an event that is new is not of it: no
        chain has to be walked.
        """

        def reaches(cut: Cut) -> bool | None:
            return True if cut.event_id == event_id else False if held(cut.event_id) else None

        return self.judge(stream, device, epoch, n, reaches)

    def judge(
        self, stream: str, device: str, epoch: str, n: int, reaches: Callable[[Cut], bool | None]
    ) -> str:
        """The same, where ``reaches`` says whether the chain of an end goes through the event, ``None`` for not known yet."""
        unplaced = False
        for lanes in self._of.get(device, ()):
            reached = {reaches(cut) for cut in lanes.get((stream, epoch), ()) if n <= cut.n}
            if True not in reached:
                if None not in reached:
                    return AFTER
                unplaced = True
        return UNPLACED if unplaced else ""
