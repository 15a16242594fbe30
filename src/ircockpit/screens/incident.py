"""One incident: its facts above, its timeline below, live."""

from typing import ClassVar

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.features.containment import queries as containment
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import detail_lines
from ircockpit.features.incidents.queries import Head, IncidentRow
from ircockpit.inert.gate import clean
from ircockpit.render.queue import rule
from ircockpit.render.span import Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.sources import TimelineRows
from ircockpit.widgets.confirm import Choice
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList


class Incident(Frame):
    """Everything people need beside the form and the controls."""

    PLACE: ClassVar[str] = "incident"
    DEFAULT_CSS = """
    Incident > #facts { height: auto; max-height: 11; }
    """

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck)
        self.ident = ident
        self._row = self._read()
        self._source = TimelineRows(deck.station, self._row.stream)
        self._rows = VirtualList(self._source, gutter=2, empty=(Span("no entries", "dim"),))
        self._facts = Pane(id="facts")
        self._settling: tuple[Action, str, list[Head]]

    def _read(self) -> IncidentRow:
        return queries.incidents(self.deck.station.view, [self.ident])[0]

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
            rows = [
                row
                for row in containment.actions(self.deck.station.view, self.ident)
                if row.state in containment.ENGAGED
            ]
            return rows[-1].ident if rows else None
        return self.ident if name in ("incident", "target") else None

    def on_mount(self) -> None:
        """What happened last is what one wants to see first."""
        super().on_mount()
        self.call_after_refresh(self._rows.bottom)

    def refresh_data(self) -> None:
        """Read the incident and its entries anew; a cursor on the last entry follows new ones."""
        self._row = self._read()
        at_end = self._rows.index >= self._source.count() - 1
        self._source.load()
        self._rows.refresh_rows()
        if at_end:
            self._rows.bottom()
        width = self.size.width or 80
        count, people = self._source.count(), self._source.people()
        title = f"timeline  {count} entries, {people} {'person' if people == 1 else 'people'}"
        lines = detail_lines(self.deck.station, self._row, width)[:-1][:10]
        self._facts.show([*((Span(" "), *line) for line in lines), rule(title, width)])

    def first_hints(self) -> list[tuple[str, str]]:
        """How to leave comes first."""
        return [("q", "back")]

    def act_stop(self, action: Action) -> None:
        """``!`` and ``c``: this incident's controls."""
        from ircockpit.screens.stop import Stop

        self.app.push_screen(Stop(self.deck, self.ident, trigger=action.keys[0]))

    act_containment = act_stop

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
        sides = queries.heads(self.deck.station.view, self.ident, field)[:9]
        self._settling = (action, field, sides)
        choices = [
            Choice(str(digit), clean(f"{side.author}: {side.shown}")) for digit, side in enumerate(sides, 1)
        ]
        self.bar.choose("settle", (Span(f" {field} is", "key"),), choices, foreign=True)

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The version that holds; everything else is the frame's."""
        event.prevent_default()  # the frame\'s handler runs by the call below, not a second time by itself
        if event.purpose != "settle":
            super().on_prompt_bar_submitted(event)
            return
        action, field, sides = self._settling
        chosen = sides[int(event.text) - 1]
        why = f"settled for {chosen.author}'s version"
        self.run(action, {"incident": self.ident, "field": field, "value": chosen.value, "why": why})

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
