"""Rules about what a playbook says of itself: times, types and activities, the processing summary, its markings."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ircockpit.features.playbooks.finding import Finding, Rule, Severity, found
from ircockpit.features.playbooks.floor import shown
from ircockpit.features.playbooks.model import Frozen, Playbook
from ircockpit.features.playbooks.presenting import by_hand
from ircockpit.features.playbooks.source import pointer
from ircockpit.features.playbooks.vocabulary import (
    ACTIVITIES,
    ACTIVITY_OF_TYPE,
    EXACT_TIME,
    PLAYBOOK_TYPES,
    TLP_IDS,
)

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

NOT_EXACT = Rule(
    "time-not-exact", ERROR, "created or modified does not have exactly three decimals",
    "The version of a playbook is its time of modification, to the millisecond.", "Write 2026-01-31T12:00:00.000Z.",
)  # fmt: skip
NO_SUCH_DAY = Rule(
    "no-such-time", ERROR, "A time does not exist",
    "No calendar has it.", "Correct the date.",
)  # fmt: skip
CREATED_LATER = Rule(
    "created-after-modified", ERROR, "A playbook or signature was created after it was modified",
    "One of the two times is wrong, and versions cannot be told apart.", "Correct the times.",
)  # fmt: skip
VALIDITY = Rule(
    "validity-ends-before-it-begins", ERROR, "valid_until is not after valid_from",
    "It is never valid.", "Correct the times.",
)  # fmt: skip
REVOKED = Rule(
    "revoked", WARNING, "The playbook is revoked",
    "Its makers deem it no longer valid.", "Look for the one that took its place.",
)  # fmt: skip
OUTDATED = Rule(
    "outside-validity", WARNING, "The playbook is not valid now",
    "It is meant for another time.", "Ask its makers, or look for a newer version.",
)  # fmt: skip
NO_ACTIVITY = Rule(
    "types-without-activities", ERROR, "Playbook types are named and no activity",
    "With a type of the vocabulary goes at least one activity.", "Add playbook_activities.",
)  # fmt: skip
NOT_ITS_ACTIVITY = Rule(
    "activity-of-type-missing", ERROR, "A playbook type is named without the activity that belongs to it",
    "Each type has an activity that makes it what it is.", "Add the activity that is named, or take the type out.",
)  # fmt: skip
IN_NO_STEP = Rule(
    "activity-in-no-step", ERROR, "An activity is listed and no command has it",
    "Each listed activity must be found in a step.", "Give the command that does it playbook_activity.",
)  # fmt: skip
NOT_LISTED = Rule(
    "activity-not-listed", NOTE, "A command has an activity that the playbook does not list",
    "Who searches by activity does not find the playbook.", "Add it to playbook_activities.",
)  # fmt: skip
UNKNOWN_WORD = Rule(
    "word-not-in-vocabulary", NOTE, "A type or activity is not one of the vocabulary",
    "It is allowed, and other people may not understand it.", "Use a word of the vocabulary where one fits.",
)  # fmt: skip
SUMMARY = Rule(
    "summary-disagrees", ERROR, "The processing summary says something else than the playbook holds",
    "Programs decide by the summary whether they can carry the playbook out.", "Correct the summary.",
)  # fmt: skip
OWN_TLP = Rule(
    "tlp-marking-not-official", WARNING, "A TLP marking is not the official one of its level",
    "The five official marking objects must be used for TLP 2.0, so that programs know them.", "Use the official id.",
)  # fmt: skip
IEP = Rule(
    "iep-marking", NOTE, "An IEP marking: no file with one passes the official schema",
    "The schema asks for its external_references to be texts and objects at once.", "Know that other programs may refuse it.",
)  # fmt: skip
RULES = (
    NOT_EXACT, NO_SUCH_DAY, CREATED_LATER, VALIDITY, REVOKED, OUTDATED, NO_ACTIVITY, NOT_ITS_ACTIVITY, IN_NO_STEP, NOT_LISTED,
    UNKNOWN_WORD, SUMMARY, OWN_TLP, IEP,
)  # fmt: skip
_TIMES = ("created", "modified", "valid_from", "valid_until")


def check(playbook: Playbook, now: datetime | None) -> Iterator[Finding]:
    """Every finding of the rules above; without ``now`` validity is not held against the clock."""
    yield from _times(playbook.json, "", now)
    for index, signature in enumerate(playbook.signatures):
        yield from _times(signature.json, pointer("/signatures", index), None)
    for ident, marking in playbook.marking_definitions.items():
        place = pointer("/data_marking_definitions", ident)
        yield from _times(marking.json, place, None)
        if marking.tlp and TLP_IDS.get(ident) != marking.tlp:
            yield found(OWN_TLP, place, f"{shown(ident)} is not the official id of {marking.tlp}")
        if marking.type == "marking-iep":
            yield found(IEP, place, f"{shown(ident)} is an IEP marking")
    if playbook.revoked:
        yield found(REVOKED, "/revoked", "the playbook is revoked")
    yield from _activities(playbook)
    content = summary_of(playbook)
    for name, said in playbook.summary.items():
        if said != content.get(name, said):
            place = pointer("/playbook_processing_summary", name)
            yield found(SUMMARY, place, f"{name} says {shown(said)}, the playbook {shown(content[name])}")


def moment(text: str) -> datetime | None:
    """The moment that a CACAO time names, to the microsecond; None where there is none such. A leap second is the next one."""
    whole, _, rest = text.removesuffix("Z").partition(".")
    leap = whole.endswith(":60")
    try:
        at = datetime.fromisoformat(whole[:-2] + "59" if leap else whole).replace(tzinfo=UTC)
        return datetime.fromtimestamp(at.timestamp() + leap, UTC).replace(
            microsecond=int((rest or "0").ljust(6, "0")[:6])
        )
    except (ValueError, OverflowError, OSError):
        return None


def summary_of(playbook: Playbook) -> dict[str, bool]:
    """What the processing summary of this playbook has to say."""
    steps = playbook.steps.values()
    kinds = {step.type for step in steps}
    commands = [command for step in steps for command in step.commands]
    return {
        "manual_playbook": all(map(by_hand, commands)),
        "external_playbooks": "playbook-action" in kinds,
        "parallel_processing": "parallel" in kinds,
        "if_logic": "if-condition" in kinds,
        "while_logic": "while-condition" in kinds,
        "switch_logic": "switch-condition" in kinds,
        "temporal_logic": any(step.delay_ms is not None or step.timeout_ms is not None for step in steps),
        "data_markings": bool(playbook.markings or playbook.marking_definitions),
        "digital_signatures": bool(playbook.signatures),
        "countersigned_signatures": any(signature.countersigned for signature in playbook.signatures),
        "extensions": bool(playbook.extension_definitions),
    }


def _times(json: Mapping[str, Any], place: str, now: datetime | None) -> Iterator[Finding]:
    moments: dict[str, datetime] = {}
    for name in _TIMES:
        if name not in json:
            continue
        at = moment(json[name])
        if at is None:
            yield found(NO_SUCH_DAY, pointer(place, name), f"{shown(json[name])} does not exist")
        else:
            moments[name] = at
        if name in ("created", "modified") and EXACT_TIME.fullmatch(json[name]) is None:
            yield found(NOT_EXACT, pointer(place, name), f"{name} is {shown(json[name])}")
    if "created" in moments and "modified" in moments and moments["created"] > moments["modified"]:
        yield found(
            CREATED_LATER,
            pointer(place, "modified"),
            f"created is {json['created']}, modified {json['modified']}",
        )
    if (
        "valid_from" in moments
        and "valid_until" in moments
        and moments["valid_from"] >= moments["valid_until"]
    ):
        words = f"valid_from is {json['valid_from']}, valid_until {json['valid_until']}"
        yield found(VALIDITY, pointer(place, "valid_until"), words)
    if now is not None and not json.get("revoked"):  # of a revoked one the times say nothing
        yield from _validity(json, place, moments, now)


def _validity(json: Frozen, place: str, moments: Mapping[str, datetime], now: datetime) -> Iterator[Finding]:
    if "valid_from" in moments and now < moments["valid_from"]:
        yield found(OUTDATED, pointer(place, "valid_from"), f"it is valid from {json['valid_from']} on")
    if "valid_until" in moments and now >= moments["valid_until"]:
        yield found(OUTDATED, pointer(place, "valid_until"), f"it was valid until {json['valid_until']}")


def _activities(playbook: Playbook) -> Iterator[Finding]:
    done = {
        command.activity: None
        for step in playbook.steps.values()
        for command in step.commands
        if command.activity
    }
    listed = frozenset(playbook.activities)
    known = [kind for kind in playbook.types if kind in PLAYBOOK_TYPES]
    if known and not playbook.activities:
        yield found(
            NO_ACTIVITY, "/playbook_types", f"the type is {shown(known[0])}, and no activity is listed"
        )
    for index, kind in enumerate(playbook.types):
        wanted = ACTIVITY_OF_TYPE.get(kind)
        place = pointer("/playbook_types", index)
        if wanted and listed and wanted not in listed:
            yield found(NOT_ITS_ACTIVITY, place, f"to the type {kind} belongs the activity {wanted}")
        if kind not in PLAYBOOK_TYPES:
            yield found(UNKNOWN_WORD, place, f"{shown(kind)} is not a playbook type of the vocabulary")
    for index, activity in enumerate(playbook.activities):
        place = pointer("/playbook_activities", index)
        if activity not in done:
            yield found(IN_NO_STEP, place, f"no command has the activity {shown(activity)}")
        if activity not in ACTIVITIES:
            yield found(UNKNOWN_WORD, place, f"{shown(activity)} is not an activity of the vocabulary")
    for activity in done:
        if listed and activity not in listed:
            yield found(NOT_LISTED, "/playbook_activities", f"{shown(activity)} is done and not listed")
