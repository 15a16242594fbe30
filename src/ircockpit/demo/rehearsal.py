"""The demo's path without a screen: the same actions, hub and lab, and a line for everything that was verified."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from ircockpit.command.progress import telling
from ircockpit.demo.stage import Stage, wait_until
from ircockpit.features.catalogue import open_workstation
from ircockpit.store.workstation import Workstation

PATIENCE_S = 12.0
"""Seconds that something on the other workstation may take."""


class Checked(NamedTuple):
    """One thing that was looked at."""

    what: str
    holds: bool


def rehearse(stage: Stage) -> list[Checked]:
    """Walk the path once and say of each step whether it held."""
    from ircockpit.features.containment.actions import stop
    from ircockpit.features.incidents.actions import note, take
    from ircockpit.features.incidents.queries import incidents, queue_ids
    from ircockpit.features.record.actions import verify
    from ircockpit.features.triage.actions import answer

    found: list[Checked] = []
    ident = stage.pharmacy

    def check(what: str, holds: object) -> None:
        found.append(Checked(what, bool(holds)))

    with open_workstation(stage.you) as station, telling(lambda _: None):
        top = incidents(station.view, queue_ids(station.view)[:1])[0]
        check(
            f"one red line at the top: {top.title}, {top.impact}",
            top.ident == ident and top.severity == "SEV1",
        )
        check("the lab answers wrongly before the stop", stage.seen is not None)
        done = stop(station, target=ident, control="1", yes=True).data
        took = (done["ms"] or 0) / 1000
        check(
            f"stop {done['state']} after {took:.1f} s, proved by probes that could fail",
            done["state"] == "effective",
        )
        fixed = wait_until(
            lambda: stage.seen is not None and stage.seen.bot.startswith("[fixed]"), PATIENCE_S
        )
        check("the lab's users read the fixed answer", fixed)
        decided = answer(station, incident=ident, harm="yes", reach="thousands", ongoing="stopped").data
        check(
            f"triage says {decided['severity']}: {', '.join(decided['reasons'])}",
            decided["severity"] == "SEV1",
        )
        note(station, incident=ident, text="pharmacist called, callers are rung back")
        _sync(station)
        check("a colleague's entry appears", _until(station, lambda: _others_notes(station, ident) >= 2))
        stage.cable.pull()
        take(station, incident=ident)
        stage.cue(act="take", incident=ident)
        time.sleep(0.5)
        check("work goes on with the hub unplugged", incidents(station.view, [ident])[0].owner == station.me)
        stage.cable.put_back()
        disputed = _until(station, lambda: "owner" in incidents(station.view, [ident])[0].disputed)
        check("both sides of the disagreement about the owner are kept, with their authors", disputed)
        verified = verify(station)
        check(f"the record holds: {verified.said or 'every signature and hash'}", verified.code == 0)
    return found


def _others_notes(station: Workstation, ident: str) -> int:
    rows = station.view.rows(
        "SELECT count(*) FROM entry WHERE ent=? AND type='incident.noted' AND actor<>?", (ident, station.me)
    )
    return int(rows[0][0])


def _until(station: Workstation, holds: Callable[[], Any]) -> bool:
    """Sync and look until it holds."""

    def look() -> bool:
        _sync(station)
        station.refresh()
        return bool(holds())

    return wait_until(look, PATIENCE_S)


def _sync(station: Workstation) -> None:
    from contextlib import suppress

    from ircockpit.core.errors import CockpitError
    from ircockpit.features.sharing.actions import sync_now

    with suppress(CockpitError):
        sync_now(station)


def summary(found: list[Checked]) -> str:
    """How it went, in a sentence."""
    failed = sum(1 for each in found if not each.holds)
    return (
        f"{len(found)} things looked at, {failed} did not hold" if failed else f"all {len(found)} things hold"
    )
