"""Of equal rank the rows stand in one order on every device, in whatever order their events came."""

import json
from pathlib import Path

from tests.store.profiles import NOON_US, open_station

from ircockpit.core.occurred import from_wall
from ircockpit.features.incidents.actions import queue
from ircockpit.features.intake.actions import intake
from ircockpit.features.queue.queries import ids_of, queue_ids
from ircockpit.screens.sources import QueueRows
from ircockpit.store.workstation import Draft, Workstation

EQUALS = 9


def fill(station: Workstation, folder: Path) -> None:
    """Incidents of one severity and moment, closed and open, and signals as loud as one another."""
    for number in range(EQUALS):
        stream, genesis = station.open_stream("incident")
        facts = {
            "title": f"number {number}", "severity": "SEV2", "provisional": 1, "impact": "", "origin": "",
            "status": "closed" if number % 3 == 0 else "open", "owner": "", "system": "", "opened": from_wall(NOON_US, 0),
        }  # fmt: skip
        station.append([genesis, Draft(stream, "incident.declared", station.new_id(stream), (facts,))])
    path = folder / "signals.jsonl"
    rows = [{"title": f"signal {n}", "output": str(n), "source": "monitor"} for n in range(EQUALS)]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    intake(station, file=str(path), progress=lambda _done, _size: None)


def listed(rows: QueueRows, station: Workstation) -> list[str]:
    """Ids of all rows as the screen has them."""
    rows.load()
    return list(ids_of(station, rows.numbers(0, 1 + rows.count())).values())


def printed(station: Workstation, *, closed: bool) -> list[str]:
    data = queue(station, closed=closed).data
    return [row["id"] for row in (*data["incidents"], *data["to_review"])]


def test_equals_stand_in_one_order_on_every_device(tmp_path: Path) -> None:
    with open_station(tmp_path / "one") as one, open_station(tmp_path / "two") as two:
        fill(one, tmp_path)
        grown, there = QueueRows(two), one.log.since(0, 1000)
        assert listed(grown, two) == []
        for stored in reversed(there):  # each finds its place among those that are there
            with two.log.writing() as writer:
                writer.add(stored.event)
            two.view.catch_up(two.log)
            listed(grown, two)
        wanted = listed(QueueRows(one), one)
        assert len(wanted) == 2 * EQUALS - EQUALS // 3
        assert listed(QueueRows(two), two) == listed(grown, two) == wanted
        assert printed(one, closed=False) == printed(two, closed=False) == wanted
        assert printed(one, closed=True) == printed(two, closed=True)
        assert len(printed(one, closed=True)) == 2 * EQUALS
        assert queue_ids(one, 3) == queue_ids(two, 3) == wanted[:3]
        at = [grown.index_of(ident) for ident in wanted]
        assert at == [position(one, ident) for ident in wanted]
        # The control: by the numbers of the view the two would differ.
        by_number = [
            [row[0] for row in each.view.rows("SELECT id FROM entity WHERE kind = 'incident' ORDER BY num")]
            for each in (one, two)
        ]
        assert by_number[0] != by_number[1]
        assert sorted(by_number[0]) == sorted(by_number[1])


def position(station: Workstation, ident: str) -> int | None:
    rows = QueueRows(station)
    rows.load()
    return rows.index_of(ident)
