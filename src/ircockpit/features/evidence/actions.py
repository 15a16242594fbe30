"""What can be done with evidence: take it into custody, list it, give a checked copy out."""

import hashlib
import os
from pathlib import Path
from typing import Any

from ircockpit.blobs import halves
from ircockpit.blobs.files import READ_SIZE, FileBlobs, Gate
from ircockpit.blobs.manifest import MAX_FILE
from ircockpit.command.action import Result
from ircockpit.command.progress import Sentences, waiting
from ircockpit.core.errors import BadInput, ConflictError, NotFound, RefusedError, StoreError
from ircockpit.core.stated import given, one_of
from ircockpit.features.evidence import queries
from ircockpit.features.evidence.drafts import exhibit_drafts
from ircockpit.features.evidence.events import EXHIBITS
from ircockpit.features.evidence.queries import CLEARED, Exhibit, copy_gate, never_copy
from ircockpit.features.evidence.rules import MAX_ORIGIN
from ircockpit.features.evidence.whereabouts import exhibit_lines, kind_words, whereabouts
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely, words
from ircockpit.inert.gate import clean, filename, line
from ircockpit.render.table import Column, table
from ircockpit.store.names import resolve, short_id
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.state import size


def add(
    station: Workstation, *, file: str, incident: str, origin: str | None = None, clear: bool = False,
    kind: str | None = None,
) -> Result:  # fmt: skip
    """Keep a copy of a file, then record it as an exhibit of an incident.

    The same bytes again in one incident add nothing but the kind, where another one is given. ``clear`` says that the file
    holds nothing that must not be copied.
    Raises :class:`BadInput`, :class:`NotFound`, :class:`RefusedError`, :class:`ConflictError` or :class:`StoreError`
    with nothing recorded.
    """
    _, incident_id = resolve(station.view, incident, "incident")
    called = one_of("kind", kind, EXHIBITS) if kind and kind.strip() else ""
    if not clear:
        stream = str(station.view.rows("SELECT stream FROM incident WHERE id=?", (incident_id,))[0][0])
        _may_copy(station, incident_id, stream)
    with exhibit_drafts(station, incident_id, file, origin, clear=clear, kind=called) as (ident, drafts):
        if added := bool(drafts):
            station.append(drafts)
    found = _kept(station, incident_id, ident)
    if called and _is_new(found, called):
        found = _set_kind(station, found, called)
    place = short_id(station.view, "incident", incident_id)
    if not added:
        said = f"the same bytes are {place}/{found.label} already ({clean(found.name)}); nothing was added"
        said += f"; it is of the kind {called}" if called else ""
    else:
        said = f"kept as {place}/{found.label}, sha256 {found.sha256[:12]}"
    if found.size > MAX_FILE:
        said += f"; larger than {size(MAX_FILE)}, it goes to no hub: carry it in a bundle"
    return Result(
        {**_data(found), "added": added},
        tuple(exhibit_lines(found, offset_minutes=station.shown_offset)),
        said,
    )


def set_kind(station: Workstation, *, exhibit: str, kind: str) -> Result:
    """Say of which kind an exhibit is, so that the playbook sees that it is there."""
    found = queries.exhibit(station.view, exhibit)
    called = one_of("kind", kind, EXHIBITS)
    new = _is_new(found, called)
    after = _set_kind(station, found, called) if new else found
    said = f"{found.label} is {'now' if new else 'already'} of the kind {called}"
    return Result(_data(after), tuple(exhibit_lines(after, offset_minutes=station.shown_offset)), said)


def _is_new(found: Exhibit, kind: str) -> bool:
    return found.kind != kind or "kind" in found.disputed


def _set_kind(station: Workstation, found: Exhibit, kind: str) -> Exhibit:
    said = station.set_field(found.stream, "evidence.set", found.ident, "kind", kind, number=found.number)
    station.append([said])
    return _kept(station, found.incident, found.ident)


def list_all(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """The exhibits of an incident."""
    _, ident = resolve(station.view, incident, "incident")
    rows = queries.exhibits(station.view, ident)
    where = whereabouts(station, rows)
    with safely(safe):
        data = blanked(
            [{**_data(each), "here": its.here, "hub": its.hub} for each, its in zip(rows, where, strict=True)]
        )
        named = [(words(each.name), words(each.by)) for each in rows]
    lines = table(
        (Column("no"), Column("id"), Column("name"), Column("kind"), Column("size", align="right"), Column("sha256"),
         Column("taken in"), Column("by"), Column("here"), Column("hub")),
        [
            (each.label, each.short, name, kind_words(each), size(each.size), each.sha256[:12], each.acquired, by,
             "yes" if its.here else "no", its.hub)
            for each, its, (name, by) in zip(rows, where, named, strict=True)
        ],
    )  # fmt: skip
    said = "" if rows else "no evidence yet; ircockpit evidence add FILE --incident ID takes it in"
    return Result(data, tuple(lines) if rows else (), said)


def clear(station: Workstation, *, exhibit: str, why: str, withdraw: bool = False) -> Result:
    """Record that a file holds nothing which must not be copied, or that this holds no more, and why."""
    found = queries.exhibit(station.view, exhibit)
    reason = given(why, MAX_ORIGIN, "the reason", safe="nothing was recorded")
    value = 0 if withdraw else 1
    station.append(
        [station.set_field(found.stream, CLEARED, found.ident, "clear", value, why=reason, label=found.label)]
    )
    said = "may hold what must not be copied" if withdraw else "holds nothing that must not be copied"
    return Result(
        _data(_kept(station, found.incident, found.ident)),
        (),
        f"{found.label} {said}; your reason is on record",
    )


def export(station: Workstation, *, exhibit: str, to: str) -> Result:
    """Write a copy that hashes to what the record states, and note in the incident that it was given out.

    Never overwrites. Raises :class:`BadInput` where the place is taken, :class:`NotFound` where the exhibit
    is neither on this device nor at the hub, :class:`StoreError` where its copy here is damaged,
    :class:`RefusedError` where it must not be copied.
    """
    found = queries.exhibit(station.view, exhibit)
    gate = copy_gate(station)
    gate(found.sha256)
    place = Path(to)
    if place.is_dir():
        place = place / filename(f"{found.label} {found.name}")
    blobs = FileBlobs(station.profile.blobs)
    _bring(station, blobs, found)
    with waiting(f"writing {line(place.name, 40)}"):
        _copy(blobs, gate, found, place)
    _note(station, found, f"gave out a copy of {found.label}, sha256 {found.sha256[:12]}")
    return Result({**_data(found), "to": str(place)}, (), f"{found.label} written to {place}, hash checked")


def fetch(station: Workstation, *, exhibit: str, stop: bool = False) -> Result:
    """Bring a file that a colleague has kept to this device, and note in the incident that it is here too.

    What was broken off goes on where it was. Raises :class:`NotFound` where the hub has not got it,
    :class:`TrustError` where it hands out another file, and what the link raises.
    """
    found = queries.exhibit(station.view, exhibit)
    blobs = FileBlobs(station.profile.blobs)
    if stop:
        return _stop(blobs, found)
    came = _bring(station, blobs, found)
    if came:
        _note(station, found, f"fetched {found.label} to a further device, sha256 {found.sha256[:12]}")
    elif not blobs.has(found.sha256):
        raise NotFound(
            f"{found.label} is not on this device, and there is no hub to ask",
            fix="bring it here with a bundle",
        )
    said = "fetched and checked" if came else "here already"
    return Result({**_data(found), "fetched": came}, (), f"{found.label}: {said}")


def _may_copy(station: Workstation, incident: str, stream: str) -> None:
    if reason := never_copy(station, incident, stream):
        raise RefusedError(
            reason, safe="nothing was copied or recorded", fix="a file that holds none of it: add --clear"
        )


def _kept(station: Workstation, incident: str, ident: str) -> Exhibit:
    for each in queries.exhibits(station.view, incident):
        if each.ident == ident:
            return each
    # The event is durable; only the view could not follow, and it says why.
    raise station.trouble or ConflictError(
        "the exhibit is recorded; the view cannot show it yet", fix="ircockpit rebuild"
    )


def _stop(blobs: FileBlobs, found: Exhibit) -> Result:
    if not halves.stop(blobs, found.sha256):
        raise ConflictError(f"nobody is fetching {found.label} here", safe="nothing was changed")
    said = f"{found.label}: told to stop; what has arrived is kept, and fetching it again goes on there"
    return Result({**_data(found), "fetched": False}, (), said)


def _note(station: Workstation, found: Exhibit, text: str) -> None:
    body = {"text": text, "exhibit": found.ident}
    station.append([Draft(found.stream, "incident.noted", found.incident, (body,))])


def _bring(station: Workstation, blobs: FileBlobs, found: Exhibit) -> bool:
    """Fetch a file that a colleague has kept from the hub, where it is not here; whether that was needed."""
    if blobs.has(found.sha256) or not station.identity.hub:
        return False
    from ircockpit.sync import exhibits
    from ircockpit.sync.transport import HttpTransport
    from ircockpit.sync.worker import connect

    said, resets = Sentences(), station.log.meta(exhibits.RESETS)
    connection = connect(station.profile, station.identity, HttpTransport, station.clock)
    try:
        exhibits.fetch_blob(
            connection.client, blobs, found.sha256, copy_gate(station), signed=queries.manifest_of(station.view, found.ident),
            transport=lambda: HttpTransport(station.identity.hub), progress=lambda each: said.say(each.words),
        )  # fmt: skip
    finally:
        connection.close()
    exhibits.note_verified(station.log, found.sha256, resets)
    return True


def _copy(blobs: FileBlobs, gate: Gate, found: Exhibit, place: Path) -> None:
    with blobs.open(found.sha256, gate, verify=True) as source:
        try:
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        except FileExistsError:
            raise BadInput(
                f"{place.name} is there already",
                safe="it was not touched",
                fix="name a file that is not there yet",
            ) from None
        except OSError as error:
            raise BadInput(
                f"{place.name} cannot be written: {error.strerror}",
                safe="nothing was written",
                fix="name another place",
            ) from None
        try:
            digest = hashlib.sha256()
            with os.fdopen(handle, "wb") as target:
                while chunk := source.read(READ_SIZE):
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            if digest.hexdigest() != found.sha256:
                raise StoreError(
                    "the exhibit changed while it was copied", fix="check this disk: ircockpit doctor"
                )
        except OSError as error:
            place.unlink(missing_ok=True)
            raise StoreError(
                f"writing {place.name} failed: {error.strerror}", safe="the exhibit is kept; the half copy was removed",
                fix="free space there, or name another place",
            ) from None  # fmt: skip
        except BaseException:
            place.unlink(missing_ok=True)
            raise


def _data(each: Exhibit) -> dict[str, Any]:
    return each._asdict()
