"""Pieces of a line, each with the role it plays; and text fitted to terminal cells."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from ircockpit.inert import gate

ELLIPSIS = gate.ELLIPSIS

ROLES = (
    "text", "dim", "accent", "key", "title", "sev1", "sev2", "sev3", "sev4", "ok", "warn", "bad", "info",
)  # fmt: skip
"""Every role a span may have; a theme gives each a style, and without colour all read the same."""

Align = Literal["left", "right", "center"]


class Span(NamedTuple):
    """Gated text and the role it plays."""

    text: str
    role: str = "text"


Line = tuple[Span, ...]


def cells(text: str) -> int:
    """Terminal cells of gated text."""
    return gate.cells(text)


def plain(line: Iterable[Span]) -> str:
    """The words of a line without their roles."""
    return "".join(span.text for span in line)


def fit(text: str, cells: int, align: Align = "left", mark: str = ELLIPSIS) -> str:
    """Gated text in exactly ``cells`` terminal cells: padded with spaces, or cut and ended with ``mark``."""
    shown = gate.cut(text, cells, mark)
    return _pad(shown, cells - gate.cells(shown), align)


def fit_line(line: Iterable[Span], width: int, mark: str = ELLIPSIS) -> Line:
    """The line in exactly ``width`` cells, padding in role ``text``; spans beyond it are dropped."""
    kept: list[Span] = []
    room = width
    spans = [span for span in line if span.text]
    total = sum(gate.cells(span.text) for span in spans)
    for span in spans:
        used = gate.cells(span.text)
        if total > width and used >= room:
            # a span that just fills the room gives its end to the mark: the text lost is its neighbour's
            kept.append(span._replace(text=fit(span.text + (mark if used == room else ""), room, mark=mark)))
            return tuple(kept)
        kept.append(span)
        room -= used
    if room:
        kept.append(Span(" " * room))
    return tuple(kept)


def _pad(text: str, missing: int, align: Align) -> str:
    if missing <= 0:
        return text
    if align == "right":
        return " " * missing + text
    if align == "center":
        return " " * (missing // 2) + text + " " * (missing - missing // 2)
    return text + " " * missing
