"""Events of containment: planned, approved, every state it went through, and what proves it."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType
from ircockpit.render.glyphs import STATES, glyph

KINDS = (
    EntityKind(
        "action",
        ("incident", "system", "control", "title", "family", "connector", "connector_sha256", "target", "plan",
         "summary", "state", "expires", "answers", "people", "recipe", "waits",
         "review"),
        covered=("incident", "state", "stream"),
    ),
)  # fmt: skip
TYPES = (
    EventType("containment.planned", "action", Effect.CREATE),
    EventType("containment.proposed", "action", Effect.SET),
    EventType("containment.approved", "action", Effect.ENTRY),
    EventType("containment.attested", "action", Effect.ENTRY),
    EventType("containment.broken", "action", Effect.ENTRY),
    EventType("containment.reviewed", "action", Effect.SET),
    EventType("containment.extended", "action", Effect.SET),
    EventType("containment.handed", "action", Effect.SET),
    EventType("containment.stepped", "action", Effect.SET),
    EventType("containment.observed", "action", Effect.ENTRY, on_timeline=False),
    EventType("containment.attended", "incident", Effect.ENTRY, on_timeline=False),
    EventType("containment.preserved", "incident", Effect.ENTRY),
)


_REVIEWED = {"right": "right", "wrong": "not right"}


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if (words := _of_people(type_, body)) is not None:
        return words
    if type_ == "containment.planned":
        return "planned: " + ", ".join(
            filter(None, (str(body.get("title", "")), str(body.get("summary", ""))))
        )
    if type_ == "containment.approved":
        reason = str(body.get("reason") or "")
        if body.get("direction") == "revert":
            title = f" {body['title']}" if body.get("title") else ""
            return f"lifting{title}{', because: ' if reason else ''}{reason}{_cites(body)}"
        return f"approved plan {str(body.get('plan', ''))[:8]}{': ' if reason else ''}{reason}"
    if type_ == "containment.attended":
        doing = {"stop": "has the plan open of", "lift": "has the plan open that lifts"}.get(
            str(body.get("doing")), "left the plan of"
        )
        return f"{doing} {body.get('control', 'a control')}"
    if type_ == "containment.preserved":
        return _preserved(body)
    if type_ == "containment.observed":
        return f"observed: {body.get('what', '')}"
    # The state comes first: what a control is called, and what a target answered, are other people's words.
    value = str(body.get("value", ""))
    state = value if value in STATES else "unknown"
    rest = str(body.get("detail") or "").removeprefix(value).lstrip(" :,")
    more = ", ".join(filter(None, (str(body.get("title", "")), rest)))
    return f"{glyph(state)} {state}{': ' if more else ''}{more}"


def cited_words(body: Mapping[str, Any]) -> str:
    """What a lifting rests on besides a reason, as its signed entry cites it; empty for nothing."""
    cited = body.get("verdict")
    if not isinstance(cited, Mapping):
        return ""
    word = "FAILS" if cited.get("says") == "fails" else "holds"
    despite = f"; lifted despite it: {body['despite']}" if body.get("despite") else ""
    route = f"; users come to it, they say: {body['route']}" if body.get("route") else ""
    return f"fix verdict {str(cited.get('run', ''))[:8]} {word}{_asked(cited)}: {cited.get('said', '')}{despite}{route}"


def _asked(cited: Mapping[str, Any]) -> str:
    """Of what a verdict is that was not asked where users are; empty for any other."""
    asked = cited.get("asked")
    if not cited.get("elsewhere") or not isinstance(asked, Mapping):
        return ""
    model = f"model {asked['model']}" if asked.get("model") else "the target's own model"
    return f" for {model} at {asked.get('target', '')} only"


def _cites(body: Mapping[str, Any]) -> str:
    cited = cited_words(body)
    return f"; {cited}" if cited else ""


def _preserved(body: Mapping[str, Any]) -> str:
    """What was kept beside a change, or why it was not."""
    title, why = body.get("title", ""), str(body.get("why") or "")
    outcome = str(body.get("outcome"))
    if outcome == "begun":
        return f"preserving began: {title}"
    where = f" as {body.get('exhibit', '')}" if body.get("exhibit") else ""
    word = {"kept": "preserved", "in part": "preserved in part"}.get(outcome, "not preserved")
    return f"{word}: {title}{where}{': ' if why else ''}{why}"


def _of_people(type_: str, body: Mapping[str, Any]) -> str | None:
    """What people said of a plan or of a control in force: proposed, attested, reviewed, extended, handed over."""
    title, plan = body.get("title", ""), str(body.get("plan", ""))[:8]
    reason = f": {why}" if (why := str(body.get("reason") or body.get("why") or "")) else ""
    if type_ == "containment.proposed":
        act = "lifting " if body.get("direction") == "revert" else ""
        return f"proposed plan {plan}, to be approved by {body.get('people', 2)} people: {act}{title}{reason}{_cites(body)}"
    if type_ == "containment.attested":
        return f"attested, not approved: {body.get('name', '')} was named for plan {plan} on another person's device"
    if type_ == "containment.broken":
        return f"break-glass: plan {plan} of {title} goes out without the second approval{reason}"
    if type_ == "containment.reviewed":
        return f"reviewed the break-glass, {_REVIEWED.get(str(body.get('value')), 'no verdict')}{reason}"
    if type_ == "containment.extended":
        return f"extended {title} to {body.get('value', '')}{reason}"
    if type_ == "containment.handed":
        return f"handed {title} over: {body.get('name', '')} answers for it{reason}"
    return None
