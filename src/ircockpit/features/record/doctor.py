"""The examination of a workstation: what could lose, leak or hide something, each with what to do about it."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import CockpitError
from ircockpit.render.glyphs import counted
from ircockpit.store.sqlite import NETWORK_FILE_SYSTEMS, engine, engine_is_safe, file_system, told, write_tx

if TYPE_CHECKING:
    from ircockpit.blobs.files import FileBlobs
    from ircockpit.store.log import Log
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

LOW_BYTES = 1_000_000_000
"""Free space below which evidence may soon not fit."""
EMPTY_BYTES = 50_000_000
"""Free space below which even notes may soon not be saved."""
IN_MEMORY = frozenset({"tmpfs", "ramfs"})


class Observation(NamedTuple):
    """One line of the examination."""

    state: str
    """``ok``, ``warn`` or ``bad``."""
    about: str
    what: str
    fix: str = ""


def examine(station: "Workstation") -> list[Observation]:
    """Everything that is looked at, in a fixed order; leaves all as it was, asks neither person nor network."""
    found: list[Observation] = []
    for about, look in _LOOKS.items():
        try:
            found += look(station)
        except CockpitError as error:
            found.append(Observation("bad", about, error.what, error.fix))
    return found


def _engine(_: "Workstation") -> Iterator[Observation]:
    version = str(engine.sqlite_version)
    if engine_is_safe():
        yield Observation("ok", "engine", f"SQLite {version}")
        return
    what = f"SQLite {version} can lose writes of two programs at once (WAL reset, before 3.51.3)"
    yield Observation(
        "warn", "engine", what, "pip install 'pysqlite3>=0.6.1', or never run screen and command together"
    )


def _log(station: "Workstation") -> Iterator[Observation]:
    troubles = _quick_check(station.log)
    if troubles:
        what = f"its pages are damaged: {troubles}"
        yield Observation("bad", "log.db", what, "keep a copy of the folder, then: ircockpit verify")
    else:
        yield Observation("ok", "log.db", f"{station.log.count():,} events, pages sound")
    if gaps := station.log.gaps():
        yield Observation(
            "bad", "log.db", f"events were taken out in {len(gaps)} places", "run: ircockpit verify"
        )


def _view(station: "Workstation") -> Iterator[Observation]:
    view = station.view
    troubles = _quick_check(view) or _search_troubles(view)
    behind = station.log.head_arrival() - view.applied
    if troubles:
        yield Observation("bad", "view.db", troubles, "run: ircockpit rebuild")
    elif behind:
        yield Observation("warn", "view.db", f"{behind:,} events behind the log", "run: ircockpit rebuild")
    else:
        yield Observation("ok", "view.db", "as far as the log, pages and search index sound")
    if view.left_out:
        what = f"{view.left_out:,} events are not what was written and are not shown"
        yield Observation("bad", "view.db", what, "run: ircockpit verify")


def _keys(station: "Workstation") -> Iterator[Observation]:
    from ircockpit.features.trust.queries import key_facts

    station.key()
    for each in key_facts(station):
        yield Observation(*each)


def _files(station: "Workstation") -> Iterator[Observation]:
    if os.name != "posix":
        yield Observation("warn", "file modes", "cannot be judged on this system")
        return
    folder = station.profile.folder
    if _open_to_others(folder):
        yield Observation("bad", "file modes", "others can look into the profile", f"chmod 700 {folder}")
    loose = [path for path in sorted(folder.rglob("*")) if not path.is_symlink() and _open_to_others(path)]
    if loose:
        names = ", ".join(path.name for path in loose[:3])
        more = f" and {len(loose) - 3} more" if len(loose) > 3 else ""
        state = "bad" if any(path.suffix == ".key" for path in loose) else "warn"
        yield Observation(state, "file modes", f"open to others: {names}{more}", f"chmod -R go= {folder}")
    else:
        yield Observation("ok", "file modes", "what is inside is readable by you alone")


def _disk(station: "Workstation") -> Iterator[Observation]:
    folder = station.profile.folder
    kind = file_system(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        what = f"{kind} is a network file system: writes can be lost"
        yield Observation("bad", "file system", what, "move the profile to a disk of this machine")
    elif kind in IN_MEMORY:
        what = f"{kind} is memory: all is gone at the next start of this machine"
        yield Observation("warn", "file system", what, "move the profile to a disk")
    else:
        yield Observation("ok", "file system", kind or "kind not known on this system")
    free = shutil.disk_usage(folder).free
    state = "bad" if free < EMPTY_BYTES else "warn" if free < LOW_BYTES else "ok"
    fix = "" if state == "ok" else f"free space on the disk of {folder}"
    yield Observation(state, "disk", f"{free / 1e9:.1f} GB free", fix)


def _evidence(station: "Workstation") -> Iterator[Observation]:
    from ircockpit.blobs.files import FileBlobs

    blobs = FileBlobs(station.profile.blobs)
    hashes = {str(row[0]) for row in station.view.rows("SELECT sha256 FROM exhibit")}
    away = [each for each in sorted(hashes) if not _held(blobs, each)]
    if away:
        what = f"{len(away)} of {counted(len(hashes), 'exhibit')} {'is' if len(away) == 1 else 'are'} not on this device"
        yield Observation("warn", "evidence", what, "they are with whoever took them in, or on the hub")
    else:
        yield Observation("ok", "evidence", f"{counted(len(hashes), 'exhibit')}, all on this device")


def _hub(station: "Workstation") -> Iterator[Observation]:
    from ircockpit.sync.alarms import alarms

    hub = station.identity.hub
    if not hub:
        yield Observation("ok", "hub", "none: this workstation is alone, and nothing leaves it")
        return
    for alarm in alarms(station.log):
        yield Observation("bad", "hub", f"alarm: {alarm.text}", "once it was read: ircockpit sync --seen")
    waiting = station.log.unconfirmed_count()
    if waiting:
        yield Observation(
            "warn", "hub", f"{hub}, {waiting:,} events not confirmed yet", "run: ircockpit sync"
        )
    else:
        yield Observation("ok", "hub", f"{hub}, every event confirmed")


def _secrets(station: "Workstation") -> Iterator[Observation]:
    from ircockpit.secrets.keyrings import try_keyring

    tried = try_keyring()
    if tried.usable:
        yield Observation("ok", "secrets", f"keyring {tried.backend} answers without asking")
    elif station.identity.key_home == "keyring":
        yield Observation("bad", "secrets", tried.why, tried.fix)
    else:
        yield Observation("ok", "secrets", f"{tried.why.rstrip('.')}: by file:, env:, cred: or cmd: only")


def _terminal(_: "Workstation") -> Iterator[Observation]:
    term = os.environ.get("TERM", "")
    # While a screen is shown, what stands in for standard output has no encoding of its own.
    stream = sys.stdout if hasattr(sys.stdout, "encoding") else sys.__stdout__
    encoding = (stream.encoding if stream is not None else "") or "unknown encoding"
    size = shutil.get_terminal_size((0, 0))
    measure = f"{size.columns}x{size.lines}" if size.columns and size.lines else "output is no terminal"
    words = f"TERM {term or 'not set'}, {measure}, {encoding}"
    if term in ("", "dumb"):
        fix = "use a terminal that can place text; commands work as they are"
    elif size.columns and (size.columns < 80 or size.lines < 24):
        fix = "make the window 80 by 24 or larger"
    elif "utf" not in encoding.lower():
        fix = "set a UTF-8 locale; until then text is shown as ASCII"
    else:
        fix = ""
    yield Observation("warn" if fix else "ok", "terminal", words, fix)


_LOOKS: dict[str, Callable[["Workstation"], Iterator[Observation]]] = {
    "engine": _engine, "log.db": _log, "view.db": _view, "device key": _keys, "file modes": _files,
    "disk": _disk, "evidence": _evidence, "hub": _hub, "secrets": _secrets, "terminal": _terminal,
}  # fmt: skip


def _quick_check(database: "Log | View") -> str:
    """What ``PRAGMA quick_check`` finds, empty where the pages are sound."""
    with told(database.path):
        rows = [str(row[0]) for row in database.db.execute("PRAGMA quick_check(3)")]
    return "" if rows == ["ok"] else "; ".join(rows)


def _search_troubles(view: "View") -> str:
    try:
        with write_tx(view.db, view.path):
            view.db.execute("INSERT INTO found (found, rank) VALUES ('integrity-check', 0)")
    except CockpitError as error:
        return f"the search index is damaged: {error.what}"
    return ""


def _open_to_others(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except OSError:
        return False


def _held(blobs: "FileBlobs", sha256: str) -> bool:
    try:
        return blobs.has(sha256)
    except CockpitError:
        return False
