"""An evidence file as chunks: each can travel, be checked and be sent again for itself."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from ircockpit.core.errors import BadInput, StoreError

CHUNK_BYTES = 8 * 1024 * 1024
"""Size of every chunk but the last."""
MAX_FILE = 64 * 1024**3
"""Bytes of the largest evidence file that travels."""

_MANIFEST = b"ircockpit/manifest/1\0"
_DIGEST = re.compile("[0-9a-f]{64}", re.ASCII).fullmatch


class Manifest(NamedTuple):
    """The whole file's hash and size, and the SHA-256 of each chunk in order (lower-case hex)."""

    sha256: str
    size: int
    """Bytes of the whole file."""
    chunks: tuple[str, ...]
    chunk_size: int = CHUNK_BYTES

    @property
    def digest(self) -> str:
        r"""``SHA-256("ircockpit/manifest/1\0" ‖ u64 chunk_size ‖ u64 size ‖ chunk hashes)``, big-endian, as hex.

        The event that records an exhibit states it, so that each chunk is bound to who took the file in.
        """
        head = _MANIFEST + self.chunk_size.to_bytes(8, "big") + self.size.to_bytes(8, "big")
        return hashlib.sha256(head + bytes.fromhex("".join(self.chunks))).hexdigest()

    def span(self, index: int) -> tuple[int, int]:
        """Offset and size of a chunk in bytes."""
        first = index * self.chunk_size
        return first, min(self.chunk_size, self.size - first)

    def to_wire(self) -> dict[str, Any]:
        """The manifest in JSON."""
        return {
            "sha256": self.sha256, "size": self.size, "chunk_size": self.chunk_size, "chunks": list(self.chunks)
        }  # fmt: skip


class Chunker:
    """Hashes a file as it passes by: the whole and its chunks in one reading."""

    def __init__(self) -> None:
        self._whole = hashlib.sha256()
        self._chunk = hashlib.sha256()
        self._chunks: list[str] = []
        self._size = 0

    def update(self, data: bytes) -> None:
        """The next bytes."""
        self._whole.update(data)
        rest = memoryview(data)
        while rest:
            room = CHUNK_BYTES - self._size % CHUNK_BYTES
            piece, rest = rest[:room], rest[room:]
            self._chunk.update(piece)
            self._size += len(piece)
            if not self._size % CHUNK_BYTES:
                self._end_chunk()

    def manifest(self) -> Manifest:
        """What went by, as a manifest."""
        if self._size % CHUNK_BYTES:
            self._end_chunk()
        return Manifest(self._whole.hexdigest(), self._size, tuple(self._chunks))

    def _end_chunk(self) -> None:
        self._chunks.append(self._chunk.hexdigest())
        self._chunk = hashlib.sha256()


def manifest_of(pieces: Iterable[bytes]) -> Manifest:
    """The manifest of bytes that come in pieces."""
    chunker = Chunker()
    for piece in pieces:
        chunker.update(piece)
    return chunker.manifest()


def read_manifest(value: Any) -> Manifest:
    """The manifest in such a JSON object. Raises :class:`BadInput` for anything that cannot be one."""
    if not isinstance(value, dict) or value.keys() != {"sha256", "size", "chunk_size", "chunks"}:
        raise BadInput("a manifest needs sha256, size, chunk_size and chunks")
    size, chunks = value["size"], value["chunks"]
    if type(size) is not int or not 0 <= size <= MAX_FILE or value["chunk_size"] != CHUNK_BYTES:
        raise BadInput(f"a file has at most {MAX_FILE} bytes, in chunks of {CHUNK_BYTES}")
    if type(chunks) is not list or len(chunks) != -(-size // CHUNK_BYTES):
        raise BadInput("the manifest does not have the chunks that its size asks for")
    if not all(isinstance(each, str) and _DIGEST(each) for each in [*chunks, value["sha256"]]):
        raise BadInput("a hash in the manifest is not one")
    return Manifest(value["sha256"], size, tuple(chunks))


def read_chunk(source: BinaryIO, manifest: Manifest, index: int) -> bytes:
    """A chunk of an open file, not checked: whoever receives it does that."""
    first, size = manifest.span(index)
    source.seek(first)
    return source.read(size)


def check_chunk(data: bytes, manifest: Manifest, index: int) -> None:
    """Raise :class:`StoreError` where a chunk read here is no longer what the manifest says."""
    if hashlib.sha256(data).hexdigest() != manifest.chunks[index]:
        raise StoreError(
            f"the evidence file {manifest.sha256[:12]} changed on this disk while it was sent",
            safe="the hub kept none of the changed bytes, and the record names the right hash",
            fix="check this disk: ircockpit doctor; another device may hold the file whole",
        )


def pieces_of(source: BinaryIO, size: int = 1 << 20) -> Iterator[bytes]:
    """An open file from its beginning, piece by piece."""
    source.seek(0)
    while piece := source.read(size):
        yield piece
