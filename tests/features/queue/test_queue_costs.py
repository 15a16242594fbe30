"""What a filter of a long queue costs: counted in what the engine reads and does, whatever the machine is busy with."""

import re
from collections.abc import Iterator

import pytest
from tests.features.queue.test_queue_filters import ASKED
from tests.support.crowd import fill
from tests.support.steps import steps

from ircockpit.features.catalogue import open_workstation
from ircockpit.features.queue.rules import FIELDS
from ircockpit.screens.sources import QueueRows
from ircockpit.store.workstation import Workstation

ROWS = 800
MOST_STEPS = 45
"""Of the engine for each row of the queue; a condition that asks anew for each row takes hundreds."""
_READ = re.compile(r"(?:SCAN|SEARCH) [igs]\b(?!.*COVERING INDEX)")
"""A step of a plan that reads the long rows of incidents, groups or signals."""
_OF_FEW = "CROSS JOIN incident i WHERE i.id = f.incident"
"""Those closed while a control may be on are looked up one by one: of all there are, these are few."""
_FEW_SORTED = re.compile(rf"AND \(+0\)+ ORDER BY|{re.escape(_OF_FEW)}")
"""The same few, and what holds of no row: the engine sees that before it reads one."""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workstation]:
    home = tmp_path_factory.mktemp("crowd") / "home"
    fill(home, ROWS)
    with open_workstation(home) as station:
        yield station


def reads(station: Workstation, statements: list[str]) -> list[str]:
    """Steps of their plans that read whole rows or entries of the record, or sort."""
    found = []
    for sql in statements:
        if re.search(r"(?:FROM|JOIN) entry\b", sql):
            found.append(f"the record: {sql}")
        for *_, step in station.view.db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall():
            if _READ.match(step) and not (_OF_FEW in sql and step.startswith("SEARCH i USING PRIMARY KEY")):
                found.append(f"{step}: {sql}")
            if (
                step == "USE TEMP B-TREE FOR ORDER BY"
                and " incident i " in sql
                and not _FEW_SORTED.search(sql)
            ):
                found.append(f"{step}: {sql}")
    return found


def run(station: Workstation, rows: QueueRows, asked: str) -> list[str]:
    """The statements that a filter takes as it is typed."""
    taken: list[str] = []
    station.view.db.set_trace_callback(taken.append)
    try:
        rows.filter(asked)
        rows.load()
    finally:
        station.view.db.set_trace_callback(None)
    return [each for each in taken if each.startswith(("SELECT", "WITH"))]


def test_a_filter_reads_indexes_and_never_the_rows(crowd: Workstation) -> None:
    rows = QueueRows(crowd)
    rows.load()
    wanted = [*ASKED, *(f"!{each}" for each in ASKED), "closed"]
    assert all(any(re.match(rf"{field.name}\b", each) for each in wanted) for field in FIELDS)
    for asked in wanted:
        taken = run(crowd, rows, asked)
        assert not reads(crowd, taken), asked
        assert len(taken) == len(set(taken)), f"{asked}: asked twice"
    # The control: one that reads the rows is seen, and one that sorts.
    assert reads(crowd, ["SELECT i.num FROM incident i WHERE i.impact = 'x'"])
    assert reads(crowd, ["SELECT i.num FROM incident i ORDER BY i.words"])


def test_a_filter_takes_few_steps_for_each_row(crowd: Workstation) -> None:
    rows = QueueRows(crowd)
    rows.load()
    for asked in (*ASKED, *(f"!{each}" for each in ASKED)):
        rows.filter(asked)
        taken = 10 * steps(crowd.view.db, rows.load)
        assert taken <= MOST_STEPS * ROWS, (asked, taken / ROWS)
    # The control: a question for each row is seen.
    again = "SELECT i.num FROM incident i WHERE (SELECT count(*) FROM incident j WHERE j.severity = i.severity) > 1"
    assert 10 * steps(crowd.view.db, lambda: crowd.view.rows(again)) > MOST_STEPS * ROWS
