"""The line of a filter: Tab completes fields and values, and above it stands what can be asked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ircockpit.core.filters import Field, completions
from ircockpit.render.span import Line, Span

if TYPE_CHECKING:
    from ircockpit.widgets.edit_line import EditLine

SHOWN = 9
"""Completions that are shown at once."""


class FilterAid:
    """Tab goes through what the last word may become."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._offers: list[str] = []
        self._at = 0
        self._line = ""
        """The line as the last Tab left it: any other one is completed anew."""

    def key(self, name: str, line: "EditLine") -> bool:
        """Tab and Shift+Tab."""
        if name not in ("tab", "shift+tab"):
            return False
        step = 1 if name == "tab" else -1
        if line.text == self._line and len(self._offers) > 1:
            self._at = (self._at + step) % len(self._offers)
        else:
            self._offers = completions(line.text, self._fields)
            self._at = 0 if step > 0 else len(self._offers) - 1
        if self._offers:
            line.text = self._offers[self._at][: line.limit]
        line.end()
        self._line = line.text
        return True

    def above(self, text: str, width: int) -> Sequence[Line]:
        """What the last word may become, and what the field that stands there is about."""
        del width
        now = text == self._line and len(self._offers) > 1
        offers = self._offers if now else completions(text, self._fields)
        first = self._at - self._at % SHOWN if now else 0
        spans = [
            span
            for at, offer in enumerate(offers[first : first + SHOWN], first)
            for span in (Span(" "), Span(f" {_last(offer)} ", "caret" if now and at == self._at else "text"))
        ]
        more = len(offers) - first - SHOWN
        tail = [Span(f"  and {more} more", "dim")] if more > 0 else []
        line = [(*spans, *tail, Span("  Tab", "dim"))] if spans else []
        return [*line, *((Span(f"  {each}", "dim"),) for each in self._about(_last(text)))]

    def _about(self, word: str) -> list[str]:
        if not word:
            return ["words, and fields; ! before one means its opposite, ~ letters in their order"]
        bare = word.lstrip("!")
        return [
            f"{each.name}: {each.help}"
            for each in self._fields
            if bare.partition(":")[0].partition("<")[0].partition(">")[0] in (each.name, *each.aliases)
        ]


def _last(text: str) -> str:
    return text.rpartition(" ")[2]
