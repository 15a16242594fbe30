"""Evidence files come from the hub in pieces that resume, each chunk checked, whatever the link or the hub does."""

import hashlib
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from tests.support.hub import sync
from tests.sync.conftest import Pair
from tests.sync.test_sync_exhibits import CHUNKS, LARGE, carry, exhibit, open_connection

from ircockpit.blobs import halves
from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.blobs.halves import PIECE_BYTES
from ircockpit.blobs.manifest import CHUNK_BYTES, Manifest, manifest_of
from ircockpit.core.errors import (
    CockpitError,
    ConflictError,
    DeadlineError,
    NotFound,
    OfflineError,
    StoreError,
    TrustError,
)
from ircockpit.hub.manifests import Manifests
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync import fetching
from ircockpit.sync.crew import IN_FLIGHT
from ircockpit.sync.fetching import Download
from ircockpit.sync.state import Sending
from ircockpit.sync.transport import Headers, HttpTransport, Reply

Altered = Callable[[int, int, bytes], bytes]
"""What becomes of a piece: how many came, where it begins in the file, its bytes."""


class Gets(HttpTransport):
    """Counts the bytes of pieces that came, and alters one or fails."""

    came: ClassVar[int] = 0
    count: ClassVar[int] = 0
    at: ClassVar[Altered] = lambda _, __, body: body
    _guard: ClassVar[threading.Lock] = threading.Lock()

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        place = dict(headers).get("range", "").removeprefix("bytes=").partition("-")[0]
        if not place:
            return super().send(method, path, body, headers)
        with Gets._guard:
            Gets.count += 1
            number = Gets.count
        Gets.at(-number, int(place), b"")  # may refuse to ask at all
        reply = super().send(method, path, body, headers)
        altered = Gets.at(number, int(place), reply.body)
        with Gets._guard:
            Gets.came += len(altered)
        return reply._replace(body=altered)


@pytest.fixture
def sha256(pair: Pair) -> str:
    """A file that the one has taken in and the hub holds."""
    _, a, b = pair
    known = exhibit(a, LARGE)
    sync(a)
    carry(a)
    sync(b)
    return known


def fetch(
    who: Workstation,
    sha256: str,
    at: Altered = lambda _, __, body: body,
    *,
    signed: str = "",
    progress: Callable[[Sending], None] = lambda _: None,
    patience_s: float = 30.0,
) -> int:
    """Fetch a file, altered on its way; how many bytes of it came."""
    Gets.came = Gets.count = 0
    Gets.at = staticmethod(at)
    connection = open_connection(who)
    clients = [connection.client.beside(Gets(who.identity.hub)) for _ in range(IN_FLIGHT)]
    try:
        path = Download(
            clients, FileBlobs(who.profile.blobs), sha256, open_to_all, signed, progress, patience_s
        ).fetch()
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    finally:
        for each in clients:
            each.close()
        connection.close()
    return Gets.came


def nothing_left(who: Workstation) -> bool:
    blobs = FileBlobs(who.profile.blobs)
    return halves.on_their_way(blobs) == [] and not list((blobs.root / "tmp" / "half").iterdir())


def test_it_comes_whole_and_is_asked_for_once(pair: Pair, sha256: str) -> None:
    told: list[Sending] = []
    assert fetch(pair[2], sha256, progress=told.append) == len(LARGE)
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert told[-1].done == told[-1].total == len(LARGE)
    assert told[-1].words().startswith(f"fetching {sha256[:12]}: 100 % of 50.3 MB, ")
    assert nothing_left(pair[2])


@pytest.mark.parametrize("data", [b"short", b""])
def test_a_small_file_comes_too(pair: Pair, data: bytes) -> None:
    _, a, b = pair
    known = exhibit(a, data)
    carry(a)
    assert fetch(b, known) == len(data)


def test_what_is_cut_goes_on_where_it_was_and_little_comes_twice(pair: Pair, sha256: str) -> None:
    hub, _, b = pair
    total = cuts = 0

    def cut(after: int) -> Altered:
        def at(number: int, _: int, body: bytes) -> bytes:
            if abs(number) > after:
                raise DeadlineError("the link is cut")
            return body

        return at

    for after in (1, 5, 11, 17):  # within a chunk, at its end, and behind it
        with pytest.raises(DeadlineError, match="the link is cut") as caught:
            fetch(b, sha256, cut(after), patience_s=0)
        assert (caught.value.safe, caught.value.fix) == (halves.KEPT, fetching.GOES_ON)
        total, cuts = total + Gets.came, cuts + 1
        assert not FileBlobs(b.profile.blobs).has(sha256)
        (half,) = halves.on_their_way(FileBlobs(b.profile.blobs))
        assert (half.done, half.total, half.running) == (total, len(LARGE), False)
        hub.stop()
        hub.start()
    total += fetch(b, sha256)
    assert total - len(LARGE) <= cuts * CHUNK_BYTES
    assert total == len(LARGE), "what had arrived was not even asked for again"


def test_a_link_that_only_breaks_now_and_then_is_nothing_to_tell(pair: Pair, sha256: str) -> None:
    def breaks(number: int, _: int, body: bytes) -> bytes:
        if number > 0 and number % 3 == 0:
            raise OfflineError("the link broke")
        return body

    assert fetch(pair[2], sha256, breaks) == len(LARGE)


def test_a_chunk_garbled_once_is_fetched_again(pair: Pair, sha256: str) -> None:
    once = threading.Event()

    def garbles(number: int, first: int, body: bytes) -> bytes:
        if number > 0 and first == 3 * CHUNK_BYTES and not once.is_set():
            once.set()
            return b"?" + body[1:]
        return body

    assert fetch(pair[2], sha256, garbles) == len(LARGE) + CHUNK_BYTES


def lies(number: int, first: int, body: bytes) -> bytes:
    lied = number > 0 and first == 3 * CHUNK_BYTES + PIECE_BYTES
    return bytes([body[0] ^ 1]) + body[1:] if lied else body


def test_a_wrong_chunk_of_a_lying_hub_is_named_and_not_kept(pair: Pair, sha256: str) -> None:
    _, _, b = pair
    with pytest.raises(TrustError, match=f"chunk 4 of {CHUNKS} of the evidence file {sha256[:12]}"):
        fetch(b, sha256, lies)
    assert not FileBlobs(b.profile.blobs).has(sha256)
    (half,) = halves.on_their_way(FileBlobs(b.profile.blobs))
    assert half.done <= len(LARGE) - CHUNK_BYTES, "the wrong chunk does not count"
    assert fetch(b, sha256) == len(LARGE) - half.done


def test_control_without_the_chunks_hash_the_lie_is_noticed_only_at_the_end(
    pair: Pair, sha256: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halves.Half, "_check", lambda *_: True)
    with pytest.raises(TrustError, match="hash to"):
        fetch(pair[2], sha256, lies)
    assert not FileBlobs(pair[2].profile.blobs).has(sha256)


def other_chunks(manifest: Manifest) -> Manifest:
    return manifest._replace(chunks=(manifest.chunks[0], "ab" * 32, *manifest.chunks[2:]))


def test_a_list_of_chunks_that_is_not_the_signed_one_is_refused_at_once(
    pair: Pair, sha256: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, b = pair
    true = manifest_of([LARGE])
    assert fetch(b, sha256, signed=true.digest) == len(LARGE)
    FileBlobs(b.profile.blobs).remove(sha256)
    monkeypatch.setattr(Manifests, "of", lambda *_: other_chunks(true))
    with pytest.raises(TrustError, match="lists other chunks"):
        fetch(b, sha256, signed=true.digest)
    assert Gets.came == 0
    with pytest.raises(TrustError, match=f"chunk 2 of {CHUNKS}"):  # where the record states none
        fetch(b, sha256)
    monkeypatch.undo()
    assert fetch(b, sha256) <= len(LARGE), "the right list begins anew, and is believed"


def test_what_this_disk_changed_meanwhile_is_fetched_again(pair: Pair, sha256: str) -> None:
    _, _, b = pair

    def cut(number: int, _: int, body: bytes) -> bytes:
        if abs(number) > 20:
            raise DeadlineError("the link is cut")
        return body

    with pytest.raises(DeadlineError):
        fetch(b, sha256, cut, patience_s=0)
    had = halves.on_their_way(FileBlobs(b.profile.blobs))[0].done
    with (b.profile.blobs / "tmp" / "half" / sha256 / "bytes").open("r+b") as file:
        file.write(bytes([LARGE[0] ^ 1]))
    assert fetch(b, sha256) == len(LARGE) - had + CHUNK_BYTES


def test_another_window_is_told_and_can_have_it_stopped(pair: Pair, sha256: str) -> None:
    _, _, b = pair
    blobs = FileBlobs(b.profile.blobs)
    reached, go_on = threading.Event(), threading.Event()
    ended: list[CockpitError] = []

    def waits(number: int, _: int, body: bytes) -> bytes:
        if number > 10:
            reached.set()
            assert go_on.wait(30)
        return body

    def run() -> None:
        try:
            fetch(b, sha256, waits)
        except CockpitError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert reached.wait(30)
    assert [(each.sha256, each.running) for each in halves.on_their_way(blobs)] == [(sha256, True)]
    with pytest.raises(ConflictError, match="another window"):
        halves.Half(blobs, manifest_of([LARGE]))
    assert halves.stop(blobs, sha256)
    go_on.set()
    thread.join(30)
    assert [each.what for each in ended] == ["the transfer was ended here"]
    assert not halves.stop(blobs, sha256), "nobody is at it any more"
    (half,) = halves.on_their_way(blobs)
    assert not half.running
    assert half.done >= 10 * PIECE_BYTES
    assert fetch(b, sha256) == len(LARGE) - half.done


def test_entries_pass_a_file_that_is_on_its_way(pair: Pair, sha256: str) -> None:
    _, a, b = pair
    reached, go_on = threading.Event(), threading.Event()

    def waits(number: int, _: int, body: bytes) -> bytes:
        if number > 0:
            reached.set()
            assert go_on.wait(30)
        return body

    thread = threading.Thread(target=fetch, args=(b, sha256, waits))
    thread.start()
    try:
        assert reached.wait(30)
        ident, stream = a.view.rows("SELECT id, stream FROM incident")[0]
        said = a.append([Draft(stream, "incident.noted", ident, ({"text": "meanwhile"},))])
        sync(a)
        sync(b)
        assert b.log.get(said[0]) is not None
        assert not go_on.is_set()
    finally:
        go_on.set()
        thread.join(30)
    assert FileBlobs(b.profile.blobs).has(sha256)


def test_a_file_the_hub_has_not_got_leaves_nothing_behind(pair: Pair) -> None:
    with pytest.raises(NotFound):
        fetch(pair[2], "ab" * 32)
    assert halves.on_their_way(FileBlobs(pair[2].profile.blobs)) == []


def test_without_room_it_says_how_much_is_wanted_before_anything_is_fetched(
    pair: Pair, sha256: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halves, "SPARE_BYTES", 1 << 60)
    with pytest.raises(
        StoreError,
        match=r"no room for this file: 50,332,648 bytes of it are still to come, and [\d,]+ are free",
    ):
        fetch(pair[2], sha256)
    assert Gets.came == 0


def mounted(folder: Path, words: str) -> None:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", words, "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"elsewhere: no file system may be mounted here ({done.stderr.strip()[:60]})")


def test_a_disk_that_fills_meanwhile_is_said_and_with_room_it_goes_on(
    pair: Pair, sha256: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room was there when it began, and somebody else has taken it."""
    _, _, b = pair
    monkeypatch.setattr(halves, "SPARE_BYTES", -(1 << 40))
    folder = b.profile.blobs / "tmp" / "half"
    folder.mkdir(parents=True)
    mounted(folder, "size=20m")
    try:
        with pytest.raises(StoreError, match="no room left for evidence") as caught:
            fetch(b, sha256)
        assert caught.value.safe == halves.KEPT
        (half,) = halves.on_their_way(FileBlobs(b.profile.blobs))
        assert CHUNK_BYTES <= half.done < len(LARGE)
        mounted(folder, "remount,size=200m")
        monkeypatch.setattr(
            halves.Half, "finish", lambda self: self._place / "bytes"
        )  # it cannot be renamed from there
        assert fetch(b, sha256) == len(LARGE) - half.done
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_what_was_erased_meanwhile_is_gone_with_what_had_arrived(
    pair: Pair, sha256: str, tmp_path: Path
) -> None:
    blobs = FileBlobs(tmp_path)
    half = halves.Half(blobs, manifest_of([LARGE]))
    half.take(half.missing()[0], LARGE[:PIECE_BYTES])
    blobs.remove(sha256)
    half.close()
    assert halves.on_their_way(blobs) == []
