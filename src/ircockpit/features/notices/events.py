"""Events of notices: one that is about to be sent, what became of it, a channel tried."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType
from ircockpit.core.stated import text, whole

KINDS = (
    EntityKind(
        "notice", ("incident", "template", "channel", "occasion", "number", "outcome"), indexed=("incident",)
    ),
)
TYPES = (
    EventType("notice.begun", "notice", Effect.CREATE),
    EventType("notice.set", "notice", Effect.SET),
    EventType("notice.tested", "person", Effect.ENTRY, on_timeline=False),
)
DELIVERED, FAILED, UNKNOWN = "delivered", "failed", "unknown"
OUTCOMES = (DELIVERED, FAILED, UNKNOWN)
CUT_OFF = "it was cut off here before its outcome was known; it may have arrived"


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words; what was sent stands in them, for it is safe by the way it is made."""
    to = text(body.get("channel")) or "a channel"
    what = text(body.get("template")) or "a message"
    if type_ == "notice.begun":
        whom = ", ".join(text(each) for each in _list(body.get("recipients")))
        by = " by itself, as it was switched on" if body.get("occasion") else ""
        return f"sends {what} to {to}{f' for {whom}' if whom else ''}{by}: {text(body.get('text'))}"
    outcome = text(body.get("value") if type_ == "notice.set" else body.get("outcome"))
    outcome = outcome if outcome in OUTCOMES else UNKNOWN
    why = f": {body['why']}" if body.get("why") else ""
    took = f" after {whole(body.get('ms')) / 1000:.1f} s" if outcome == DELIVERED else ""
    subject = f"a test to {to}" if type_ == "notice.tested" else f"{what} to {to}"
    return f"{subject} {'is ' if outcome != FAILED else 'has '}{outcome}{took}{why}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
