"""Made-up histories: events of a few devices about a few things, with conflicts, gaps and types of later programs."""

import hashlib
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ircockpit.core.ids import companion_id, entity_id, named_uuid
from ircockpit.core.reduce import Catalogue, Effect, EntityKind, EventType, catalogue
from ircockpit.ledger.envelope import Envelope
from ircockpit.ledger.event import SignedEvent, seal
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.parts import Part, drop, make_parts
from ircockpit.ledger.signing import SigningKey

TABLE: Catalogue = catalogue(
    (
        EventType("thing.made", "thing", Effect.CREATE),
        EventType("thing.set", "thing", Effect.SET),
        EventType("thing.tagged", "thing", Effect.ADD),
        EventType("thing.untagged", "thing", Effect.REMOVE),
        EventType("thing.noted", "thing", Effect.ENTRY),
        EventType("other.made", "other", Effect.CREATE),
    ),
    (
        EntityKind("thing", ("title", "state"), ("tags",), search=("title",), indexed=("state",)),
        EntityKind("other", ("title",)),
    ),
)
STREAM = named_uuid("stream", "one")
THINGS = tuple(companion_id(entity_id(STREAM), "thing", name) for name in "ab")
ELSEWHERE = named_uuid("stream", "two")
"""A stream in which nothing can be written about the things."""
_KEY = SigningKey.from_raw(hashlib.sha256(b"any device").digest())
_EFFECTS = (
    "thing.made",
    "thing.set",
    "thing.tagged",
    "thing.untagged",
    "thing.noted",
    "other.made",
    "later.type",
)
_VALUES = ("red", "green", 3, None)


def _rand(size: int) -> bytes:
    return b"\7" * size


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> list[SignedEvent]:
    """Up to ``most`` different events, each naming as its base only earlier ones of the same field."""
    made: list[SignedEvent] = []
    written: dict[tuple[str, str | None], list[tuple[str, str]]] = {}
    for n in range(1, draw(st.integers(2, most)) + 1):
        type_ = draw(st.sampled_from(_EFFECTS))
        ent = draw(st.sampled_from(THINGS))
        field = {
            "thing.set": draw(st.sampled_from(("title", "state"))),
            "thing.tagged": "tags",
            "thing.untagged": "tags",
        }.get(type_)
        known = [ident for what, ident in written.get((ent, field), ()) if what != "thing.untagged"]
        base = (
            tuple(draw(st.lists(st.sampled_from(known), unique=True, max_size=3))) if known and field else ()
        )
        event = _event(
            n, type_, ent, field, base, draw(st.integers(1, 4)), draw(st.sampled_from((1, 1, 1, 2))),
            {"value": draw(st.sampled_from(_VALUES)), "title": draw(st.sampled_from(("x", "y")))},
            draw(st.sampled_from((STREAM, STREAM, STREAM, ELSEWHERE))),
        )  # fmt: skip
        if draw(st.integers(0, 5)) == 0:
            event = event._replace(parts=tuple(drop(part) for part in event.parts))
        made.append(event)
        written.setdefault((ent, field), []).append((type_, event.id))
    return made


def _event(
    n: int,
    type_: str,
    ent: str,
    field: str | None,
    base: Sequence[str],
    lam: int,
    tv: int,
    body: dict[str, Any],
    stream: str = STREAM,
) -> SignedEvent:
    parts: tuple[Part, ...] = make_parts((body,), _rand)
    return seal(
        Envelope(
            v=FORMAT, stream=stream, device=named_uuid("device", str(n % 3)), epoch="0" * 16, n=n,
            prev=None if n == 1 else "0" * 64, lam=lam, op=named_uuid("op", str(n)), actor=named_uuid("user", str(n % 3)),
            type=type_, tv=tv, ent=ent, field=field, base=tuple(base), scope="team", occurred=None, wall=n,
            off=0, offq="none", boot=named_uuid("boot", "one"), mono=n, seen=None, body="",
        ),
        _KEY, parts,
    )  # fmt: skip
