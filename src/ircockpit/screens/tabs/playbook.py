"""The playbook of an incident: the suited ones until one is begun, then its steps, whose each is and where it stands."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.widget import Widget

from ircockpit.command.action import Action, Param, Result
from ircockpit.command.keys import Entry
from ircockpit.core.errors import CockpitError
from ircockpit.features.decisions.events import MATTERS
from ircockpit.features.playbooks import following, queries, steps
from ircockpit.features.playbooks.bindings import asked
from ircockpit.features.playbooks.pages import name_of, standing_of
from ircockpit.features.playbooks.queries import Followed
from ircockpit.features.playbooks.shelf import Held
from ircockpit.inert.gate import clean, line
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.screens.deck import Deck
from ircockpit.screens.tabs.acting import IncidentTab
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList

GUTTER = 2
_TITLE, _STATE, _ID = 54, 13, 37
"""Cells of a playbook's title, of its state, and of the longest name in the library."""
LOOK_S = 30.0
"""How often times are looked at again: a delay ends and a time-out comes without anybody writing."""

LEADING = frozenset({"step.done", "step.skip", "step.choose", "variable.set", "playbook.start"})
"""Acts after which another step may be the next one."""


class _Rows:
    """Rows of the steps, or of the playbooks one can begin."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.found: Followed | None = None
        self.shelf: list[Held] = []

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.shelf) if self.found is None else len(self.found.order)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        if self.found is None:
            return next((at for at, each in enumerate(self.shelf) if each.short == key), None)
        return next((at for at, (step, _) in enumerate(self.found.order) if step == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        found = self.found
        if found is None:
            return [ListRow(each.short, _held_line(each, width)) for each in self.shelf[start:stop]]
        return [
            ListRow(
                step,
                steps.step_line(
                    self._deck.station, found, found.playbook.steps[step], found.course.steps[step], width
                ),
            )
            for step, _ in found.order[start:stop]
        ]


class PlaybookTab(IncidentTab):
    """Enter shows a step; keys say what became of it. Without a playbook Enter, pressed twice, begins the one shown."""

    PLACE: ClassVar[str] = "playbook"
    TAB: ClassVar[str] = "playbook"
    DEFAULT_CSS = """
    PlaybookTab > #head { height: auto; }
    """

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._source = _Rows(deck)
        self._head = Pane(id="head")
        self._asked = ""
        """The playbook that Enter was pressed on once."""
        self._placed = False
        self._rows = VirtualList(self._source, gutter=GUTTER, empty=(Span("there is no playbook", "dim"),))

    def on_mount(self) -> None:
        """Times go on while one looks."""
        self.set_interval(LOOK_S, self._look)

    def _look(self) -> None:
        if self.is_current and self._source.found is not None:
            self.refresh_data()

    def body(self) -> list[Widget]:
        """How far it is and what is next, then one row for each step."""
        return [self._head, self._rows]

    def rows(self) -> VirtualList:
        """The steps."""
        return self._rows

    def refresh_data(self) -> None:
        """Read where the steps stand anew."""
        super().refresh_data()
        station, width = self.deck.station, self.size.width or 80
        trouble: CockpitError | None = None
        try:
            self._source.found = queries.current(station, self.row)
        except CockpitError as error:
            self._source.found, trouble = None, error
        if trouble is not None:
            self._source.shelf = []
            self._head.show([rule("playbook", width), (Span(" " + clean(trouble.what), "bad"),)])
        elif self._source.found is None:
            self._source.shelf = following.suited(station, self.row)
            said = (
                f"no playbook is followed; {self.deck.key('row.open')} begins one, those that fit come first"
            )
            self._head.show([rule(said, width)])
        else:
            self._show_run(self._source.found, width)
        self._rows.refresh_rows()
        if self._source.found is not None and not self._placed:
            self._placed = True
            self._to_next(self._source.found)
        self.bar.change_hint(self.hint_line())

    def _show_run(self, found: Followed, width: int) -> None:
        station = self.deck.station
        name = steps.run_name(found)
        more = sum(not run.left for run in queries.runs(station.view, self.ident)) - 1
        beside = f"; {more} more is followed too" if more else ""
        lines: list[Line] = [
            rule(f"{name}, {found.source}{beside}", width),
            (Span(" " + fit(steps.head_words(station, found), width - 2).rstrip(), "title"),),
        ]
        self._head.show(lines)

    def _to_next(self, found: Followed) -> None:
        ahead = steps.mine_first(self.deck.station, found)
        if ahead:
            self._rows.select_key(ahead[0].step)

    def subject(self, name: str) -> str | None:
        """The step under the cursor, by run and number."""
        if name != "step":
            return super().subject(name)
        found, key = self._source.found, self._rows.key
        if found is None or key is None or self._source.index_of(key) is None:
            return None
        return f"{found.run.ident}/{found.number(key)}"

    def wanted(self, action: Action) -> dict[str, Any]:
        """An exhibit is of the kind, a decision about the matter, that the step under the cursor asks for."""
        found, key = self._source.found, self._rows.key
        if found is None or key is None or self._source.index_of(key) is None:
            return super().wanted(action)
        name, words = "", list[str]()
        if action.id == "evidence.add":
            name, words = "kind", queries.kinds_wanted(self.deck.station, self.row, key)
        elif action.id == "decision.make":
            facts = asked(found.playbook.steps[key], "decision_recorded")
            name, words = "about", [str(each.get("about")) for each in facts if each.get("about") in MATTERS]
        return {name: words[0]} if words else super().wanted(action)

    def asked_about(self, action: Action, given: dict[str, Any]) -> str:
        """What the step under the cursor asks for stands before the question."""
        wanted = given.get("kind") if action.id == "evidence.add" else given.get("about")
        return super().asked_about(action, given) + (f"{wanted}: " if wanted else "")

    def first_hints(self) -> list[tuple[str, str]]:
        """What Enter does, and what can be said of a step."""
        if self._source.found is None:
            return [*super().first_hints(), *self.hint("row.open", "begin it")]
        keys = (("row.open", "why"), ("step.done", "done"), ("step.begin", "mine"), ("step.about", "go there"),
                ("step.skip", "skip"), ("step.fail", "went wrong"))  # fmt: skip
        said = [pair for ident, word in keys for pair in self.hint(ident, word)]
        return [*self.hint("screen.leave", "back"), *said]

    def perform(self, entry: Entry, times: int = 1) -> None:
        """Any key but a second Enter takes back that a playbook was about to be begun."""
        if entry.id != "row.open":
            self._asked = ""
        super().perform(entry, times)

    def enter(self) -> None:
        """The words of a step; without a playbook the one under the cursor is begun, once it is pressed twice."""
        asked, self._asked = self._asked, ""
        key = self._rows.key
        if key is None or self._source.index_of(key) is None:
            self.say("there is nothing here")
            return
        if self._source.found is not None:
            self.do(self.deck.action("step.show"))
            return
        if asked == key:
            self._placed = False
            action = self.deck.action("playbook.start")
            if self._open(action):
                self.run(action, {"incident": self.ident, "playbook": key})
            return
        held = next(each for each in self._source.shelf if each.short == key)
        if held.why_not:
            self.say(f"{held.short} cannot be begun: {held.why_not}", "warn")
            return
        self._asked = key
        self.say(f"{self.deck.key('row.open')} again begins {held.short}; any other key leaves it", "accent")

    def _ask_param(
        self, action: Action, given: dict[str, Any], param: Param, text: str = "", about: Sequence[Line] = ()
    ) -> None:
        """A variable is asked for with the one that the step under the cursor is to give."""
        found, key = self._source.found, self._rows.key
        if (
            action.id == "variable.set"
            and param.name == "variable"
            and not text
            and found is not None
            and key
        ):
            text = next(iter(found.playbook.steps[key].out_args), "").strip("_")
        super()._ask_param(action, given, param, line(text, 100), about)

    def act_about(self, _: Action) -> None:
        """To the tab with the control, the form, the duties or the evidence that a step is about."""
        found, key = self._source.found, self._rows.key
        if found is None or key is None or self._source.index_of(key) is None:
            self.say("put the cursor on a step of the playbook first")
            return
        tab, _why = steps.about(found.playbook.steps[key])
        self.show_tab(tab)

    def finished(self, action: Action, result: Result) -> None:
        """A step that is over gives its place to the next one."""
        super().finished(action, result)
        if action.id in LEADING and self._source.found is not None:
            self._to_next(self._source.found)


def _held_line(held: Held, width: int) -> Line:
    """Its title whole, then whether it may be begun, then its short name as far as that has room."""
    standing = standing_of(held)
    state = Span(fit(standing.text, _STATE), standing.role)
    room = width - _TITLE - _STATE
    short = fit(held.short, room).rstrip() if room >= min(cells(held.short), _ID) else ""
    return (Span(fit(name_of(held), min(_TITLE, width - _STATE)), "key"), state, Span(short, "dim"))
