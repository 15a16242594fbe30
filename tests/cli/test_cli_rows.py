"""A long queue is printed row by row: the same bytes as in one piece, and no more memory than a short one takes."""

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from io import StringIO, TextIOBase
from pathlib import Path

import pytest
from tests.features.care.stage import FOREIGN, foreign_record
from tests.store.profiles import open_station
from tests.support.multiplied import multiply

from ircockpit.cli.output import print_result
from ircockpit.command.action import Result, Rows
from ircockpit.features.incidents.actions import queue
from ircockpit.features.incidents.listing import PAGE
from ircockpit.features.summary import NOT_SHOWN
from ircockpit.store.workstation import Workstation

FEW, MANY = 3 * PAGE, 10 * PAGE


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workstation]:
    folder = tmp_path_factory.mktemp("rows")
    with open_station(folder / "home") as station:
        foreign_record(station, folder)
        multiply(station.view, "incident", FEW)
        yield station


def printed(result: Result, monkeypatch: pytest.MonkeyPatch, *, as_json: bool) -> str:
    out = StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    print_result(result, as_json=as_json)
    return out.getvalue()


class Sink(TextIOBase):
    """Takes everything and keeps nothing."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)


def peak(ask: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """The most bytes that were in use while something was printed."""
    monkeypatch.setattr(sys, "stdout", Sink())
    gc.collect()
    tracemalloc.start()
    try:
        ask()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_bytes_are_those_of_one_piece(long: Workstation, monkeypatch: pytest.MonkeyPatch) -> None:
    for asked in ({}, {"safe": True}, {"closed": True}, {"filter": "dose"}, {"filter": "zzz"}):
        result = queue(long, **asked)
        whole = {name: list(rows) for name, rows in result.data.items()}
        wanted = json.dumps(whole, ensure_ascii=True, separators=(", ", ": ")) + "\n"
        assert printed(result, monkeypatch, as_json=True) == wanted, asked
        rows = len(result.data["incidents"]) + len(result.data["to_review"])
        assert len(printed(result, monkeypatch, as_json=False).splitlines()) == rows + bool(
            result.data["to_review"]
        )
    assert len(queue(long).data["incidents"]) == FEW + 1


def test_what_is_left_out_stays_so_while_it_is_read(
    long: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = queue(long, safe=True)
    for as_json in (True, False):
        text = printed(result, monkeypatch, as_json=as_json)
        assert FOREIGN not in text
        assert (NOT_SHOWN in text) is as_json
    assert FOREIGN in printed(queue(long), monkeypatch, as_json=True)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_longer_queue_takes_no_more_memory(
    as_json: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_station(tmp_path / "home") as station:
        foreign_record(station, tmp_path)
        multiply(station.view, "incident", FEW)
        queue(station)

        def at_once() -> None:
            print_result(queue(station), as_json=as_json)

        def held() -> None:
            made = queue(station)
            rows = list(made.data["incidents"] if as_json else made.lines)
            print_result(made._replace(data=rows, lines=rows), as_json=as_json)

        few = peak(at_once, monkeypatch)
        with station.view.db:
            station.view.db.execute(
                "DELETE FROM entity WHERE num > 1 AND kind = 'incident' AND id LIKE '%-8000-8000-%'"
            )
            station.view.db.execute("DELETE FROM incident WHERE id LIKE '%-0000-8000-8000-%'")
        multiply(station.view, "incident", MANY)
        many = peak(at_once, monkeypatch)
        assert many < 1.5 * few, (few, many)
        assert peak(held, monkeypatch) > 2 * few, "the control: all rows at once are seen"


def test_rows_are_a_sequence_that_is_read_anew() -> None:
    read: list[int] = []

    def pages() -> Iterator[list[int]]:
        for page in ([1, 2], [], [3]):
            read.append(len(page))
            yield page

    rows = Rows(pages)
    assert bool(rows)
    assert read == [2], "whether there is one is known from the first page"
    assert rows == [1, 2, 3]
    assert (len(rows), rows[1], rows[-1], list(rows)) == (3, 2, 3, [1, 2, 3])
    assert not Rows(lambda: iter(()))
    assert Rows(lambda: [[1]]) != [2]
