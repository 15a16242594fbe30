"""Several processes on one profile, and processes killed while they write."""

import os
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from tests.store.profiles import declare, note, open_station

from ircockpit.features.record.verification import Verifier
from ircockpit.store.log import Log
from ircockpit.store.workstation import Draft, Workstation

SCRIBE = Path(__file__).with_name("scribe.py")
KILLS = 40


def scribe(repository: Path, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", str(SCRIBE), *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def assert_whole(station: Workstation) -> None:
    for stream in station.log.streams():
        assert Verifier(station.log, station.identity).stream(stream).findings == ()


def test_two_processes_append_at_once(repository: Path, station: Workstation, home: Path) -> None:
    ident, stream = declare(station)
    before = station.log.count()
    both = [scribe(repository, home, stream, ident, 200, word) for word in ("one", "two")]
    answers = [each.communicate(timeout=100) for each in both]
    assert [each.returncode for each in both] == [0, 0], answers
    assert [err for _, err in answers] == ["", ""]
    acknowledged = [line for out, _ in answers for line in out.split() if line != "ready"]
    assert len(set(acknowledged)) == 400
    station.refresh()
    assert station.log.count() == before + 400
    assert set(acknowledged) <= {stored.event.id for stored in station.log.of_stream(stream)}
    lane = [stored.event.envelope.n for stored in station.log.of_stream(stream)]
    assert lane == list(range(1, len(lane) + 1)), "one lane, without gap or fork"
    assert_whole(station)


def test_the_first_start_of_two_processes_makes_one_profile(repository: Path, home: Path) -> None:
    code = "from ircockpit.features.catalogue import open_workstation as o\nwith o() as s: print(s.identity.org, s.me)"
    both = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            env={**os.environ, "PYTHONPATH": str(repository / "src"), "IRCOCKPIT_HOME": str(home)},
            stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    said = {each.communicate(timeout=60)[0] for each in both}
    assert len(said) == 1
    assert [each.returncode for each in both] == [0, 0]


def lost_after_kills(repository: Path, home: Path, kills: int, *, early: bool = False) -> int:
    """Acknowledged events that are not in the log after so many kills; stops at the first loss.

    After each kill those of that run are looked for, so that a long suite stays linear, and at the end all of them.
    """
    all_of_them: set[str] = set()
    rng = random.Random(7)  # noqa: S311 - when to kill, no secret
    with open_station(home) as station:
        ident, stream = declare(station)
    mode = ["early"] if early else []
    for kill in range(kills):
        writer = scribe(repository, home, stream, ident, 100_000, f"run-{kill}", *mode)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.005, 0.12))
        writer.send_signal(signal.SIGKILL)
        out, err = writer.communicate(timeout=60)
        assert not err
        acknowledged = {line for line in out.split("\n")[:-1] if line}
        all_of_them |= acknowledged
        log = Log(home / "log.db", read_only=False)
        held = set(log.lams(acknowledged))
        log.close()
        if lost := acknowledged - held:
            return len(lost)
    log = Log(home / "log.db", read_only=False)
    held = {stored.event.id for stored in log.of_stream(stream)}
    log.close()
    return len(all_of_them - held)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no SIGKILL")
def test_what_was_acknowledged_survives_every_kill(repository: Path, home: Path) -> None:
    assert lost_after_kills(repository, home, KILLS) == 0
    with open_station(home) as station:
        assert_whole(station)
        assert station.log.gaps() == []
        places = [stored.event.envelope.n for stored in station.log.of_stream(station.log.streams()[-1])]
        assert all(after == before + 1 for before, after in pairwise(places))
        dump = station.view.dump()
        station.view.reset()
        station.view.catch_up(station.log)
        assert station.view.dump() == dump


@pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no SIGKILL")
def test_an_acknowledgement_before_the_commit_is_caught(repository: Path, home: Path) -> None:
    assert lost_after_kills(repository, home, 200, early=True) > 0


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_what_was_acknowledged_survives_two_thousand_kills(repository: Path, home: Path) -> None:
    assert lost_after_kills(repository, home, 2000) == 0


def test_a_view_that_another_process_moves_on_is_not_taken_for_that_of_another_log(
    station: Workstation, home: Path
) -> None:
    """The marks of the view are moved by whoever is quicker, between any two questions of the other."""
    ident, stream = declare(station)
    with open_station(home) as other:
        questions = 0

        def meanwhile(_: object) -> None:
            nonlocal questions
            if not other.view.db.in_transaction and questions < 8:
                questions += 1
                note(station, stream, ident, "written meanwhile")

        other.view.db.set_trace_callback(meanwhile)
        other.view.catch_up(other.log)
        other.view.db.set_trace_callback(None)
        assert questions
        assert not other.view.replaced


def test_events_folded_in_by_another_window_meanwhile_are_no_other_log(
    station: Workstation, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident, stream = declare(station)
    look = station.log.id_at
    with open_station(home) as other:

        def meanwhile(arrival: int) -> str | None:
            monkeypatch.undo()
            other.append([Draft(stream, "incident.noted", ident, ({"text": "from another window"},))])
            return look(arrival)

        monkeypatch.setattr(station.log, "id_at", meanwhile)
        station.refresh()
        assert other.log.count() == station.log.count()
    assert not station.view.replaced
    assert station.view.rows("SELECT count(*) FROM incident WHERE id=?", (ident,)) == [(1,)]
