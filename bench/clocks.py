"""How long the clocks of a hundred incidents take, and what reading their rules costs once."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench._runs import in_turn
from bench._table import heading, table
from tests.support.crowd import fill

from ircockpit.features.clocks.anchors import Stated
from ircockpit.features.clocks.book import Book, shipped, with_own
from ircockpit.features.clocks.calendars import calendars
from ircockpit.features.clocks.standing import Record, standings

INCIDENTS = 100
ROUNDS = 9
AWARE_US = 1_764_152_400_000_000
"""2025-11-26T10:20Z; every incident and round begins at an instant of its own, so that none was counted before."""


def evaluated(book: Book, facts: dict[str, str | int]) -> Callable[[], float]:
    """Microseconds an incident, in which every event of the vocabulary was recorded."""
    where = calendars("Europe/Berlin")
    begun = AWARE_US

    def run() -> float:
        nonlocal begun
        records = []
        for _ in range(INCIDENTS):
            begun += 3_600_000_000
            records.append(Record(facts, dict.fromkeys(book.anchors, (Stated(begun, begun),))))
        start = time.perf_counter()
        for record in records:
            standings(book, record, begun, where)
        return (time.perf_counter() - start) * 1e6 / INCIDENTS

    return run


def shown(home: Path) -> dict[str, Callable[[], float]]:
    """Microseconds an incident of a profile that has a hundred of them, each with a clock that runs."""
    from ircockpit.features.catalogue import open_workstation
    from ircockpit.features.clocks import actions
    from ircockpit.features.clocks.due import Bell
    from ircockpit.features.clocks.queries import next_words
    from ircockpit.features.clocks.rulebook import rulebook
    from ircockpit.features.incidents.queries import incidents
    from ircockpit.features.queue.queries import queue_ids

    fill(home, INCIDENTS * 5 // 3)
    station = open_workstation(home)
    rulebook(home)
    rows = incidents(station.view, queue_ids(station))
    for row in rows:
        actions.fact(station, incident=row.ident, fact="gdpr_role", answer="controller")
        actions.fact(station, incident=row.ident, fact="personal_data_breach", answer="yes")
        actions.anchor(station, incident=row.ident, name="aware", time="2026-01-01T10:00Z")
    last, heard = rows[-1], Bell(station)

    def timed(work: Callable[[], object], each: int = 1) -> Callable[[], float]:
        def run() -> float:
            start = time.perf_counter()
            work()
            return (time.perf_counter() - start) * 1e6 / each

        return run

    def after_a_change() -> None:
        actions.fact(station, incident=last.ident, fact="death", answer="unknown")

    def changed_then_all() -> float:
        after_a_change()
        return timed(lambda: [next_words(station, row) for row in rows], len(rows))()

    def bell() -> float:
        after_a_change()
        return timed(heard.look)()

    return {
        "a row in sight, nothing has changed": timed(
            lambda: [next_words(station, row) for row in rows], len(rows)
        ),
        "a row in sight, after a change": changed_then_all,
        "a look at alarms between two keys, after a change": bell,
    }


def read_again() -> float:
    """Microseconds to read and check every shipped file."""
    shipped.cache_clear()
    start = time.perf_counter()
    with_own({})
    return (time.perf_counter() - start) * 1e6


def main() -> None:
    heading("clocks", Path())
    book = shipped()
    twenty = book._replace(clocks=dict(list(book.clocks.items())[:20]))
    yes: dict[str, str | int] = dict.fromkeys(book.facts, "yes")
    yes |= {
        "high_risk": "annex_iii",
        "gdpr_role": "controller",
        "hipaa_role": "covered_entity",
        "risk_to_persons": "high",
    }
    yes |= {"phi_individuals": 900, "phi_residents": 900}
    taken = in_turn(
        ROUNDS,
        {
            "20 clocks, everything applies": evaluated(twenty, yes),
            "20 clocks, nothing is known": evaluated(twenty, {}),
            f"{len(book.clocks)} clocks, everything applies": evaluated(book, yes),
            f"{len(book.clocks)} clocks, nothing applies": evaluated(book, dict.fromkeys(book.facts, "no")),
        },
    )
    table(f"the clocks of one incident, of {INCIDENTS}", "us", taken)
    with TemporaryDirectory() as folder:
        table(f"of {INCIDENTS} incidents in a profile", "us", in_turn(ROUNDS, shown(Path(folder) / "home")))
    table("reading the shipped rules", "us", in_turn(ROUNDS, {"all files": read_again}))


if __name__ == "__main__":
    main()
