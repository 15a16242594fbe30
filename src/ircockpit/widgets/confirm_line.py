"""The last line while something is to be confirmed: which key does what, or why one did nothing; pure."""

from typing import TYPE_CHECKING

from ircockpit.render.span import Line, Span, cells, fit_line, plain
from ircockpit.widgets.ink import CARET_ROLE

if TYPE_CHECKING:
    from ircockpit.widgets.confirm import Choice, Guard

BACK = (Span("   "), Span("n", "key"), Span(" back"))


def shown(choice: "Choice") -> tuple[Span, ...]:
    """A key and what it does."""
    return Span(choice.shown or choice.key, "key"), Span(" " + choice.words)


def confirm_line(guard: "Guard", notice: str, width: int) -> Line:
    """What is to be pressed or typed now, and ``notice`` at the right edge: a reason of ours, or empty."""
    asked = guard.asked
    assert asked is not None  # noqa: S101 - this line is drawn while something is asked
    if guard.complete:
        spans = [Span(" press "), Span(asked.accept, "key"), Span(f" to {asked.words}")]
    else:
        spans = [
            *(Span(" type "), Span(asked.typed, "key"), Span(", then "), Span(asked.accept, "key")),
            Span(f", to {asked.words}: "),
            *(Span(guard.typed, "title"), Span(" ", CARET_ROLE)),
        ]
    for choice in asked.also:
        spans += [Span("   "), *shown(choice)]
    spans += BACK
    note = Span(notice, "warn") if notice else Span("(deaf at first)", "dim")
    used = cells(plain(spans))
    if used + cells(note.text) + 3 > width:
        # The reason why a key did nothing matters more than keys that are known by then.
        if not notice:
            return tuple(spans)
        return (*fit_line(spans, max(0, width - cells(note.text) - 3)), Span("  "), note)
    return (*spans, Span(" " * (width - used - cells(note.text) - 1)), note)
