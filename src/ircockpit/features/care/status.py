"""A status of an incident for people outside: safe words only, and when they hear more."""

from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.queries import ENGAGED, ActionRow
from ircockpit.features.disclosure.queries import Piece, Released
from ircockpit.features.impact.queries import summary
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.systems.rules import NAME
from ircockpit.features.triage.queries import triage_of
from ircockpit.render.timeline import at_full
from ircockpit.store.workstation import Workstation

_HARM = {"yes": "harm has happened", "likely": "harm is likely", "no": "no harm is known"}
_REACH = {
    "few": "few people reached",
    "hundreds": "hundreds of people reached",
    "thousands": "thousands of people reached",
}
_ONGOING = {"yes": "still going on", "stopped": "stopped"}
PROOF = {
    "effective": "in force and proved", "unverified": "switched on, not proved", "partial": "in force in part",
    "drifted": "no longer as it was set", "unknown": "not known to be in force", "reverting": "being lifted",
}  # fmt: skip


def pieces(station: Workstation, row: IncidentRow, next_us: int, *, owner: str) -> list[Piece]:
    """Impact, containment, owner, next update: made of numbers, states and our own words, none of anybody else's."""
    severity = f"{row.severity}{' (provisional)' if row.provisional else ''}"
    next_word = "It is closed." if row.closed else f"Next update by {at_full(next_us)[:16]} UTC."
    return [
        Piece(("standing",), f"Incident {row.short}, {severity}"),
        Piece(("names",), f", {system_words(row)}"),
        Piece(("standing",), ". "),
        Piece(("counts",), f"Impact: {impact_words(station, row)}. "),
        Piece(("containment",), f"Containment: {'; '.join(containment_words(station, row))}. "),
        Piece(("responders",), f"Owner: {owner}. "),
        Piece(("standing",), next_word),
    ]


def paragraph(released: Released) -> str:
    """The status as its audience is given it: what it holds, its marking, and what was held back."""
    return f"{''.join(released.pieces)} {released.words()}"


def system_words(row: IncidentRow) -> str:
    """The system's name where it is a plain one, as the program asks of names; a record may hold anything."""
    if not row.system:
        return "system not known"
    return f"system {row.system_name}" if NAME.fullmatch(row.system_name) else "a system without a plain name"


def impact_words(station: Workstation, row: IncidentRow) -> str:
    """What triage has answered about it, and how many are recorded, in words that are ours."""
    answers = triage_of(station.view, row.ident).answers
    said = [words[answers[field]] for field, words in (("harm", _HARM), ("reach", _REACH), ("ongoing", _ONGOING))
            if answers.get(field) in words]  # fmt: skip
    people = summary(station.view, row.ident).people
    said += [f"{people.words()} recorded"] if people.high else []
    return ", ".join(said) or "not known yet"


def containment_words(station: Workstation, row: IncidentRow) -> list[str]:
    """Each control that may be in force and since when, or that there is none."""
    rows = [each for each in containment.actions(station.view, row.ident) if each.state in ENGAGED]
    return [_control(station, each) for each in rows] or ["nothing is in force yet"]


def _control(station: Workstation, row: ActionRow) -> str:
    proved = proved_us(station, row.ident)
    since = f" at {at_full(row.at_us)[11:16]} UTC" if row.at_us else ""
    last = f", last proved {at_full(proved)[:16]} UTC" if proved and row.state != "effective" else ""
    return f"{row.short} {PROOF.get(row.state, 'taking effect')}{since}{last}"


def proved_us(station: Workstation, action: str) -> int:
    """When a control was last found in force by a probe, by the clock of the device that looked; 0 for never."""
    rows = station.view.rows(
        "SELECT max(wall) FROM entry WHERE ent=? AND doubt='' AND (type='containment.stepped'"
        " AND json_extract(body, '$.value')='effective' OR type='containment.observed' AND"
        " json_extract(body, '$.read')=1 AND json_extract(body, '$.samples[0].verdict')='pass')",
        (action,),
    )
    return int(rows[0][0] or 0)
