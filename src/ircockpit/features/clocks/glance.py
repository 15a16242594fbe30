"""The rule book as far as it was read already: whoever must not wait for it asks here."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ircockpit.features.clocks.rulebook import Rulebook
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.render.span import Line
    from ircockpit.store.workstation import Workstation

AT_HAND: "dict[Path, Rulebook]" = {}
"""By the folder of the profile; :mod:`ircockpit.features.clocks.rulebook` fills it."""


def next_words(station: "Workstation", row: "IncidentRow", *, timed: bool = False) -> tuple[str, str]:
    """The most urgent clock of an incident in one line and its role; empty while the book is not read.

    With ``timed``, only of an incident in which some clock has a time or waits for one.
    """
    if station.profile.folder not in AT_HAND:
        return "", ""
    from ircockpit.features.clocks.pages import asked_for, glance, is_mere_question
    from ircockpit.features.clocks.queries import board

    its = board(station, row)
    if timed and all(map(is_mere_question, asked_for(its, everything=False))):
        return "", ""
    return glance(its, station.clock.wall_us())


def banners(station: "Workstation", row: "IncidentRow", width: int) -> "list[Line]":
    """What must not be done about an incident now; nothing while the book is not read."""
    if station.profile.folder not in AT_HAND:
        return []
    from ircockpit.features.clocks.pages import short_banners
    from ircockpit.features.clocks.queries import board

    return short_banners(board(station, row), width)


def names_beginning(station: "Workstation", what: str, beginning: str) -> list[tuple[str, str]]:
    """Clocks or questions (``clock``, ``fact``) whose names begin so, and what each is; none while the book is not read."""
    rules = AT_HAND.get(station.profile.folder)
    if rules is None:
        return []
    from ircockpit.inert.gate import clean

    told = {ident: ready.clock.title for ident, ready in rules.book.clocks.items()}
    if what == "fact":
        told = {ident: fact.ask for ident, fact in rules.book.facts.items()}
    return [(ident, clean(about)) for ident, about in told.items() if ident.startswith(beginning)]
