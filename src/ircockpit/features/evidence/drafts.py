"""Taking a file into custody, whoever does: a copy is kept, then it is recorded as an exhibit of its incident."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ircockpit.blobs.files import Blob, FileBlobs
from ircockpit.command.progress import waiting
from ircockpit.core.errors import BadInput
from ircockpit.core.occurred import from_wall
from ircockpit.core.scopes import TEAM
from ircockpit.features.evidence import queries
from ircockpit.features.evidence.rules import MAX_NAME, MAX_ORIGIN, Numbered, exhibit_id, next_number
from ircockpit.inert.gate import line, summary
from ircockpit.store.workstation import Draft, Workstation


@contextmanager
def exhibit_drafts(
    station: Workstation,
    incident: str,
    file: str,
    origin: str | None,
    *,
    clear: bool = False,
    kind: str = "",
    scope: str = TEAM,
) -> Iterator[tuple[str, list[Draft]]]:
    """Keep a copy of a file: the exhibit's id, and what records it, which is nothing where it is one already.

    What it gives is appended inside, since nobody else gives out a number meanwhile. ``clear``: it holds none of what
    must not be copied. ``kind``: what it is to playbooks. ``scope`` says who may read the entry; the file of a restricted
    one goes to no hub by itself.

    Raises :class:`BadInput`, :class:`NotFound`, :class:`ConflictError` or :class:`StoreError`.
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
        drafts = []
        if not any(each.ident == ident for each in known):
            number = next_number(Numbered(each.ident, each.number, (0, "")) for each in known)
            parts = _parts(station, incident, number, called, blob, words, clear=clear, kind=kind)
            drafts.append(Draft(stream, "evidence.added", ident, parts, scope=scope))
        yield ident, drafts


def _parts(
    station: Workstation,
    incident: str,
    number: int,
    called: str,
    blob: Blob,
    origin: str,
    *,
    clear: bool,
    kind: str,
) -> tuple[dict[str, Any], ...]:
    acquired = from_wall(station.clock.wall_us(), station.clock.offset_minutes())
    name = os.fsencode(called).decode("utf-8", "replace")
    shown = summary(name, MAX_NAME) or "unnamed"
    facts = {
        "incident": incident, "number": number, "sha256": blob.sha256, "size": blob.size, "acquired": acquired,
        "manifest": blob.manifest, **({"clear": 1} if clear else {}),
        **({"kind": kind} if kind else {}),
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
