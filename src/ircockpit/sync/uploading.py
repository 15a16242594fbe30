"""Sending an evidence file: chunks side by side, each checked, resumed where it broke off, verified by the hub."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.manifest import Manifest, check_chunk, manifest_of, pieces_of, read_chunk
from ircockpit.core.errors import CockpitError, ConflictError, DeadlineError, OfflineError, TrustError
from ircockpit.sync.client import HubClient
from ircockpit.sync.state import Sending

IN_FLIGHT = 4
"""Chunks on their way at a time, each over a connection of its own."""
COMMIT_TRIES = 3600
"""How often the hub is asked whether it has read the whole file back; it takes a few seconds to say that it has not."""
PAUSE_S = 0.5
RATE_S = 5.0
"""Seconds over which the rate is measured."""


class Rate:
    """Bytes a second over the last few seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._marks: list[tuple[float, int]] = []

    def after(self, done: int) -> float:
        """The rate now that so many bytes are there."""
        now = self._clock()
        self._marks = [each for each in self._marks if each[0] > now - RATE_S] or self._marks[-1:]
        self._marks.append((now, done))
        (began, first), (_, last) = self._marks[0], self._marks[-1]
        return (last - first) / (now - began) if now > began else 0.0


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
        progress: Callable[[Sending], None] = lambda _: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._clients = clients
        self._blobs = blobs
        self._sha256 = sha256
        self._progress = progress
        self._stopping = stopping
        self._lock = threading.Lock()
        self._rate = Rate()
        self._done = 0
        self._failed: list[BaseException] = []

    def send(self) -> bool:
        """Bring the file there; ``False`` where the hub had it already.

        When it returns, the hub has read the whole file back and its hash is the file's name. Raises what
        the link raises, :class:`StoreError` where the file here is damaged or changed, :class:`TrustError`
        where the hub finds another file twice.
        """
        if self._clients[0].has_blob(self._sha256):
            return False
        with self._blobs.open(self._sha256) as source:
            manifest = manifest_of(pieces_of(source))
        if manifest.sha256 != self._sha256:
            self._blobs.open(self._sha256, verify=True).close()  # says what is damaged and what to do
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
        self._failed.clear()
        waiting = iter(missing)
        threads = [
            threading.Thread(target=self._work, args=(client, manifest, waiting), name="upload", daemon=True)
            for client in self._clients[: len(missing)]
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failed:
            raise self._failed[0]
        if self._stopping():
            raise OfflineError("the transfer was ended here", safe="what the hub has of the file it keeps")

    def _work(self, client: HubClient, manifest: Manifest, waiting: Iterator[int]) -> None:
        try:
            with self._blobs.open(manifest.sha256) as source:
                while (index := self._next(waiting)) is not None:
                    data = read_chunk(source, manifest, index)
                    try:
                        client.put_chunk(manifest, index, data)
                    except TrustError:  # the link garbled it, or this disk, which the chunk's hash here tells
                        check_chunk(data, manifest, index)
                        client.put_chunk(manifest, index, data)
                    self._sent(manifest, len(data))
        except (CockpitError, OSError) as error:
            with self._lock:
                self._failed.append(error)

    def _next(self, waiting: Iterator[int]) -> int | None:
        with self._lock:
            if self._failed or self._stopping():
                return None
            return next(waiting, None)

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
