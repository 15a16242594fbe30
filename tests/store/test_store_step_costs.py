"""What a step leaves undone because nothing asked for it: the disk is not made to work for what stays the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.store.profiles import declare, note, open_station

from ircockpit.store.lanemark import read_mark, write_mark
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
