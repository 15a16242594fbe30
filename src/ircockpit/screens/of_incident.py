"""A page of one incident beside its tabs: it knows whose it is, and stands behind the queue and the incident."""

from ircockpit.features.incidents.queries import incident
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.places import Place


class OfIncident(Frame):
    """The base of such a page; its name is that of its place."""

    def __init__(self, deck: Deck, ident: str) -> None:
        """``ident`` is the incident's UUID."""
        super().__init__(deck)
        self.ident = ident

    @property
    def place(self) -> Place | None:
        """The incident, on a page of that name."""
        return Place(self.PLACE, self.ident)

    def crumb(self) -> str:
        """The word."""
        return self.PLACE

    def beneath(self, words: list[str]) -> list[str]:
        """The queue, then the incident."""
        return [*words[:1], incident(self.deck.station.view, self.ident).short]

    def subject(self, name: str) -> str | None:
        """The incident itself."""
        return self.ident if name in ("incident", "target") else None
