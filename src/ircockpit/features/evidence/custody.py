"""Taking a file into custody: a copy is kept, then it is an exhibit of its incident."""

import os
from pathlib import Path
from typing import Any

from ircockpit.blobs.files import Blob, FileBlobs
from ircockpit.command.progress import waiting
from ircockpit.core.errors import BadInput, ConflictError
from ircockpit.core.occurred import from_wall
from ircockpit.core.scopes import TEAM
from ircockpit.features.evidence import queries
from ircockpit.features.evidence.queries import Exhibit
from ircockpit.features.evidence.rules import MAX_NAME, MAX_ORIGIN, Numbered, exhibit_id, next_number
from ircockpit.inert.gate import line, summary
from ircockpit.store.workstation import Draft, Workstation


def take_in(
    station: Workstation, incident: str, file: str, origin: str | None, *, scope: str = TEAM
) -> tuple[Exhibit, bool]:
    """The exhibit that a file of an incident (UUID) is now, and whether it was none before.

    ``scope`` says who may read the entry; the file of a restricted one goes to no hub by itself.
    Raises :class:`BadInput`, :class:`NotFound`, :class:`ConflictError` or :class:`StoreError` with nothing recorded.
    """
    words = _origin(origin)
    stream = str(station.view.rows("SELECT stream FROM incident WHERE id=?", (incident,))[0][0])
    called = Path(file).name
    with waiting(f"keeping {line(called, 40)}"):
        blob = FileBlobs(station.profile.blobs).put_path(file)
    ident = exhibit_id(incident, blob.sha256)
    with station.profile.lock():  # two commands at once must not give one number twice
        station.refresh()
        known = queries.exhibits(station.view, incident)
        present = next((each for each in known if each.ident == ident), None)
        if present is None:
            number = next_number(Numbered(each.ident, each.number, (0, "")) for each in known)
            parts = _parts(station, incident, number, called, blob, words)
            station.append([Draft(stream, "evidence.added", ident, parts, scope=scope)])
    return present or _one(station, incident, ident), present is None


def _parts(
    station: Workstation, incident: str, number: int, called: str, blob: Blob, origin: str
) -> tuple[dict[str, Any], ...]:
    acquired = from_wall(station.clock.wall_us(), station.clock.offset_minutes())
    name = os.fsencode(called).decode("utf-8", "replace")
    shown = summary(name, MAX_NAME) or "unnamed"
    facts = {
        "incident": incident, "number": number, "sha256": blob.sha256, "size": blob.size, "acquired": acquired,
        "manifest": blob.manifest,
    }  # fmt: skip
    # Free text is a part of its own, so that it can be taken away while the facts and every proof stay.
    parts: list[dict[str, Any]] = [facts, {"name": shown}, {"origin": origin}]
    if shown != name:
        parts.append({"file_name": name})
    return tuple(parts)


def _origin(origin: str | None) -> str:
    words = (origin or "").strip()
    if len(words) > MAX_ORIGIN:
        raise BadInput(f"the origin is longer than {MAX_ORIGIN:,} characters", safe="nothing was recorded")
    return words.encode("utf-8", "replace").decode()


def _one(station: Workstation, incident: str, ident: str) -> Exhibit:
    for each in queries.exhibits(station.view, incident):
        if each.ident == ident:
            return each
    # The event is durable; only the view could not follow, and it says why.
    raise station.trouble or ConflictError(
        "the exhibit is recorded; the view cannot show it yet", fix="ircockpit rebuild"
    )
