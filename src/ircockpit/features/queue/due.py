"""What is due besides incidents and signals: controls that wait for people, runs to repeat, and what keeps a system unready."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.filters import WORD, Term
from ircockpit.features.containment.queries import asked_rows, proofs_left
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.queue.queries import DUE_KEY
from ircockpit.features.readiness.queries import orphans, readiness, row_key, state_of_wait, weight
from ircockpit.features.readiness.rules import STUCK
from ircockpit.features.replay.queries import due_watches
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import line

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

MOST = 12
"""Rows in all: what is due must not push itself in front of what is open."""
OF_A_SYSTEM = 4
"""Rows of one system's readiness."""
INCIDENTS = 20
"""Incidents whose controls are asked about, the newest first."""
WORDS_CELLS, NAME_CELLS = 120, 40
LOUD, CONTROLS, RUNS, READY = range(4)


class DueRow(NamedTuple):
    """One thing that is due."""

    key: str
    """Begins with :data:`DUE_KEY`."""
    rank: int
    state: str
    """The state whose glyph it wears."""
    kind: str
    """In a word of the program: ``approve``, ``overdue``, ``run``, ``proof``, ``secret``."""
    system: str
    """Its name, gated; empty where none is known."""
    said: str
    """What is the matter, gated."""
    since_us: int
    place: str
    """Name of the place where it is done."""
    incident: str
    """The incident of that place, empty for none."""
    at: str = ""
    """Key of the row there that it is about."""
    how: str = ""
    """The command that does away with it, gated; empty where its place says how."""

    @property
    def is_stuck(self) -> bool:
        """Whether a control may still be on because of it."""
        return self.rank == LOUD


class Due(NamedTuple):
    """What is due: rows that are shown, and how many more there are."""

    rows: tuple[DueRow, ...]
    more: int


def due(station: "Workstation") -> Due:
    """Everything that is due on this device: what is loudest first, then by system, capped."""
    found = everything(station)
    shown: list[DueRow] = []
    of_system: dict[str, int] = {}
    for row in found:
        of_system[row.system] = of_system.get(row.system, 0) + (row.rank == READY)
        if len(shown) < MOST and (row.rank != READY or of_system[row.system] <= OF_A_SYSTEM):
            shown.append(row)
    return Due(tuple(shown), len(found) - len(shown))


def everything(station: "Workstation") -> list[DueRow]:
    """The same without a cap, for a command."""
    found = [*_controls(station), *_runs(station), *_unready(station)]
    return sorted(found, key=lambda row: (row.rank != LOUD, row.system, row.rank))


def matching(rows: Sequence[DueRow], terms: Sequence[Term]) -> tuple[DueRow, ...]:
    """Those of which a filter holds: words are looked for, any other question is none of theirs."""
    return tuple(row for row in rows if all(_holds(row, term) for term in terms))


def _holds(row: DueRow, term: Term) -> bool:
    if term.field == "is":
        return ("due" in term.values) != term.negated
    if term.field == "system":
        return any(str(value) in row.system.casefold() for value in term.values) != term.negated
    if term.field != WORD:
        return False
    text = f"{row.kind} {row.system} {row.said}".casefold()
    return all(str(value) in text for value in term.values) != term.negated


def data_of(row: DueRow) -> dict[str, Any]:
    """A row as ``--json`` prints it."""
    return {
        "kind": row.kind, "state": row.state, "system": row.system, "said": row.said, "since_us": row.since_us,
        "incident": row.incident, "command": row.how,
    }  # fmt: skip


_STATES = {
    "approve": "working",
    "send": "working",
    "review": "unverified",
    "overdue": "failed",
    "drifted": "failed",
}


def _controls(station: "Workstation") -> Iterator[DueRow]:
    known = dict(station.view.rows("SELECT id, name FROM system"))
    for ask in asked_rows(station, INCIDENTS):
        row = ask.row
        yield DueRow(
            _key("action", row.ident, ask.kind), CONTROLS, _STATES.get(ask.kind, "unknown"), ask.kind,
            _name(str(known.get(row.system) or "")), f"{row.short} {line(ask.words, WORDS_CELLS)}", row.at_us, "containment",
            row.incident,
        )  # fmt: skip


def _runs(station: "Workstation") -> Iterator[DueRow]:
    found = due_watches(station.view, station.clock.wall_us())[:MOST]
    of = {each.ident: each for each in incidents(station.view, [row.incident for row in found])}
    for row in found:
        where = "from here" if row.device == station.identity.device else "from a colleague's device"
        system = of[row.incident].system_name if row.incident in of else ""
        yield DueRow(
            _key("watch", row.ident), RUNS, "working", "run", _name(system), f"{row.short} is to be sent again, {where}",
            row.due_us, "replay", row.incident,
        )  # fmt: skip


def _unready(station: "Workstation") -> Iterator[DueRow]:
    left = {(each.system, each.control): each for each in proofs_left(station) if not each.running}
    for stands in readiness(station):
        name = _name(stands.system.name)
        waits = sorted(stands.waits, key=lambda each: weight(each.kind))
        for each in waits:
            what = words(line(each.what, WORDS_CELLS))
            on = left.get((stands.system.ident, each.what)) if each.kind == STUCK else None
            said = (
                f"{what} {each.words}"
                if each.kind == STUCK
                else f"{words(line(each.words, WORDS_CELLS))}: {what}"
            )
            yield DueRow(
                _key("ready", stands.system.ident, each.kind, each.what), LOUD if each.kind == STUCK else READY,
                state_of_wait(each), each.kind, name, said if what else each.words, each.since_us, "readiness", "",
                row_key(stands, each), words(on.how_back(stands.system.name)) if on else "",
            )  # fmt: skip
    for lost in orphans(station):
        yield DueRow(
            _key("ready", lost.name), LOUD, "failed", STUCK, "", words(lost.said("")), lost.at_us, "readiness", "",
            how=words(lost.how_back("")),
        )  # fmt: skip


def _name(name: str) -> str:
    return words(line(name, NAME_CELLS), "a system")


def _key(*parts: str) -> str:
    from ircockpit.core.digest import sha256

    return DUE_KEY + sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:24]
