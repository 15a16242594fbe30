"""The examination of the databases: the engine, the pages, the search index, the record's chains."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError
from ircockpit.features.record.observation import Observation
from ircockpit.render.glyphs import counted
from ircockpit.store.soundness import look_through, settled
from ircockpit.store.sqlite import engine, engine_is_safe, told, write_tx

if TYPE_CHECKING:
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

BUDGET_S = 600.0
"""Most seconds for a thorough look through one database."""
_KEEP = "keep a copy of the folder, then: ircockpit verify"


def engine_used(station: "Workstation") -> Iterator[Observation]:
    """Which SQLite library is in use, whether it is free of the WAL-reset bug, and whether it is the only one."""
    version, name = str(engine.sqlite_version), engine.__name__.partition(".")[0]
    if engine_is_safe():
        yield Observation("ok", "engine", f"SQLite {version} ({name})")
    else:
        yield Observation(
            "warn", "engine",
            f"SQLite {version} ({name}) can lose writes of two programs at once (WAL reset, 3.7.0 to 3.51.2)",
            "pip install 'pysqlite3>=0.6.1', or never run screen and command together",
            "checkpoints are taken under the writer lock here, which makes it unlikely",
        )  # fmt: skip
    used = {type(each.db).__module__.partition(".")[0] for each in (station.log, station.view)}
    if used - {name}:
        yield Observation(
            "bad", "engine", f"{' and '.join(sorted(used | {name}))} have this profile open at once",
            "report this: two SQLite libraries on one file drop each other's locks", "what is durable stays",
        )  # fmt: skip
    elif engine is not sqlite3:
        yield Observation(
            "ok",
            "engine",
            f"Python's own SQLite {sqlite3.sqlite_version} has nothing of this profile open",
        )


def log_file(station: "Workstation") -> Iterator[Observation]:
    """The log's pages and indexes, its references, and whether events were taken out."""
    was_due = station.profile.check_due.exists()
    found = look_through(station.log.path, thorough=True, budget_s=BUDGET_S)
    orphans = len(_rows(station, "PRAGMA foreign_key_check"))
    if found.troubles:
        what = "its pages are damaged: " + "; ".join(found.troubles)
        yield Observation("bad", "log.db", what, _KEEP, "nothing was written over")
    elif orphans:
        what = f"{counted(orphans, 'row')} belong to events that are not there"
        yield Observation("bad", "log.db", what, _KEEP, "what is there is kept as it is")
    elif not found.finished:
        what = f"{station.log.count():,} events; not looked through to the end in {BUDGET_S / 60:.0f} minutes"
        yield Observation(
            "warn", "log.db", what, "run it while nothing else uses the disk", "nothing was found"
        )
    else:
        cut = "; looked through because its last use was cut off" if was_due else ""
        yield Observation("ok", "log.db", f"{station.log.count():,} events, pages and indexes sound{cut}")
    if gaps := station.log.gaps():
        what = f"events were taken out in {counted(len(gaps), 'place')}"
        yield Observation("bad", "log.db", what, "run: ircockpit verify", "what is there is kept as it is")


def record(station: "Workstation") -> Iterator[Observation]:
    """Every chain, from the signed head of each lane back to its beginning."""
    from ircockpit.features.record.verification import Verifier
    from ircockpit.store.log import Log

    with closing(Log(station.profile.log_db, read_only=True)) as log:
        log.db.execute("BEGIN")
        verifier = Verifier(log, station.identity, heads_only=True)
        checked = [verifier.stream(stream) for stream in log.streams()]
    wrong = sum(len(each.findings) for each in checked)
    if wrong:
        what = f"{wrong} found wrong in {counted(len(checked), 'record')}"
        yield Observation("bad", "record", what, "run: ircockpit verify", "what is there is kept as it is")
    else:
        lanes = counted(sum(each.lanes for each in checked), "lane")
        yield Observation(
            "ok", "record", f"{lanes} in {counted(len(checked), 'record')}: every signed head and chain holds"
        )


def view_file(station: "Workstation") -> Iterator[Observation]:
    """The view's pages, its search index, and whether it is as far as the log."""
    view = station.view
    if not view.on_disk:
        what = "it cannot be used, and the log is shown from memory instead"
        yield Observation(
            "bad", "view.db", what, "mend the disk, then run: ircockpit rebuild", "the record is in log.db"
        )
        return
    found = look_through(view.path, thorough=True, budget_s=BUDGET_S)
    troubles = "; ".join(found.troubles) or _search_troubles(view)
    behind = station.log.head_arrival() - view.applied
    safe = "the record is in log.db"
    if troubles:
        yield Observation("bad", "view.db", troubles, "run: ircockpit rebuild", safe)
    elif behind:
        yield Observation(
            "warn", "view.db", f"{behind:,} events behind the log", "run: ircockpit rebuild", safe
        )
    else:
        if found.finished:
            settled(station.profile)
        yield Observation("ok", "view.db", "as far as the log, pages and search index sound")
    if view.left_out:
        what = f"{view.left_out:,} events are not what was written and are not shown"
        yield Observation("bad", "view.db", what, "run: ircockpit verify", "they are kept as they are")


def _rows(station: "Workstation", question: str) -> list[object]:
    with told(station.log.path):
        return list(station.log.db.execute(question).fetchall())


def _search_troubles(view: "View") -> str:
    try:
        with write_tx(view.db, view.path):
            view.db.execute("INSERT INTO found (found, rank) VALUES ('integrity-check', 0)")
    except CockpitError as error:
        return f"the search index is damaged: {error.what}"
    return ""
