"""Long queues: incidents and signal groups with long titles of mixed width, by the program's own way of writing."""

import json
from pathlib import Path

from ircockpit.core.occurred import from_wall
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.intake.actions import intake
from ircockpit.store.workstation import Draft, Workstation

SEEN = "Pharmacy bot"
"""Stands in titles on the first screenful, whatever a row's columns leave of a title."""
STEMS = (
    "Pharmacy bot told a patient the wrong dose, number {}",
    "薬局ボットが患者に誤った用量を伝えた 第{}号、夜勤の病棟から報告",
    "Refund agent paid out {} orders nobody had asked to be refunded, over night",
    "Anhänge anderer Kundinnen und Kunden waren in Antwort {} zu sehen (Übergrößen)",
    "Чат-бот раскрыл чужие адреса доставки, обращение {}, повторно",
    "CV screener ranks applicants by postcode, batch {}, found by the works council",
)
_BATCH = 400
MINUTE_US = 60_000_000


def fill(home: Path, rows: int) -> None:
    """Make a profile whose queue has so many rows: three in five are incidents, the rest signals to review."""
    groups = rows * 2 // 5
    home.parent.mkdir(parents=True, exist_ok=True)
    signals = home.with_name(f"{home.name}.jsonl")
    with signals.open("w", encoding="utf-8") as file:
        for number in range(groups):
            file.write(json.dumps(_signal(number)) + "\n")
    with open_workstation(home) as station:
        intake(station, file=str(signals), progress=lambda _done, _size: None)
        for start in range(0, rows - groups, _BATCH):
            numbers = range(start, min(start + _BATCH, rows - groups))
            station.append([draft for number in numbers for draft in _incident(station, number)])
    signals.unlink()


def _signal(number: int) -> dict[str, object]:
    return {
        "title": STEMS[number % len(STEMS)].format(number), "output": f"take {number} of them", "source": "monitor",
        "model": "support-bot", "detector": f"dosage.{number % 7}", "score": round(number % 100 / 100, 2),
    }  # fmt: skip


def _incident(station: Workstation, number: int) -> list[Draft]:
    stream, genesis = station.open_stream("incident")
    facts = {
        "title": STEMS[number % len(STEMS)].format(number), "severity": f"SEV{1 + number % 4}", "provisional": 1,
        "status": "open", "owner": station.me if number % 3 else "", "system": "",
        "impact": f"{number * 7 % 4000:,} people", "origin": "",
        "opened": from_wall(station.clock.wall_us() - number * MINUTE_US, 0),
    }  # fmt: skip
    return [genesis, Draft(stream, "incident.declared", station.new_id(stream), (facts,))]


def long_record(home: Path, events: int, *, batch: int = 1000) -> tuple[str, str]:
    """Make a profile with one incident whose record has so many entries; the incident's id and its stream.

    Each batch of notes ends with a change of four fields; every eighth note says a word that the others do not.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    with open_workstation(home) as station:
        genesis, declared = _incident(station, 1)
        stream, ident = genesis.stream, declared.ent
        station.append([genesis, declared])
        for start in range(0, events, batch):
            size = min(batch, events - start)
            notes = [
                Draft(stream, "incident.noted", ident, (_note(start + at),))
                for at in range(size - len(_FIELDS))
            ]
            changes = [
                station.set_field(stream, "incident.set", ident, field, f"{field} {start}")
                for field in _FIELDS
            ]
            station.append([*notes, *changes[:size]])
    return ident, stream


_FIELDS = ("title", "impact", "owner", "severity")


def _note(number: int) -> dict[str, str]:
    rare = " quarantine ward" if number % 8 == 0 else ""
    return {"text": f"call {number}: two patients, both stable, pharmacist told{rare}; 薬剤師に連絡済み"}
