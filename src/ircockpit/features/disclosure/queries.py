"""The matrix that holds here, the markings of an incident, and what of a paper goes to an audience."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.command.progress import tell
from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.stated import text
from ircockpit.features.disclosure.events import INTERNAL as INTERNAL
from ircockpit.features.disclosure.rules import (
    Matrix,
    Said,
    combined,
    markings,
    read_matrix,
    release,
)
from ircockpit.features.disclosure.rules import Piece as Piece
from ircockpit.features.disclosure.rules import Released as Released
from ircockpit.features.disclosure.rules import classes_of as classes_of
from ircockpit.features.ownfiles import one

if TYPE_CHECKING:
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

FILE = "disclosure.yaml"
MAX_FILE = 64 * 1024
RAISED, LOWERED = "disclosure.raised", "disclosure.lowered"


def shipped() -> Matrix:
    """The matrix of the program."""
    place = Path(__file__).with_name("matrix.yaml")
    return read_matrix(place.read_bytes(), place.name)


def matrix_of(station: "Workstation") -> Matrix:
    """The matrix of the profile, where it has one, else that of the program. Raises :class:`BadInput` for a wrong one."""
    place = one(station.profile.folder, FILE)
    try:
        with place.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        return shipped()
    except OSError as error:
        raise BadInput(f"{FILE} cannot be read: {error.strerror}", safe="nothing was given out") from None
    return read_matrix(raw, FILE)


def check_file(raw: bytes) -> None:
    """Raise :class:`BadInput` for a matrix that would not be used."""
    read_matrix(raw, FILE)


def said_of(view: "View", incident: str) -> list[Said]:
    """What people have said of the markings of an incident (UUID)."""
    found = view.rows(
        "SELECT event_id, type, body FROM entry WHERE ent=? AND doubt='' AND type IN (?,?) ORDER BY lam, event_id",
        (incident, RAISED, LOWERED),
    )
    rows = []
    for event_id, type_, body in found:
        facts = json.loads(body)
        over = facts.get("over")
        seen = tuple(map(str, over)) if isinstance(over, list) else ()
        rows.append(Said(event_id, text(facts.get("class")), text(facts.get("tlp")), type_ == LOWERED, seen))
    return rows


def marks_of(station: "Workstation", incident: str, matrix: Matrix) -> dict[str, str]:
    """The marking of each class in an incident (UUID)."""
    return markings(matrix, said_of(station.view, incident))


def given_out(
    station: "Workstation", pieces: Iterable[Piece], audience: str, incidents: Sequence[str]
) -> Released:
    """What of a paper about these incidents (UUIDs) goes to an audience: everything that leaves asks here.

    A matrix of the profile that is wrong keeps everything inside; what stays inside is not kept up by it.
    """
    try:
        matrix = matrix_of(station)
    except BadInput as error:
        if audience != INTERNAL:
            raise
        tell(f"{error.what}; the matrix of the program holds meanwhile")
        matrix = shipped()
    marks = combined([marks_of(station, each, matrix) for each in incidents], matrix)
    return release(pieces, audience, matrix, marks)


def check_inside(audience: str, what: str) -> None:
    """Raise :class:`RefusedError` for what is done inside alone."""
    if audience != INTERNAL:
        raise RefusedError(
            f"{what} is inside alone", safe="nothing was recorded or written", fix="leave out --for"
        )
