"""Names of people as the view knows them."""

from typing import TYPE_CHECKING

from ircockpit.inert.gate import clean

if TYPE_CHECKING:
    from ircockpit.store.view import View


def names(view: "View") -> dict[str, str]:
    """Display name of every pseudonym that has one; gated."""
    return {ident: clean(str(name)) for ident, name in view.rows("SELECT id, name FROM person") if name}


def name_of(known: dict[str, str], user: str | None) -> str:
    """The name to show for a pseudonym: a person's, or the beginning of the pseudonym where no name is held."""
    if not user:
        return "-"
    return known.get(user) or f"someone {user[:4]}"
