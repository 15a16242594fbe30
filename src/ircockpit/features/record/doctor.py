"""The examination of a workstation: what could lose, leak or hide something, each with what to do about it."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError
from ircockpit.features.record import databases
from ircockpit.features.record.observation import Observation
from ircockpit.features.record.times import clock, marks
from ircockpit.render.glyphs import counted
from ircockpit.store.room import clear, is_left, rooms
from ircockpit.store.sqlite import NETWORK_FILE_SYSTEMS, file_system

if TYPE_CHECKING:
    from ircockpit.blobs.files import FileBlobs
    from ircockpit.store.workstation import Workstation

LOW_BYTES = 1_000_000_000
"""Free space below which evidence may soon not fit."""
EMPTY_BYTES = 50_000_000
"""Free space below which even notes may soon not be saved."""
IN_MEMORY = frozenset({"tmpfs", "ramfs"})
MEND = "ircockpit doctor --repair"
UNTOUCHED = "nothing was lost by it"


def examine(station: "Workstation", *, mend: bool = False) -> list[Observation]:
    """Everything that is looked at, in a fixed order; asks neither person nor network.

    Leaves all as it was unless told to ``mend``, which does only what cannot lose anything.
    """
    found: list[Observation] = repaired(station) if mend else []
    for about, look in _LOOKS.items():
        try:
            found += look(station)
        except CockpitError as error:
            found.append(Observation("bad", about, error.what, error.fix, error.safe))
    return found


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
    loose = open_to_others(folder)
    if loose and loose[0] == folder:
        yield Observation(
            "bad",
            "file modes",
            "others can look into the profile",
            f"chmod 700 {folder}, or {MEND}",
            UNTOUCHED,
        )
    inside = [path for path in loose if path != folder]
    if inside:
        names = ", ".join(path.name for path in inside[:3])
        more = f" and {len(inside) - 3} more" if len(inside) > 3 else ""
        state = "bad" if any(path.suffix == ".key" for path in inside) else "warn"
        fix = f"chmod -R go= {folder}, or {MEND}"
        yield Observation(state, "file modes", f"open to others: {names}{more}", fix, UNTOUCHED)
    else:
        yield Observation("ok", "file modes", "what is inside is readable by you alone")


def _settings(station: "Workstation") -> Iterator[Observation]:
    from ircockpit.command.gestures import GESTURES
    from ircockpit.command.keys import own_keys
    from ircockpit.features.catalogue import actions
    from ircockpit.store.settings import place, read

    path = place(station.profile.folder)
    settings, wrong = read(path)
    _, unused = own_keys((*actions(), *GESTURES), settings.keys)
    for each in (*wrong, *unused):
        yield Observation("warn", "settings", each, f"edit {path}", "everything else is as it was set")


def _duties(station: "Workstation") -> Iterator[Observation]:
    from ircockpit.features.clocks.queries import FOLDER, known

    rules = known(station)
    for each in rules.refused:
        yield Observation(
            "warn",
            "clocks",
            each.what,
            each.fix or f"edit it in {station.profile.folder / FOLDER}",
            "all other duties count",
        )
    if not rules.refused:
        yield Observation("ok", "clocks", f"{counted(rules.clocks, 'duty')} with a time are known")


def _rules(station: "Workstation") -> Iterator[Observation]:
    """Rules by which colleagues decide otherwise than people do here."""
    from ircockpit.features.settings.queries import rules_used

    here = rules_used(station)
    for each in here:
        if each.differs:
            what = f"{each.place} in this profile ({each.own[:12]}) is not what was agreed on ({each.sha256[:12]})"
            yield Observation("warn", "rules", what, f"propose it, or take it away: ircockpit rules propose {each.place}",
                              "what was agreed on is used")  # fmt: skip
        elif each.agreed is None and station.identity.hub:
            what = f"{each.place} ({each.sha256[:12]}) is used on this device alone"
            yield Observation("warn", "rules", what, f"let it be agreed on: ircockpit rules propose {each.place}",
                              "colleagues decide by other rules")  # fmt: skip
    agreed = sum(each.agreed is not None for each in here)
    if agreed == len(here):
        yield Observation(
            "ok", "rules", f"{counted(agreed, 'file')} that was agreed on" if agreed else "the program's own"
        )


def _copies(station: "Workstation") -> Iterator[Observation]:
    left = [each for each in rooms(station.profile.folder) if is_left(each)]
    if left:
        what = f"a backup or restore was cut off, and its words lie in {left[0]}"
        more = f" and {len(left) - 1} more" if len(left) > 1 else ""
        yield Observation("warn", "copies", what + more, MEND, UNTOUCHED)
    else:
        yield Observation("ok", "copies", "none was cut off on its way")


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
    waiting = station.log.unconfirmed_count()
    if waiting:
        what = f"{hub}, {counted(waiting, 'event')} not confirmed yet"
        yield Observation("warn", "hub", what, "run: ircockpit sync", "they are kept here")
    else:
        yield Observation("ok", "hub", f"{hub}, every event confirmed")
    if unread := alarms(station.log):
        what = f"{counted(len(unread), 'alarm')} nobody has read yet, the newest: {unread[-1].text}"
        yield Observation(
            "warn", "alarms", what, "run: ircockpit sync status --seen", "both histories are kept"
        )
    else:
        yield Observation("ok", "alarms", "none")


def _secrets(station: "Workstation") -> Iterator[Observation]:
    from ircockpit.secrets.keyrings import try_keyring

    tried = try_keyring()
    if tried.usable:
        yield Observation("ok", "secrets", f"keyring {tried.backend} answers without asking")
    elif station.identity.key_home == "keyring":
        yield Observation("bad", "secrets", tried.why, tried.fix)
    else:
        yield Observation("ok", "secrets", f"{tried.why.rstrip('.')}: by file:, env:, cred: or cmd: only")


def _trials(station: "Workstation") -> Iterator[Observation]:
    from ircockpit.features.containment.queries import proofs_left
    from ircockpit.features.systems.queries import systems

    left = [each for each in proofs_left(station) if not each.running]
    known = {each.ident: each.name for each in systems(station.view)} if left else {}
    for each in left:
        name = known.get(each.system, "")
        yield Observation("bad", "trials", each.said(name), each.how_back(name), "the way back is kept")
    if not left:
        yield Observation("ok", "trials", "no control is left on by a trial or a proof")


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
    "engine": databases.engine_used, "log.db": databases.log_file, "record": databases.record, "view.db": databases.view_file,
    "marks": marks, "clock": clock, "device key": _keys, "file modes": _files,
    "copies": _copies, "disk": _disk, "evidence": _evidence, "hub": _hub, "secrets": _secrets, "terminal": _terminal,
    "settings": _settings, "clocks": _duties, "rules": _rules, "trials": _trials,
}  # fmt: skip


def open_to_others(folder: Path) -> list[Path]:
    """What of a folder, itself first, others than its owner may look at."""
    return [
        path for path in (folder, *sorted(folder.rglob("*"))) if not path.is_symlink() and _mode(path) & 0o077
    ]


def repaired(station: "Workstation") -> list[Observation]:
    """Do what cannot lose anything: half-made copies go, others lose their rights, a damaged view is made anew."""
    found = []
    if cleared := sum(clear(each) for each in rooms(station.profile.folder)):
        found.append(Observation("ok", "mended", f"{counted(cleared, 'half-made copy')} removed"))
    loose = open_to_others(station.profile.folder) if os.name == "posix" else []
    for path in loose:
        path.chmod(_mode(path) & ~0o077)
    if loose:
        found.append(
            Observation("ok", "mended", f"{counted(len(loose), 'file')} can be read by you alone again")
        )
    if any(path.suffix == ".key" for path in loose):
        fix = "if others use this machine, take it that the key is known to them: enrol this device anew"
        found.append(Observation("warn", "mended", "a key was open to others until now", fix, UNTOUCHED))
    if any(each.state != "ok" for each in databases.view_file(station)):
        station.remake_view()
        found.append(Observation("ok", "mended", "view.db is made anew from the log"))
    return found


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def _held(blobs: "FileBlobs", sha256: str) -> bool:
    try:
        return blobs.has(sha256)
    except CockpitError:
        return False
