"""Chunks and manifests: one reading gives all hashes, and what is no manifest is told from what is."""

import hashlib
import io

import pytest

from ircockpit.blobs.manifest import (
    CHUNK_BYTES,
    MAX_FILE,
    check_chunk,
    manifest_of,
    read_chunk,
    read_manifest,
)
from ircockpit.core.errors import BadInput, StoreError


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES + 77])
@pytest.mark.parametrize("step", [1 << 20, 3_000_017])
def test_whole_and_chunks_are_hashed_in_one_reading(size: int, step: int) -> None:
    data = hashlib.shake_256(b"x").digest(size)
    made = manifest_of(data[i : i + step] for i in range(0, size, step))
    assert (made.sha256, made.size) == (hashlib.sha256(data).hexdigest(), size)
    pieces = [data[i : i + CHUNK_BYTES] for i in range(0, size, CHUNK_BYTES)]
    assert list(made.chunks) == [hashlib.sha256(each).hexdigest() for each in pieces]
    assert [read_chunk(io.BytesIO(data), made, i) for i in range(len(pieces))] == pieces
    assert read_manifest(made.to_wire()) == made


def test_the_digest_is_of_everything_the_manifest_says() -> None:
    made = manifest_of([b"one", b"two"])
    chunks = bytes.fromhex("".join(made.chunks))
    head = b"ircockpit/manifest/1\0" + (8 << 20).to_bytes(8, "big") + (6).to_bytes(8, "big")
    assert made.digest == hashlib.sha256(head + chunks).hexdigest()
    for other in (made._replace(size=7), made._replace(chunk_size=1), made._replace(chunks=("00" * 32,))):
        assert other.digest != made.digest


def test_a_chunk_that_is_another_by_now_is_told() -> None:
    made = manifest_of([b"what was taken in"])
    for other in (b"what was taken on", b"what was"):
        with pytest.raises(StoreError, match="changed on this disk"):
            check_chunk(other, made, 0)
    check_chunk(b"what was taken in", made, 0)


@pytest.mark.parametrize(
    "wrong",
    [{"size": MAX_FILE + 1}, {"size": True}, {"size": 5.0}, {"sha256": "AB" * 32}, {"chunks": ["ab" * 31 + "g!"]}],
)  # fmt: skip
def test_what_is_no_manifest_is_told(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        read_manifest({**manifest_of([b"12345"]).to_wire(), **wrong})
