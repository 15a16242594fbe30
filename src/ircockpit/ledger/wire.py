"""Many events as they travel, read at once where they are spelled as this program spells them.

Read into fixed shapes and written again, the bytes must be the same: then they hold no key twice and nothing besides.
Any other spelling is for the strict reader, which is several times slower and says what is wrong.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import msgspec


def read_row(line: bytes) -> dict[str, Any] | None:
    """An event with its receipt, as a hub hands it out; ``None`` for what is spelled in another way."""
    row = _same(line, _shapes()[0])
    return None if row is None else {"r": row.r, "e": row.e, "s": row.s, "p": row.p}


def read_push(body: bytes) -> list[dict[str, Any]] | None:
    """The events of a push; ``None`` for what is spelled in another way."""
    push = _same(body, _shapes()[1])
    return None if push is None else [{"e": each.e, "s": each.s, "p": each.p} for each in push.events]


def _same(raw: bytes, decode: Callable[[bytes], Any]) -> Any:
    import msgspec

    try:
        value = decode(raw)
    except (msgspec.MsgspecError, ValueError):
        return None
    return value if _writer().encode(value) == raw else None


@cache
def _writer() -> "msgspec.json.Encoder":
    from msgspec.json import Encoder

    return Encoder()


@cache
def _shapes() -> tuple[Callable[[bytes], Any], Callable[[bytes], Any]]:
    from msgspec import defstruct
    from msgspec.json import Decoder

    fields: list[tuple[str, Any]] = [("e", str), ("s", str), ("p", list[dict[str, str]])]
    event = defstruct("event", fields, forbid_unknown_fields=True)
    row = defstruct("row", [("r", str | None), *fields], forbid_unknown_fields=True)
    push = defstruct("push", [("events", list[event])], forbid_unknown_fields=True)  # type: ignore[valid-type]
    return Decoder(row).decode, Decoder(push).decode
