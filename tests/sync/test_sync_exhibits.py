"""Evidence files go to the hub after events, in pieces that resume, and come back only as what they are."""

import hashlib
from pathlib import Path

import pytest
from tests.support.hub import declare, sync
from tests.sync.conftest import Pair

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.errors import DeadlineError, NotFound, TrustError
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync import exhibits
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import Connection, connect

DATA = bytes(range(256)) * 9000  # 2.3 MB: three pieces


def exhibit(who: Workstation, data: bytes, scope: str = "team") -> str:
    sha256 = FileBlobs(who.profile.blobs).put_bytes(data).sha256
    ident = declare(who, "wrong dose")
    stream = who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
    body = {"incident": ident, "number": 1, "name": "chat.txt", "sha256": sha256, "size": len(data)}
    who.append([Draft(stream, "evidence.added", who.new_id(stream), (body,), scope=scope)])
    return sha256


def open_connection(who: Workstation) -> Connection:
    return connect(who.profile, who.identity, HttpTransport, who.clock)


def carry(who: Workstation) -> list[str]:
    connection = open_connection(who)
    blobs = FileBlobs(who.profile.blobs)
    found = exhibits.pending(connection.log, blobs)
    for sha256 in found.files:
        exhibits.send_file(connection.client, blobs, sha256, lambda have, total: None)
    exhibits.note_sent(connection.log, found)
    connection.close()
    return found.files


@pytest.mark.parametrize("data", [DATA, b"short", b""])
def test_a_file_reaches_a_colleague_through_the_hub(pair: Pair, data: bytes) -> None:
    hub, a, b = pair
    sha256 = exhibit(a, data)
    sync(a)
    assert carry(a) == [sha256]
    assert carry(a) == []
    with hub.folder.blobs.open(sha256, verify=True) as kept:
        assert kept.read() == data
    sync(b)
    connection = open_connection(b)
    path = exhibits.fetch_blob(connection.client, FileBlobs(b.profile.blobs), sha256)
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
        exhibits.fetch_blob(connection.client, FileBlobs(b.profile.blobs), sha256)
    connection.close()


def test_a_transfer_goes_on_where_it_broke_off(pair: Pair) -> None:
    hub, a, _ = pair
    sha256 = exhibit(a, DATA)
    blobs = FileBlobs(a.profile.blobs)
    sent: list[int] = []

    def breaks(have: int, total: int) -> None:
        sent.append(have)
        if len(sent) == 1:
            raise DeadlineError("the link is cut")

    connection = open_connection(a)
    with pytest.raises(DeadlineError):
        exhibits.send_file(connection.client, blobs, sha256, breaks)
    hub.stop()
    hub.start()
    assert exhibits.send_file(connection.client, blobs, sha256, breaks)
    assert sent == [exhibits.PIECE_BYTES, 2 * exhibits.PIECE_BYTES, len(DATA)]
    assert not exhibits.send_file(connection.client, blobs, sha256, breaks)
    connection.close()
    assert hub.folder.blobs.has(sha256)
    assert list(hub.folder.uploads.iterdir()) == []


def test_wrong_bytes_are_kept_by_nobody(pair: Pair) -> None:
    hub, a, b = pair
    sha256 = hashlib.sha256(DATA).hexdigest()
    connection = open_connection(a)
    with pytest.raises(TrustError):
        connection.client.put_piece(sha256, 0, 5, b"wrong")
    assert not hub.folder.blobs.has(sha256)
    assert connection.client.blob_state(sha256) == (0, False)
    connection.close()
    place = hub.folder.blobs.path(hub.folder.blobs.put_bytes(DATA).sha256)
    place.chmod(0o600)
    place.write_bytes(b"x" + DATA[1:])
    connection = open_connection(b)
    with pytest.raises(TrustError):
        exhibits.fetch_blob(connection.client, FileBlobs(b.profile.blobs), sha256)
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
    exhibits.send_file(connection.client, blobs, sha256, lambda have, total: None)
    hub.restore(tmp_path / "old")
    hub.folder.blobs.path(sha256).unlink()
    sync(a)  # learns of it before the sending is noted
    exhibits.note_sent(connection.log, found)
    connection.close()
    assert carry(a) == [sha256]
