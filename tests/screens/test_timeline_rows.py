"""The rows of a timeline: the same whichever way they are reached, still while others write, searched in full."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.hub import declare

from ircockpit.core.errors import UsageError
from ircockpit.features.catalogue import off_timeline, open_workstation
from ircockpit.features.incidents import actions, queries
from ircockpit.features.incidents.pages import PAGE
from ircockpit.render.span import plain
from ircockpit.screens.timeline_rows import TimelineRows
from ircockpit.store.workstation import Draft

NOTES = 2 * PAGE + 37


class Written:
    """A workstation with an incident that has many notes, some about times of their own."""

    def __init__(self, home: Path) -> None:
        self.station = open_workstation(home)
        self.incident = declare(self.station, "wrong dose")
        self.row = queries.incidents(self.station.view, [self.incident])[0]
        self.write([f"note {number:04}" for number in range(NOTES)])

    def write(self, texts: list[str], occurred: str | None = None) -> None:
        self.station.append(
            [
                Draft(self.row.stream, "incident.noted", self.incident, ({"text": text},), occurred=occurred)
                for text in texts
            ]
        )

    def keys(self) -> list[str]:
        """The order there has to be, worked out without a page."""
        entries = self.station.view.rows("SELECT event_id, type, at_us, lam, stream FROM entry")
        shown = [each for each in entries if each[1] not in off_timeline() and each[4] == self.row.stream]
        return [each[0] for each in sorted(shown, key=lambda e: (e[2], e[3], e[0]), reverse=True)]


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    made = Written(tmp_path / "home")
    yield made
    made.station.close()


def page(rows: TimelineRows, start: int, stop: int) -> list[str]:
    return [row.key for row in rows.page(start, stop, 120)]


def test_every_page_is_the_same_whichever_way_it_is_reached(written: Written) -> None:
    written.write(["long ago"], occurred="2020-01-01T00:00Z")
    wanted = written.keys()
    rows = TimelineRows(written.station, written.row.stream)
    assert rows.count() == len(wanted) == NOTES + 2
    dice = random.Random(4)  # noqa: S311 - an order to read pages in
    for _ in range(60):
        start = dice.randrange(len(wanted))
        stop = start + dice.randrange(1, 70)
        if dice.random() < 0.2:
            assert rows.index_of(wanted[start]) == start
        assert page(rows, start, stop) == wanted[start:stop], (start, stop)
    assert page(rows, len(wanted) - 1, len(wanted) + 9) == wanted[-1:]
    assert rows.index_of("0" * 64) is None


def test_it_stands_still_until_it_is_loaded_anew(written: Written) -> None:
    rows = TimelineRows(written.station, written.row.stream)
    before = written.keys()
    first = page(rows, 0, 20)
    written.write(["newest of all"])
    written.write(["told late"], occurred="2020-01-01T00:00Z")
    after = written.keys()
    assert after[20:40] != before[20:40]  # the control: counted from the top, the next page has moved
    assert (first, page(rows, 20, 40)) == (before[:20], before[20:40])
    assert page(rows, len(before) - 5, len(before)) == before[-5:]
    rows.load()
    assert page(rows, 0, 40) == after[:40]
    assert page(rows, len(after) - 5, len(after)) == after[-5:]


def words(rows: TimelineRows) -> list[str]:
    return [plain(row.line) for row in rows.page(0, rows.count(), 120)]


def test_a_search_goes_through_everything_and_takes_in_what_arrives(written: Written) -> None:
    rows = TimelineRows(written.station, written.row.stream)
    rows.look_for('"NOTE 00"')
    assert rows.seek()
    assert rows.count() == 0  # the oldest notes: none of them in the first piece
    written.write(["note 00 again"])
    rows.load()
    while rows.seek():
        pass
    found = words(rows)
    assert (len(found), rows.seeking) == (101, False)
    assert "note 00 again" in found[0]
    assert "note 0099" in found[1]
    assert "note 0000" in found[-1]
    key = rows.page(100, 101, 120)[0].key
    assert rows.index_of(key) == 100
    assert rows.index_of(written.keys()[5]) is None
    rows.look_for("")
    assert rows.count() == NOTES + 2


def test_the_command_pages_back_and_searches_all(written: Written) -> None:
    station, short = written.station, written.row.short
    last = actions.timeline(station, incident=short, limit=10)
    assert [row["text"] for row in last.data] == [f"note {n:04}" for n in range(NOTES - 10, NOTES)]
    assert (
        last.said
        == f"times in UTC; TLP:RED; older ones: ircockpit timeline {short} --before {last.data[0]['event'][:12]}"
    )
    earlier = actions.timeline(station, incident=short, limit=10, before=last.data[0]["event"][:12])
    assert [row["text"] for row in earlier.data] == [f"note {n:04}" for n in range(NOTES - 20, NOTES - 10)]
    found = actions.timeline(station, incident=short, filter='"note 0003"')
    assert [row["text"] for row in found.data] == ["note 0003"]
    assert found.said == "times in UTC; TLP:RED"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("what:note", NOTES + 1), ("!what:note", 1), ("who:me what:note", NOTES + 1), ("who:jo", 0), ("unsent", 0),
        ("doubted", 0), ("since:1h what:note", NOTES), ("before:2021-01-01", 1),
        ('"note 000" what:note', 10), ('~ago', 1), ("!note", 1),
    ],
)  # fmt: skip
def test_a_filter_of_a_timeline_asks_who_what_and_when(written: Written, asked: str, found: int) -> None:
    written.write(["note of long ago"], occurred="2020-01-01T00:00Z")
    rows = TimelineRows(written.station, written.row.stream)
    rows.look_for(asked)
    while rows.seek():
        pass
    assert rows.count() == found
    told = actions.timeline(written.station, incident=written.row.short, filter=asked, limit=10_000)
    assert len(told.data) == found


def test_one_that_asks_nothing_leaves_the_last_one_in_force(written: Written) -> None:
    rows = TimelineRows(written.station, written.row.stream)
    rows.look_for("what:inc")
    while rows.seek():
        pass
    with pytest.raises(UsageError, match="no field here is called sev") as caught:
        rows.look_for("sev:1")
    assert caught.value.fix.startswith("there are who, what, since, before")
    assert (rows.text, rows.count()) == ("what:inc", 1)
