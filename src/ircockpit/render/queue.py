"""A row of the queue as spans: the early frame, the screen, the command and the goldens all draw it from here."""

from typing import NamedTuple

from ircockpit.render.glyphs import age, glyph, mark
from ircockpit.render.span import Line, Span, cells, fit


class QueueLine(NamedTuple):
    """What a row of the queue says, whichever thing it is about; all text gated."""

    severity: str
    """``SEV1``… or, for signals nobody reviewed, their source's own word."""
    name: str
    """Short id of an incident, count of a signal group."""
    title: str
    impact: str
    state: str
    """Containment state, empty for signals."""
    elapsed_ms: int | None
    age_s: float
    owner: str
    provisional: bool = False
    disputed: bool = False
    closed: bool = False


SEVERITY_ROLE = {"SEV1": "sev1", "SEV2": "sev2", "SEV3": "sev3", "SEV4": "sev4"}
_KIND_CELLS, _SYSTEM_CELLS = 11, 14
_STATE_CELLS, _IMPACT_CELLS, _AGE_CELLS, _LEAST_CELLS = 14, 13, 4, 9


def incident_line(row: QueueLine, width: int, *, ascii_only: bool = False) -> Line:
    """An incident's row, ``width`` cells wide; the title takes what the fixed columns leave."""
    owner_cells = 6
    fixed = 5 + 1 + 7 + 1 + _STATE_CELLS + 1 + _AGE_CELLS + 1 + owner_cells
    # Title and impact share their room: the impact ends in one column, the title has what it leaves.
    room = max(width - fixed, 2 * _LEAST_CELLS)
    impact = (
        fit(row.impact, min(cells(row.impact), _IMPACT_CELLS, room - _LEAST_CELLS)) if row.impact else "-"
    )
    title_cells = room - cells(impact) - 1
    severity = row.severity + ("~" if row.provisional else "")
    # A closed one with a control in force still says which state that is in.
    closed = "closed: " if row.closed and row.state != "open" else ""
    title = ("(!) " if row.disputed else "") + closed + row.title
    return (
        Span(fit(severity, 5) + " ", SEVERITY_ROLE.get(row.severity, "warn")),
        Span(fit(row.name, 7), "key"),
        Span(fit(title, title_cells) + " "),
        Span(impact + " ", "text" if row.impact else "dim"),
        Span(fit(state_words(row, ascii_only=ascii_only), _STATE_CELLS) + " ", state_role(row.state)),
        Span(fit(age(row.age_s), _AGE_CELLS, "right") + " ", "dim"),
        Span(fit(row.owner, owner_cells), "text" if row.owner != "-" else "dim"),
    )


def group_line(row: QueueLine, width: int, *, short: str = "") -> Line:
    """A signal group's row: how loud, how many, what, which system, from where, how old.

    With ``short`` its id is shown too, for those who must type it; below 100 columns in place of the source.
    """
    source_cells = 0 if short and width < 100 else 13
    id_cells = 8 if short else 0
    fixed = 9 + id_cells + 6 + 2 + 14 + 1 + source_cells + _AGE_CELLS
    title_cells = max(width - fixed - 1, 8)
    return (
        Span(fit(row.severity, 8) + " ", "warn" if row.severity in ("critical", "high") else "text"),
        Span(fit(short, id_cells), "key"),
        Span(fit(row.name, 6, "right") + "  "),
        Span(fit(row.title, title_cells) + " "),
        Span(fit(row.impact, 14) + " ", "accent" if row.impact != "no system" else "warn"),
        Span(fit(row.owner, source_cells), "dim"),
        Span(fit(age(row.age_s), _AGE_CELLS, "right"), "dim"),
    )


def due_line(state: str, kind: str, system: str, said: str, age_s: float | None, width: int) -> Line:
    """A thing that is due: what kind of thing, of which system, what is the matter, since when; all text gated."""
    shown = mark(state, kind)
    room = max(width - _KIND_CELLS - _SYSTEM_CELLS - _AGE_CELLS - 2, _LEAST_CELLS)
    return (
        Span(fit(shown.text, _KIND_CELLS), shown.role),
        Span(fit(system, _SYSTEM_CELLS) + " ", "accent"),
        Span(fit(said, room) + " "),
        Span(fit("" if age_s is None else age(age_s), _AGE_CELLS, "right"), "dim"),
    )


def state_words(row: QueueLine, *, ascii_only: bool = False) -> str:
    """Containment state as glyph and word: ``open`` would read as if the incident, not the harm, were meant."""
    if row.closed and row.state == "open":
        return "closed"
    shape, word = glyph(row.state, ascii_only=ascii_only), "not stopped" if row.state == "open" else row.state
    gap = " " if cells(shape) + 1 + cells(word) <= _STATE_CELLS else ""
    return f"{shape}{gap}{word}"


def state_role(state: str) -> str:
    """The role in which a containment state is written."""
    if state == "effective":
        return "ok"
    if state in ("failed", "drifted", "partial", "unknown"):
        return "bad"
    return "warn" if state in ("unverified", "attested", "open") else "info"


def rule(title: str, width: int) -> Line:
    """A separator with a title: ``to review -----``."""
    head = f" {title} " if title else " "
    return (Span((head + "-" * max(width - len(head) - 1, 0))[:width], "dim"),)
