"""Bodies in parts: each is committed to by itself, so that one can be taken away and every proof holds."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.core.jsontext import canonical, strict_loads
from ircockpit.ledger import merkle

SALT_BYTES = 16
SMALLEST = 64
MAX_PART = 64 * 4**5
"""Padded size in bytes of the largest part an event carries (64 KiB); larger things are evidence files."""
MAX_PARTS = 1024
MAX_BODY = 4 * MAX_PART
"""Padded size in bytes of all parts of one event together (256 KiB)."""

_BODY = b"ircockpit/body/1\0"


class Part(NamedTuple):
    """One part of a body; ``salt`` and ``data`` are held together, or both taken away: ``leaf`` remains."""

    leaf: bytes
    """``merkle.leaf_hash(salt ‖ data)``, 32 bytes: all that the author's signature covers."""
    salt: bytes | None
    """16 random bytes that keep the leaf from confirming a guess at the data."""
    data: bytes | None


def make_parts(objects: Sequence[Mapping[str, object]], rand: Callable[[int], bytes]) -> tuple[Part, ...]:
    """One part for each JSON object, salted with ``rand(16)``.

    The text is space-padded to the next of 64, 256, 1024… bytes, so that a length tells little about what was
    taken away. Raises :class:`BadInput` for fractions, integers beyond 2^53-1, or text over :data:`MAX_PART`.
    """
    return tuple(_make_part(value, rand(SALT_BYTES)) for value in objects)


def repeated_key(objects: Iterable[Mapping[str, object] | None]) -> str:
    """The first key that stands in two of the parts that are held, or nothing.

    Taking one of the two away would change what the key is shown to say, with every proof intact.
    """
    met: set[str] = set()
    for value in objects:
        for key in value or ():
            if key in met:
                return key
        met.update(value or ())
    return ""


def _make_part(value: Mapping[str, object], salt: bytes) -> Part:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    try:
        text = canonical(value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"a part cannot be written as JSON: {error}") from None
    if type(strict_loads(text)) is not dict:
        raise BadInput("a part must be a JSON object")
    if len(text) > MAX_PART:
        raise BadInput(
            f"a part has {len(text)} bytes, the limit is {MAX_PART}",
            fix="seal it as an exhibit and refer to that",
        )
    return seal_part(salt, text.ljust(padded_size(len(text))))


def seal_part(salt: bytes, data: bytes) -> Part:
    """The part that these bytes are, with its leaf; used as they stand, without padding."""
    return Part(merkle.leaf_hash(salt + data), salt, data)


def padded_size(size: int) -> int:
    """The smallest of 64·4^k that holds ``size`` bytes."""
    padded = SMALLEST
    while padded < size:
        padded *= 4
    return padded


def is_padded(part: Part) -> bool:
    """Whether the data held of a part has one of the sizes that tell little; a part taken away tells nothing."""
    return part.data is None or len(part.data) == padded_size(len(part.data))


def drop(part: Part) -> Part:
    """The part with data and salt taken away: redaction, erasure and access scope are this one step."""
    return Part(part.leaf, None, None)


def body_digest(parts: Sequence[Part]) -> str:
    r"""What the envelope states: ``SHA-256("ircockpit/body/1\0" ‖ u32be n ‖ root)`` over n leaves, as hex."""
    return digest_of_leaves([part.leaf for part in parts])


def digest_of_leaves(leaves: Sequence[bytes]) -> str:
    """The same from the leaves alone."""
    root = leaves[0] if len(leaves) == 1 else merkle.root(leaves)
    return hashlib.sha256(_BODY + len(leaves).to_bytes(4, "big") + root).hexdigest()


def check_parts(parts: Sequence[Part], body: str) -> None:
    """Check each part held against its leaf, and the leaves against ``body``.

    Raises :class:`TrustError` naming the part that was changed, counted from 0, or saying that parts were
    added, left out or exchanged.
    """
    for index, part in enumerate(parts):
        if (part.salt is None) != (part.data is None):
            raise TrustError(f"part {index} has lost either its salt or its data")
        if part.salt is not None and part.data is not None:
            well_formed = len(part.salt) == SALT_BYTES
            if not well_formed or merkle.leaf_hash(part.salt + part.data) != part.leaf:
                raise TrustError(f"part {index} is not what its author signed")
    check_leaves(parts, body)


def check_leaves(parts: Sequence[Part], body: str) -> None:
    """Check the leaves against ``body``, for parts whose leaves were computed from what is held of them.

    Raises :class:`TrustError` as :func:`check_parts` does.
    """
    if body_digest(parts) != body:
        raise TrustError(
            "the parts are not those its author signed: one was added, left out, exchanged or moved"
        )


def read_part(part: Part) -> dict[str, Any] | None:
    """The JSON object of a part, ``None`` where it was taken away; BadInput where the data is none."""
    if part.data is None:
        return None
    value = strict_loads(part.data)
    if type(value) is not dict:
        raise BadInput("a part is not a JSON object")
    return value


def decision(parts: Sequence[Part]) -> dict[str, Any]:
    """What part 0 states, which stays: where an event decides about others, nothing else of it does.

    Empty where that part is not held or is none.
    """
    try:
        return (read_part(parts[0]) if parts else None) or {}
    except BadInput:
        return {}
