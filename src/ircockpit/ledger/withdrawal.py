"""What is to go of a stream, and what is for fewer readers: a fold of orders, holds and scopes, in any order.

A hold can be placed by anyone and counts at once. What cannot be taken back, an erasure and the lifting of a hold or
of a narrowing, needs authority and counts only once somebody with it, the hub, has let it count: ``settled``. One whose
author lacked the right counts once an adoption of it does, whichever of the two came first.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ircockpit.core.adoption import ADOPTED, adopts, doubt_left
from ircockpit.core.scopes import TEAM, narrower
from ircockpit.ledger.fields import DIGEST
from ircockpit.ledger.parts import MAX_PARTS

ORDERED, DONE = "erasure.ordered", "erasure.done"
PLACED, RELEASED = "hold.placed", "hold.released"
NARROWED, WIDENED = "scope.narrowed", "scope.widened"
DIRECTIVES = (ORDERED, PLACED, RELEASED, NARROWED, WIDENED, ADOPTED)
"""Types of events that say what is to go or to stay, or that another one that says so counts."""
BY_LEAD = (ORDERED, RELEASED, WIDENED, ADOPTED)
"""Those of them that need the role ``lead``; the others are anybody's, offline too."""

_STAYS = ("stream.", "lane.", "erasure.", "hold.", "scope.", "member.", "device.", "event.", "companion.")


class Directive(NamedTuple):
    """One such event, as far as its body is held."""

    event_id: str
    type: str
    ent: str
    body: Mapping[str, Any]
    settled: bool
    """Whether it has the authority it needs; always so for what needs none."""
    doubt: str = ""
    """Why it does not count by itself; what only its author's right is missing for, an adoption makes up for."""


Named = Mapping[str, frozenset[int] | None]
"""Part numbers by event id; ``None`` for all parts there are."""


class Order(NamedTuple):
    """An erasure that counts."""

    event_id: str
    ent: str
    named: Named
    files: Mapping[str, frozenset[str]]
    """SHA-256 of evidence files by the event that names them."""


class Hold(NamedTuple):
    """A hold in force."""

    event_id: str
    ent: str
    events: frozenset[str] | None
    """The events it keeps; ``None`` for the whole stream."""

    def covers(self, event_id: str) -> bool:
        """Whether it keeps this event."""
        return self.events is None or event_id in self.events


class Narrowing(NamedTuple):
    """A narrowing, with the events for which it was lifted since."""

    event_id: str
    ent: str
    scope: str
    named: Named
    lifted: frozenset[str]


class Withdrawal(NamedTuple):
    """The fold over one stream's directives; the empty one takes nothing away."""

    orders: tuple[Order, ...] = ()
    holds: tuple[Hold, ...] = ()
    narrowings: tuple[Narrowing, ...] = ()
    opened: Mapping[str, str] = {}
    """The scope, by event, that replaces the one its author gave it."""

    def erased(self, event_id: str, type_: str, count: int) -> frozenset[int]:
        """Of an event's ``count`` parts those that an erasure names and that may go, whether they are gone yet or held."""
        named = _numbers((order.named for order in self.orders), event_id, count)
        return frozenset(index for index in named if not stays(type_, index))

    def to_go(self, event_id: str, type_: str, count: int) -> frozenset[int]:
        """The parts to be taken away: named by an erasure, of a kind that may go, and under no hold."""
        return frozenset() if self.held(event_id) else self.erased(event_id, type_, count)

    def held(self, event_id: str) -> tuple[Hold, ...]:
        """The holds that keep an event."""
        return tuple(hold for hold in self.holds if hold.covers(event_id))

    def files_to_go(self) -> frozenset[str]:
        """Hashes of the evidence files that erasures name and no hold keeps."""
        return frozenset(
            sha256
            for order in self.orders
            for event_id, files in order.files.items()
            if not self.held(event_id)
            for sha256 in files
        )

    def scope(self, event_id: str, type_: str, own: str, index: int) -> str:
        """Who may read a part of an event whose author gave it the scope ``own``."""
        if stays(type_, index):
            return TEAM
        found = self.opened.get(event_id, own)
        for each in self.narrowings:
            numbers = each.named.get(event_id, frozenset())
            if event_id not in each.lifted and (numbers is None or index in numbers):
                found = narrower(found, each.scope)
        return found


def stays(type_: str, index: int = 0) -> bool:
    """Whether a part of events of a type keeps its words: what opens records and lanes, and what decides about others.

    That is part 0: a name or a reason stands apart, so that it can go alone.
    """
    return index == 0 and type_.startswith(_STAYS)


def fold(directives: Iterable[Directive]) -> Withdrawal:
    """What the directives of one stream come to together; order and repetition do not matter."""
    by_type: dict[str, dict[str, Directive]] = {name: {} for name in DIRECTIVES}
    for each in _counting(list(directives)):
        by_type[each.type][each.event_id] = each
    released = {each.ent for each in by_type[RELEASED].values()}
    lifted: dict[str, set[str]] = {}
    opened: dict[str, str] = {}
    for each in by_type[WIDENED].values():
        events = frozenset(read_named(each.body.get("events")))
        for narrowing in _texts(each.body.get("lifts")):
            lifted.setdefault(narrowing, set()).update(events)
        scope = str(each.body.get("scope", TEAM))
        for event_id in events:
            opened[event_id] = narrower(scope, opened.get(event_id, scope))
    return Withdrawal(
        tuple(
            Order(each.event_id, each.ent, read_named(each.body.get("events")), _files(each.body.get("files")))
            for each in _sorted(by_type[ORDERED])
        ),
        tuple(
            Hold(each.event_id, each.ent, _held(each.body))
            for each in _sorted(by_type[PLACED])
            if each.ent not in released
        ),
        tuple(
            Narrowing(
                each.event_id, each.ent, str(each.body.get("scope", "")), read_named(each.body.get("events")),
                frozenset(lifted.get(each.ent, ())),
            )
            for each in _sorted(by_type[NARROWED])
        ),
        opened,
    )  # fmt: skip


def _counting(found: list[Directive]) -> Iterable[Directive]:
    adopted: dict[str, bool] = {}
    for each in found:
        if named := adopts(each.type, each.doubt, each.body):
            adopted[named] = each.settled or adopted.get(named, False)
    for each in found:
        if each.type not in DIRECTIVES or doubt_left(each.doubt, each.event_id in adopted):
            continue
        settled = each.settled and not each.doubt
        if settled or adopted.get(each.event_id, False) or each.type not in BY_LEAD:
            yield each


def read_named(value: Any) -> dict[str, frozenset[int] | None]:
    """The event ids and part numbers that a directive names: a list of ``[id, null or [number…]]``.

    What is not of this form names nothing.
    """
    found: dict[str, frozenset[int] | None] = {}
    for item in value if isinstance(value, list) else ():
        if not isinstance(item, list) or len(item) != 2 or not DIGEST.holds(item[0]):
            continue
        event_id, numbers = item
        if numbers is None or found.get(event_id, frozenset()) is None:
            found[event_id] = None
        elif isinstance(numbers, list):
            named = frozenset(n for n in numbers if type(n) is int and 0 <= n < MAX_PARTS)
            found[event_id] = named | (found.get(event_id) or frozenset())
    return found


def _held(body: Mapping[str, Any]) -> frozenset[str] | None:
    # A hold whose words cannot be read keeps everything: what goes for a misreading never comes back.
    return frozenset(read_named(body["events"])) or None if "events" in body else None


def _files(value: Any) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for item in value if isinstance(value, list) else ():
        if isinstance(item, list) and len(item) == 2 and all(map(DIGEST.holds, item)):
            found[item[0]] = found.get(item[0], frozenset()) | {item[1]}
    return found


def _numbers(named: Iterable[Named], event_id: str, count: int) -> frozenset[int]:
    found: set[int] = set()
    for each in named:
        numbers = each.get(event_id, frozenset())
        found |= set(range(count)) if numbers is None else numbers & set(range(count))
    return frozenset(found)


def _sorted(found: Mapping[str, Directive]) -> list[Directive]:
    return [found[ident] for ident in sorted(found)]


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
