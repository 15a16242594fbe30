"""One incident: its facts above, its timeline below, live."""

from typing import Any, ClassVar

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.features.containment import queries as containment
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import detail_lines
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.timeline_rows import TimelineRows
from ircockpit.widgets.confirm import Choice
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList

SEEK_PAUSE_S = 0.01


class Incident(Frame):
    """Everything people need beside the form and the controls."""

    PLACE: ClassVar[str] = "incident"
    DEFAULT_CSS = """
    Incident > #facts { height: auto; max-height: 11; }
    """

    def __init__(self, deck: Deck, ident: str, *, settle: Action | None = None) -> None:
        """``settle``: the disagreement is asked about at once."""
        super().__init__(deck)
        self._settle = settle
        self.ident = ident
        self._row = self._read()
        self._source = TimelineRows(deck.station, self._row.stream)
        self._rows = VirtualList(self._source, gutter=2, follow=True, empty=(Span("no entries", "dim"),))
        self._facts = Pane(id="facts")
        self._follows = True
        self._settling: tuple[Action, str, list[tuple[Any, str]]]

    def _read(self) -> IncidentRow:
        return queries.incidents(self.deck.station.view, [self.ident])[0]

    def on_mount(self) -> None:
        """The question one came with, once the screen stands."""
        if self._settle is not None:
            self.call_after_refresh(self.act_settle, self._settle)

    def body(self) -> list[Widget]:
        """Facts, then the timeline."""
        return [self._facts, self._rows]

    def rows(self) -> VirtualList:
        """The timeline."""
        return self._rows

    def where(self) -> str:
        """Which incident."""
        return f"{self._row.short} timeline"

    def subject(self, name: str) -> str | None:
        """The incident itself; for an action, the newest one that may be in force."""
        if name == "action":
            row = containment.in_force(self.deck.station.view, self.ident)
            return row.ident if row else None
        if name == "signal":
            return queries.origin_of(self.deck.station.view, self.ident) or None
        return self.ident if name in ("incident", "target") else None

    def refresh_data(self) -> None:
        """Read the incident and its entries anew; a cursor on the newest entry follows, any other stays put."""
        disputed = self._row.disputed
        self._row = self._read()
        if self._row.disputed != disputed and not self.bar.asking:
            self.bar.show_hint(self.hint_line())
        self._source.load()
        self._rows.refresh_rows()
        self._show_facts()

    def _show_facts(self) -> None:
        self._follows = self._rows.index == 0
        width = self.size.width or 80
        lines = detail_lines(self.deck.station, self._row)[:-1][:10]
        self._facts.show([*((Span(" "), *line) for line in lines), rule(self._title(), width)])

    def _title(self) -> str:
        source = self._source
        if source.text:
            more = ", still looking" if source.seeking else ""
            return f"timeline / {clean(source.text)}  {source.count():,} of {source.all:,} entries{more}"
        following = "following" if self._follows else "standing still, g follows"
        people_said = f"{source.people} {'person' if source.people == 1 else 'people'}"
        return f"timeline  {counted(source.all, 'entry')}, {people_said}, {following}"

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """Whether new entries come into sight by themselves is said where they would."""
        if (event.index == 0) != self._follows:
            self._show_facts()

    # Looking for something

    def gesture_filter(self) -> None:
        """``/``: only entries that show the text, of all there are."""
        self.bar.ask("filter", (Span(" /", "key"),), text=self._source.text, live=True, limit=100)

    def on_prompt_bar_changed(self, event: PromptBar.Changed) -> None:
        """The search works while it is typed."""
        if event.purpose == "filter":
            self._look_for(event.text)

    def on_prompt_bar_cancelled(self, event: PromptBar.Cancelled) -> None:
        """Leaving the search shows everything again."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose == "filter":
            self._look_for("")
            self.say("filter taken away")
        else:
            super().on_prompt_bar_cancelled(event)

    def leave(self, key: str) -> None:
        """Esc takes a filter away first."""
        if self._source.text and key == "escape":
            self._look_for("")
        else:
            super().leave(key)

    def _look_for(self, text: str) -> None:
        at = self._rows.key
        self._source.look_for(text)
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

    def first_hints(self) -> list[tuple[str, str]]:
        """How to leave comes first, then what only a disagreement needs."""
        matters = ("incident.settle", "settle") if self._row.disputed else ("containment.list", "controls")
        return [*self.hint("screen.leave", "back"), *self.hint(*matters)]

    def act_stop(self, action: Action) -> None:
        """``!`` and ``c``: this incident's controls."""
        from ircockpit.screens.stop import Stop

        self.app.push_screen(Stop(self.deck, self.ident, trigger=self.deck.trigger(action)))

    act_containment = act_stop

    def act_check(self, action: Action) -> None:
        """``R``: the newest control read back and probed once, where its course is shown."""
        self._show_control(action, "check")

    def act_revert(self, action: Action) -> None:
        """``U``: the newest control lifted, where its plan is shown."""
        self._show_control(action, "revert")

    def _show_control(self, action: Action, begin: str) -> None:
        from ircockpit.screens.stop import Stop

        self.app.push_screen(Stop(self.deck, self.ident, trigger=self.deck.trigger(action), begin=begin))

    def act_triage(self, _: Action) -> None:
        """``t``: the triage form."""
        from ircockpit.screens.triage import TriageForm

        self.app.push_screen(TriageForm(self.deck, self.ident))

    def act_settle(self, action: Action) -> None:
        """``X``: the versions of the first field people disagree about, each on a digit."""
        if not self._row.disputed:
            self.say("nobody disagrees about anything here")
            return
        field = self._row.disputed[0]
        versions = [
            (side.value, f"{side.author}'s version", f"{side.author}: {side.shown}")
            for side in queries.heads(self.deck.station.view, self.ident, field)[:8]
        ]
        both = queries.merged(self.deck.station, self.ident, field)
        if both is not None:
            versions.append((both, "both changes", f"both changes: {both}"))
        self._settling = (action, field, [(value, words) for value, words, _ in versions])
        choices = [Choice(str(digit), clean(said)) for digit, (_, _, said) in enumerate(versions, 1)]
        self.bar.choose("settle", (Span(f" which {field} holds? its digit", "key"),), choices, foreign=True)

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The version that holds; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose == "filter":
            return
        if event.purpose != "settle":
            super().on_prompt_bar_submitted(event)
            return
        action, field, sides = self._settling
        value, words = sides[int(event.text) - 1]
        self.run(
            action, {"incident": self.ident, "field": field, "value": value, "why": f"settled for {words}"}
        )

    def enter(self) -> None:
        """The whole text of the entry under the cursor."""
        key = self._rows.key
        if key is None:
            return
        from ircockpit.features.incidents.pages import entry_lines
        from ircockpit.screens.page import Page

        self.app.push_screen(
            Page(self.deck, f"{self._row.short} entry", entry_lines(self.deck.station, key, self.size.width))
        )
