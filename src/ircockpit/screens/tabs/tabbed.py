"""What the tabs of an incident share: the line that names them, the way from one to another, whose tab it is."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult

from ircockpit.command.action import Action
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment import waiting
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.render.span import Line
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.places import Place
from ircockpit.screens.tabs.house import NAMES, TABS, next_tab, tab_line
from ircockpit.screens.travelling import screen_of
from ircockpit.widgets.pane import Pane


class Tabbed(Frame):
    """A tab of one incident. It states its name; digits, Tab and shift+tab lead to the others."""

    TAB: ClassVar[str]
    DEFAULT_CSS = """
    Tabbed > #tabs { height: 1; }
    """

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck)
        self.ident = ident
        self._known: IncidentRow | None = None
        self._tabs = Pane(id="tabs")

    def compose(self) -> ComposeResult:
        """The frame, with the line of tabs under its first one."""
        parts = iter(super().compose())
        yield next(parts)
        yield self._tabs
        yield from parts

    def update_frame(self) -> None:
        """First line, tabs and hints as they are now."""
        super().update_frame()
        self._show_tabs()

    def on_resize(self) -> None:
        """The line of tabs for the new width."""
        self._show_tabs()

    def _show_tabs(self) -> None:
        if self._tabs.is_attached:
            self._tabs.show([tab_line(self.TAB, self.size.width or 80)])

    def on_screen_resume(self) -> None:
        """It is the incident looked at last."""
        if self.app.screen is self:
            self.deck.last_incident = self.ident

    def read_row(self) -> IncidentRow:
        """The incident as the record has it now; as it was, where it has gone out of the record meanwhile."""
        found = queries.incidents(self.deck.station.view, [self.ident])
        self._known = found[0] if found or self._known is None else self._known
        return self._known

    @property
    def place(self) -> Place | None:
        """The tab of the incident."""
        return Place(self.TAB, self.ident)

    def crumb(self) -> str:
        """The tab."""
        return self.TAB

    def beneath(self, words: list[str]) -> list[str]:
        """The queue, then the incident; another tab of it below this one is no step of the way."""
        return [*words[:1], (self._known or self.read_row()).short]

    def subject(self, name: str) -> str | None:
        """The incident itself; for an action, the newest one that may be in force; for signals, what it began with.

        A record is that of the newest action, also of one that is lifted.
        A proposal is the newest plan that waits for people, what was broken the newest break-glass nobody has reviewed.
        """
        if name == "action":
            row = containment.in_force(self.deck.station.view, self.ident)
            return row.ident if row else None
        if name == "record":
            rows = containment.actions(self.deck.station.view, self.ident)
            return rows[-1].ident if rows else None
        if name in ("proposal", "broken"):
            return waiting.waiting_action(self.deck.station, self.ident, name)
        if name == "signal":
            return queries.origin_of(self.deck.station.view, self.ident) or None
        return self.ident if name in ("incident", "target") else None

    def act_replay(self, _: Action) -> None:
        """``%``: what was asked again, before and after, and what that allows to say."""
        self.app.push_screen(screen_of(self.deck, Place("replay", self.ident)))

    def act_notices(self, _: Action) -> None:
        """``@``: what can be told about it to whom."""
        self._show_notices()

    def _show_notices(self) -> None:
        self.app.push_screen(screen_of(self.deck, Place("notices", self.ident)))

    def open_page(self, title: str, lines: Sequence[Line], *, safe: bool = False) -> None:
        """What stands on a row, whole, on a page of its own: notices about the incident open from there too."""
        from ircockpit.screens.page import Page

        also = {"notice.send": self._show_notices}
        self.app.push_screen(Page(self.deck, title, lines, safe=safe, also=also))

    def gesture_tab(self, digit: int) -> None:
        """A digit: that tab."""
        self.show_tab(NAMES[digit - 1])

    def gesture_next_tab(self, step: int) -> None:
        """Tab and shift+tab: the next one, the one before."""
        self.show_tab(next_tab(self.TAB, step))

    def near(self, places: list[str]) -> list[str]:
        """Another tab is nearer than any other screen."""
        return [place for place in places if place in NAMES] or places

    def way_there(self, places: Sequence[str]) -> str:
        """A digit shows another tab."""
        tabs = [self.deck.key(f"tab.{place}") for place in places if place in NAMES]
        return (
            f"{' and '.join(tabs)} {'show' if tabs[1:] else 'shows'} it"
            if tabs
            else super().way_there(places)
        )

    def show_tab(self, name: str) -> None:
        """Another tab of this incident: in this one's place, but above it where digits answer questions there."""
        if name == self.TAB:
            self.say(f"{name} is open")
            return
        place = Place(name, self.ident)
        if any(isinstance(each, Frame) and each.place == place for each in self.app.screen_stack):
            self.go(place)
            return
        if not self.may_leave():
            return
        answers, below = TABS[NAMES.index(name)].answers, self.app.screen_stack[-2]
        if answers and not TABS[NAMES.index(self.TAB)].answers:
            self.app.push_screen(screen_of(self.deck, place))
            return
        if not answers and isinstance(below, Tabbed) and below.ident == self.ident:
            self.app.pop_screen()
        self.app.switch_screen(screen_of(self.deck, place))
