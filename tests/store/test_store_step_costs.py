"""What a step leaves undone because nothing asked for it: the disk is not made to work for what stays the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.store.profiles import declare, note, open_station
from tests.support.steps import steps

from ircockpit.store.history import prefix_lam
from ircockpit.store.lanemark import read_mark, write_mark
from ircockpit.store.log import Reach
from ircockpit.store.outbox import doubted
from ircockpit.store.view import View


@contextmanager
def statements(view: View) -> Iterator[list[str]]:
    """Every statement the view's connection runs inside."""
    run: list[str] = []
    view.db.set_trace_callback(run.append)
    try:
        yield run
    finally:
        view.db.set_trace_callback(None)


def indexed(view: View, act: Callable[[], object]) -> bool:
    """Whether an act writes to the search index."""
    with statements(view) as run:
        act()
    assert run
    return any(" found " in statement and not statement.startswith("SELECT") for statement in run)


def test_a_note_leaves_the_search_index_alone_and_a_title_does_not(tmp_path: Path) -> None:
    with open_station(tmp_path) as station:
        ident, stream = declare(station)
        assert not indexed(station.view, lambda: note(station, stream, ident, "called back"))
        other = [station.set_field(stream, "incident.set", ident, "title", "two patients in hospital")]
        assert indexed(station.view, lambda: station.append(other))
        found = station.view.rows("SELECT ent FROM found WHERE found MATCH 'hospital'")
        assert found == [(ident,)]
        assert not station.view.rows("SELECT ent FROM found WHERE found MATCH 'wrong'")


def test_the_lane_mark_is_written_over_and_always_as_long(tmp_path: Path) -> None:
    path = tmp_path / "lane.mark"
    path.write_text("00ff00ff00ff00ff 7\n")
    before = path.stat().st_ino
    sizes = set()
    for count in (8, 10**12):
        write_mark(path, "00ff00ff00ff00ff", count)
        assert read_mark(path) == ("00ff00ff00ff00ff", count)
        sizes.add(path.stat().st_size)
    assert len(sizes) == 1
    assert path.stat().st_ino == before


def test_how_far_a_record_was_pulled_is_found_at_once_however_long_it_is(tmp_path: Path) -> None:
    with open_station(tmp_path) as station:
        log, stream = station.log, declare(station)[1]
        (ident,) = log.db.execute("SELECT id FROM event WHERE stream=? LIMIT 1", (stream,)).fetchone()
        log.db.execute("INSERT INTO doubt SELECT arrival, 'why not' FROM event WHERE id=?", (ident,))
        taken = []
        with log.writing() as writer:
            writer.begin_generation(stream, 1, 0)
        for first, last in ((1, 20), (21, 3000)):
            with log.writing() as writer:
                for seq in range(first, last + 1):
                    event = ident.hex() if seq == 2 else f"{seq:064x}"
                    writer.add_receipt(stream, 1, seq, event, b"{}", seq)
                writer.set_reach(stream, Reach(1, last, b"", "", 0))
            reach = log.reach(stream)
            assert reach is not None
            assert reach.maxlam == prefix_lam(log, stream, last) == last
            ((_, _, before, counted, seq),) = doubted(log)
            assert (before, counted, seq) == (1, 2, 2)
            questions = (
                lambda: log.reach(stream),
                lambda: prefix_lam(log, stream, last),  # noqa: B023 - asked at once
                lambda: doubted(log),
            )
            taken.append([steps(log.db, each) for each in questions])
        short, long = taken
        assert all(more <= 2 * few for few, more in zip(short, long, strict=True)), taken
