"""The signals that wait for review: which, in what order, and asked of the view a fixed number of times."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.profiles import open_station

from ircockpit.features.incidents.queries import incidents
from ircockpit.features.intake.actions import intake, promote, review
from ircockpit.features.intake.queries import group, groups_to_review, places_to_review
from ircockpit.screens.sources import QueueRows
from ircockpit.store.sqlite import engine
from ircockpit.store.workstation import Workstation


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workstation]:
    with open_station(tmp_path / "home") as opened:
        yield opened


def take_in(station: Workstation, folder: Path, *rows: tuple[str, str], start: int = 0) -> None:
    """Signals by title and severity, each with an output of its own."""
    path = folder / f"signals-{start}.jsonl"
    lines = [
        {"title": title, "severity": word, "output": f"answer {start + i}", "source": "test"}
        for i, (title, word) in enumerate(rows)
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    intake(station, file=str(path), progress=lambda _done, _size: None)


def titles(station: Workstation) -> list[str]:
    return [row.title for row in groups_to_review(station.view)]


def ident_of(station: Workstation, title: str) -> str:
    (ident,) = [row.ident for row in groups_to_review(station.view) if row.title == title]
    return ident


def test_the_loudest_and_largest_come_first(station: Workstation, tmp_path: Path) -> None:
    take_in(
        station,
        tmp_path,
        ("quiet", "low"),
        ("plain", ""),
        ("loud", "high"),
        ("worst", "critical"),
        ("plain", ""),
    )
    take_in(station, tmp_path, ("many", "high"), ("many", "high"), start=10)
    assert titles(station) == ["worst", "many", "loud", "plain", "quiet"]
    row = group(station.view, ident_of(station, "many"))
    assert (row.signals, row.loudness, row.fresh) == (2, "high", 2)
    assert row.newest_us > 0


def test_what_was_decided_goes_or_stays(station: Workstation, tmp_path: Path) -> None:
    take_in(
        station, tmp_path, ("false alarm", "high"), ("real", "high"), ("incident", "high"), ("new", "low")
    )
    review(station, signal=ident_of(station, "false alarm"), verdict="dismiss", why="a test prompt")
    review(station, signal=ident_of(station, "real"), verdict="confirm")
    promote(station, signal=ident_of(station, "incident"))
    assert titles(station) == ["new", "real"]
    take_in(station, tmp_path, ("false alarm", "high"), start=10)
    assert titles(station) == ["false alarm", "new", "real"]


def asked(station: Workstation) -> int:
    """How many statements the order of the queue takes."""
    run: list[str] = []
    station.view.db.set_trace_callback(run.append)
    list(places_to_review(station.view))
    station.view.db.set_trace_callback(None)
    return len(run)


def test_more_groups_are_no_more_questions(station: Workstation, tmp_path: Path) -> None:
    take_in(station, tmp_path, ("one", "low"))
    few = asked(station)
    take_in(station, tmp_path, *((f"title {i}", "low") for i in range(60)), start=10)
    assert asked(station) == few > 0


def test_a_filter_finds_words_of_both_and_sees_what_came_since(station: Workstation, tmp_path: Path) -> None:
    take_in(station, tmp_path, ("Wrong Dose", "high"), ("other", "low"))
    promote(station, signal=ident_of(station, "other"))
    rows = QueueRows(station)
    rows.filter("dose")
    rows.load()
    assert rows.counts == (0, 1)
    rows.filter("other")
    rows.load()
    assert rows.counts == (1, 0)
    take_in(station, tmp_path, ("another", "low"), start=10)
    rows.load()
    assert rows.counts == (1, 1)
    last = rows.page(0, 9, 70)[-1]
    found = rows.group(last.key)
    assert found is not None
    assert found.title == "another"
    assert rows.group(rows.page(0, 9, 70)[0].key) is None


def test_more_ids_than_sqlite_takes_at_once(station: Workstation) -> None:
    many = [str(uuid.UUID(int=number)) for number in range(300_000)]
    with pytest.raises(engine.OperationalError, match="too many"):
        station.view.db.execute(f"SELECT id FROM incident WHERE id IN ({','.join('?' * len(many))})", many)  # noqa: S608
    assert incidents(station.view, many) == []
