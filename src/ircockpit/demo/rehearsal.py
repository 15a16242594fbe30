"""The demo's path without a screen: the same actions, hub and lab, and a line for everything that was verified."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from shutil import which
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.demo import lab, story
from ircockpit.demo.stage import Stage, wait_until
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.incidents.queries import IncidentRow, heads, incidents
from ircockpit.features.queue.queries import queue_ids
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.journalling import Progress
    from ircockpit.sync.worker import SyncWorker

PATIENCE_S = 6.0
"""Seconds that something on the other side of a wire may take."""


class Checked(NamedTuple):
    """One thing that was looked at."""

    what: str
    holds: bool


class Rehearsal:
    """Walks the path once on a stage; nothing in it raises because a step did not hold."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.found: list[Checked] = []

    def walk(self) -> list[Checked]:
        """Every step in the order of the five minutes."""
        from ircockpit.features.evidence.queries import copy_gate_of
        from ircockpit.sync.worker import SyncWorker

        with ExitStack() as open_now:
            you = open_now.enter_context(open_workstation(self._stage.you))
            jo = open_now.enter_context(open_workstation(self._stage.jo))
            sync = SyncWorker(you.profile, copy_gate_of, lambda _: None)
            sync.start()
            open_now.callback(sync.stop, 2.0)
            self._see(you)
            self._stop(you)
            self._triage(you)
            self._talk(you)
            self._disagree(you, jo, sync)
            self._verify(you, jo)
            self._carry(you, jo)
        return self.found

    def _check(self, what: str, holds: object) -> None:
        self.found.append(Checked(what, bool(holds)))

    def _see(self, you: Workstation) -> None:
        rows = incidents(you.view, queue_ids(you))
        red = [row for row in rows if row.severity == "SEV1"]
        only = red == rows[:1] and red[0].ident == self._stage.pharmacy
        self._check(f"one red line, at the top: {story.PHARMACY}, {story.PHARMACY_IMPACT}", only)
        self._check(f"the lab's users read: {lab.WRONG}", self._users_read(lab.WRONG))

    def _stop(self, you: Workstation) -> None:
        from ircockpit.features.containment.offers import offers
        from ircockpit.features.containment.stopping import approve, execute, prepare

        row = self._row(you)
        offer = offers(you, row.ident, row.system)[0]
        prepared = prepare(you, offer)
        self._check('the probe reads "not contained" before anything is sent', prepared.proof.could_fail)
        steps: list[Progress] = []
        action = approve(you, row, prepared, "stop first")
        outcome = execute(you, row, prepared, action, steps.append)
        took = {step.state: step.ms for step in steps if step.ms is not None}
        words = ", ".join(f"{state} after {ms / 1000:.1f} s" for state, ms in took.items() if state != "sent")
        wanted = prepared.plan.measure.action.verify.probe
        probes = f"{outcome.passes} of {wanted.consecutive if wanted else 0} probes"
        rising = list(took.values()) == sorted(took.values())
        whole = {"accepted", "recorded", "effective"} <= set(took) and rising
        self._check(f"stop {words}, {probes}", whole and outcome.state.value == "effective")
        self._check(f"the lab's users read: {lab.FIXED}", self._users_read(lab.FIXED))

    def _triage(self, you: Workstation) -> None:
        from ircockpit.features.triage.actions import answer

        moved: list[str] = []
        for field, digit in (("harm", "2"), ("reach", "3"), ("harm", "1"), ("regulated", "2")):
            said = answer(you, incident=self._stage.pharmacy, **{field: digit}).data
            moved += [said["decided"]] if [said["decided"]] != moved[-1:] else []
        self._check(
            f"triage by digits: the answers say {' > '.join(moved)} because {', '.join(said['reasons'])}",
            len(moved) > 1 and moved[-1] == "SEV1",
        )

    def _talk(self, you: Workstation) -> None:
        from ircockpit.features.incidents.actions import note

        def from_jo(words: str) -> bool:
            return self._until(you, lambda: words in self._notes_of_others(you))

        self._check(f"{story.COLLEAGUE} saw the stop and wrote of it", from_jo(story.ON_STOPPED))
        note(you, incident=self._stage.pharmacy, text="pharmacist on call is told, leaflet text is checked")
        self._check(f"{story.COLLEAGUE} read your note and answered it", from_jo(story.ON_NOTES[0]))

    def _disagree(self, you: Workstation, jo: Workstation, sync: "SyncWorker") -> None:
        from ircockpit.features.incidents.actions import take

        ident = self._stage.pharmacy
        self._stage.cable.pull()
        self._check("the hub is unplugged, and the workstation knows", self._link(sync, "offline"))
        take(you, incident=ident)
        self._stage.cue(act="take", incident=ident)
        alone = self._until(jo, lambda: self._row(jo).owner == jo.me) and self._row(you).owner == you.me
        unsent = wait_until(lambda: sync.state.unsent > 0, PATIENCE_S)
        self._check("cut off, both take it: each sees only the own change, yours waits", alone and unsent)
        self._stage.cable.put_back()
        sync.wake()
        self._check("the hub is plugged in again", self._link(sync, "live"))
        both = {you.me, jo.me}

        def sides(station: Workstation) -> set[Any]:
            return {head.value for head in heads(station.view, ident, "owner")}

        shown = self._until(you, lambda: sides(you) == both) and self._until(jo, lambda: sides(jo) == both)
        authors = " and ".join(sorted(head.author for head in heads(you.view, ident, "owner")))
        self._check(f"both versions are kept and shown on both sides, by {authors}", shown)
        confirmed = wait_until(lambda: sync.state.link == "live" and not sync.state.unconfirmed, PATIENCE_S)
        self._check("nothing is lost: the hub has confirmed every entry", confirmed)

    def _verify(self, you: Workstation, jo: Workstation) -> None:
        from ircockpit.features.record.actions import verify

        for station, whose in ((you, "your"), (jo, f"{story.COLLEAGUE}'s")):
            said = verify(station).data
            what = f"{whose} record verifies: {said['events']} events in {len(said['records'])} records"
            self._check(what, said["ok"])

    def _carry(self, you: Workstation, jo: Workstation) -> None:
        """The record in a folder: what a stranger's tools say of it, and what a colleague's workstation does."""
        from ircockpit.bundle import ircockpit_verify
        from ircockpit.features.bundles.actions import export, show

        place = self._stage.you.with_name("bundle")
        said = export(you, to=str(place), all=True).data
        looked = show(jo, folder=str(place))
        what = f"a bundle of it: {said['entries']} entries, known and accepted on {story.COLLEAGUE}'s workstation"
        self._check(what, not looked.code and not looked.data[0]["damages"] and looked.data[0]["new"] == 0)
        if which("openssl") and which("ssh-keygen"):
            words = [sys.executable, "-I", ircockpit_verify.__file__, str(place), "--root", said["org"]]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            self._check(
                "the one-file verifier, which knows nothing of ircockpit, says: all holds",
                not done.returncode,
            )

    def _row(self, station: Workstation) -> IncidentRow:
        return incidents(station.view, [self._stage.pharmacy])[0]

    def _users_read(self, answer: str) -> bool:
        return wait_until(lambda: self._stage.seen is not None and self._stage.seen.bot == answer, PATIENCE_S)

    def _notes_of_others(self, station: Workstation) -> set[str]:
        rows = station.view.rows(
            "SELECT json_extract(body, '$.text') FROM entry WHERE ent = ? AND type = 'incident.noted' AND actor <> ?",
            (self._stage.pharmacy, station.me),
        )
        return {str(words) for (words,) in rows}

    def _until(self, station: Workstation, holds: Callable[[], bool]) -> bool:
        def look() -> bool:
            station.refresh()
            return holds()

        return wait_until(look, PATIENCE_S)

    def _link(self, sync: "SyncWorker", link: str) -> bool:
        return wait_until(lambda: sync.state.link == link, PATIENCE_S)


def left_running(stage: Stage) -> Checked:
    """Whether the stage left anything behind once it was struck."""
    threads = [thread.name for thread in threading.enumerate() if thread.name.startswith("hear ")]
    left = [*stage.left(), *threads]
    return Checked(
        f"nothing is left running{': ' + ', '.join(left) if left else ', no port is open'}", not left
    )


def summary(found: list[Checked]) -> str:
    """How it went, in a sentence."""
    failed = sum(1 for each in found if not each.holds)
    return f"{failed} of {len(found)} did not hold" if failed else f"all {len(found)} hold"
