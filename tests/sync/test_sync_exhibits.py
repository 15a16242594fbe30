"""Evidence files go to the hub after events, in chunks that resume, and come back only as what they are."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from tests.support.hub import declare, sync
from tests.sync.conftest import Pair

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.blobs.manifest import CHUNK_BYTES
from ircockpit.core.errors import DeadlineError, NotFound, RefusedError, StoreError, TrustError
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync import exhibits, uploading
from ircockpit.sync.crew import IN_FLIGHT
from ircockpit.sync.state import Sending
from ircockpit.sync.transport import Headers, HttpTransport, Reply
from ircockpit.sync.uploading import Upload
from ircockpit.sync.worker import Connection, connect

DATA = bytes(range(256)) * 9000
CHUNKS = 7
LARGE = hashlib.shake_256(b"evidence").digest((CHUNKS - 1) * CHUNK_BYTES + 1000)


def exhibit(who: Workstation, data: bytes, scope: str = "team") -> str:
    sha256 = FileBlobs(who.profile.blobs).put_bytes(data).sha256
    ident = declare(who, "wrong dose")
    stream = who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
    body = {"incident": ident, "number": 1, "name": "chat.txt", "sha256": sha256, "size": len(data)}
    who.append([Draft(stream, "evidence.added", who.new_id(stream), (body,), scope=scope)])
    return sha256


def open_connection(who: Workstation) -> Connection:
    return connect(who.profile, who.identity, HttpTransport, who.clock)


def carry(who: Workstation, progress: Callable[[Sending], None] = lambda _: None) -> list[str]:
    connection = open_connection(who)
    blobs = FileBlobs(who.profile.blobs)
    try:
        found = exhibits.pending(connection.log, blobs)
        exhibits.send_all(
            connection.log,
            connection.client,
            found,
            blobs,
            open_to_all,
            lambda: HttpTransport(who.identity.hub),
            progress,
        )
    finally:
        connection.close()
    return found.files


@pytest.mark.parametrize("data", [DATA, b"short", b""])
def test_a_file_reaches_a_colleague_through_the_hub(pair: Pair, data: bytes) -> None:
    hub, a, b = pair
    sha256 = exhibit(a, data)
    sync(a)
    assert carry(a) == [sha256]
    assert carry(a) == []
    with hub.folder.blobs.open(sha256, open_to_all, verify=True) as kept:
        assert kept.read() == data
    sync(b)
    connection = open_connection(b)
    path = exhibits.fetch_blob(connection.client, FileBlobs(b.profile.blobs), sha256, open_to_all)
    connection.close()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_raw_intake_stays_where_it_was_received(pair: Pair) -> None:
    hub, a, b = pair
    sha256 = exhibit(a, DATA, scope="restricted")
    sync(a)
    assert carry(a) == []
    assert not hub.folder.blobs.has(sha256)
    connection = open_connection(b)
    with pytest.raises(NotFound):
        exhibits.fetch_blob(connection.client, FileBlobs(b.profile.blobs), sha256, open_to_all)
    connection.close()


class Puts(HttpTransport):
    """Counts the chunks sent, and does something at one of them."""

    seen: ClassVar[list[str]] = []
    at: ClassVar[Callable[[int, bytes], bytes]] = lambda _, body: body

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        if method == "PUT":
            Puts.seen.append(path.rpartition("/")[2])
            body = Puts.at(len(Puts.seen), body or b"")
        return super().send(method, path, body, headers)


def send_with(who: Workstation, at: Callable[[int, bytes], bytes]) -> list[str]:
    """Send what is pending through :class:`Puts`; the numbers of the chunks in the order they left."""
    Puts.seen, Puts.at = [], staticmethod(at)
    connection = open_connection(who)
    blobs = FileBlobs(who.profile.blobs)
    try:
        exhibits.send_all(
            connection.log, connection.client, exhibits.pending(connection.log, blobs), blobs, open_to_all,
            lambda: Puts(who.identity.hub), lambda _: None,
        )  # fmt: skip
    finally:
        connection.close()
    return Puts.seen


def test_a_transfer_goes_on_where_it_broke_off(pair: Pair) -> None:
    hub, a, _ = pair
    sha256 = exhibit(a, LARGE)

    def breaks(count: int, body: bytes) -> bytes:
        if count > 4:
            raise DeadlineError("the link is cut")
        return body

    with pytest.raises(DeadlineError):
        send_with(a, breaks)
    assert not exhibits.at_hub(a.log, sha256)
    hub.stop()
    hub.start()
    again = send_with(a, lambda _, body: body)
    assert 0 < len(again) <= CHUNKS - 4 + IN_FLIGHT  # at most one chunk a connection is sent twice
    assert exhibits.at_hub(a.log, sha256)
    assert carry(a) == []
    assert hub.folder.blobs.has(sha256)
    assert list(hub.folder.uploads.iterdir()) == []


def test_chunks_travel_side_by_side_and_progress_is_told(pair: Pair) -> None:
    _, a, _ = pair
    exhibit(a, LARGE)
    together = threading.Barrier(IN_FLIGHT, timeout=20)

    def meet(count: int, body: bytes) -> bytes:
        if count <= IN_FLIGHT:
            together.wait()  # passes only when so many are on their way at once
        return body

    assert sorted(map(int, send_with(a, meet))) == list(range(CHUNKS))
    told: list[Sending] = []
    exhibit(a, LARGE[1:])
    carry(a, told.append)
    assert [each.done for each in told] == sorted(each.done for each in told)
    assert told[-1].done == told[-1].total == len(LARGE) - 1
    assert "MB a second" in told[-1].words()


def test_a_chunk_garbled_on_its_way_is_sent_again(pair: Pair) -> None:
    hub, a, _ = pair
    sha256 = exhibit(a, LARGE)
    seen = send_with(a, lambda count, body: b"?" + body[1:] if count == 2 else body)
    assert len(seen) == CHUNKS + 1
    with hub.folder.blobs.open(sha256, open_to_all, verify=True):
        assert exhibits.at_hub(a.log, sha256)


def test_a_byte_that_the_hubs_disk_changed_is_found_before_anything_is_called_verified(pair: Pair) -> None:
    hub, a, _ = pair
    sha256 = exhibit(a, LARGE)

    def rots(count: int, body: bytes) -> bytes:
        if count == CHUNKS:
            for place in hub.folder.uploads.iterdir():
                with (place / "bytes").open("r+b") as file:
                    if file.read(1):
                        file.seek(0)
                        file.write(bytes([LARGE[0] ^ 1]))
        return body

    # The first chunk may still be on its way when another is the last to leave: then nothing rots.
    seen = send_with(a, rots)
    assert len(seen) in (CHUNKS, 2 * CHUNKS)
    with hub.folder.blobs.open(sha256, open_to_all, verify=True):
        assert exhibits.at_hub(a.log, sha256)


def test_a_file_that_changed_here_is_not_sent_and_stops_no_other(pair: Pair) -> None:
    hub, a, _ = pair
    bad, good = exhibit(a, LARGE), exhibit(a, b"short")
    place = FileBlobs(a.profile.blobs).path(bad)
    with place.open("r+b") as file:
        file.write(b"x")
    with pytest.raises(StoreError, match="damaged"):
        carry(a)
    assert (hub.folder.blobs.has(bad), hub.folder.blobs.has(good)) == (False, True)
    assert (exhibits.at_hub(a.log, bad), exhibits.at_hub(a.log, good)) == (False, True)
    place.write_bytes(LARGE)
    assert carry(a) == [bad]


def test_a_file_too_large_for_a_hub_says_what_to_do_and_stops_no_other(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, a, _ = pair
    monkeypatch.setattr(uploading, "MAX_FILE", len(DATA) - 1)
    large, good = exhibit(a, DATA), exhibit(a, b"short")
    with pytest.raises(
        RefusedError, match=f"has {len(DATA):,} bytes; files of up to {len(DATA) - 1:,}"
    ) as caught:
        carry(a)
    assert "bundle export" in caught.value.fix
    assert (hub.folder.blobs.has(large), hub.folder.blobs.has(good)) == (False, True)


def test_a_file_that_changes_while_it_is_sent_is_noticed(pair: Pair) -> None:
    hub, a, _ = pair
    sha256 = exhibit(a, LARGE)

    def changes(count: int, body: bytes) -> bytes:
        if count == 1:
            with FileBlobs(a.profile.blobs).path(sha256).open("r+b") as file:
                file.seek(-1, 2)
                file.write(bytes([LARGE[-1] ^ 1]))
        return body

    with pytest.raises(StoreError, match="changed on this disk while it was sent"):
        send_with(a, changes)
    assert not hub.folder.blobs.has(sha256)


def test_wrong_bytes_are_kept_by_nobody(pair: Pair) -> None:
    hub, _, b = pair
    sha256 = hashlib.sha256(DATA).hexdigest()
    place = hub.folder.blobs.path(hub.folder.blobs.put_bytes(DATA).sha256)
    place.chmod(0o600)
    place.write_bytes(b"x" + DATA[1:])
    connection = open_connection(b)
    with pytest.raises(TrustError):
        exhibits.fetch_blob(connection.client, FileBlobs(b.profile.blobs), sha256, open_to_all)
    connection.close()
    assert not FileBlobs(b.profile.blobs).has(sha256)


def test_a_hub_that_goes_back_while_files_are_sent_gets_them_again(pair: Pair, tmp_path: Path) -> None:
    hub, a, _ = pair
    sync(a)
    hub.back_up(tmp_path / "old")
    sha256 = exhibit(a, b"short")
    sync(a)
    connection = open_connection(a)
    blobs = FileBlobs(a.profile.blobs)
    found = exhibits.pending(connection.log, blobs)
    client = connection.client.beside(HttpTransport(a.identity.hub))
    Upload([client], blobs, sha256, open_to_all).send()
    client.close()
    hub.restore(tmp_path / "old")
    hub.folder.blobs.path(sha256).unlink()
    sync(a)  # learns of it before the sending is noted
    exhibits.note_sent(connection.log, found)
    connection.close()
    assert carry(a) == [sha256]


def test_a_hub_that_lost_files_and_nothing_else_gets_them_again(pair: Pair, tmp_path: Path) -> None:
    """Put back, it is another run of it; what this device had pulled is all there, and tells nothing."""
    hub, a, _ = pair
    sha256 = exhibit(a, DATA)
    sync(a)
    hub.back_up(tmp_path / "old")
    carry(a)
    assert exhibits.at_hub(a.log, sha256)
    reach = a.log.reach(a.log.streams()[0])
    hub.restore(tmp_path / "old", whole=True)
    hub.folder.blobs.path(sha256).unlink()
    sync(a)
    assert a.log.reach(a.log.streams()[0]) == reach
    assert not exhibits.at_hub(a.log, sha256)
    assert carry(a) == [sha256]
    assert hub.folder.blobs.has(sha256)
    sync(a)
    assert exhibits.at_hub(a.log, sha256), "the same run is met once"
