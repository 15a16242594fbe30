"""Taking a file into custody: a copy is kept, then it is an exhibit of its incident."""

import os
from pathlib import Path
from typing import Any

from ircockpit.blobs.files import Blob, FileBlobs
from ircockpit.command.progress import waiting
from ircockpit.core.errors import BadInput, ConflictError
from ircockpit.core.occurred import from_wall
from ircockpit.features.evidence import queries
from ircockpit.features.evidence.queries import Exhibit
from ircockpit.features.evidence.rules import MAX_NAME, MAX_ORIGIN, Numbered, exhibit_id, next_number
from ircockpit.inert.gate import line, summary
from ircockpit.store.workstation import Draft, Workstation


def take_in(
    station: Workstation, incident: str, file: str, origin: str | None, *, kind: str = "", clear: bool = False
) -> tuple[Exhibit, bool]:
    """The exhibit that a file of an incident (UUID) is now, and whether it was none before.

    Of one that is there already, what is said of it now takes the place of what was said before.

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
            stated = {**({"kind": kind} if kind else {}), **({"clear": "yes"} if clear else {})}
            parts = _parts(station, incident, number, called, blob, words, stated)
            station.append([Draft(stream, "evidence.added", ident, parts)])
        else:
            state(station, present, kind=kind, clear=clear)
    return _one(station, incident, ident), present is None


def state(station: Workstation, exhibit: Exhibit, *, kind: str = "", clear: bool = False) -> bool:
    """Say of an exhibit of which kind it is, and that it may be copied; whether any of that was new."""
    new = [("kind", kind)] if kind and (kind != exhibit.kind or "kind" in exhibit.disputed) else []
    new += [("clear", "yes")] if clear and not exhibit.clear else []
    drafts = [
        station.set_field(exhibit.stream, "evidence.set", exhibit.ident, field, value, number=exhibit.number)
        for field, value in new
    ]
    if drafts:
        station.append(drafts)
    return bool(drafts)


def _parts(
    station: Workstation,
    incident: str,
    number: int,
    called: str,
    blob: Blob,
    origin: str,
    stated: dict[str, Any],
) -> tuple[dict[str, Any], ...]:
    acquired = from_wall(station.clock.wall_us(), station.clock.offset_minutes())
    name = os.fsencode(called).decode("utf-8", "replace")
    shown = summary(name, MAX_NAME) or "unnamed"
    facts = {
        "incident": incident, "number": number, "sha256": blob.sha256, "size": blob.size, "acquired": acquired,
        "manifest": blob.manifest, **stated,
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
