"""The rule book as far as it was read already: whoever must not wait for it asks here."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ircockpit.features.clocks.rulebook import Rulebook
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.store.workstation import Workstation

AT_HAND: "dict[Path, Rulebook]" = {}
"""By the folder of the profile; :mod:`ircockpit.features.clocks.rulebook` fills it."""


def next_words(station: "Workstation", row: "IncidentRow") -> tuple[str, str]:
    """The most urgent clock of an incident in one line and its role; empty while the book is not read."""
    if station.profile.folder not in AT_HAND:
        return "", ""
    from ircockpit.features.clocks.pages import glance
    from ircockpit.features.clocks.queries import board

    return glance(board(station, row), station.clock.wall_us())
