"""What can be done about disclosure: look at what may go to whom, raise a marking, lower one."""

from pathlib import Path

from ircockpit.command.action import Result
from ircockpit.core.errors import NotFound, RefusedError
from ircockpit.core.roles import Capability, roles_with
from ircockpit.core.stated import given
from ircockpit.features.disclosure.events import AUDIENCES, CLASSES, EVERYTHING
from ircockpit.features.disclosure.queries import (
    LOWERED,
    MAX_FILE,
    RAISED,
    marks_of,
    matrix_of,
    said_of,
)
from ircockpit.features.disclosure.rules import Matrix, goes, live, markings, name_of, rank, read_matrix
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.incidents.queries import incident as find_incident
from ircockpit.features.membership.queries import why_not
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.render.table import Column, table
from ircockpit.store.workstation import Draft, Workstation

MAX_WHY = 2000


def show(
    station: Workstation, *, incident: str | None = None, audience: str | None = None, file: str | None = None
) -> Result:
    """What may go to whom, in general or of one incident. Raises :class:`BadInput` for a file that is wrong."""
    matrix = _from(Path(file).expanduser()) if file else matrix_of(station)
    row = find_incident(station.view, incident) if incident else None
    marks = marks_of(station, row.ident, matrix) if row else {}
    return _shown(matrix, marks, row, audience or "")


def raise_(station: Workstation, *, incident: str, about: str, tlp: str, why: str = "") -> Result:
    """Raise a marking. Raises :class:`RefusedError` where it would not be raised by it."""
    row, matrix, now = _now(station, incident, about)
    if rank(tlp) <= rank(now):
        raise RefusedError(
            f"{name_of(about)} of {row.short} is TLP:{now} already", safe="nothing was changed",
            fix=f"to lower it, a lead says: ircockpit disclosure lower {row.short} {about} {tlp} --why REASON",
        )  # fmt: skip
    parts = (
        {"class": about, "tlp": tlp},
        *([{"why": _reason(why)}] if why.strip() else []),
    )
    station.append([Draft(row.stream, RAISED, row.ident, parts)])
    return _done(station, row, matrix, about, tlp)


def lower(station: Workstation, *, incident: str, about: str, tlp: str, why: str) -> Result:
    """Lower a marking; for a lead, with a reason. Raises :class:`RefusedError`."""
    if refused := why_not(station, roles_with(Capability.LEAD)):
        raise RefusedError(refused, safe="nothing was changed", fix="ask a lead to lower it")
    row, matrix, now = _now(station, incident, about)
    if rank(tlp) >= rank(now):
        raise RefusedError(
            f"{name_of(about)} of {row.short} is TLP:{now}: that is no more than TLP:{tlp}", safe="nothing was changed",
            fix=f"to raise it: ircockpit disclosure raise {row.short} {about} {tlp}",
        )  # fmt: skip
    over = list(live(said_of(station.view, row.ident), about))
    facts = {"class": about, "tlp": tlp, "over": over}
    station.append(
        [
            Draft(
                row.stream,
                LOWERED,
                row.ident,
                (facts, {"why": _reason(why)}),
            )
        ]
    )
    return _done(station, row, matrix, about, tlp)


def _now(station: Workstation, incident: str, about: str) -> tuple[IncidentRow, Matrix, str]:
    """The incident, the matrix, and the marking that was given to the class itself, or to the whole."""
    row, matrix = find_incident(station.view, incident), matrix_of(station)
    own = [each for each in said_of(station.view, row.ident) if each.about == about]
    if about != EVERYTHING:
        return row, matrix, markings(matrix, own)[about]
    whole = [each for each in own if each.event_id in live(own, EVERYTHING)]
    return row, matrix, max((each.tlp for each in whole), key=rank, default="CLEAR")


def _done(station: Workstation, row: IncidentRow, matrix: Matrix, about: str, tlp: str) -> Result:
    marks = marks_of(station, row.ident, matrix)
    above = about != EVERYTHING and marks[about] != tlp
    more = f"; the whole of {row.short} is TLP:{marks[about]}, and that holds" if above else ""
    return Result(
        _shown(matrix, marks, row, "").data, (), f"{name_of(about)} of {row.short} is TLP:{tlp} now{more}"
    )


def _shown(matrix: Matrix, marks: dict[str, str], row: IncidentRow | None, audience: str) -> Result:
    listed = [audience] if audience else list(AUDIENCES)
    rules = [
        (
            name,
            marks.get(name, rule.marking),
            [each for each in listed if goes(name, each, matrix, marks)],
            rule.why,
        )
        for name, rule in matrix.classes.items()
    ]
    data = {
        "incident": row.ident if row else "", "audiences": {each: f"TLP:{matrix.upto[each]}" for each in listed},
        "classes": [
            {"class": name, "tlp": f"TLP:{tlp}", "goes_to": to, "why": why} for name, tlp, to, why in rules
        ],
    }  # fmt: skip
    lines: list[Line] = table(
        [
            Column("class", None, "left", "key"),
            Column("marking"),
            Column("goes to"),
            Column("what it is", None, "left", "dim"),
        ],
        [(name, f"TLP:{tlp}", ", ".join(to) or "nobody", CLASSES[name]) for name, tlp, to, _ in rules],
    )
    lines.append(
        (Span(" ".join(f"{each} is handed TLP:{matrix.upto[each]} at most." for each in listed), "dim"),)
    )
    return Result(data, tuple(lines))


def _from(place: Path) -> Matrix:
    try:
        with place.open("rb") as file:
            return read_matrix(file.read(MAX_FILE + 1), clean(place.name))
    except OSError as error:
        raise NotFound(f"{place.name} cannot be read: {error.strerror}", fix="check the path") from None


def _reason(why: str) -> str:
    return given(why, MAX_WHY, "the reason", safe="nothing was changed")
