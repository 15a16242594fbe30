"""The queue: what is open, what waits for review, and the detail of the row under the cursor."""

from collections.abc import Sequence
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, ClassVar

from textual.widget import Widget

from ircockpit.command.action import Action, Result
from ircockpit.core.errors import CockpitError, UsageError
from ircockpit.features.containment.inhand import cut_off
from ircockpit.features.containment.queries import proofs_left
from ircockpit.features.incidents import queries
from ircockpit.features.incidents.pages import detail_lines
from ircockpit.features.intake.actions import group_lines, promote
from ircockpit.features.intake.queries import GroupRow
from ircockpit.inert.foreign import is_safe, words
from ircockpit.inert.gate import clean
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.wrap import wrap
from ircockpit.screens.deck import Deck
from ircockpit.screens.keywords import PLACES, put_cursor
from ircockpit.screens.marking import Many, Marking
from ircockpit.screens.places import Place
from ircockpit.screens.sources import QueueRows
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.split import Split, columns_beside, lines_under
from ircockpit.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from textual.timer import Timer

    from ircockpit.features.queue.due import DueRow
    from ircockpit.features.queue.rules import SavedView

DETAIL_PAUSE_S = 0.08
"""The detail follows the cursor only when it rests: held keys then cost no repaint of the pane."""
_FIRST_STEPS = (
    ("screen.leave", "", "leaves; then `ircockpit init` leads to a first stop that is proved"),
    ("intake.file", "", "takes in a file of signals: a red-team run, a monitor's alert"),
    ("incident.open", "", "declares an incident that nobody's monitor saw"),
    ("command.line", "enroll", "joins your organisation's hub with a one-time code"),
    ("help.show", "", "all keys and commands; ircockpit demo shows it all in five minutes"),
)
"""What fills the detail while there is nothing to look at: what leads there, words behind it, and what it does."""


_ORDER = "   by urgency "
_VIEW_KEYS = "".join(each for each in "123456789" + ascii_lowercase if each not in "nq")
_EMPTY: Line = (Span("nothing is open and nothing waits for review", "dim"),)


class Queue(Marking):
    """The first screen."""

    PLACE: ClassVar[str] = "queue"
    TAIL: ClassVar[tuple[tuple[str, str], ...]] = (("row.open", "open"), ("help.show", "help"))
    DEFAULT_CSS = """
    Queue > #filter { height: 1; }
    """

    def __init__(self, deck: Deck) -> None:
        source = QueueRows(deck.station)
        super().__init__(deck, source, VirtualList(source, gutter=3, empty=_EMPTY))
        self._filter = Pane(id="filter")
        self._detail = Pane(id="detail")
        self._split = Split(self._rows, self._detail)
        self._trouble = ""
        """Why what is typed is no filter."""
        self._pause: Timer | None = None
        self._reviewing: tuple[Action, str | Many]
        self._offered: dict[str, SavedView] = {}
        """Views that can be chosen, by key."""

    def body(self) -> list[Widget]:
        """Filter line, list, detail."""
        self._split.lay_out(*self.size)
        return [self._filter, self._split]

    def on_mount(self) -> None:
        """What the start has found comes once the frame stands."""
        self.call_after_refresh(self._say_found)

    def _say_found(self) -> None:
        """What was damaged and made anew, and what was cut off when a cockpit or command was killed."""
        cut = cut_off(self.deck.station)
        if cut:
            row, more = cut[-1], f" and {len(cut) - 1} more" if len(cut) > 1 else ""
            self.say(
                f"? {words(row.title)} ({row.short}){more}: cut off at {row.state}, not proved: c, then R",
                "warn",
            )
        elif left := [each for each in proofs_left(self.deck.station) if not each.running]:
            name, opens = words(left[0].control, "a control"), self.deck.key("readiness.show")
            self.say(
                f"✕ {name} may still be on after a proof: {opens}, then {self.deck.key('readiness.prove')}",
                "bad",
            )
        elif said := self.deck.station.mended or self.deck.complaint():
            self.say(said, "warn")

    def rows(self) -> VirtualList:
        """The list."""
        return self._rows

    @property
    def place(self) -> Place:
        """The queue."""
        return Place("queue")

    def first_hints(self) -> list[tuple[str, str]]:
        """Stop and open come first; the registry adds the rest."""
        return self.hint("row.open", "open") if self._rows.key else []

    def refresh_data(self) -> None:
        """Read ids and order anew and repaint what changed."""
        self._split.lay_out(*self.size)
        self._source.load()
        self._rows.empty = self._nothing()
        self._rows.refresh_rows()
        self._show_filter()
        self._show_detail()

    def _first_steps(self) -> list[Line]:
        return [
            (Span(f" {self.deck.key(ident) + verb:9}", "key"), Span(words, "dim"))
            for ident, verb, words in _FIRST_STEPS
        ]

    def _nothing(self) -> Line:
        """Why no row is there: that nothing matches must not read as if nothing were open."""
        if not self._source.text:
            return _EMPTY
        incidents, groups = self._source.all
        hidden = f"{_counted(incidents, 'incident')}, {_counted(groups, 'group')} hidden; {self.deck.key('screen.escape')} clears"
        if self._source.text == "closed":
            return (Span(f"no incident is closed; {hidden}"),)
        return (Span(f'nothing matches "{clean(self._source.text)}"; {hidden}'),)

    def look_for(self, text: str) -> None:
        """A filter that asks nothing is told of where it stands, and what was found last stays."""
        self._trouble = ""
        try:
            self._source.filter(text)
        except UsageError as error:
            self._trouble = "; ".join(error.sentences())
        self.refresh_data()

    def _show_filter(self) -> None:
        incidents, groups = self._source.counts
        said = f"{_counted(incidents, 'incident')}, {_counted(groups, 'group')} to review"
        said += f", {self._source.stuck:,} stuck" if self._source.stuck else ""
        said += f", {self._source.due_count:,} due" if self._source.due_count else ""
        text = f"/ {clean(self._source.text)}" if self._source.text else "/ open"
        width = self.size.width or 80
        if self._trouble:
            self._filter.show([(Span(" " + fit(clean(self._trouble), width - 1), "warn"),)])
            return
        marked = self.marked_words()
        # A filter that is longer than what is left of the line goes before the words that say the order.
        room = max(min(30, width - 1 - len(said) - len(_ORDER)), len(text) + 1 if len(text) < 30 else 30)
        left = fit(text, room if not marked else max(29 - len(marked), 8))
        used = 30 if marked else room
        order = _ORDER if len(said) + len(_ORDER) <= width - 1 - used else " "
        right = fit(said + order, width - 1 - used, "right")
        line = (Span(" " + left, "key"), Span(f" {marked}" if marked else "", "accent"), Span(right, "dim"))
        self._filter.show([line])

    def marks_changed(self) -> None:
        """How many are marked stands beside the filter."""
        self._show_filter()

    def gesture_detail(self) -> None:
        """``d``: the detail off, or on again."""
        self.settle()
        self._split.alone = not self._split.alone
        self._split.lay_out(*self.size)
        self._show_detail()

    def duties_known(self) -> None:
        """The row under the cursor names what is due; the list is as it was."""
        self._show_detail()

    def _show_detail(self) -> None:
        self._pause = None
        if self._split.alone:
            return
        if not self._split.beside:
            shown = [rule("", self.size.width or 80), *self._lines()]
            self._detail.show(shown[: lines_under(self.size.height)])
            return
        bar = Span(" | ", "dim")
        room = columns_beside(self.size.width) - cells(bar.text)
        lines = [(bar, *piece) for line in self._lines() for piece in wrap(line, room, 10)]
        height = self._split.size.height
        self._detail.show([*lines, *[(bar,)] * (height - len(lines))][:height])

    def _lines(self) -> list[Line]:
        key = self._rows.key
        if key is None:
            return [] if self._source.text or self._source.count() else self._first_steps()
        group = self._source.group(key)
        if group is not None:
            return [_indented(line) for line in group_lines(self.deck.station, group)]
        if (waits := self._source.due_row(key)) is not None:
            return self._due_lines(waits)
        found = queries.incidents(self.deck.station.view, [key])
        return [_indented(line) for row in found for line in detail_lines(self.deck.station, row, brief=True)]

    def _elsewhere(self) -> str:
        return f"that is neither incident nor signals: {self.deck.key('row.open')} opens the place where it is done"

    def _due_lines(self, row: "DueRow") -> list[Line]:
        opens = f"{self.deck.key('row.open')} opens {PLACES.get(row.place, 'its controls')}, where it is done"
        return [
            (Span(f" {row.kind:9} ", "key"), Span(row.system, "title")),
            (Span(" is due    ", "dim"), Span(row.said)),
            (Span(" goes to   ", "dim"), Span(opens, "dim")),
        ]

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """The detail follows when the cursor rests."""
        if event.key and not self._source.is_group(event.key) and self._source.due_row(event.key) is None:
            self.deck.last_incident = event.key
        self.bar.change_hint(self.hint_line())
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(DETAIL_PAUSE_S, self._show_detail)

    def subject(self, name: str) -> str | None:
        """The incident or signal group under the cursor, and nothing else: a key must not reach what is not seen."""
        key = self._rows.key
        if key is None or name == "action" or self._source.due_row(key) is not None:
            return None
        wanted = {"incident": (False,), "signal": (True,)}.get(name, (False, True))
        return key if self._source.is_group(key) in wanted else None

    def aim(self, name: str, ident: str) -> bool:
        """The cursor goes to the row that was named."""
        del name
        return self._rows.select_key(ident)

    def enter(self) -> None:
        """Open the incident, or look at the signals."""
        key = self._rows.key
        if key is None:
            return
        group = self._source.group(key)
        if group is not None:
            from ircockpit.screens.page import Page

            self.app.push_screen(
                Page(
                    self.deck,
                    f"signals {group.short}",
                    list(group_lines(self.deck.station, group, 200)),
                    safe=is_safe(),
                )
            )
            return
        if (waits := self._source.due_row(key)) is not None:
            self._open_due(waits)
        else:
            self.open_incident(key)

    def _open_due(self, row: "DueRow") -> None:
        """Where what is due is done, with the cursor on it."""
        place = Place(row.place, row.incident)
        if row.at:
            self.deck.left_at[place] = row.at
        if row.incident:
            self.deck.last_incident = row.incident
        self.go(place)

    def open_incident(self, ident: str, *, settle: Action | None = None) -> None:
        """Show an incident's own screen."""
        from ircockpit.screens.incident import Incident

        self.deck.last_incident = ident
        self.app.push_screen(Incident(self.deck, ident, settle=settle))

    def act_settle(self, action: Action) -> None:
        """``X``: what people disagree about, asked where both versions can be read."""
        ident = self.subject("incident")
        if ident is None:
            self.say(f"{put_cursor('incident')}; nothing is done", "warn")
            return
        self.open_incident(ident, settle=action)

    def way_there(self, places: Sequence[str]) -> str:
        """The row under the cursor opens."""
        del places
        opens = f"{self.deck.key('row.open')} opens it"
        return opens if self.subject("incident") else f"put the cursor on one, {opens}"

    def finished(self, action: Action, result: Result) -> None:
        """Show a result; the cursor goes to an incident just declared."""
        super().finished(action, result)
        if action.id == "incident.open":
            self._rows.select_key(str(result.data["id"]))

    def act_stop(self, action: Action) -> None:
        """``!``: signals become an incident at once, then its controls are offered."""
        key = self._rows.key
        if key is None or self._source.due_row(key) is not None:
            self.say("nothing here to stop" if key is None else self._elsewhere(), "warn")
            return
        group = self._source.group(key)
        try:
            ident = self._declare(group) if group else key
        except CockpitError as error:
            self.tell(error)
            return
        from ircockpit.screens.stop import Stop

        self.deck.last_incident = ident
        self.app.push_screen(Stop(self.deck, ident, trigger=self.deck.trigger(action), begin="stop"))

    def _declare(self, group: GroupRow) -> str:
        ident = str(promote(self.deck.station, signal=group.ident).data["id"])
        self.refresh_data()
        # The signals are gone from the list; whoever comes back wants the incident they have become.
        self._rows.select_key(ident)
        return ident

    def act_triage(self, _: Action) -> None:
        """``t``: the triage form of the incident under the cursor."""
        ident = self.subject("incident")
        if ident is None:
            self.say(f"{put_cursor('incident')}; nothing is done", "warn")
            return
        from ircockpit.screens.triage import TriageForm

        self.app.push_screen(TriageForm(self.deck, ident))

    def act_containment(self, action: Action) -> None:
        """``c``: the controls of the incident under the cursor."""
        key = self._rows.key
        if key is not None and self._source.due_row(key) is not None:
            self.say(self._elsewhere(), "warn")
            return
        if key is None or self._source.group(key) is not None:
            self.say("signals have no controls yet: ! declares them an incident and offers some", "warn")
            return
        from ircockpit.screens.stop import Stop

        self.app.push_screen(Stop(self.deck, key, trigger=self.deck.trigger(action), begin="stop"))

    def act_review(self, action: Action) -> None:
        """``r``: confirm or dismiss the signals under the cursor."""
        ident = self.subject("signal")
        if ident is None:
            self.say("only signals are reviewed: put the cursor below 'to review'", "warn")
            return
        self._review(action, ident)

    def begin(self, action: Action, given: dict[str, Any]) -> None:
        """What a review says is chosen by its key, also where it is about many."""
        if action.id == "signal.review":
            self._review(action, given["signal"])
        else:
            super().begin(action, given)

    def _review(self, action: Action, what: str | Many) -> None:
        from ircockpit.widgets.confirm import Choice

        self._reviewing = (action, what)
        choices = (Choice("c", "confirm: real, keep for later"), Choice("d", "dismiss, with a reason"))
        self.bar.choose("verdict", (Span(" review", "key"),), choices)

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """Answers of this screen's own questions, then those of the frame."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose == "verdict":
            action, what = self._reviewing
            verdict = "confirm" if event.text == "c" else "dismiss"
            self._gather(action, {"signal": what, "verdict": verdict})
        elif event.purpose == "filter":
            trouble, self._trouble = self._trouble, ""
            self.refresh_data()
            if trouble:
                self.say(f"what cannot be asked is left out: {trouble}", "warn")
        elif event.purpose == "view":
            self.look_for(self._offered[event.text].filter)
        elif event.purpose == "view name":
            self._save_view(event.text)
        else:
            super().on_prompt_bar_submitted(event)

    def gesture_filter(self) -> None:
        """``/``: only rows of which a filter holds."""
        from ircockpit.features.queue.rules import FIELDS
        from ircockpit.screens.filter_line import FilterAid

        aid = FilterAid(FIELDS)
        self.bar.ask("filter", (Span(" /", "key"),), text=self._source.text, live=True, limit=200, assist=aid)

    def gesture_views(self) -> None:
        """``w``: the saved views, each on a key."""
        from ircockpit.features.queue.views import views
        from ircockpit.widgets.confirm import Choice

        self._offered = dict(zip(_VIEW_KEYS, views(self.deck.station), strict=False))
        choices = [Choice(key, f"{each.name}: {each.filter}") for key, each in self._offered.items()]
        self.bar.choose("view", (Span(" which view? its key", "key"),), choices, foreign=True)

    def gesture_save_view(self) -> None:
        """``W``: this filter under a name."""
        if not self._source.text:
            self.say("filter with / first; W then saves that as a view", "warn")
            return
        label = (Span(" save this filter as", "key"), Span(":", "key"))
        self.bar.ask("view name", label, limit=40, about=((Span(f" {clean(self._source.text)}", "dim"),),))

    def _save_view(self, name: str) -> None:
        from ircockpit.features.queue.views import save

        try:
            self.say(
                f"{save(self.deck.station, name, self._source.text).name} is saved; {self.deck.key('view.choose')} shows it",
                "ok",
            )
        except CockpitError as error:
            self.tell(error)

    def leave(self, key: str) -> None:
        """``q`` leaves the cockpit; Esc takes marks away first, then a filter."""
        if key == "escape" and self.clear_marks():
            return
        if self._source.text:
            self.look_for("")
        elif key == "q":
            self.app.exit(0)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _indented(line: Line) -> Line:
    return (Span(" "), *line)
