"""What is due is found without going through the record, however long that is."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.features.containment.stage import Stage, staged
from tests.features.containment.together import two

from ircockpit.features.containment.offers import offers
from ircockpit.features.queue.actions import list_due
from ircockpit.features.queue.due import due
from ircockpit.store.workstation import Workstation

OLD = (
    "SELECT e.wall FROM action a JOIN entry e ON e.ent = a.id AND e.type = 'containment.stepped' AND e.doubt = ''"
    " AND json_extract(e.body, '$.value') = 'effective' WHERE a.system = 'x' AND a.state = 'reverted' ORDER BY e.wall DESC"
)
"""A question that the engine answers by going through all entries."""


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with staged(home) as made:
        yield made


def gone_through(station: Workstation, work: Callable[[], object]) -> list[str]:
    """What is asked during ``work`` that the engine answers by reading every entry of the record."""
    asked: list[str] = []
    db = station.view.db
    db.set_trace_callback(asked.append)
    try:
        work()
    finally:
        db.set_trace_callback(None)
    reading = [each for each in asked if each.lstrip().startswith(("SELECT", "WITH"))]
    assert reading, "control: what is asked is heard"
    return [each for each in reading if scans(station, each)]


def scans(station: Workstation, sql: str) -> bool:
    """Whether every entry is read for it."""
    plan = [row[3] for row in station.view.db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    named = {"entry"} | {
        sql.split(f"entry {letter} ")[0] and letter for letter in "enpb" if f"entry {letter} " in sql
    }
    return any(step.split()[:2] == ["SCAN", name] for step in plan for name in named)


def test_neither_what_is_due_nor_an_offer_reads_every_entry(stage: Stage) -> None:
    station = stage.station
    assert scans(station, OLD), "control: this one does"
    assert gone_through(station, lambda: due(station)) == []
    assert gone_through(station, lambda: offers(station, stage.incident, stage.row.system)) == []


def test_the_command_lists_all_of_it(stage: Stage) -> None:
    done = list_due(stage.station)
    assert done.said == "2 things due"
    assert [(each["kind"], each["system"]) for each in done.data] == [("proof", "bot"), ("owner", "bot")]
    assert "never proved: halt, other" in done.data[0]["said"]


def test_a_proposal_is_due_where_it_can_be_approved_and_an_approved_one_where_it_is_sent(
    tmp_path: Path,
) -> None:
    with two(tmp_path) as both:
        short = both.propose()

        def asked(station: Workstation) -> list[tuple[str, str, str]]:
            return [
                (row.kind, row.place, row.incident) for row in due(station).rows if row.place == "containment"
            ]

        assert asked(both.bo) == [("approve", "containment", both.incident)]
        assert asked(both.mira) == [], "she cannot approve her own"
        both.approve(both.bo, short)
        assert asked(both.bo) == []
        assert asked(both.mira) == [("send", "containment", both.incident)]
        both.send(short)
        assert asked(both.mira) == []
