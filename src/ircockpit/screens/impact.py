"""Everybody an incident has reached and everything it has done: listed, filtered, marked, and what became of each."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.command.keys import Entry
from ircockpit.core.errors import BadInput, CockpitError, UsageError
from ircockpit.features.impact import queries
from ircockpit.features.impact.asked import FIELDS, asked
from ircockpit.features.impact.events import STATES
from ircockpit.features.impact.pages import count_words, import_lines, row_line, row_lines, summary_lines
from ircockpit.features.impact.queries import ImpactRow
from ircockpit.features.impact.reading import NAMES, Layout, guess, look, stated_columns
from ircockpit.features.impact.recording import Settling, Terms, begin, changing_rows, recorded_words
from ircockpit.features.incidents.queries import incident
from ircockpit.inert.foreign import is_safe
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.screens.confirmations import for_many
from ircockpit.screens.deck import Deck
from ircockpit.screens.filter_line import FilterAid
from ircockpit.screens.of_incident import OfIncident
from ircockpit.screens.page import Page
from ircockpit.widgets.confirm import Choice
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList

AT_ONCE = 100
"""Rows of a step beside which keys are heard."""
PAUSE_S = 0.01
"""Seconds between two steps of a long act, in which keys are heard."""


class _Rows:
    """The rows that the filter lets through."""

    def __init__(self) -> None:
        self.every: list[ImpactRow] = []
        self.found: list[ImpactRow] = []
        self._at: dict[str, int] = {}

    def load(self, rows: list[ImpactRow], holds: Callable[[ImpactRow], bool]) -> None:
        """Take in what the record says now."""
        self.every = rows
        self.found = [each for each in rows if holds(each)]
        self._at = {each.ident: at for at, each in enumerate(self.found)}

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return self._at.get(key)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return [ListRow(each.ident, row_line(each, width)) for each in self.found[start:stop]]


class _Work(NamedTuple):
    """A long act on its way, a step at a time."""

    step: Callable[[int], bool]
    close: Callable[[], None]
    said: Callable[[], str]


class Impact(OfIncident):
    """People, groups and acts; ``t`` says what became of the marked ones, ``i`` takes in a list, Esc stops it."""

    PLACE: ClassVar[str] = "impact"
    DEFAULT_CSS = """
    Impact > #head { height: auto; max-height: 8; }
    """

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._source = _Rows()
        self._head = Pane(id="head")
        self._rows = VirtualList(self._source, empty=(Span(self._none(), "dim"),))
        self._rows.marked = lambda row: row.key in self._marks
        self._marks: set[str] = set()
        self._anchor = ""
        self._sought = ""
        self._holds = asked("")
        self._work: _Work | None = None
        self._chosen: list[ImpactRow] = []
        self._state = ""
        self._list: Layout
        """What is to be taken in, once a file was named."""

    def _none(self) -> str:
        return f"nobody is recorded yet: {self.deck.key('impact.import')} takes in a list, {self.deck.key('impact.add')} adds one"

    def crumb(self) -> str:
        """The word, and what it is filtered by."""
        return f"impact / {clean(self._sought)}" if self._sought else "impact"

    def body(self) -> list[Widget]:
        """The numbers, then one row each."""
        return [self._head, self._rows]

    def rows(self) -> VirtualList:
        """People, groups and acts."""
        return self._rows

    def first_hints(self) -> list[tuple[str, str]]:
        """How to leave comes first."""
        return self.hint("screen.leave", "back")

    def applies(self, action: Entry) -> bool:
        """A state is there for what is recorded."""
        return super().applies(action) and (action.id != "impact.state" or bool(self._source.every))

    def refresh_data(self) -> None:
        """Read the rows anew."""
        view = self.deck.station.view
        self._source.load(queries.rows(view, self.ident), self._holds)
        self._marks &= {each.ident for each in self._source.every}
        self._rows.empty = (
            Span(
                f"nothing matches {clean(self._sought)}; {self._esc()} clears"
                if self._sought
                else self._none(),
                "dim",
            ),
        )
        self._rows.refresh_rows()
        self._show_head()
        if not self.bar.asking and self._work is None:
            self.bar.show_hint(self.hint_line())

    def _show_head(self) -> None:
        numbers = queries.summary(self.deck.station.view, self.ident)
        shown = f"{counted(len(self._source.found), 'row')}"
        if self._sought:
            shown = f"{len(self._source.found):,} of {len(self._source.every):,} rows"
        if self._marks:
            shown += f", {len(self._marks):,} marked"
        lines: list[Line] = [(Span(" "), *each) for each in summary_lines(numbers)]
        self._head.show([*lines, rule(shown, self.size.width or 80)])

    def _current(self) -> ImpactRow | None:
        at = self._source.index_of(self._rows.key or "")
        return None if at is None else self._source.found[at]

    def enter(self) -> None:
        """The row under the cursor, whole."""
        each = self._current()
        if each is None:
            self.say(self._none())
            return
        station = self.deck.station
        told = queries.state_words(station.view, [each.ident]).get(each.ident)
        self.app.push_screen(Page(self.deck, "impact", row_lines(each, told, station.shown_offset)))

    # Filter and marks

    def gesture_filter(self) -> None:
        """``/``: only what a filter asks for."""
        if is_safe() and self._source.every:
            self.say(
                f"names are not searched beside safe summaries: {self.deck.key('view.safe')} shows them again",
                "warn",
            )
            return
        self.bar.ask(
            "filter", (Span(" /", "key"),), text=self._sought, live=True, limit=200, assist=FilterAid(FIELDS)
        )

    def look_for(self, text: str) -> None:
        """Only what a filter asks for; for one that asks nothing, what is wrong is said and the last result stays."""
        try:
            self._holds = asked(text)
        except UsageError as error:
            self.tell(error)
            return
        self._sought = text.strip()
        self.refresh_data()
        self._rows.top()
        self.status.show(self.deck.status(self.where()))

    def gesture_mark(self) -> None:
        """The row under the cursor, and on to the next."""
        key = self._rows.key
        if key is None:
            self.say("nothing here to mark", "warn")
            return
        self._anchor = key
        self._rows.move(1)
        self._set_marks(self._marks ^ {key})

    def gesture_mark_to(self) -> None:
        """All rows from the one that was marked last to the cursor."""
        start = self._source.index_of(self._anchor)
        if start is None or self._rows.key is None:
            self.say("mark a row first with space; m then marks up to the cursor", "warn")
            return
        first, last = sorted((start, self._rows.index))
        self._set_marks(self._marks | {each.ident for each in self._source.found[first : last + 1]})

    def gesture_turn_marks(self) -> None:
        """What is shown and not marked is marked, and the reverse."""
        self._set_marks(self._marks ^ {each.ident for each in self._source.found})

    def _set_marks(self, marks: set[str]) -> None:
        self._marks = marks
        self._rows.repaint()
        self._show_head()

    def leave(self, key: str) -> None:
        """Esc stops what is under way, then takes filter and marks away, then leads back."""
        if self._work is not None:
            self._end(stopped=True)
        elif key == "escape" and self._sought:
            self.look_for("")
        elif key == "escape" and self._marks:
            self._set_marks(set())
            self.say("marks taken away")
        else:
            super().leave(key)

    def _esc(self) -> str:
        return self.deck.key("screen.escape")

    def do(self, action: Action) -> None:
        """Nothing is begun beside a long act."""
        if self._work is not None:
            self.say(f"still at it; {self._esc()} stops", "warn")
        else:
            super().do(action)

    # What became of them

    def act_impact_state(self, _: Action) -> None:
        """``t``: the state of what is marked and shown, else of the row under the cursor."""
        shown = [each for each in self._source.found if each.ident in self._marks]
        current = self._current()
        self._chosen = shown or ([current] if current is not None else [])
        if not self._chosen:
            self.say(
                f"none of the {len(self._marks):,} marked is shown" if self._marks else self._none(), "warn"
            )
            return
        choices = [Choice(str(digit), state) for digit, state in enumerate(STATES, 1)]
        self.bar.choose("impact-state", (Span(f" {count_words(self._chosen)} are now", "key"),), choices)

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The state, the reason, the file; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose == "impact-state":
            self._state = STATES[int(event.text) - 1]
            self.bar.ask("impact-why", (Span(f" why are they {self._state}?", "key"),), limit=1000)
        elif event.purpose == "impact-why":
            self._ask_state(event.text.strip())
        elif event.purpose == "impact-file":
            self._ask_columns(event.text.strip())
        elif event.purpose == "impact-columns":
            self._ask_import(event.text)
        else:
            super().on_prompt_bar_submitted(event)

    def _ask_state(self, why: str) -> None:
        changing = changing_rows(self._chosen, self._state)
        if not why or not changing:
            self.say("no reason was typed, nothing is done" if not why else f"they are {self._state} already")
            return
        row = incident(self.deck.station.view, self.ident)
        course = Settling(self.deck.station, row, changing, self._state, why)
        work = _Work(
            course.step,
            course.close,
            lambda: (
                f"{course.done:,} of {course.total:,} are {self._state}; {self.deck.key('record.undo')} takes it back"
            ),
        )
        if len(changing) == 1:
            self._start(work)
            return
        others = len(self._chosen) - len(changing)
        lines: list[Line] = [
            (Span(f" {count_words(changing)} become {self._state}", "title"),),
            (Span(f" why: {clean(why)}", "dim"),),
        ]
        lines += [(Span(f" {others:,} are it already", "dim"),)] if others else []
        hidden = len(self._marks) - len(self._chosen)
        lines += (
            [(Span(f" {hidden:,} marked are not shown, and stay as they are", "dim"),)] if hidden > 0 else []
        )
        action = self.deck.action("impact.state")
        self.bar.confirm(for_many(self.deck, action, lines, len(changing), work))

    # Lists

    def act_impact_import(self, _: Action) -> None:
        """``i``: a list from a file, shown before anything is recorded."""
        self.bar.ask("impact-file", (Span(" file with the list, CSV or JSON lines:", "key"),), limit=1000)

    def _ask_columns(self, name: str) -> None:
        """Which column is what, as it is guessed by their names: taken so, or typed over."""
        if not name:
            self.say("nothing was typed, nothing is done")
            return
        try:
            self._list = guess(Path(name).expanduser())
        except CockpitError as error:
            self.tell(error)
            return
        left = [each for each in self._list.all if each not in self._list.columns.values()]
        about: list[Line] = [
            (
                Span(
                    " which column is what, guessed by their names; taken as it stands, or typed over", "text"
                ),
            ),
            (Span(f" not read, not kept: {clean(', '.join(left)) or 'none'}", "dim"),),
            (
                Span(
                    f" can be told: {', '.join(NAMES[self._list.kind])}; leave one out, and it is not read",
                    "dim",
                ),
            ),
        ]
        told = shlex.join(f"{what}={column}" for what, column in {"id": "", **self._list.columns}.items())
        kind = "acts" if self._list.kind == queries.ACTS else "people"
        self.bar.ask("impact-columns", (Span(f" {kind}:", "key"),), text=told, limit=1000, about=about)

    def _ask_import(self, told: str) -> None:
        station = self.deck.station
        try:
            stated = dict.fromkeys(NAMES[self._list.kind], "") | stated_columns(_words(told))
            row = incident(station.view, self.ident)
            layout = look(self._list.path, self._list.kind, stated)
            tried = begin(station, row, layout, Terms(), dry=True)
            while tried.step():
                pass
            course = begin(station, row, layout, Terms(), dry=False)
        except CockpitError as error:
            self.tell(error)
            return
        lines: list[Line] = [(Span(" "), *line) for line in import_lines(layout, tried, minor=False)]
        if not (tried.new or tried.changed or tried.doubled):
            self.app.push_screen(
                Page(self.deck, "import", lines, said="nothing in it is new; nothing is recorded")
            )
            return
        hint = f":impact import {clean(str(self._list.path))[:60]} --confirmed --source WORDS"
        lines.append((Span(f" certainty or source: {hint}", "dim"),))
        work = _Work(course.step, course.close, lambda: recorded_words(row, course))
        self.bar.confirm(for_many(self.deck, self.deck.action("impact.import"), lines, tried.new, work))

    # Long acts

    def on_prompt_bar_confirmed(self, event: PromptBar.Confirmed) -> None:
        """What was asked is begun."""
        if isinstance(event.asked.token, _Work):
            self._start(event.asked.token)

    def _start(self, work: _Work) -> None:
        self._work = work
        self._go_on()

    def _go_on(self) -> None:
        work = self._work
        if work is None:
            return
        try:
            more = work.step(AT_ONCE)
        except CockpitError as error:
            self._work = None
            self.refresh_data()
            self.tell(error)
            return
        if more:
            self.say(f"{work.said()}; {self._esc()} stops, what is recorded stays")
            self.set_timer(PAUSE_S, self._go_on)
        else:
            self._end()

    def _end(self, *, stopped: bool = False) -> None:
        work, self._work = self._work, None
        if work is None:
            return
        work.close()
        self._marks = set()
        self.refresh_data()
        self.say(f"stopped: {work.said()}" if stopped else work.said(), "warn" if stopped else "ok")


def _words(told: str) -> list[str]:
    """Words as they were typed, quotation marks around those with blanks in them."""
    try:
        return shlex.split(told)
    except ValueError:
        raise BadInput(
            "quotation marks around a column's name must be closed", safe="nothing was recorded"
        ) from None
