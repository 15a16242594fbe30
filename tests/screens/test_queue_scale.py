"""A queue of 100,000 costs what one of 100 does: counted in the engine's steps and in bytes, never in time."""

import gc
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.profiles import open_station
from tests.support.multiplied import multiply
from tests.support.steps import steps

from ircockpit.features.incidents.actions import declare, take
from ircockpit.features.intake.actions import intake
from ircockpit.screens.sources import QueueRows

FEW, MANY = 100, 60_000
SIGNALS = 40_000
MB = 1 << 20
MOST_BYTES = 4 * MB
MOST_STEPS_FILTER = 40
"""Instructions of the engine for each row that a filter looks at."""


class Long:
    """A workstation whose view shows so many rows, and the queue on it."""

    def __init__(self, home: Path, incidents: int, groups: int) -> None:
        self.station = open_station(home)
        signals = home.with_suffix(".jsonl")
        signals.write_text(json.dumps({"title": "harmful", "source": "monitor", "output": "x"}))
        self.ident = str(declare(self.station, title="the one that moves", severity="SEV3").data["id"])
        intake(self.station, file=str(signals), progress=lambda _done, _size: None)
        multiply(self.station.view, "incident", incidents)
        multiply(self.station.view, "group", groups)
        self.rows = QueueRows(self.station)
        self.rows.load()

    def steps(self, ask: Callable[[], object]) -> int:
        return steps(self.station.view.db, ask)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Long, Long]:
    folder = tmp_path_factory.mktemp("long")
    return Long(folder / "few", FEW, FEW), Long(folder / "many", MANY, SIGNALS)


def test_all_of_them_are_there_in_order(both: tuple[Long, Long]) -> None:
    rows = both[1].rows
    assert rows.counts == (MANY + 1, SIGNALS + 1)
    assert rows.count() == MANY + SIGNALS + 3
    for at in (0, 31, MANY // 2, MANY, MANY + 2, rows.count() - 1):
        (row,) = rows.page(at, at + 1, 80)
        assert rows.index_of(row.key) == at
        assert rows.numbers(at, at + 1) == [row.number]


@pytest.mark.parametrize(
    "ask",
    [
        lambda long: long.rows.page(0, 64, 77),
        lambda long: long.rows.page(long.rows.count() - 64, long.rows.count(), 77),
        lambda long: long.rows.index_of(long.ident),
        lambda long: long.rows.load(),
        lambda long: long.rows.first(12, 77),
    ],
    ids=["first page", "last page", "position", "nothing new", "early frame"],
)  # fmt: skip
def test_a_key_asks_no_more_of_a_longer_queue(both: tuple[Long, Long], ask: Callable[[Long], object]) -> None:
    few, many = (long.steps(lambda: ask(long)) for long in both)  # noqa: B023 - asked at once
    assert many <= 2 * few + 100, (few, many)


def test_an_event_moves_one_row_and_reads_no_others(both: tuple[Long, Long]) -> None:
    taken = []
    for long in both:
        take(long.station, incident=long.ident)
        declare(long.station, title="new", severity="SEV1")
        before = long.rows.counts
        taken.append(long.steps(long.rows.load))
        assert long.rows.counts == (before[0] + 1, before[1])
        assert long.rows.page(0, 1, 77)[0].line
    few, many = taken
    assert many <= 2 * few + 100, (few, many)
    control = QueueRows(both[1].station)
    assert both[1].steps(control.load) > 50 * many, "reading all of it would be seen"


@pytest.mark.parametrize("asked", ["dose", "~wdo", "sev:3", "mine", "!contained", "age<2h"])
def test_a_filter_looks_at_each_row_once(both: tuple[Long, Long], asked: str) -> None:
    rows = both[1].rows
    rows.filter(asked)
    # Tens of instructions, so that a row read twice, or sorted, is seen.
    assert both[1].steps(rows.load) * 10 <= MOST_STEPS_FILTER * (MANY + SIGNALS)
    rows.filter("")
    rows.load()


def bytes_of(make: Callable[[], object]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = make()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before if kept else 0
    finally:
        tracemalloc.stop()


def test_its_rows_take_few_bytes(both: tuple[Long, Long]) -> None:
    station = both[1].station

    def loaded() -> QueueRows:
        rows = QueueRows(station)
        rows.load()
        return rows

    assert bytes_of(loaded) <= MOST_BYTES
    ids = 'SELECT id FROM incident UNION ALL SELECT id FROM "group"'
    assert bytes_of(lambda: [row[0] for row in station.view.rows(ids)]) > 2 * MOST_BYTES, (
        "the control: ids as text"
    )
