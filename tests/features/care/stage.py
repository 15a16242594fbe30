"""A record whose every foreign word is a mark, so that a screen or page that shows any of it is seen."""

import json
from pathlib import Path
from typing import Any

from tests.support.hub import declare, set_field

from ircockpit.core.occurred import from_wall
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.intake import actions as intake
from ircockpit.store.workstation import Draft, Workstation

FOREIGN = "zebra"


def foreign_record(station: Workstation, folder: Path) -> str:
    """An incident with a control in force, notes, a dispute's worth of words, signals to review; returns its id."""
    ident = declare(station, f"{FOREIGN} title")
    set_field(station, ident, "impact", f"{FOREIGN} impact")
    incidents.note(station, incident=ident, text=f"{FOREIGN} note")
    incidents.take(station, incident=ident)
    in_force(station, ident, "effective")
    exhibit = folder / f"{FOREIGN}.txt"
    exhibit.write_text(FOREIGN)
    evidence.add(station, file=str(exhibit), incident=ident, origin=f"{FOREIGN} origin")
    file = folder / "foreign.jsonl"
    rows = [
        {"title": f"{FOREIGN} {n}", "prompt": f"{FOREIGN}?", "output": f"{FOREIGN}.", "source": FOREIGN, "detector": FOREIGN,
         "severity": word}
        for n, word in enumerate(("high", FOREIGN))
    ]  # fmt: skip
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    intake.intake(station, file=str(file))
    return ident


def in_force(station: Workstation, incident: str, *states: str, title: str = f"{FOREIGN} control") -> str:
    """A control that has gone through these states, told as its device tells it; returns the action's id."""
    stream = station.view.rows("SELECT stream FROM incident WHERE id=?", (incident,))[0][0]
    ident = station.new_id(stream)
    facts = {
        "incident": incident, "system": "", "control": f"{FOREIGN} name", "title": title, "family": FOREIGN,
        "connector": FOREIGN, "target": FOREIGN, "plan": "0" * 64, "state": "planned", "summary": f"{FOREIGN} summary",
        "expires": from_wall(station.clock.wall_us() + 3_600_000_000, 0),
    }  # fmt: skip
    station.append([Draft(stream, "containment.planned", ident, (facts,))])
    for state in states:
        body: dict[str, Any] = {"detail": f"{FOREIGN} detail", "title": title, "ms": 1000}
        station.append([station.set_field(stream, "containment.stepped", ident, "state", state, **body)])
    return ident
