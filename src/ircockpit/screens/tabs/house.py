"""The tabs of an incident: their digits, their names, and the line that shows which one is open."""

from typing import NamedTuple

from ircockpit.render.span import Line, Span, cells


class Tab(NamedTuple):
    """One tab."""

    name: str
    short: str = ""
    """The name where the line is narrow."""
    answers: bool = False
    """Whether digits mean something else there."""


TABS = (
    Tab("overview"), Tab("triage", answers=True), Tab("containment", "stop", answers=True), Tab("timeline"),
    Tab("evidence"), Tab("playbook"), Tab("people"), Tab("clocks"),
)  # fmt: skip
NAMES = tuple(tab.name for tab in TABS)


def next_tab(name: str, step: int) -> str:
    """The tab after one, or before it with -1; after the last comes the first."""
    return NAMES[(NAMES.index(name) + step) % len(NAMES)]


def tab_line(name: str, width: int) -> Line:
    """All tabs with their digits, the open one in brackets; nothing moves when another one is open.

    Where not even short names fit, only the open one has its name.
    """
    full = [f"{digit} {tab.name}" for digit, tab in enumerate(TABS, 1)]
    brief = [f"{digit} {tab.short or tab.name}" for digit, tab in enumerate(TABS, 1)]
    gap = 1 if _length(full, 1) <= width else 0
    words = full if _length(full, gap) <= width else brief
    if _length(words, gap) > width:
        words = [word if tab.name == name else word[:1] for word, tab in zip(brief, TABS, strict=True)]
    spans: list[Span] = []
    open_at = NAMES.index(name)
    for at, word in enumerate(words):
        before = "[" if at == open_at else "]" if at == open_at + 1 else " "
        spans.append(Span(before + " " * gap if before != "[" else " " * gap + before, "title"))
        spans.append(Span(word, "title" if at == open_at else "dim"))
    spans.append(Span("]" if open_at == len(TABS) - 1 else " ", "title"))
    return tuple(spans)


def _length(words: list[str], gap: int) -> int:
    return sum(cells(word) + 1 + gap for word in words) + 1
