"""The timeline over the whole height: live, searched, every entry opened whole."""

from typing import ClassVar

from textual.widget import Widget

from ircockpit.core.errors import UsageError
from ircockpit.features.queue.rules import TIMELINE_FIELDS
from ircockpit.inert.foreign import is_safe
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import zone
from ircockpit.screens.deck import Deck
from ircockpit.screens.filter_line import FilterAid
from ircockpit.screens.tabs.acting import IncidentTab
from ircockpit.screens.timeline_rows import TimelineRows
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList

SEEK_PAUSE_S = 0.01


class TimelineTab(IncidentTab):
    """The entries, the newest first, under a line that says which, and in which zone their times are."""

    TAB: ClassVar[str] = "timeline"
    SEARCHED: ClassVar[bool] = True
    DEFAULT_CSS = """
    TimelineTab > #facts { height: auto; max-height: 12; }
    """

    def __init__(self, deck: Deck, ident: str, *, sought: str = "") -> None:
        """``sought``: it is searched from the start."""
        super().__init__(deck, ident)
        self._sought = sought
        self._trouble = ""
        """Why what is typed is no filter."""
        self._source = TimelineRows(deck.station, self.row.stream)
        self._rows = VirtualList(self._source, gutter=2, follow=True, empty=(Span("no entries", "dim"),))
        self._facts = Pane(id="facts")
        self._follows = True

    def on_mount(self) -> None:
        """The search one came with, or left here last, once the screen stands."""
        if self._sought or (self.place is not None and self.deck.sought.get(self.place)):
            self.call_after_refresh(self._come_back)

    def _come_back(self) -> None:
        left = self.deck.left_at.get(self.place) if self.place is not None else None
        self.look_for(
            self._sought or (self.deck.sought.get(self.place, "") if self.place is not None else "")
        )
        if left is not None:
            self._rows.select_key(left)

    def body(self) -> list[Widget]:
        """What stands above the entries, then they."""
        return [self._facts, self._rows]

    def rows(self) -> VirtualList:
        """The timeline."""
        return self._rows

    def refresh_data(self) -> None:
        """Read incident and entries anew; a cursor on the newest entry follows, any other stays put."""
        super().refresh_data()
        self._source.load()
        if self._source.is_of_another_zone:
            self.look_for(self._source.text)
            return
        self._rows.refresh_rows()
        self._show_facts()

    def facts(self) -> list[Line]:
        """What stands above the entries."""
        return []

    def _show_facts(self) -> None:
        self._follows = self._rows.index == 0
        self._facts.show([*self.facts(), rule(self._title(), self.size.width or 80)])

    def _title(self) -> str:
        if self._trouble:
            return clean(self._trouble)
        source, times = self._source, f"times in {zone(self.deck.station.shown_offset)}"
        if source.text:
            more = ", still looking" if source.seeking else ""
            return f"timeline / {clean(source.text)}  {source.count():,} of {source.all:,} entries{more}, {times}"
        following = "following" if self._follows else f"standing still, {self.deck.key('move.top')} follows"
        people_said = f"{source.people} {'person' if source.people == 1 else 'people'}"
        return f"timeline  {counted(source.all, 'entry')}, {people_said}, {following}, {times}"

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """Whether new entries come into sight by themselves is said where they would."""
        if (event.index == 0) != self._follows:
            self._show_facts()

    # Looking for something

    def gesture_filter(self) -> None:
        """``/``: only entries of which the filter holds, of all there are."""
        aid = FilterAid(TIMELINE_FIELDS)
        self.bar.ask("filter", (Span(" /", "key"),), text=self._source.text, live=True, limit=200, assist=aid)

    def leave(self, key: str) -> None:
        """Esc takes a filter away first."""
        if self._source.text and key == "escape":
            self.look_for("")
        else:
            super().leave(key)

    def look_for(self, text: str) -> None:
        """Show only entries of which a filter holds, or all where it is empty; one that asks nothing says so."""
        at, self._trouble = self._rows.key, ""
        try:
            self._source.look_for(text)
        except UsageError as error:
            self._trouble = "; ".join(error.sentences())
            self._show_facts()
            return
        if self.place is not None:
            self.deck.sought[self.place] = self._source.text
        if self._source.text:
            self._seek()
        else:
            self._rows.refresh_rows()
        if at is None or not self._rows.select_key(at):
            self._rows.top()
        self._show_facts()

    def _seek(self) -> None:
        """Piece by piece, so that keys are heard between two pieces."""
        if self._source.seek():
            self.set_timer(SEEK_PAUSE_S, self._seek_on, name="seek")
        self._rows.refresh_rows()

    def _seek_on(self) -> None:
        if self._source.seeking:
            self._seek()
            self._show_facts()

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """A search that is done; everything else is any tab's."""
        event.prevent_default()  # the handler below this one runs by the call, not a second time by itself
        if event.purpose != "filter":
            super().on_prompt_bar_submitted(event)
        elif self._trouble:
            self._trouble = ""
            self._show_facts()

    def enter(self) -> None:
        """The whole text of the entry under the cursor."""
        key = self._rows.key
        if key is None:
            return
        from ircockpit.features.incidents.pages import entry_lines

        lines = entry_lines(self.deck.station, key, self.size.width)
        self.open_page("entry", lines, safe=is_safe())
