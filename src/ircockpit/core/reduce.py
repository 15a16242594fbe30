"""The reducer table: what each type of event does, declared by features and applied by one fold."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from ircockpit.core.ids import belongs, is_bound
from ircockpit.core.jsontext import canonical
from ircockpit.core.merge import AddWinsSet, Register, Write


class Effect(StrEnum):
    """What an event does. Every event is also an entry of its stream's record."""

    CREATE = "create"
    """The entity exists; the body states its facts, the defaults of its fields."""
    SET = "set"
    """Writes the register named by the envelope's field; the body's ``value`` is the new value."""
    ADD = "add"
    """Adds the body's ``value`` to the set named by the envelope's field."""
    REMOVE = "remove"
    """Takes the additions named in ``base`` out of the set."""
    ENTRY = "entry"
    """Only an entry: it happened."""


class EventType(NamedTuple):
    """One row of the table. Names are frozen once an event of that type exists."""

    name: str
    kind: str
    """Kind of the entity it speaks of: ``incident``, ``signal``…"""
    effect: Effect
    version: int = 1
    on_timeline: bool = True


class Derived(NamedTuple):
    """A column that follows from what is displayed, for queries that order or search by it."""

    name: str
    type: str
    """``INTEGER`` or ``TEXT``."""
    of: Callable[[Mapping[str, Any], Sequence[str]], Any]
    """Gives its value from the displayed fields and the names of those that are disputed."""


class EntityKind(NamedTuple):
    """A kind of thing with its displayed fields, in the order of the view's columns."""

    name: str
    fields: tuple[str, ...]
    sets: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    """Fields that the search index holds; only gated, redacted text is ever put there."""
    indexed: tuple[str, ...] = ()
    """Fields that queries filter on."""
    derived: tuple[Derived, ...] = ()
    covered: tuple[str, ...] = ()
    """Columns that one index holds in this order, so that a question about all things of the kind reads only that.

    ``born`` among them is when a thing was made, the newest first; ``num``, where there are derived columns, is the
    number that this view knows it by, which is another one on every device.
    """
    numbered: bool = False
    """Whether a short index of its own leads from ids to numbers, where questions about other kinds name many."""
    bound: bool = True
    """Whether a thing belongs to the one stream its id carries the tag of; what other streams say of it is nothing."""


class Catalogue(NamedTuple):
    """All event types and entity kinds the program knows."""

    types: Mapping[str, EventType]
    kinds: Mapping[str, EntityKind]


def catalogue(types: Iterable[EventType], kinds: Iterable[EntityKind]) -> Catalogue:
    """Collect declarations; raises ValueError where a name is declared twice or a type speaks of no kind."""
    by_type: dict[str, EventType] = {}
    by_kind: dict[str, EntityKind] = {}
    for kind in kinds:
        if by_kind.setdefault(kind.name, kind) is not kind:
            raise ValueError(f"entity kind {kind.name} is declared twice")
    for row in types:
        if by_type.setdefault(row.name, row) is not row:
            raise ValueError(f"event type {row.name} is declared twice")
        if row.kind not in by_kind:
            raise ValueError(f"event type {row.name} speaks of {row.kind}, which no feature declares")
    return Catalogue(by_type, by_kind)


class Happening(NamedTuple):
    """What the fold needs of one verified event: parts of the envelope, and the body as far as held."""

    event_id: str
    stream: str
    device: str
    lam: int
    actor: str
    type: str
    tv: int
    ent: str
    field: str | None
    base: tuple[str, ...]
    occurred: str | None
    wall: int
    body: Mapping[str, Any]
    """The objects of all parts that are held, as one."""
    missing: str = ""
    """``withheld`` or ``erased`` where a part is not held."""

    @property
    def at_us(self) -> int:
        """Where it stands on a timeline: the stated time, else the writer's clock. Orders what is shown, merges nothing."""
        if not self.occurred:
            return self.wall
        from ircockpit.core.occurred import read_moment

        return read_moment(self.occurred).earliest_us


class Entity(NamedTuple):
    """One thing as the events known here describe it."""

    ident: str
    kind: str
    stream: str
    born: tuple[int, str]
    """``(lam, event_id)`` of the creation shown: the lowest where several devices created the same thing."""
    facts: Mapping[str, Any]
    missing: str = ""
    """``withheld`` or ``erased`` where a part that states facts is not held."""
    at_us: int = 0
    """When the creation shown was, by :attr:`Happening.at_us`: of equal rank the newest comes first, on every device."""


class Slots(Protocol):
    """Where a fold keeps what it has so far: in memory, or in the view's tables."""

    def entity(self, ident: str) -> Entity | None:
        """The entity, if it was created."""
        ...

    def put_entity(self, entity: Entity) -> None:
        """Keep a new or earlier-born entity."""
        ...

    def register(self, ent: str, field: str) -> Register:
        """The register, empty where nothing was written."""
        ...

    def put_register(self, ent: str, field: str, register: Register) -> None:
        """Keep a register."""
        ...

    def members(self, ent: str, field: str) -> AddWinsSet:
        """The set, empty where nothing was added."""
        ...

    def put_members(self, ent: str, field: str, members: AddWinsSet) -> None:
        """Keep a set."""
        ...


STRAY = "entity"
"""Why an event counts for nothing: it speaks of a thing that is not of its stream."""


def is_stray(table: Catalogue, type_: str, stream: str, ent: str) -> bool:
    """Whether an event speaks of a thing of another stream, which nobody can do by writing in a stream of their own.

    A kind that is not bound cannot take the id of a thing of a stream either: an id means one thing. The fold, the
    view, the writer and the hub all ask here. Of a type that is not known here the id alone says so.
    """
    known = table.types.get(type_)
    if known is None:
        return is_bound(ent) and not belongs(ent, stream)
    return not belongs(ent, stream) if table.kinds[known.kind].bound else is_bound(ent)


def apply(event: Happening, table: Catalogue, slots: Slots) -> None:
    """Fold one event in. Order, repetition and grouping of calls do not matter.

    Types of a later program version change nothing here; the event stays in the record and is
    folded once the program that knows it rebuilds its view. Neither does an event about a thing of another
    stream, ever.
    """
    known = table.types.get(event.type)
    if known is None or event.tv > known.version or is_stray(table, event.type, event.stream, event.ent):
        return
    if known.effect is Effect.CREATE:
        born = (event.lam, event.event_id)
        seen = slots.entity(event.ent)
        if seen is None or born <= seen.born:
            facts = dict(event.body)
            slots.put_entity(
                Entity(event.ent, known.kind, event.stream, born, facts, event.missing, event.at_us)
            )
    elif event.field is None:
        return
    elif known.effect is Effect.SET:
        # Only the part that states the value hides it: an erased reason leaves the decision readable.
        missing = "" if "value" in event.body else event.missing
        write = Write(event.event_id, event.lam, event.actor, event.body.get("value"), missing)
        slots.put_register(
            event.ent, event.field, slots.register(event.ent, event.field).write(write, event.base)
        )
    elif known.effect is Effect.ADD:
        value = event.body.get("value", event.missing)
        value = value if isinstance(value, str) else canonical(value).decode()
        slots.put_members(
            event.ent, event.field, slots.members(event.ent, event.field).add(event.event_id, value)
        )
    elif known.effect is Effect.REMOVE:
        slots.put_members(event.ent, event.field, slots.members(event.ent, event.field).remove(event.base))


def shown_value(entity: Entity | None, register: Register, field: str) -> Any:
    """The value to display: the highest head, or the fact the entity was created with."""
    head = register.shown
    if head is not None:
        return head.missing or head.value
    if entity is None:
        return None
    return entity.facts.get(field, entity.missing or None)


class Picture:
    """A fold held in memory: for the hub, for tests, and as the reference of the view's own tables."""

    def __init__(self, table: Catalogue) -> None:
        self._table = table
        self._entities: dict[str, Entity] = {}
        self._registers: dict[tuple[str, str], Register] = {}
        self._members: dict[tuple[str, str], AddWinsSet] = {}

    def apply(self, event: Happening) -> None:
        """Fold one event in; see :func:`apply`."""
        apply(event, self._table, self)

    def entity(self, ident: str) -> Entity | None:
        """See :class:`Slots`."""
        return self._entities.get(ident)

    def put_entity(self, entity: Entity) -> None:
        """See :class:`Slots`."""
        self._entities[entity.ident] = entity

    def register(self, ent: str, field: str) -> Register:
        """See :class:`Slots`."""
        return self._registers.get((ent, field), Register())

    def put_register(self, ent: str, field: str, register: Register) -> None:
        """See :class:`Slots`."""
        self._registers[ent, field] = register

    def members(self, ent: str, field: str) -> AddWinsSet:
        """See :class:`Slots`."""
        return self._members.get((ent, field), AddWinsSet())

    def put_members(self, ent: str, field: str, members: AddWinsSet) -> None:
        """See :class:`Slots`."""
        self._members[ent, field] = members

    def dump(self) -> bytes:
        """The canonical dump: one line of canonical JSON per entity, register and set, sorted."""
        return dump(self._entities.values(), self._registers.items(), self._members.items())


def dump(
    entities: Iterable[Entity],
    registers: Iterable[tuple[tuple[str, str], Register]],
    members: Iterable[tuple[tuple[str, str], AddWinsSet]],
) -> bytes:
    """The canonical dump of any fold, byte-equal wherever the same events are known."""
    lines = [
        canonical(["entity", e.ident, e.kind, e.stream, list(e.born), e.facts, e.missing]) for e in entities
    ]
    for (ent, field), register in registers:
        heads = [[h.event_id, h.lam, h.actor, h.value, h.missing] for h in register.heads]
        lines.append(canonical(["register", ent, field, heads, sorted(register.replaced)]))
    for (ent, field), group in members:
        if group.added or group.removed:  # a removal that had seen nothing leaves nothing to keep
            lines.append(
                canonical(["set", ent, field, [list(pair) for pair in group.added], sorted(group.removed)])
            )
    return b"".join(line + b"\n" for line in sorted(lines))
