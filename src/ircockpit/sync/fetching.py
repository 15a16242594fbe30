"""Fetching an evidence file: pieces side by side, each chunk checked before it counts, gone on with where it broke off."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ircockpit.blobs import halves
from ircockpit.blobs.files import FileBlobs, Gate
from ircockpit.blobs.halves import Half, Piece
from ircockpit.blobs.manifest import Manifest
from ircockpit.core.errors import CockpitError, DeadlineError, OfflineError, TrustError
from ircockpit.sync.client import BusyError, HubClient
from ircockpit.sync.crew import Crew, Rate
from ircockpit.sync.state import Sending

T = TypeVar("T")
PATIENCE_S = 30.0
"""Seconds without a single piece after which the link is given up; what arrived is kept."""
FIRST_S = 3.0
"""The same before anything is on its way."""
PAUSES_S = (0.2, 3.0)
"""First and longest pause before a piece is asked for again."""
TOLD_S = 0.5
ASKED = 3600
"""How often a hub is asked for the chunks of a file that it is still reading; each time takes it some seconds."""
GOES_ON = "the same again goes on where it was"


class Download:
    """One file on its way here.

    ``clients`` are as many connections as there are pieces in flight. ``signed`` is the digest of the file's
    manifest as the record states it, empty where it states none: the hash of the whole file decides then.
    """

    def __init__(
        self,
        clients: Sequence[HubClient],
        blobs: FileBlobs,
        sha256: str,
        gate: Gate,
        signed: str = "",
        progress: Callable[[Sending], None] = lambda _: None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._clients = clients
        self._blobs = blobs
        self._sha256 = sha256
        self._gate = gate
        self._signed = signed
        self._progress = progress
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._rate = Rate()
        self._last = time.monotonic()
        """When a piece arrived last."""
        self._told = 0.0
        self._done = 0
        self._again: set[int] = set()
        """Chunks that arrived whole from the hub once with other bytes than the manifest names."""

    def fetch(self) -> Path:
        """Bring the file here; where it is when it is whole. The gate is asked before each piece.

        Raises what it raises, :class:`NotFound` where the hub has not got it, :class:`TrustError` where what it hands out is not
        that file, :class:`ConflictError` while another window is at it, :class:`StoreError` where it cannot be
        kept, and what the link raises. What arrived stays, but for what was wrong.
        """
        self._gate(self._sha256)
        halves.sweep(self._blobs)
        half = Half(self._blobs, self._manifest())
        try:
            if self._blobs.has(self._sha256):  # another window was through with it just now
                half.throw_away()
                return self._blobs.path(self._sha256)
            for attempt in range(2):
                self._bring(half)
                try:
                    return half.finish()
                except TrustError:
                    if attempt or not half.look_again():  # its chunks are right: then the list of them is not
                        half.throw_away()
                        raise
            raise AssertionError("unreachable")
        finally:
            half.close()

    def _manifest(self) -> Manifest:
        for _ in range(ASKED):
            # Nothing is on its way yet: a hub that is not there is told soon.
            found = self._patiently(
                lambda: self._clients[0].blob_manifest(self._sha256), lambda: False, FIRST_S
            )
            if found is not None:
                break
            time.sleep(PAUSES_S[0])
        else:
            raise DeadlineError(
                "the hub has not read the file yet", safe="nothing was fetched", fix="try again later"
            )
        if self._signed and found.digest != self._signed:
            raise TrustError(
                f"the hub lists other chunks of the evidence file {self._sha256[:12]} than the record states",
                safe="nothing of it was fetched", fix="ask who took it into custody for the file",
            )  # fmt: skip
        return found

    def _bring(self, half: Half) -> None:
        crew = Crew(self._clients, lambda: half.stopped, halves.KEPT)
        self._done, self._last = half.done, time.monotonic()

        def bring(client: HubClient, piece: Piece) -> None:
            self._gate(self._sha256)
            data, total = self._patiently(
                lambda: client.get_piece(self._sha256, piece.first, piece.size), lambda: crew.over
            )
            if (len(data), total) != (piece.size, half.manifest.size):
                raise TrustError(
                    f"the hub sent {len(data):,} bytes of a file of {total:,} where {piece.size:,} of"
                    f" {half.manifest.size:,} were asked for", safe=halves.KEPT,
                )  # fmt: skip
            if half.take(piece, data):
                self._arrived(half, piece.size)
            else:
                self._wrong(half, piece.chunk)

        while missing := half.missing():
            crew.run(missing, bring)

    def _wrong(self, half: Half, chunk: int) -> None:
        """A chunk is not what the manifest says: once it may have been the link, or what lay on this disk."""
        with self._lock:
            seen = chunk in self._again
            if half.arrived_now(chunk):
                self._again.add(chunk)
            half.forget_arrivals(chunk)
            self._done = half.done
        if seen:
            count = len(half.manifest.chunks)
            raise TrustError(
                f"chunk {chunk + 1} of {count} of the evidence file {self._sha256[:12]} came from the hub with other"
                " bytes than its hash says, twice",
                safe="it was not kept; what was right of the file is",
                fix="ask for the file where it was taken into custody, and have the hub's disk checked",
            )

    def _arrived(self, half: Half, size: int) -> None:
        with self._lock:
            self._done += size
            self._last = now = time.monotonic()
            sending = Sending(
                self._sha256, self._done, half.manifest.size, self._rate.after(self._done), "fetching"
            )
            self._progress(sending)
            if now - self._told >= TOLD_S:
                self._told = now
                half.tell(sending.rate)

    def _patiently(self, ask: Callable[[], T], over: Callable[[], bool], at_most_s: float = PATIENCE_S) -> T:
        """Ask again as long as the link only breaks and other pieces arrive, or it was not long."""
        pause, longest = PAUSES_S
        while True:
            try:
                return ask()
            except (OfflineError, DeadlineError) as error:
                if over():
                    raise
                if time.monotonic() - self._last > min(self._patience_s, at_most_s):
                    raise _broken(error) from error
                wait = error.retry_s if isinstance(error, BusyError) else random.uniform(0, pause)  # noqa: S311
                time.sleep(min(wait, longest))
                pause = min(2 * pause, longest)


def _broken(error: CockpitError) -> CockpitError:
    error.safe, error.fix = halves.KEPT, GOES_ON
    return error
