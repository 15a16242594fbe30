"""Evidence files to and from the hub: which ones, and what is known to be there; after events, never in their way."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.blobs.files import FileBlobs, Gate, let_out
from ircockpit.core.clock import Clock
from ircockpit.core.errors import BadInput, NotFound, RefusedError, StoreError
from ircockpit.ledger.fields import DIGEST
from ircockpit.ledger.parts import read_part
from ircockpit.store import outbox
from ircockpit.store.log import Log, Stored
from ircockpit.store.logwriter import LogWriter
from ircockpit.store.profile import Profile
from ircockpit.sync.client import HubClient
from ircockpit.sync.crew import IN_FLIGHT
from ircockpit.sync.fetching import Download
from ircockpit.sync.state import Sending
from ircockpit.sync.transport import Transport
from ircockpit.sync.uploading import Upload

AT_HUB = "exhibit."
"""Log setting, with a file's hash behind it: the hub has it, verified, since the history with this number."""
CARRIED = ("evidence.added",)
"""Types of events whose body names an evidence file by ``sha256``."""
KEPT_BACK = "restricted"
"""Scope of raw intake: the device that received it keeps it until somebody with the right asks for it."""
RESETS = "sync.resets"
"""Log setting: how often something confirmed was taken back, by whatever process on this profile."""
MARK = "exhibits.upto"
"""Log setting: every evidence file named by events up to this arrival number is at the hub."""


RUNS = "exhibits.runs"
"""Log setting: the runs of the hub that were met last, as a JSON list."""
MOST_RUNS = 8


GateOf = Callable[[Profile, Clock], AbstractContextManager[Gate]]
"""Makes what says which files of a profile must not be copied, in the thread that carries them."""


class Pending(NamedTuple):
    """What the hub may lack."""

    files: list[str]
    """Hashes of files held here."""
    upto: int
    """The arrival number up to which the log was looked through."""
    resets: str | None
    """The hub's history this was found under; where it changed since, the hub may lack more."""


class Sent(NamedTuple):
    """What came of sending the files that were pending."""

    files: int
    """How many the hub lacked."""
    held_back: tuple[str, ...] = ()
    """Hashes of those that must not be copied: they are asked about again each time."""

    @property
    def words(self) -> str:
        """What stays here, for people; empty where nothing does."""
        number = len(self.held_back)
        many = (
            "1 evidence file must not be copied and stays"
            if number == 1
            else f"{number} evidence files must not be copied and stay"
        )
        return f"{many} here" if number else ""


def pending(log: Log, blobs: FileBlobs) -> Pending:
    """The files held here that the hub may lack."""
    return Seeking().pending(log, blobs)


class Seeking:
    """The same asked again and again: a round looks only through what has come since the one before."""

    def __init__(self) -> None:
        self._upto = 0
        self._from: tuple[str | None, str | None] = (None, None)
        self._named: dict[str, None] = {}
        """Hashes of files that events name and that are not known to be at the hub, whether held here or not."""

    def pending(self, log: Log, blobs: FileBlobs) -> Pending:
        """See :func:`pending`."""
        mark, resets = log.meta(MARK), log.meta(RESETS)
        if self._from != (mark, resets):
            self._from, self._upto, self._named = (mark, resets), int(mark or "0"), {}
        head = log.head_arrival()
        for stored in log.at(outbox.naming(log, self._upto, CARRIED)):
            if sha := named_file(stored):
                self._named[sha] = None
        self._upto = max(self._upto, head)
        self._named = {sha: None for sha in self._named if not at_hub(log, sha)}
        return Pending([sha for sha in self._named if blobs.has(sha)], self._upto, resets)


def named_file(stored: Stored) -> str:
    """The hash of the evidence file an event names and that may travel by itself, empty where there is none."""
    envelope = stored.event.envelope
    if envelope.type not in CARRIED or envelope.scope == KEPT_BACK:
        return ""
    for part in stored.event.parts:
        try:
            held: dict[str, Any] | None = read_part(part)
        except BadInput:
            continue
        if held and DIGEST.holds(held.get("sha256")):
            return str(held["sha256"])
    return ""


def note_sent(log: Log, sent: Pending) -> None:
    """Every file that was pending is at the hub, unless it went back to an earlier state meanwhile."""
    with log.writing() as writer:
        if log.meta(RESETS) == sent.resets:
            writer.set_meta(MARK, str(sent.upto))


def note_verified(log: Log, sha256: str, resets: str | None) -> None:
    """The hub has read this file back and found its hash equal, in the history it had then."""
    with log.writing() as writer:
        writer.set_meta(f"{AT_HUB}{sha256}", resets or "0")


def meet(log: Log, mark: str) -> None:
    """Another run of the hub than those met lately lists what it has.

    It may have been put back meanwhile, and lack files although nothing that was pulled here is missing.
    """
    run = mark.partition(".")[0]
    known = json.loads(log.meta(RUNS) or "[]")
    if run not in known:
        with log.writing() as writer:
            writer.set_meta(RUNS, json.dumps([*known, run][-MOST_RUNS:]))
            ask_again(log, writer)


def ask_again(log: Log, writer: LogWriter) -> None:
    """What the hub had verified it may have lost: it is asked about every file once more; within a step under way."""
    writer.set_meta(MARK, "0")
    writer.set_meta(RESETS, str(int(log.meta(RESETS) or "0") + 1))


def at_hub(log: Log, sha256: str) -> bool:
    """Whether the hub, as far as is known here, holds this file whole and verified."""
    noted = log.meta(f"{AT_HUB}{sha256}")
    return noted is not None and noted == (log.meta(RESETS) or "0")


def send_all(
    log: Log,
    client: HubClient,
    found: Pending,
    blobs: FileBlobs,
    gate: Gate,
    transport: Callable[[], Transport],
    progress: Callable[[Sending], None],
    stopping: Callable[[], bool] = lambda: False,
) -> Sent:
    """Send the files that are pending, one after the other.

    What is damaged here is left for the device that holds it whole, what is too large or not wanted for whoever
    carries it by other means, and what the gate forbids stays where it is; none of it stops the others: the first
    such failure is raised at the end. Raises what :meth:`uploading.Upload.send` raises.
    """
    sent, held_back, damaged, wanted = 0, list[str](), None, True
    clients = [client.beside(transport()) for _ in range(IN_FLIGHT if found.files else 0)]
    try:
        for sha256 in found.files:
            if not let_out(gate, sha256):
                held_back.append(sha256)
                continue
            try:
                came = Upload(clients, blobs, sha256, gate, progress, stopping).send()
            except (StoreError, NotFound, RefusedError) as error:
                damaged = damaged or error
                continue
            if came and not client.has_blob(sha256):
                wanted = False  # erased there: it goes here too with the order, or is sent once that does not count
                continue
            sent += came
            note_verified(log, sha256, found.resets)
    finally:
        for each in clients:
            each.close()
    if damaged is not None:
        raise damaged
    if wanted and not held_back:
        note_sent(log, found)
    return Sent(sent, tuple(held_back))


def fetch_blob(
    client: HubClient,
    blobs: FileBlobs,
    sha256: str,
    gate: Gate,
    *,
    signed: str = "",
    transport: Callable[[], Transport] | None = None,
    progress: Callable[[Sending], None] = lambda _: None,
) -> Path:
    """An evidence file by its hash, fetched from the hub where it is not here; checked before it is kept.

    ``transport`` makes the further connections that it comes over. See :class:`fetching.Download` for the rest.
    """
    if blobs.has(sha256):
        return blobs.path(sha256)
    beside = [] if transport is None else [client.beside(transport()) for _ in range(IN_FLIGHT)]
    try:
        return Download(beside or [client], blobs, sha256, gate, signed, progress).fetch()
    finally:
        for each in beside:
            each.close()
