"""What must not be copied reaches no hub and no further device, however it would travel, and goes once counsel lets it."""

import hashlib
from pathlib import Path

import pytest
from tests.support.hub import declare, sync
from tests.sync.conftest import Pair
from tests.sync.test_sync_exhibits import LARGE, Puts
from tests.sync.test_sync_worker import Told, live

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.halves import on_their_way
from ircockpit.core.errors import RefusedError
from ircockpit.features.clocks.actions import fact, not_reportable
from ircockpit.features.evidence.actions import add, fetch
from ircockpit.features.evidence.queries import copy_gate_of, exhibits
from ircockpit.features.sharing.actions import sync_now
from ircockpit.store.workstation import Workstation
from ircockpit.sync import exhibits as carried
from ircockpit.sync.worker import connect

SHA256 = hashlib.sha256(LARGE).hexdigest()
CONTROL = b"a log without any of it"


def kept(who: Workstation, folder: Path) -> str:
    """An incident with one large file that nobody knows anything of yet."""
    ident = declare(who, "seen")
    file = folder / "seen.bin"
    file.write_bytes(LARGE)
    add(who, file=str(file), incident=ident)
    return ident


def also(who: Workstation, ident: str, folder: Path) -> str:
    """A file of the same incident that is said to hold none of it; its hash."""
    file = folder / "log.txt"
    file.write_bytes(CONTROL)
    return str(add(who, file=str(file), incident=ident, clear=True).data["sha256"])


def mark(who: Workstation, ident: str) -> None:
    fact(who, incident=ident, fact="child_abuse_material", answer="yes")


def lift(who: Workstation, ident: str) -> None:
    not_reportable(who, incident=ident, clock="child-abuse-never-copy", why="counsel looked")


def test_a_round_sends_the_others_says_what_stays_and_sends_it_once_it_may(
    pair: Pair, tmp_path: Path
) -> None:
    hub, a, _ = pair
    ident = kept(a, tmp_path)
    mark(a, ident)
    clear = also(a, ident, tmp_path)
    for _ in range(2):
        done = sync_now(a)
        assert "1 evidence file must not be copied and stays here" in done.said
        assert done.code == 0
        assert (hub.folder.blobs.has(clear), hub.folder.blobs.has(SHA256)) == (True, False)
    lift(a, ident)
    assert "1 evidence file sent" in sync_now(a).said
    assert hub.folder.blobs.has(SHA256)


def test_the_thread_beside_the_screen_sends_the_others_alone(pair: Pair, tmp_path: Path) -> None:
    hub, a, _ = pair
    ident = kept(a, tmp_path)
    mark(a, ident)
    clear = also(a, ident, tmp_path)
    told = Told(a)
    told.until(lambda state: live(state) and "must not be copied" in state.held_up)
    assert (hub.folder.blobs.has(clear), hub.folder.blobs.has(SHA256)) == (True, False)
    lift(a, ident)
    told.worker.wake()
    told.until_true(lambda: hub.folder.blobs.has(SHA256))
    told.worker.stop(5)


def test_a_transfer_under_way_ends_when_it_becomes_known(pair: Pair, tmp_path: Path) -> None:
    hub, a, _ = pair
    ident = kept(a, tmp_path)
    sync(a)

    def learns(count: int, body: bytes) -> bytes:
        if count == 1:
            mark(a, ident)
        return body

    Puts.seen, Puts.at = [], staticmethod(learns)
    connection = connect(a.profile, a.identity, Puts, a.clock)
    blobs = FileBlobs(a.profile.blobs)
    found = carried.pending(connection.log, blobs)
    try:
        with copy_gate_of(a.profile, a.clock) as gate, pytest.raises(RefusedError, match="held back"):
            carried.send_all(
                connection.log, connection.client, found, blobs, gate, lambda: Puts(hub.url), lambda _: None
            )
    finally:
        connection.close()
    assert 0 < len(Puts.seen) < 7, "the chunks that were on their way, and no more"
    assert not hub.folder.blobs.has(SHA256)
    assert carried.pending(a.log, blobs).files == [SHA256], "it is asked about again"


def test_a_colleague_who_knows_fetches_it_only_once_it_may(pair: Pair, tmp_path: Path) -> None:
    hub, a, b = pair
    ident = kept(a, tmp_path)
    sync_now(a)
    assert hub.folder.blobs.has(SHA256), "nobody knew when it was sent"
    mark(a, ident)
    sync_now(a)
    sync_now(b)
    (one,) = exhibits(b.view, ident)
    with pytest.raises(RefusedError, match="never copied"):
        fetch(b, exhibit=one.ident)
    blobs = FileBlobs(b.profile.blobs)
    assert not blobs.has(SHA256)
    assert on_their_way(blobs) == []
    lift(a, ident)
    sync_now(a)
    sync_now(b)
    assert fetch(b, exhibit=one.ident).data["fetched"]
    assert blobs.has(SHA256)
