"""Events of impact: people, groups known by number, acts, the state of each, and the key that stands for names."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType
from ircockpit.render.glyphs import counted

_PLACE = ("jurisdiction", "region", "certainty", "source", "state")
KINDS = (
    EntityKind("affected", ("incident", "pseudonym", *_PLACE), indexed=("incident",)),
    EntityKind("cohort", ("incident", "label", "count", *_PLACE), indexed=("incident",)),
    EntityKind(
        "act",
        ("incident", "what", "external", "amount", "currency", "target", *_PLACE),
        indexed=("incident",),
    ),
)
TYPES = (
    EventType("affected.recorded", "affected", Effect.CREATE, on_timeline=False),
    EventType("affected.set", "affected", Effect.SET, on_timeline=False),
    EventType("cohort.recorded", "cohort", Effect.CREATE),
    EventType("cohort.set", "cohort", Effect.SET),
    EventType("act.recorded", "act", Effect.CREATE, on_timeline=False),
    EventType("act.set", "act", Effect.SET, on_timeline=False),
    EventType("impact.keyed", "incident", Effect.ENTRY, on_timeline=False),
    EventType("impact.counted", "incident", Effect.ENTRY),
)
OPEN, TOLD, REVERSED, IRRECOVERABLE, MISTAKEN = "open", "told", "reversed", "irrecoverable", "mistaken"
STATES = (OPEN, TOLD, REVERSED, IRRECOVERABLE, MISTAKEN)
"""What was recorded by mistake is kept and counts for nothing."""
SORTS = ("refund", "e-mail", "write", "other")
"""What an act was."""
HASH, REFUSE, ALL = "hash", "refuse", "all"
NAMES = (HASH, REFUSE, ALL)
"""What becomes of a word that shows a person: a keyed hash, a refusal; or every word a hash, plain ids too."""
NOUNS = {"affected": "person", "cohort": "group", "act": "act"}


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words; no pseudonym and nothing of a target is among them."""
    kind, _, what = type_.partition(".")
    why = f": {body['why']}" if body.get("why") else ""
    if type_ == "impact.counted":
        return f"{_counts(body)} {body.get('said', 'recorded')}{why}"
    if type_ == "impact.keyed":
        return "made the key under which names of affected people are matched"
    if type_ == "cohort.recorded":
        return f"recorded {body.get('count', '?')} people as a group, {body.get('certainty', 'estimated')}"
    if what == "recorded":
        return "recorded an affected person" if kind == "affected" else "recorded an act"
    return f"{field} of {'an' if kind == 'act' else 'a'} {NOUNS.get(kind, kind)} is {body.get('value')}{why}"


def _counts(body: Mapping[str, Any]) -> str:
    numbers = [(body.get(kind), noun) for kind, noun in NOUNS.items()]
    return " and ".join(_many(n, noun) for n, noun in numbers if isinstance(n, int) and n > 0) or "nothing"


def _many(number: int, noun: str) -> str:
    return f"{number:,} people" if noun == "person" and number != 1 else counted(number, noun)
