"""Events of intake: a file received, the signals in it, the groups they form, what people decided of them."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType
from ircockpit.features.intake.rules import GROUP_DERIVED

KINDS = (
    # Files, signals and groups have their ids from content, so that whoever receives the same one, in whatever stream,
    # speaks of the same thing.
    EntityKind("intake", ("name", "sha256", "size", "format", "found", "bad", "skipped"), bound=False),
    EntityKind(
        "signal",
        ("group", "title", "source", "detector", "probe", "score", "severity_word", "model", "observed", "labels",
         "raw", "place", "offset", "length", "prompt_sha256", "output_sha256", "resolved"),
        search=("title", "source", "detector", "probe", "model"),
        covered=("group", "severity_word", "score", "born"),
        bound=False,
    ),
    EntityKind("exposure", ("signal", "what", "raw", "place", "prompt_sha256", "output_sha256", "why"), indexed=("signal",)),
    EntityKind(
        "group",
        ("title", "source", "detector", "probe", "labels", "system", "state", "incident"),
        search=("title",),
        indexed=("source",),
        derived=GROUP_DERIVED,
        covered=("num", "born", "words", "state", "source", "system", "labels", "disputed"),
        numbered=True,
        bound=False,
    ),
)  # fmt: skip
TYPES = (
    EventType("intake.received", "intake", Effect.CREATE),
    EventType("signal.received", "signal", Effect.CREATE, on_timeline=False),
    EventType("signal.set", "signal", Effect.SET),
    EventType("signal.revealed", "exposure", Effect.CREATE),
    EventType("group.formed", "group", Effect.CREATE, on_timeline=False),
    EventType("group.set", "group", Effect.SET),
)


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "intake.received":
        return (
            f"{body.get('found', '?')} signals from {body.get('name', 'a file')} ({body.get('format', '?')})"
        )
    if type_ == "signal.received":
        return f"{body.get('title', 'signal')}"
    if type_ == "signal.revealed":
        return f"saw the raw {body.get('what', 'words')} of {body.get('place', 'a signal')}: {body.get('why', 'withheld')}"
    if type_ == "group.formed":
        return f"signals grouped: {body.get('title', '')}"
    why = f": {body['why']}" if body.get("why") else ""
    return (
        f"signals {body.get('value', '')}{why}"
        if field == "state"
        else f"{field} is {body.get('value', '')}{why}"
    )
