"""A profile's backup: one state of it as a folder of plain files with their hashes, and back again as a profile."""

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.blobs.files import Gate, let_out
from ircockpit.core.errors import BadInput, NotFound, RefusedError, StoreError
from ircockpit.store.log import Log
from ircockpit.store.profile import Identity, Profile, write_file
from ircockpit.store.replacing import take_place
from ircockpit.store.room import room
from ircockpit.store.sqlite import DiskError, disk_error, engine, told

FORMAT = 1
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
_READ = 1 << 20
_PAGES = 4096
_LEFT_OUT = frozenset({"log.db", "lane.mark", "lock", "migrate.lock", "check.due", "copied.txt"})
"""Copied another way, or about this place and these processes only."""

_ESCAPED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
"""How ``sha256sum`` writes what a name may hold and a line may not."""

Heard = Callable[[int], None]


class Manifest(NamedTuple):
    """What a backup says of itself."""

    made: str
    """When, RFC 3339 in UTC."""
    device: str
    org: str
    name: str
    hub: str
    events: int
    tip: str
    """Id of the newest event in it."""
    keys: bool
    blobs: bool


class Made(NamedTuple):
    """A backup that lies where it was to."""

    manifest: Manifest
    new: bool
    """``False`` where this very state lay there already."""
    held_back: tuple[str, ...]
    """Hashes of files that must not be copied, and are not in it."""


def make_backup(
    profile: Profile, to: Path, made: str, gate: Gate, *, keys: bool, blobs: bool, heard: Heard
) -> Made:
    """Write one state of the profile to a folder, or to a file where the name ends in ``.tar``.

    Others may write meanwhile. Files of the store go along that ``gate`` lets out. Raises
    :class:`RefusedError` where something else does, :class:`StoreError` where it cannot be written; what is
    named ``to`` is whole or not there.
    """
    to = to.absolute()
    if to.is_dir() and not (to / SUMS).exists():
        raise _taken(to)
    with room(to) as making, _told(to):
        folder = making / "backup"
        folder.mkdir(mode=0o700)
        manifest, held_back = _fill(profile, folder, made, gate, keys=keys, blobs=blobs, heard=heard)
        if to.exists():
            if _same(to, making, manifest):
                return Made(manifest, False, held_back)
            raise _taken(to)
        _sync_folders(folder)
        os.rename(_packed(folder, making / "packed") if to.suffix == ".tar" else folder, to)
        _sync(to.parent)
    return Made(manifest, True, held_back)


@contextmanager
def opened(source: Path, home: Path) -> Iterator[tuple[Path, Path]]:
    """The folder of a backup, and the room in which it can be made the profile at ``home``; a file is unpacked there.

    Raises :class:`NotFound` and :class:`BadInput` for what is none.
    """
    if not source.exists():
        raise NotFound(f"{source} is not there", fix="name the folder or the .tar file of a backup")
    with room(home) as making:
        yield _unpacked(source, making), making


def check(folder: Path, heard: Heard) -> Manifest:
    """What a backup says of itself, once every file in it is the one that was written.

    Raises :class:`StoreError` naming the file that is not, and in the database the place.
    """
    sums = _sums(folder)
    done = 0
    for name, wanted in sums.items():
        path = folder / name
        if not path.is_file() or path.is_symlink():
            raise _damaged(f"{name} is missing in it")
        found, size = _hash(path)
        if found != wanted:
            where = f" ({_broken_pages(path)})" if name == "log.db" else ""
            raise _damaged(f"{name} is not the file that was written: its SHA-256 is another{where}")
        done += size
        heard(done)
    if not {MANIFEST, "log.db", "profile.json"} <= sums.keys():
        raise _damaged("it lacks its manifest, log.db or profile.json")
    manifest = _read_manifest(folder)
    with closing(Log(folder / "log.db", read_only=True)) as log:
        if (log.count(), log.id_at(log.head_arrival()) or "") != (manifest.events, manifest.tip):
            raise _damaged("log.db does not hold the events that the manifest names")
    return manifest


def _broken_pages(path: Path) -> str:
    try:
        with closing(engine.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            rows = [str(row[0]) for row in db.execute("PRAGMA integrity_check(3)")]
    except engine.Error as error:
        return str(error)
    return "all its pages fit together" if rows == ["ok"] else "; ".join(rows)


def unfold(
    folder: Path,
    making: Path,
    home: Path,
    keys_from: Path | None,
    epoch: Callable[[Path], object],
    kept: Path | None = None,
) -> None:
    """Write a checked backup as a profile at ``home``, whole or not at all; what lies there goes to ``kept``.

    ``making`` is the room for it. ``keys_from`` names a folder of keys to take where the backup has none; ``epoch``
    begins a new one in the lane mark that it is given.
    """
    new = making / "profile"
    with _told(home):
        new.mkdir(mode=0o700)
        for name in _sums(folder):
            if name != MANIFEST:
                _copy(folder / name, new / name)
        if keys_from is not None and not (new / "keys").exists():
            for key in sorted(keys_from.glob("*.key")):
                _copy(key, new / "keys" / key.name)
        epoch(new / "lane.mark")
        _sync_folders(new)
    take_place(new, home, kept)


def _fill(
    profile: Profile, folder: Path, made: str, gate: Gate, *, keys: bool, blobs: bool, heard: Heard
) -> tuple[Manifest, tuple[str, ...]]:
    # The identity first: what it names is in the log by the time it is written.
    identity = profile.identity()
    sums = {"profile.json": _copy(profile.folder / "profile.json", folder / "profile.json")}
    events, tip = _copy_log(profile.log_db, folder / "log.db", heard)
    sums["log.db"] = _hash(folder / "log.db")[0]
    held_back = []
    for path in sorted(_others(profile, keys=keys, blobs=blobs)):
        if path.parent.parent == profile.blobs and not let_out(gate, path.name):
            held_back.append(path.name)
            continue
        name = path.relative_to(profile.folder).as_posix()
        with suppress(FileNotFoundError):  # a file of a moment: it went between being listed and being read
            sums[name] = _copy(path, folder / name)
    manifest = _manifest(identity, made, events, tip, keys=keys, blobs=blobs)
    text = json.dumps({"format": FORMAT, **manifest._asdict()}, indent=1, ensure_ascii=False) + "\n"
    write_file(folder / MANIFEST, text.encode())
    sums[MANIFEST] = _hash(folder / MANIFEST)[0]
    write_file(folder / SUMS, b"".join(_sum_line(sums[name], name) for name in sorted(sums)))
    return manifest, tuple(held_back)


def _manifest(identity: Identity, made: str, events: int, tip: str, *, keys: bool, blobs: bool) -> Manifest:
    return Manifest(
        made, identity.device, identity.org, identity.name, identity.hub, events, tip, keys, blobs
    )  # fmt: skip


def _copy_log(source: Path, to: Path, heard: Heard) -> tuple[int, str]:
    with closing(Log(source, read_only=True)) as log, told(source):
        log.db.execute("BEGIN")  # one state of it, however many others write meanwhile
        events, tip = log.count(), log.id_at(log.head_arrival()) or ""
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(engine.connect(to)) as copy, told(to):
            log.db.backup(copy, pages=_PAGES, progress=lambda _, left, total: heard((total - left) * 4096))
            copy.execute(
                "PRAGMA journal_mode=DELETE"
            )  # it can be read where nothing can be written beside it
    _sync(to)
    return events, tip


def _others(profile: Profile, *, keys: bool, blobs: bool) -> Iterator[Path]:
    kept = {profile.keys: keys, profile.blobs: blobs}
    hubs = profile.hubs()  # with keys that certify, and a database in use: their backup is their operator's
    for top in profile.folder.iterdir():
        if (
            top.name.startswith((".", "view.db", "log.db-"))
            or top.name in _LEFT_OUT
            or not kept.get(top, True)
        ):
            continue
        for path in (top, *top.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(profile.folder).parts)
            passing = hidden or path == profile.folder / "profile.json"
            spared = any(folder in path.parents for folder in (profile.blobs / "tmp", *hubs))
            if path.is_file() and not (path.is_symlink() or passing or spared):
                yield path


def _copy(source: Path, to: Path) -> str:
    """Copy a file durably, 0600; its SHA-256."""
    digest = hashlib.sha256()
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with (
            source.open("rb") as file,
            os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            while piece := file.read(_READ):
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        _sync(to.parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise disk_error(to, error) from error
    return digest.hexdigest()


def _hash(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with _told(path), path.open("rb") as file:
        while piece := file.read(_READ):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def _sum_line(digest: str, name: str) -> bytes:
    """A line as ``sha256sum`` writes it: any name there is, and where it holds a line end, that is escaped."""
    escaped = name.translate({ord(char): written for char, written in _ESCAPED.items()})
    mark = "" if escaped == name else "\\"
    return os.fsencode(f"{mark}{digest}  {escaped}\n")


def _read_sum(line: bytes) -> tuple[str, str]:
    digest, name = os.fsdecode(line).split("  ", 1)
    if digest.startswith("\\"):
        back = {written: char for char, written in _ESCAPED.items()}
        return re.sub(r"\\.", lambda found: back[found[0]], name), digest[1:]
    return name, digest


def _sums(folder: Path) -> dict[str, str]:
    try:
        *lines, rest = (folder / SUMS).read_bytes().split(b"\n")
        found = dict(map(_read_sum, lines))
        if rest:
            raise ValueError("it ends within a line")
    except (OSError, ValueError, KeyError):
        raise BadInput(
            f"{folder.name} is no backup of a profile, or its {SUMS} is gone or damaged", safe="nothing was restored",
            fix="name the folder that 'ircockpit profile backup' wrote",
        ) from None  # fmt: skip
    for name in found:
        if name.startswith("/") or ".." in Path(name).parts:
            raise _damaged(f"{SUMS} names a file outside it")
    return found


def _read_manifest(folder: Path) -> Manifest:
    try:
        raw: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        if raw.pop("format") != FORMAT:
            raise StoreError(
                "this backup was made by another version of ircockpit", safe="nothing was restored",
                fix="restore it with the version that made it, or update this one",
            )  # fmt: skip
        return Manifest(**raw)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(f"its {MANIFEST} cannot be read") from None


def _same(to: Path, making: Path, manifest: Manifest) -> bool:
    """Whether a whole backup of the same state lies there already."""
    try:
        folder = _unpacked(to, making)
        return check(folder, lambda _: None) == manifest._replace(made=_read_manifest(folder).made)
    except DiskError:
        raise
    except (StoreError, BadInput):
        return False


def _taken(to: Path) -> RefusedError:
    return RefusedError(
        f"{to.name} is there already and is no backup of this very state", safe="it was not touched",
        fix="name a folder or file that does not exist yet",
    )  # fmt: skip


def _damaged(what: str) -> StoreError:
    return StoreError(
        f"the backup is damaged: {what}", safe="nothing was restored, and the backup was not touched",
        fix="take another backup; what a hub has comes back from there",
    )  # fmt: skip


def _packed(folder: Path, to: Path) -> Path:
    with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode="w:", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted(folder.rglob("*")):
                archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=_nobody)
        out.flush()
        os.fsync(out.fileno())
    return to


def _unpacked(source: Path, making: Path) -> Path:
    """The folder of a backup, which is ``source`` itself where that is one."""
    if source.is_dir():
        return source
    folder = making / "unpacked"
    try:
        with tarfile.open(source, "r:") as archive:
            archive.extractall(folder, filter="data")
    except OSError as error:
        raise disk_error(making, error) from error
    except (tarfile.TarError, LookupError, ValueError) as error:
        raise StoreError(
            f"{source.name} cannot be unpacked: {error}", safe="nothing was restored",
            fix="it is damaged or no backup: take another one",
        ) from None  # fmt: skip
    return folder


def _nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(path, error) from error


def _sync_folders(top: Path) -> None:
    for folder, _, _ in os.walk(top):
        _sync(Path(folder))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
