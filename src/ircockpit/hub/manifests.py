"""The chunks of the files a hub holds, for whoever fetches one: read from the file itself when it is asked for."""

import threading

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.blobs.manifest import Manifest, manifest_of, pieces_of
from ircockpit.core.errors import CockpitError, NotFound, StoreError, TrustError

KEPT = 64
"""Lists of chunks that are remembered; they say nothing that the file does not, and go with the process."""
AT_ONCE = 2
"""Files read at a time: hashing must leave the machine to the others."""
PATIENCE_S = 3.0
"""Seconds a request waits for a large file to be read; it is asked again after that."""


class Manifests:
    """What :class:`Manifest` each file has."""

    def __init__(self, blobs: FileBlobs) -> None:
        self._blobs = blobs
        self._lock = threading.Lock()
        self._known: dict[str, Manifest] = {}
        self._reading: dict[str, _Reading] = {}

    def of(self, sha256: str) -> Manifest | None:
        """The manifest of a file, ``None`` while it is still being read.

        Raises :class:`NotFound` for a file that is not here, :class:`TrustError` where it is damaged.
        """
        if not self._blobs.has(sha256):
            with self._lock:
                self._known.pop(sha256, None)
            raise NotFound(
                "the hub does not hold this file",
                fix="ask who took it into custody: a device that has it still sends it with its next sync",
            )
        with self._lock:
            if found := self._known.get(sha256):
                return found
            reading = self._reading.get(sha256)
            if reading is None:
                if len(self._reading) >= AT_ONCE:
                    return None
                reading = self._reading[sha256] = _Reading(self, self._blobs, sha256)
                reading.start()
        reading.join(PATIENCE_S)
        if reading.error is not None:
            raise reading.error
        return reading.found

    def ended(self, sha256: str, found: Manifest | None) -> None:
        """A file was read to its end, whether or not whoever asked is still there."""
        with self._lock:
            self._reading.pop(sha256, None)
            if found is not None:
                self._known = dict([*[*self._known.items()][-KEPT + 1 :], (sha256, found)])


class _Reading(threading.Thread):
    def __init__(self, told: Manifests, blobs: FileBlobs, sha256: str) -> None:
        super().__init__(name="manifest", daemon=True)
        self._told = told
        self._blobs = blobs
        self._sha256 = sha256
        self.found: Manifest | None = None
        self.error: CockpitError | None = None

    def run(self) -> None:
        try:
            with self._blobs.open(self._sha256, open_to_all) as source:
                found = manifest_of(pieces_of(source))
            if found.sha256 == self._sha256:
                self.found = found
            else:
                self.error = TrustError(
                    f"the hub's copy of the evidence file {self._sha256[:12]} is damaged",
                    safe="nothing of it was handed out", fix="a device that holds the file whole has it",
                )  # fmt: skip
        except CockpitError as error:
            self.error = error
        except OSError as error:
            self.error = StoreError(f"the hub cannot read this file: {error.strerror}")
        finally:
            self._told.ended(self._sha256, self.found)
