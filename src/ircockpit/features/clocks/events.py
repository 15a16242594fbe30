"""Events of legal clocks: events recorded, facts answered, duties decided, submissions, requests to wait."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (
    EntityKind("fact", ("incident", "question", "answer"), indexed=("incident",)),
    EntityKind(
        "anchor", ("incident", "name", "time", "low", "high", "why", "source", "withdrawn"), indexed=("incident",)
    ),
    EntityKind("filing", ("incident", "clock", "time", "reference", "exhibit", "withdrawn"), indexed=("incident",)),
    EntityKind("duty", ("incident", "clock", "waived", "advised"), indexed=("incident",)),
    EntityKind("toll", ("incident", "clock", "begins", "ends", "why", "withdrawn"), indexed=("incident",)),
)  # fmt: skip
"""Each has an id that follows from the incident and from what is said, so that two devices say one thing."""
TYPES = (
    EventType("fact.asked", "fact", Effect.CREATE, on_timeline=False),
    EventType("fact.answered", "fact", Effect.SET),
    EventType("anchor.recorded", "anchor", Effect.CREATE),
    EventType("anchor.set", "anchor", Effect.SET),
    EventType("filing.made", "filing", Effect.CREATE),
    EventType("filing.set", "filing", Effect.SET),
    EventType("duty.named", "duty", Effect.CREATE, on_timeline=False),
    EventType("duty.waived", "duty", Effect.SET),
    EventType("duty.advised", "duty", Effect.SET),
    EventType("toll.granted", "toll", Effect.CREATE),
    EventType("toll.set", "toll", Effect.SET),
)
_NOT_HELD = "its words are not held here"


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words; a part that is not held is left out, and the event is named all the same."""
    why = f": {body['why']}" if body.get("why") else ""
    clock, value = body.get("clock") or "a duty", body.get("value")
    if type_ == "fact.answered":
        question = str(body.get("question") or "a question").replace("_", " ")
        return f"{question}: {value or 'unknown'}{why}"
    if type_ == "anchor.recorded":
        return f"{str(body.get('name') or _NOT_HELD).replace('_', ' ')}: {body.get('time', _NOT_HELD)}{why}"
    if type_ == "filing.made":
        reference = f", reference {body['reference']}" if body.get("reference") else ""
        return f"{clock}: filed {body.get('time', _NOT_HELD)}{reference}"
    if type_ == "duty.waived":
        return f"{clock}: {'not reportable' if value else 'no longer held not reportable'}{why}"
    if type_ == "duty.advised":
        return f"{clock}: {'counsel says it applies' if value else 'what counsel said is taken back'}{why}"
    if type_ == "toll.granted":
        until = f" until {body['ends']}" if body.get("ends") else " until further notice"
        return f"{clock}: an authority asks to wait from {body.get('begins', _NOT_HELD)}{until}{why}"
    if type_ in ("anchor.set", "filing.set", "toll.set"):
        what = {"anchor": "a recorded event", "filing": "a submission", "toll": "a request to wait"}
        thing = what[type_.partition(".")[0]]
        if field == "withdrawn":
            return f"{'withdrew' if value else 'put back'} {thing} of {body.get('of') or 'a clock'}{why}"
        return f"{thing}: {field} is {value or 'taken back'}{why}"
    return f"{type_.partition('.')[0]} of {body.get('question') or clock}"
