"""Sending an evidence file: chunks side by side, each checked, resumed where it broke off, verified by the hub."""

import os
import threading
import time
from collections.abc import Callable, Sequence

from ircockpit.blobs.files import FileBlobs, Gate
from ircockpit.blobs.manifest import MAX_FILE, Manifest, check_chunk, manifest_of, pieces_of, read_chunk
from ircockpit.core.errors import ConflictError, DeadlineError, RefusedError, TrustError
from ircockpit.sync.client import HubClient
from ircockpit.sync.crew import Crew, Rate
from ircockpit.sync.state import Sending

COMMIT_TRIES = 3600
"""How often the hub is asked whether it has read the whole file back; it takes a few seconds to say that it has not."""
PAUSE_S = 0.5
KEPT = "what the hub has of the file it keeps"


class Upload:
    """One file on its way to the hub.

    ``clients`` are as many connections as there are chunks in flight. What raises in one of their threads
    ends the others and is raised to the caller; what the hub has by then it keeps.
    """

    def __init__(
        self,
        clients: Sequence[HubClient],
        blobs: FileBlobs,
        sha256: str,
        gate: Gate,
        progress: Callable[[Sending], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._clients = clients
        self._blobs = blobs
        self._sha256 = sha256
        self._gate = gate
        self._progress = progress
        self._stopping = stopping
        self._lock = threading.Lock()
        self._rate = Rate()
        self._done = 0
        self._crew = Crew(clients, stopping, KEPT)

    def send(self) -> bool:
        """Bring the file there; ``False`` where the hub had it already.

        When it returns, the hub has read the whole file back and its hash is the file's name. The gate is asked before
        each chunk. Raises what it and the link raise, :class:`StoreError` where the file here is damaged or changed,
        :class:`TrustError` where the hub finds another file twice.
        """
        if self._clients[0].has_blob(self._sha256):
            return False
        with self._blobs.open(self._sha256, self._gate) as source:
            if (size := source.seek(0, os.SEEK_END)) > MAX_FILE:
                raise RefusedError(
                    f"the evidence file {self._sha256[:12]} has {size:,} bytes; files of up to {MAX_FILE:,} go to a hub",
                    safe="it is kept here", fix="carry it in a bundle: ircockpit bundle export",
                )  # fmt: skip
            manifest = manifest_of(pieces_of(source))
        if manifest.sha256 != self._sha256:
            self._blobs.open(
                self._sha256, self._gate, verify=True
            ).close()  # says what is damaged and what to do
        for attempt in range(2):
            missing = self._clients[0].begin_upload(manifest)
            if missing is None:
                return True
            self._send_chunks(manifest, missing)
            try:
                self._commit(manifest)
                return True
            except (TrustError, ConflictError):  # its disk lost or changed something: all of it once more
                if attempt:
                    raise
        raise AssertionError("unreachable")

    def _send_chunks(self, manifest: Manifest, missing: list[int]) -> None:
        self._done = manifest.size - sum(manifest.span(index)[1] for index in missing)

        def send(client: HubClient, index: int) -> None:
            with self._blobs.open(manifest.sha256, self._gate) as source:
                data = read_chunk(source, manifest, index)
            try:
                client.put_chunk(manifest, index, data)
            except TrustError:  # the link garbled it, or this disk, which the chunk's hash here tells
                check_chunk(data, manifest, index)
                client.put_chunk(manifest, index, data)
            self._sent(manifest, len(data))

        self._crew.run(missing, send)

    def _sent(self, manifest: Manifest, size: int) -> None:
        with self._lock:
            self._done += size
            self._progress(Sending(manifest.sha256, self._done, manifest.size, self._rate.after(self._done)))

    def _commit(self, manifest: Manifest) -> None:
        for _ in range(COMMIT_TRIES):
            if self._clients[0].commit_upload(manifest):
                return
            if self._stopping():
                break
            time.sleep(PAUSE_S)
        raise DeadlineError("the hub has not read the file back yet", safe="what it has it keeps")
