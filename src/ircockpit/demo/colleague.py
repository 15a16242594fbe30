"""The scripted colleague: a second workstation with her own profile, acting through the same actions as anybody."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from ircockpit.demo import story
from ircockpit.demo.leash import hear
from ircockpit.store.workstation import Workstation

LOOK_S = 0.1
THINK_S = 1.2
"""Seconds she takes before she writes."""


class Act(NamedTuple):
    """One thing she does."""

    about: str
    """What it answers, so that she does it once."""
    incident: str
    words: str


def owed(station: Workstation, pharmacy: str, since_us: int) -> Iterator[Act]:
    """What the record calls for: an answer to the stop, and to the notes of others since she came in."""
    stopped = station.view.rows(
        "SELECT 1 FROM action WHERE incident = ? AND state IN ('effective', 'unverified')", (pharmacy,)
    )
    if stopped:
        yield Act("stop", pharmacy, story.ON_STOPPED)
    notes = station.view.rows(
        "SELECT event_id, ent FROM entry WHERE type = 'incident.noted' AND actor <> ? AND wall >= ?"
        " ORDER BY lam, event_id",
        (station.me, since_us),
    )
    for (event, incident), words in zip(notes, story.ON_NOTES, strict=False):
        yield Act(str(event), str(incident), words)


class Colleague:
    """Sees her own workstation only; what she could not know from it, she is told by a cue."""

    def __init__(self, station: Workstation, pharmacy: str) -> None:
        self._station = station
        self._pharmacy = pharmacy
        self._since = station.clock.wall_us()
        self._done: set[str] = set()
        self._due: list[tuple[float, Act]] = []
        self._seen = -1

    def look(self, now: float) -> bool:
        """Notice what is owed and do what is due; returns whether she wrote."""
        from ircockpit.features.incidents.actions import note

        version = self._station.log.data_version()
        if version != self._seen:
            self._seen = version
            self._station.refresh()
            for act in owed(self._station, self._pharmacy, self._since):
                if act.about not in self._done:
                    self._done.add(act.about)
                    self._due.append((now + THINK_S, act))
        due = [act for at, act in self._due if at <= now]
        self._due = [(at, act) for at, act in self._due if at > now]
        for act in due:
            note(self._station, incident=act.incident, text=act.words)
        return bool(due)

    def perform(self, cue: dict[str, Any]) -> None:
        """Do what a cue says: take an incident, or answer a triage question."""
        from ircockpit.features.incidents.actions import take
        from ircockpit.features.triage.actions import answer

        self._station.refresh()
        if cue["act"] == "take":
            take(self._station, incident=cue["incident"])
        elif cue["act"] == "answer":
            answer(self._station, incident=cue["incident"], **{cue["field"]: cue["choice"]})


def main() -> None:
    """``python -m ircockpit.demo.colleague HOME INCIDENT``: acts until its standard input ends."""
    from ircockpit.core.errors import CockpitError
    from ircockpit.features.catalogue import open_workstation
    from ircockpit.features.evidence.queries import copy_gate_of
    from ircockpit.sync.worker import SyncWorker

    cues: SimpleQueue[str] = SimpleQueue()
    hear(cues.put)
    with open_workstation(Path(sys.argv[1])) as station:
        worker = SyncWorker(station.profile, copy_gate_of, lambda _: None)
        worker.start()
        colleague = Colleague(station, sys.argv[2])
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            wrote = False
            try:
                wrote = colleague.look(time.monotonic())
                colleague.perform(json.loads(cues.get(timeout=LOOK_S)))
                wrote = True
            except Empty:
                pass
            except CockpitError as error:
                sys.stderr.write(f"{error}\n")
            if wrote:
                worker.wake()


if __name__ == "__main__":
    main()
