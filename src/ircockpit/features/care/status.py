"""A status of an incident for people outside: safe words only, and when they hear more."""

from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.queries import ENGAGED, ActionRow
from ircockpit.features.disclosure.queries import Piece, Released
from ircockpit.features.impact.queries import summary, summary_words
from ircockpit.features.incidents.queries import IncidentRow, heads
from ircockpit.features.replay.queries import brief as replayed
from ircockpit.features.systems.rules import NAME
from ircockpit.features.triage.queries import triage_of
from ircockpit.render.timeline import at_day, at_minute
from ircockpit.store.workstation import Workstation

_HARM = {"yes": "harm has happened", "likely": "harm is likely", "no": "no harm is known"}
_REACH = {
    "few": "few people reached",
    "hundreds": "hundreds of people reached",
    "thousands": "thousands of people reached",
}
_ONGOING = {"yes": "still going on", "stopped": "stopped"}
_UNDONE = {"yes": "can be undone", "partly": "can be undone in part", "no": "cannot be undone"}
_PERSONAL = {"none": "no personal data", "some": "personal data", "sensitive": "sensitive personal data"}
_REGULATED = {
    "no": "no regulated domain", "health": "regulated: health", "money": "regulated: money",
    "law or work": "regulated: law or work",
}  # fmt: skip
_OURS = (
    ("harm", _HARM), ("reach", _REACH), ("ongoing", _ONGOING), ("reversible", _UNDONE), ("personal", _PERSONAL),
    ("regulated", _REGULATED),
)  # fmt: skip
"""Answers of the triage that say what an incident has done, and our words for each."""
PROOF = {
    "effective": "in force and proved", "unverified": "switched on, not proved", "attested": "done by hand, not proved",
    "partial": "in force in part",
    "drifted": "no longer as it was set", "unknown": "not known to be in force", "reverting": "being lifted",
}  # fmt: skip


def pieces(station: Workstation, row: IncidentRow, next_us: int, *, owner: str) -> list[Piece]:
    """Impact, containment, owner, next update: made of numbers, states and our own words, none of anybody else's."""
    severity = f"{row.severity}{' (provisional)' if row.provisional else ''}"
    next_word = "It is closed." if row.closed else f"Next update by {at_day(next_us, station.shown_offset)}."
    return [
        Piece(("standing",), f"Incident {row.short}, {severity}"),
        Piece(("names",), f", {system_words(row)}"),
        Piece(("standing",), ". "),
        Piece(("counts",), f"Impact: {impact_words(station, row)}. "),
        Piece(("containment",), f"Containment: {'; '.join(containment_words(station, row))}. "),
        *(
            [Piece(("containment",), f"Asked again: {proof}. ")]
            if (proof := replayed(station, row.ident))
            else []
        ),
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
    if not row.system_name:
        return "a system that is not described here"
    return f"system {row.system_name}" if NAME.fullmatch(row.system_name) else "a system without a plain name"


def impact_words(station: Workstation, row: IncidentRow) -> str:
    """What triage has answered about it, in words that are ours; of other words only that they are there, and where."""
    fields = ("impact", *(field for field, _ in _OURS))
    gone = {field for field in fields if any(head.missing for head in heads(station.view, row.ident, field))}
    answers = {
        field: value
        for field, value in triage_of(station.view, row.ident).answers.items()
        if field not in gone
    }
    said = [words[answers[field]] for field, words in _OURS if answers.get(field) in words]
    other = any(answers.get(field, "unknown") not in (*words, "unknown") for field, words in _OURS)
    if other or (row.impact and "impact" not in gone):
        said.append(f"{'more is ' * bool(said)}stated in words not shown here: ircockpit show {row.short}")
    if gone:
        said.append(f"{'more is ' * bool(said)}stated in words that are withheld or erased")
    if set(fields) & set(row.disputed):
        said.append("people disagree about it")
    found = summary(station.view, row.ident)
    said += [f"recorded: {summary_words(found)}"] if not found.empty else []
    return ", ".join(said) or "not known yet"


def containment_words(station: Workstation, row: IncidentRow) -> list[str]:
    """Each control that may be in force and since when, or that there is none."""
    rows = containment.actions(station.view, row.ident)
    on = [_control(station, each) for each in rows if each.state in ENGAGED]
    return on or [
        f"nothing is in force {'any more' if any(each.state == 'reverted' for each in rows) else 'yet'}"
    ]


def _control(station: Workstation, row: ActionRow) -> str:
    proved = proved_us(station, row.ident)
    offset = station.shown_offset
    since = f" at {at_minute(row.at_us, offset)}" if row.at_us else ""
    last = f", last proved {at_day(proved, offset)}" if proved and row.state != "effective" else ""
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
