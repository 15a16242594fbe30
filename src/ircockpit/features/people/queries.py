"""Names of people as the view knows them."""

from typing import TYPE_CHECKING

from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean

if TYPE_CHECKING:
    from ircockpit.store.view import View


_NAMED = (
    "SELECT p.id, p.name FROM person p WHERE NOT (p.name IN ('erased', 'withheld') AND ("
    "EXISTS (SELECT 1 FROM entity e WHERE e.id=p.id AND e.missing=p.name)"
    " OR EXISTS (SELECT 1 FROM head h WHERE h.ent=p.id AND h.field='name' AND h.missing=p.name)))"
)
"""A name that is not held is none: two people whose names were erased must not look like one."""


def names(view: "View") -> dict[str, str]:
    """Display name of every pseudonym that has one; gated."""
    return {ident: clean(str(name)) for ident, name in view.rows(_NAMED) if name}


def name_of(known: dict[str, str], user: str | None) -> str:
    """The name to show for a pseudonym: a person's, or the beginning of the pseudonym where no name is held."""
    if not user:
        return "-"
    return known.get(user) or f"someone {user[:4]}"


def shown_name(name: str, user: str | None, instead: str = "") -> str:
    """A person's name on a row, gated: what stands ``instead`` of it, or the pseudonym, beside safe summaries."""
    return words(name, instead or (f"someone {user[:4]}" if user else "somebody"))
