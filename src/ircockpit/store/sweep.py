"""One device doing what erasures and narrowings ask of it, and saying so once nothing of it is left here."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.blobs import halves
from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.pages import REWRITE_BYTES, rewrite
from ircockpit.core.errors import BadInput
from ircockpit.core.ids import named_uuid
from ircockpit.core.roles import LEAD
from ircockpit.ledger.fields import DIGEST
from ircockpit.ledger.parts import read_part
from ircockpit.ledger.withdrawal import DONE
from ircockpit.store import erasing, remembered, underway
from ircockpit.store.locks import held_now
from ircockpit.store.room import clear, rooms
from ircockpit.store.sqlite import disk_error, told
from ircockpit.store.workstation import Draft

if TYPE_CHECKING:
    from ircockpit.ledger.envelope import Envelope
    from ircockpit.store.erasing import Going
    from ircockpit.store.log import Log
    from ircockpit.store.logwriter import LogWriter
    from ircockpit.store.profile import Profile
    from ircockpit.store.workstation import Workstation

READ_BYTES = 1 << 20
LEFT = "erase.left"
"""Log setting: files in the profile that held what was erased and were not the sweep's to remove, as a JSON list."""
_NEEDLE = 16
"""Bytes of a text at least before a file is taken for a copy of it."""
_LIVE = re.compile(
    r"(?:log|view)\.db(?:-wal|-shm)?|view\.db\.(?:ready|build)|profile\.json|lane\.mark|(?:.+\.)?lock"
)
_VIEW_COPY = re.compile(r"view\.db\..+|copied\.txt")
"""Copies of what the record says in a form in which it cannot be looked for."""
_OWN_COPY = re.compile(r"(?:log|view)\.db\..+|profile\.json\..+|copied\.txt")
_IN_THE_MAKING = re.compile(r"view\.db\.new.*")


class Swept(NamedTuple):
    """What one sweep took away."""

    parts: int
    files: int


def carry_out(station: "Workstation", at_most: int = REWRITE_BYTES, *, put_back: bool = False) -> Swept:
    """Take away what is to go, also from free pages, and confirm each erasure of which nothing is left here.

    Where the log was ``put_back``, what this device had erased goes again, although nothing in it asks for that.

    Called again after being cut off, it does what is left. A database that somebody is reading at this moment,
    or that is larger than ``at_most`` bytes, keeps its free pages until a later call.
    """
    log = station.log
    if not station.identity.hub:
        erasing.settle_alone(log, lambda envelope: _decides(station, envelope))
    swept = _take_away(station, put_back) if put_back or erasing.due(log) else Swept(0, 0)
    station.view.catch_up(log)
    if station.view.due:
        return swept  # the view that somebody makes anew, and the old one that goes with that, come first
    if log.meta(erasing.TRACES) == erasing.TO_REWRITE:
        for base in (log, station.view):
            with told(base.path):
                if not rewrite(base.db, base.path, at_most):
                    return swept
        _note(log, erasing.TO_CONFIRM)
    if log.meta(erasing.TRACES) == erasing.TO_CONFIRM:
        _confirm(station)
        _note(log, "")
    return swept


def _decides(station: "Workstation", envelope: "Envelope") -> bool:
    """Whether its author is a lead as far as is known without a hub: one's own, or the organisation's, or its authority."""
    me, user = station.identity, envelope.actor
    if (user == me.user and not me.org_root) or envelope.stream == me.authority_stream:
        return True
    rows = station.view.rows(
        "SELECT 1 FROM membership WHERE user=? AND stream=? AND role=? AND disputed NOT LIKE '%role%'",
        (user, me.authority_stream, LEAD),
    )
    return bool(me.authority_stream) and bool(rows)


def _note(log: "Log", traces: str) -> None:
    with log.writing() as writer:
        writer.set_meta(erasing.TRACES, traces)


def _take_away(station: "Workstation", put_back: bool) -> Swept:
    log, me, listed = station.log, station.identity, station.erased_list
    with log.writing() as writer:
        known = remembered.read(listed) if put_back else {}
        if known:
            remembered.know(writer, known)
        found = _together([*erasing.going(log, me.device), *remembered.held(log, known)])
        apart = {each.stored.arrival: each.parts for each in found}
        if listed is not None:  # first: a log that is put back after this is brought in line with it
            remembered.note(writer, listed, _for_good(log, found, known))
        # Files first: cut off after this, the parts that name them are still here and it is done again.
        _clear_copies(station.profile, log, writer, found)
        files = _drop_files(station, found, apart)
        for each in found:
            for index in each.parts:
                writer.take_away(each.stored.arrival, index)
            if each.parts or any(part.data is None for part in each.stored.event.parts):
                writer.fold_again(each.stored.arrival)
        taken = sum(len(each.parts) for each in found)
        if taken or log.meta(erasing.TRACES) != erasing.TO_REWRITE:
            writer.set_meta(erasing.TRACES, erasing.TO_REWRITE if taken else erasing.TO_CONFIRM)
        erasing.note_swept(log, writer)
    if any(_names(each, me.user) for each in found if each.parts):
        station.rename("")
    return Swept(taken, files)


def _together(found: "list[Going]") -> "list[Going]":
    """One for each event, of all its parts that were named."""
    by_event: dict[int, Going] = {}
    for each in found:
        before = by_event.setdefault(each.stored.arrival, each)
        by_event[each.stored.arrival] = each._replace(parts=before.parts | each.parts)
    return list(by_event.values())


def _for_good(
    log: "Log", found: "list[Going]", known: remembered.Named
) -> Iterator[tuple[str, str, frozenset[int]]]:
    """What goes because it was erased, and not for its readers, and is not on the list yet: stream, event, parts."""
    for each in found:
        event, stream = each.stored.event, each.stored.event.envelope.stream
        new = each.parts & erasing.erased(log, event) - known.get(stream, {}).get(event.id, frozenset())
        if new:
            yield stream, event.id, new


def _names(each: "Going", user: str) -> bool:
    """Whether what goes of an entry is what somebody is called."""
    envelope = each.stored.event.envelope
    if envelope.type == "member.added":
        return bool(_object(each, 0).get("user") == user)
    return envelope.type.startswith("person.") and envelope.ent == user


def _drop_files(station: "Workstation", found: "list[Going]", apart: dict[int, frozenset[int]]) -> int:
    blobs = FileBlobs(station.profile.blobs)
    wanted: set[str] = set()
    for stream in erasing.directed(station.log):
        wanted |= erasing.withdrawal(station.log, stream).files_to_go()
    wanted |= {sha256 for each in found for sha256 in _files_of(each)}
    gone = 0
    for sha256 in sorted(wanted):
        held = blobs.has(sha256) or halves.begun(blobs, sha256)
        if held and not erasing.named_elsewhere(station.log, sha256, apart):
            blobs.remove(sha256)
            gone += 1
    if wanted:
        blobs.sweep()
    return gone


def _files_of(each: "Going") -> Iterator[str]:
    for index in each.parts:
        for value in _values(_object(each, index)):
            if DIGEST.holds(value):
                yield value


def _object(each: "Going", index: int) -> dict[str, Any]:
    try:
        return read_part(each.stored.event.parts[index]) or {}
    except BadInput:
        return {}


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _values(each)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each)


def _clear_copies(profile: "Profile", log: "Log", writer: "LogWriter", found: "list[Going]") -> None:
    """Remove copies of the profile's own databases that hold what goes, and what killed writers left half-written.

    Anything else that holds some of it is named and kept: a snapshot is needed to revert, and what others have put
    in this folder is theirs.
    """
    if not any(each.parts for each in found):
        return
    FileBlobs(profile.blobs).sweep()
    for each in rooms(profile.folder):
        clear(each)
    needles = _needles(found)
    _clear_runs(profile, log, found, needles)
    left: set[str] = set(json.loads(log.meta(LEFT) or "[]"))
    for path in _others(profile):
        beside = path.parent == profile.folder
        try:
            if beside and _IN_THE_MAKING.fullmatch(path.name):
                _remove_abandoned(profile, path)
            elif (beside and _VIEW_COPY.fullmatch(path.name)) or _holds(path, needles):
                if beside and _OWN_COPY.fullmatch(path.name):
                    path.unlink(missing_ok=True)
                else:
                    left.add(path.relative_to(profile.folder).as_posix())
        except FileNotFoundError:
            continue
        except OSError as error:
            raise disk_error(path, error) from error
    writer.set_meta(LEFT, json.dumps(sorted(left)))


def _clear_runs(profile: "Profile", log: "Log", found: "list[Going]", needles: list[bytes]) -> None:
    """Remove the answers of runs under way to what goes; whoever sends them finds them gone, and sends no more."""
    going = [each for each in found if each.parts]
    values = (value for each in going for index in each.parts for value in _values(_object(each, index)))
    envelopes = (each.stored.event.envelope for each in going)
    things = {each.ent for each in envelopes if each.type in underway.CAUSES}
    holding = (each for each in underway.journals(profile.folder) if _holds(each, needles))
    for path in {*underway.about(profile.folder, log, things, values), *holding}:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(path, error) from error


def _remove_abandoned(profile: "Profile", path: Path) -> None:
    """What a killed process left of a view in the making; one that is being made folds what goes in again."""
    with held_now(profile.view_db.with_name(f"{profile.view_db.name}.build")) as ours:
        if ours:
            path.unlink(missing_ok=True)


def _others(profile: "Profile") -> Iterator[Path]:
    """Files in the profile beside its live databases, keys, connectors, evidence files, and the data of a hub."""
    spared = (
        profile.keys,
        profile.connectors,
        profile.blobs,
        *profile.hubs(),
    )
    for path in sorted(profile.folder.rglob("*")):
        live = path.parent == profile.folder and _LIVE.fullmatch(path.name)
        if path.is_symlink() or not path.is_file() or live:
            continue
        if not any(folder in path.parents for folder in spared):
            yield path


def _needles(found: "list[Going]") -> list[bytes]:
    needles = []
    for each in found:
        for index in each.parts:
            needles.append(each.stored.event.parts[index].salt or b"")
            # A word without a space may be an id that stands in many places; words of people have some.
            needles += [value.encode()[:256] for value in _values(_object(each, index)) if " " in value]
    return [needle for needle in needles if len(needle) >= _NEEDLE]


def _holds(path: Path, needles: list[bytes]) -> bool:
    keep = max(map(len, needles), default=1) - 1
    before = b""
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            text = before + chunk
            if any(needle in text for needle in needles):
                return True
            before = text[-keep:] if keep else b""
    return False


def _confirm(station: "Workstation") -> None:
    """Say ``erasure.done`` for each erasure that counts and of which nothing is held here any more."""
    log, me = station.log, station.identity.device
    kept = {each.stored.event.id for each in erasing.going(log, me) if each.parts}
    for stream in erasing.directed(log):
        found = erasing.withdrawal(log, stream)
        for order in found.orders:
            place, ent = erasing.done_at(station.identity, stream, order)
            clear = not kept & order.named.keys() and not any(map(found.held, order.named))
            if clear and order.ent and not _said_done(station, place, ent):
                # The same act on every window and command of this profile: it is said once.
                op = named_uuid("erasure done", order.event_id, me)
                station.append([Draft(place, DONE, ent, ({"order": order.event_id},))], op=op)


def _said_done(station: "Workstation", stream: str, ent: str) -> bool:
    rows = station.view.rows(
        "SELECT 1 FROM entry WHERE ent=? AND stream=? AND type=? AND device=? LIMIT 1",
        (ent, stream, DONE, station.identity.device),
    )
    return bool(rows)
