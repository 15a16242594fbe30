"""The exhibits of an incident: what was taken into custody, by whom, and where its file is now."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.features.evidence.events import EXHIBITS
from ircockpit.features.evidence.queries import Exhibit, exhibits
from ircockpit.features.evidence.whereabouts import (
    exhibit_heads,
    exhibit_line,
    exhibit_lines,
    on_the_way,
    whereabouts,
)
from ircockpit.features.playbooks.queries import kinds_wanted
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.tabs.picking import KEYS, Picking
from ircockpit.sync.state import size
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList

GUTTER = 2
LOOK_S = 1.0
"""How often it is looked at what is on its way; another window or the sync thread may be at it."""


class _Exhibits:
    """Rows of the exhibits; where their files are is looked up for those in sight alone."""

    def __init__(self, deck: Deck, incident: str) -> None:
        self._deck = deck
        self._incident = incident
        self.found: list[Exhibit] = []
        self.load()

    def load(self) -> None:
        """Take in what the record says now."""
        self.found = exhibits(self._deck.station.view, self._incident)

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, each in enumerate(self.found) if each.ident == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        shown, deck = self.found[start:stop], self._deck
        where = whereabouts(
            deck.station, shown, on_the_way(deck.station), deck.hub.sending if deck.hub else None
        )
        return [
            ListRow(each.ident, exhibit_line(each, its, width))
            for each, its in zip(shown, where, strict=True)
        ]


class EvidenceTab(Picking):
    """The exhibits; Enter shows one, ``E`` takes a file in, ``w`` says of which kind it is, ``F`` brings one here."""

    PLACE: ClassVar[str] = "evidence"
    TAB: ClassVar[str] = "evidence"
    DEFAULT_CSS = """
    EvidenceTab > #head { height: auto; }
    """

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._source = _Exhibits(deck, ident)
        self._head = Pane(id="head")
        self._moving: object = None
        self._none = f"nothing was taken into custody yet: {deck.key('evidence.add')} takes in a file"
        self._rows = VirtualList(self._source, gutter=GUTTER, empty=(Span(self._none, "dim"),))

    def on_mount(self) -> None:
        """What is on its way is followed."""
        self.set_interval(LOOK_S, self._look)

    def body(self) -> list[Widget]:
        """How many and how much, then one row each."""
        return [self._head, self._rows]

    def rows(self) -> VirtualList:
        """The exhibits."""
        return self._rows

    def refresh_data(self) -> None:
        """Read the exhibits anew."""
        super().refresh_data()
        self._moving = self._on_the_way()
        self._source.load()
        self._rows.refresh_rows()
        found = self._source.found
        said = (
            f"{counted(len(found), 'exhibit')}, {size(sum(each.size for each in found))}"
            if found
            else "evidence"
        )
        width = self.size.width or 80
        heads = [(Span(" " * GUTTER), *exhibit_heads(width - GUTTER))] if found else []
        self._head.show([rule(said, width), *heads])

    def _on_the_way(self) -> object:
        hub = self.deck.hub
        return on_the_way(self.deck.station), hub.sending if hub else None, hub.uploading if hub else 0

    def _look(self) -> None:
        if self.is_current and self._on_the_way() != self._moving:
            self.refresh_data()

    def _current(self) -> Exhibit | None:
        at = self._source.index_of(self._rows.key or "")
        return None if at is None else self._source.found[at]

    def first_hints(self) -> list[tuple[str, str]]:
        """Taking in and bringing here are what one comes for."""
        rows = (
            [
                *self.hint("row.open", "show"),
                *self.hint("evidence.kind", "kind"),
                *self.hint("evidence.fetch", "fetch"),
            ]
            if self._source.found
            else []
        )
        return [*super().first_hints(), *self.hint("evidence.add", "take in"), *rows]

    def enter(self) -> None:
        """The exhibit under the cursor, whole."""
        each = self._current()
        if each is None:
            self.say(self._none)
            return
        station = self.deck.station
        its = whereabouts(station, [each], on_the_way(station))[0]
        lines: list[Line] = exhibit_lines(each, its, station.shown_offset)
        self.open_page(each.label, lines)

    def act_evidence_kind(self, action: Action) -> None:
        """``w``: of which kind the exhibit under the cursor is, those first that the playbook still asks for."""
        each = self._current()
        if each is None:
            self.say(self._none)
            return
        wanted = kinds_wanted(self.deck.station, self.row)
        offered = [
            (kind, "the playbook asks for it" if kind in wanted else "") for kind in (*wanted, *EXHIBITS)
        ]
        shown = list(dict(offered).items())[: len(KEYS)]
        self.pick(action, "kind", f"of which kind is {each.label}?", shown, {"exhibit": each.ident})

    def act_fetch(self, action: Action) -> None:
        """The file of the exhibit under the cursor is brought here, beside the screen."""
        each = self._current()
        if each is None:
            self.say(self._none)
        else:
            self.run(action, {"exhibit": each.ident})
