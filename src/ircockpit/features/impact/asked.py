"""What a filter asks of the people, groups and acts of an incident."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ircockpit.core.filters import SAME, Field, Kind, Now, Term, in_text, parse
from ircockpit.features.impact.events import NOUNS, STATES
from ircockpit.features.impact.rules import CONFIRMED, ESTIMATED

if TYPE_CHECKING:
    from ircockpit.features.impact.queries import ImpactRow

FIELDS = (
    Field("is", Kind.CHOICE, "person, group or act", tuple(NOUNS.values())),
    Field("state", Kind.CHOICE, f"one of {', '.join(STATES)}", STATES),
    Field(
        "country",
        Kind.TEXT,
        "a code of ISO 3166: country:DE; country:none where it is not known",
        aliases=("in",),
    ),
    Field("certainty", Kind.CHOICE, "estimated or confirmed", (ESTIMATED, CONFIRMED)),
    Field("type", Kind.TEXT, "of an act: refund, e-mail, write, other"),
    Field("source", Kind.TEXT, "words of its source"),
    Field("disputed", Kind.FLAG, "people disagree about it"),
)
"""What a filter of a list of impact can ask."""


def asked(text: str) -> Callable[["ImpactRow"], bool]:
    """A filter. Raises :class:`UsageError`, naming what is possible, for one that asks nothing."""
    terms = parse(text, FIELDS, Now())

    def holds(row: "ImpactRow") -> bool:
        searched = (
            f"{row.name} {row.what} {row.target} {row.source} {row.region or row.jurisdiction} {row.state}"
        )
        return in_text(terms, searched.casefold()) and all(
            _has(term, row) != term.negated for term in terms if term.field in _NAMES
        )

    return holds


_NAMES = frozenset(field.name for field in FIELDS)


def _has(term: Term, row: "ImpactRow") -> bool:
    if term.field == "disputed":
        return bool(row.disputed)
    value = {
        "is": NOUNS[row.kind], "state": row.state, "country": row.region or row.jurisdiction or "none",
        "certainty": row.certainty, "type": row.what, "source": row.source,
    }[term.field].casefold()  # fmt: skip
    if term.field == "country":
        return any(word in (value, row.jurisdiction.casefold() or "none") for word in term.values)
    whole = term.op == SAME or term.field in ("is", "state", "certainty")
    return any(word == value if whole else word in value for word in term.values)
