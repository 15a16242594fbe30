"""What is half here at a hub: no second copy is left behind, what nobody goes on with goes, and nobody fills the disk."""

import hashlib
import os
import shutil
import time
from pathlib import Path

import pytest

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.manifest import CHUNK_BYTES, Manifest, manifest_of
from ircockpit.core.errors import NotFound, StoreError
from ircockpit.hub import service, uploads
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.manifests import AT_ONCE, Manifests
from ircockpit.hub.service import Hub
from ircockpit.hub.uploads import ABANDONED_S, MOST_EACH, Uploads

DATA = hashlib.shake_256(b"half").digest(CHUNK_BYTES + 77)
ME, OTHER = "device-a", "device-b"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    return FileBlobs(tmp_path / "blobs")


@pytest.fixture
def half(place: Path, blobs: FileBlobs) -> Uploads:
    return Uploads(place, blobs)


def a_file(number: int, size: int = 10) -> Manifest:
    chunks = tuple(hashlib.sha256(b"%d %d" % (number, i)).hexdigest() for i in range(-(-size // CHUNK_BYTES)))
    return Manifest(hashlib.sha256(b"%d" % number).hexdigest(), size, chunks)


def send(half: Uploads, data: bytes) -> Manifest:
    manifest = manifest_of([data])
    half.begin(manifest, ME)
    for index in range(len(manifest.chunks)):
        first, size = manifest.span(index)
        half.take(manifest.sha256, manifest.digest, index, data[first : first + size])
    return manifest


def put_back(place: Path, seconds: float) -> None:
    """Let a folder look as old as that."""
    when = time.time() - seconds
    for each in (*place.iterdir(), place):
        os.utime(each, (when, when))


def test_of_a_file_that_came_in_chunks_one_copy_is_left(place: Path, blobs: FileBlobs, half: Uploads) -> None:
    manifest = send(half, DATA)
    assert half.commit(manifest.sha256, manifest.digest)
    assert list(place.iterdir()) == []
    files = [each for each in blobs.root.rglob("*") if each.is_file()]
    assert files == [blobs.path(manifest.sha256)]
    assert files[0].read_bytes() == DATA


def test_what_a_kill_left_of_a_file_that_is_whole_goes_at_the_next_start(
    place: Path, blobs: FileBlobs, half: Uploads
) -> None:
    manifest = send(half, DATA)
    (left,) = place.iterdir()
    blobs.adopt(left / "bytes", expect=manifest.sha256)  # and killed before the rest was taken away
    other = a_file(1)
    half.begin(other, ME)
    Uploads(place, blobs).sweep()
    assert [each.name[:64] for each in place.iterdir()] == [other.sha256], "only what is still on its way"


def test_what_nobody_goes_on_with_goes_after_a_week(place: Path, blobs: FileBlobs, half: Uploads) -> None:
    for number, age in ((1, ABANDONED_S + 60), (2, ABANDONED_S - 60)):
        half.begin(a_file(number), ME)
        put_back(next(each for each in place.iterdir() if each.name.startswith(a_file(number).sha256)), age)
    half.sweep()
    assert len(list(place.iterdir())) == 2, "within the hour it does not look again"
    Uploads(place, blobs).sweep()
    assert [each.name[:64] for each in place.iterdir()] == [a_file(2).sha256]
    with pytest.raises(NotFound):
        half.take(a_file(1).sha256, a_file(1).digest, 0, b"x")


def test_a_device_that_begins_too_many_loses_the_one_it_left_for_longest_and_nobody_else_does(
    place: Path, half: Uploads
) -> None:
    half.begin(a_file(0), OTHER)
    for number in range(1, MOST_EACH + 1):
        half.begin(a_file(number), ME)
        put_back(
            next(each for each in place.iterdir() if each.name.startswith(a_file(number).sha256)),
            1000 - number,
        )
    half.begin(a_file(MOST_EACH + 1), ME)
    names = {each.name[:64] for each in place.iterdir()}
    assert len(names) == MOST_EACH + 1
    assert a_file(1).sha256 not in names
    assert {a_file(0).sha256, a_file(2).sha256, a_file(MOST_EACH + 1).sha256} <= names


def test_what_one_device_has_begun_is_bounded_in_bytes(
    place: Path, half: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "BYTES_EACH", 25)
    for number in (1, 2, 3):
        half.begin(a_file(number), ME)
        put_back(
            next(each for each in place.iterdir() if each.name.startswith(a_file(number).sha256)),
            100 - number,
        )
    assert {each.name[:64] for each in place.iterdir()} == {a_file(2).sha256, a_file(3).sha256}


def test_what_the_disk_has_no_room_for_beside_what_is_on_its_way_is_refused_before_a_byte_is_sent(
    place: Path, half: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.mkdir()
    chunk = CHUNK_BYTES
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 5 * chunk}))
    monkeypatch.setattr(uploads, "SPARE_BYTES", chunk)
    half.begin(a_file(1, 3 * chunk), ME)
    with pytest.raises(
        StoreError, match=rf"no room for this file: it has {2 * chunk:,} bytes, and {chunk:,} are free"
    ):
        half.begin(a_file(2, 2 * chunk), ME)
    half.begin(a_file(3, chunk), ME)
    half.begin(a_file(1, 3 * chunk), ME)  # what was begun goes on


def test_a_stream_without_end_is_not_kept(
    hub: Hub, folder: HubFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_FILE", 1000)
    sha256 = hashlib.sha256(b"x" * 1100).hexdigest()
    answer = hub.keep(sha256, iter([b"x" * 100] * 11))
    assert (answer.status, folder.blobs.has(sha256)) == (413, False)
    fitting = hashlib.sha256(b"x" * 1000).hexdigest()
    assert hub.keep(fitting, iter([b"x" * 100] * 10)).status == 201


def test_the_chunks_of_a_file_are_told_by_whoever_holds_it_and_a_damaged_one_is_not(blobs: FileBlobs) -> None:
    told = Manifests(blobs)
    sha256 = blobs.put_bytes(DATA).sha256
    assert told.of(sha256) == manifest_of([DATA])
    blobs.remove(sha256)
    with pytest.raises(NotFound):
        told.of(sha256)
    again = Manifests(blobs)
    for number in range(AT_ONCE + 2):  # a damaged file holds no place of those that are read
        named = blobs.put_bytes(b"%d" % number).sha256
        blobs.path(named).write_bytes(b"damaged")
        with pytest.raises(Exception, match="is damaged"):
            again.of(named)
