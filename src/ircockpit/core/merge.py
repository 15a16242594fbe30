"""How concurrent writes combine, in any order: a causal multi-value register and an add-wins set."""

from typing import Any, NamedTuple

from ircockpit.core.jsontext import canonical

MAX_BASE = 40
"""Heads one write may name; more are resolved by a chain of writes."""


class Write(NamedTuple):
    """One write of a register, as a signed event made it."""

    event_id: str
    lam: int
    actor: str
    value: Any
    """The value written, or ``None`` where ``missing`` says why it cannot be shown."""
    missing: str = ""
    """``withheld`` or ``erased`` where the value is not held here; an older one is never shown instead."""

    @property
    def rank(self) -> tuple[int, str]:
        """The order that decides which of several heads is displayed."""
        return (self.lam, self.event_id)


class Register(NamedTuple):
    """A scalar field: the writes nobody has replaced yet, and the ids of those that were.

    A register is a pure function of the set of writes it was given. Several heads with different
    values are a conflict, shown with their authors; no clock and no order of arrival decides it.
    """

    heads: tuple[Write, ...] = ()
    replaced: frozenset[str] = frozenset()

    def write(self, new: Write, base: tuple[str, ...]) -> "Register":
        """The register after a write that replaces the heads named in ``base``."""
        replaced = self.replaced | frozenset(base)
        heads = {head.event_id: head for head in (*self.heads, new) if head.event_id not in replaced}
        return Register(tuple(sorted(heads.values(), key=lambda head: head.rank)), replaced)

    @property
    def shown(self) -> Write | None:
        """The head to display: the highest ``(lam, event_id)``."""
        return self.heads[-1] if self.heads else None

    @property
    def in_conflict(self) -> bool:
        """Whether people disagree: two heads with different values, or one whose value cannot be seen."""
        return len({canonical([head.value, head.missing]) for head in self.heads}) > 1


class AddWinsSet(NamedTuple):
    """Tags, assignees, links: a removal takes only the additions it had seen."""

    added: tuple[tuple[str, str], ...] = ()
    """``(event_id, value)`` of every addition known, removed or not."""
    removed: frozenset[str] = frozenset()

    def add(self, event_id: str, value: str) -> "AddWinsSet":
        """The set after an addition."""
        return AddWinsSet(tuple(sorted({**dict(self.added), event_id: value}.items())), self.removed)

    def remove(self, seen: tuple[str, ...]) -> "AddWinsSet":
        """The set after a removal that had seen these additions."""
        return AddWinsSet(self.added, self.removed | frozenset(seen))

    @property
    def values(self) -> tuple[str, ...]:
        """What is in the set, sorted."""
        return tuple(sorted({value for event_id, value in self.added if event_id not in self.removed}))
