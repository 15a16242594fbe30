"""What every database behind a hub must do; a new one is one more name in ``BACKENDS``."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.lanes import Writer, incoming, new_stream

from ircockpit.core.ids import random_uuid
from ircockpit.hub.admission import MILESTONE
from ircockpit.hub.sqlite_store import SqliteStore
from ircockpit.hub.store import Device, Invitation, Store, Word
from ircockpit.ledger import receipt as receipts
from ircockpit.ledger.envelope import LEAP, Seen
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.receipt import decode, leaf
from ircockpit.ledger.signing import SigningKey

BACKENDS: dict[str, Callable[[Path], Store]] = {"sqlite": lambda folder: SqliteStore(folder / "hub.db")}


@pytest.fixture(params=BACKENDS)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []

    def open_() -> Store:
        opened.append(BACKENDS[request.param](tmp_path))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()


@pytest.fixture
def stream(root: SigningKey) -> str:
    return new_stream(root)


def push(store: Store, stream: str, *events: SignedEvent, at: int = 7) -> list[tuple[Word, int, str]]:
    outcomes, _ = store.append(stream, [incoming(event) for event in events], at)
    assert [outcome.event_id for outcome in outcomes] == [event.id for event in events]
    return [(outcome.word, outcome.seq, outcome.reason) for outcome in outcomes]


def lane(writer: Writer, stream: str, count: int) -> list[SignedEvent]:
    return [writer.open(stream), *(writer.write(stream) for _ in range(count - 1))]


def test_events_get_dense_places_and_come_back_as_they_were(
    store: Store, writer: Writer, stream: str
) -> None:
    events = lane(writer, stream, 5)
    assert push(store, stream, *events) == [(Word.OK, seq, "") for seq in range(1, 6)]
    page = store.page(stream, 1, 3, 1 << 20)
    assert page is not None
    assert (page.gen, page.head) == (1, 5)
    assert [row.envelope for row in page.rows] == [event.raw for event in events[1:4]]
    assert [row.sig for row in page.rows] == [event.sig for event in events[1:4]]
    assert [decode(row.receipt).seq for row in page.rows] == [2, 3, 4]
    assert decode(page.rows[0].receipt).received_at == 7
    assert page.tree.size == 4


def test_the_tree_is_that_of_the_receipts_at_every_size(store: Store, writer: Writer, stream: str) -> None:
    events = lane(writer, stream, MILESTONE + 40)
    for start in range(0, len(events), 70):
        push(store, stream, *events[start : start + 70])
    page = store.page(stream, 0, 10_000, 1 << 30)
    assert page is not None
    tree = Frontier()
    for size, row in enumerate(page.rows, 1):
        tree.append(leaf(row.receipt))
        if size in (1, 2, 69, 70, MILESTONE - 1, MILESTONE, MILESTONE + 1, len(events)):
            assert store.tree(stream, size) is not None
            gen, held = store.tree(stream, size) or (0, Frontier())
            assert (gen, held.root()) == (1, tree.root())
    assert store.heads()[0].root == tree.root().hex()
    assert store.tree(stream, len(events) + 1) is None
    assert store.page(random_uuid(), 0, 1, 1) is None


def test_a_page_stops_at_its_bytes_but_is_never_empty(store: Store, writer: Writer, stream: str) -> None:
    push(store, stream, *lane(writer, stream, 4))
    page = store.page(stream, 0, 10, 1)
    assert page is not None
    assert len(page.rows) == 1
    behind = store.page(stream, 4, 10, 1)
    assert behind is not None
    assert (behind.rows, behind.tree.size) == ([], 4)


def test_the_same_event_again_is_the_same_place(store: Store, writer: Writer, stream: str) -> None:
    events = lane(writer, stream, 3)
    push(store, stream, *events)
    assert push(store, stream, *events) == [(Word.DUP, 1, ""), (Word.DUP, 2, ""), (Word.DUP, 3, "")]
    assert store.counts().events == 3


def test_an_event_waits_for_what_it_refers_to(store: Store, writer: Writer, stream: str) -> None:
    first, second, third = lane(writer, stream, 3)
    assert push(store, stream, third, first) == [(Word.MISSING, 0, second.id), (Word.OK, 1, "")]
    assert push(store, stream, second, third) == [(Word.OK, 2, ""), (Word.OK, 3, "")]
    other = Writer(SigningKey.generate())
    unknown = "ab" * 32
    referring = [other.open(stream), other.write(stream, bases={unknown: 3})]
    assert push(store, stream, *referring)[1] == (Word.MISSING, 0, unknown)


def test_a_base_may_stand_in_another_stream(store: Store, writer: Writer, root: SigningKey) -> None:
    one, two = new_stream(root), new_stream(root)
    events = lane(writer, one, 3)
    push(store, one, *events)
    opened = writer.open(two)
    across = writer.write(two, bases={events[2].id: 3})
    assert push(store, two, opened, across) == [(Word.OK, 1, ""), (Word.OK, 2, "")]


def test_two_events_at_one_place_both_stay_and_are_marked(store: Store, writer: Writer, stream: str) -> None:
    first, second = lane(writer, stream, 2)
    writer.rewind(stream, first)
    rival = writer.write(stream)
    assert push(store, stream, first, second, rival) == [
        (Word.OK, 1, ""),
        (Word.OK, 2, ""),
        (Word.FORK, 3, ""),
    ]
    assert store.counts().forks == 1
    page = store.page(stream, 0, 9, 1 << 20)
    assert page is not None
    assert len(page.rows) == 3


def test_a_wrong_chain_is_refused(store: Store, writer: Writer, stream: str) -> None:
    first, second, third = lane(writer, stream, 3)
    push(store, stream, first, second, third)
    writer.rewind(stream, third)
    skipping = writer.write(stream, n=6)
    assert push(store, stream, skipping) == [(Word.INVALID, 0, "chain")]


@pytest.mark.parametrize("lam", [2, 4, 9000])
def test_a_wrong_lamport_number_is_kept_and_does_not_count(
    store: Store, writer: Writer, stream: str, lam: int
) -> None:
    first, second = lane(writer, stream, 2)
    bent = writer.write(stream, lam=lam)
    push(store, stream, first, second)
    assert push(store, stream, bent) == [(Word.QUARANTINED, 3, "lamport")]
    after = writer.write(stream)
    assert push(store, stream, after) == [(Word.OK, 4, "")]  # its lane goes on
    page = store.page(stream, 2, 9, 1 << 20)
    assert page is not None
    assert [decode(row.receipt).verdict for row in page.rows] == ["quarantined:lamport", "accepted"]


def test_a_seen_prefix_counts_when_it_is_this_history(
    store: Store, writer: Writer, root: SigningKey, stream: str
) -> None:
    push(store, stream, *lane(writer, stream, 6))
    seen = Seen(1, 6, store.heads()[0].root)
    for claimed, lam, word in (
        (seen, 7, Word.OK),
        (seen, 6, Word.QUARANTINED),
        (seen._replace(root="ab" * 32), 8, Word.OK),  # a history this hub may have lost
        (seen._replace(gen=2), 9, Word.QUARANTINED),  # the same prefix, whatever generation it was seen in
        (seen._replace(gen=2, root="ab" * 32), 9, Word.OK),
        (seen._replace(gen=2, root="ab" * 32), 40, Word.OK),  # what its author saw may come back after it
        (
            seen._replace(gen=2, root="ab" * 32),
            41 + LEAP,
            Word.QUARANTINED,
        ),  # more than a record can have events
    ):
        other = Writer(root)
        opened = other.open(stream)
        other.rewind(stream, opened)
        event = other.write(stream, seen=claimed, lam=lam)
        assert push(store, stream, opened, event)[1][0] == word


def test_a_quarantined_event_raises_no_lamport_number(
    store: Store, writer: Writer, root: SigningKey, stream: str
) -> None:
    push(store, stream, *lane(writer, stream, 2))
    high = writer.write(stream, lam=500)
    outcomes, _ = store.append(stream, [incoming(high, "actor")], 1)
    assert outcomes[0].word is Word.QUARANTINED
    other = Writer(root)
    opened = other.open(stream)
    event = other.write(stream, seen=Seen(1, 3, store.heads()[0].root), lam=3)
    assert [word for word, _, _ in push(store, stream, opened, event)] == [Word.OK, Word.OK]


def test_a_push_that_takes_nothing_in_makes_no_stream(store: Store, writer: Writer, stream: str) -> None:
    writer.open(stream)
    assert push(store, stream, writer.write(stream))[0][0] is Word.MISSING
    assert store.heads() == []


def test_what_was_answered_is_there_after_reopening(
    open_store: Callable[[], Store], writer: Writer, stream: str
) -> None:
    first = open_store()
    events = lane(writer, stream, 3)
    push(first, stream, *events)
    heads = first.heads()
    first.close()
    again = open_store()
    assert again.heads() == heads
    assert push(again, stream, *events)[2] == (Word.DUP, 3, "")


def test_writers_at_once_leave_no_gap_and_readers_see_no_gap(
    open_store: Callable[[], Store], root: SigningKey, stream: str
) -> None:
    stores = [open_store(), open_store()]
    writers = [Writer(root) for _ in range(4)]
    gaps: list[list[int]] = []
    over = threading.Event()

    def write(store: Store, writer: Writer) -> None:
        for event in lane(writer, stream, 25):
            push(store, stream, event)

    def read(store: Store) -> None:
        cursor = 0
        while not (over.is_set() and cursor == 100):
            page = store.page(stream, cursor, 50, 1 << 20)
            for row in page.rows if page else []:
                seq = receipts.decode(row.receipt).seq
                if seq != cursor + 1:
                    gaps.append([cursor, seq])
                cursor = seq

    reader = threading.Thread(target=read, args=(stores[1],))
    threads = [
        threading.Thread(target=write, args=(stores[i % 2], writer)) for i, writer in enumerate(writers)
    ]
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    reader.join(60)
    assert not reader.is_alive()
    assert gaps == []
    assert stores[0].heads()[0].seq == 100


def test_certificates_devices_and_settings(store: Store, writer: Writer) -> None:
    assert store.add_certificates([writer.certificate, writer.certificate]) == 1
    assert store.certificates() == [writer.certificate]
    device = Device(writer.device, writer.user, writer.key.public.hex(), "Ann", "lead", 5)
    store.add_device(device)
    store.add_device(device._replace(name="Anna", added_at=9))
    assert store.devices() == [device._replace(name="Anna")]
    assert store.meta("colour") is None
    store.set_meta("colour", "red")
    store.set_meta("colour", "blue")
    assert store.meta("colour") == "blue"


def test_an_invitation_is_used_by_one_device_only(store: Store) -> None:
    store.add_invitation(Invitation("id1", b"key", "Bo", "responder", 99))
    assert store.invitation("id2") is None
    assert store.use_invitation("id1", "device-1")
    assert store.use_invitation("id1", "device-1")
    assert not store.use_invitation("id1", "device-2")
    assert [store.count_attempt("id1"), store.count_attempt("id1")] == [1, 2]
    held = store.invitation("id1")
    assert held == Invitation("id1", b"key", "Bo", "responder", 99, 2, "device-1")


def test_a_database_in_an_open_folder_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    store = SqliteStore(tmp_path / "hub.db")
    store.set_meta("a", "b")
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob("hub.db*")}
    store.close()
    assert "hub.db-wal" in modes
    assert set(modes.values()) == {0o600}
