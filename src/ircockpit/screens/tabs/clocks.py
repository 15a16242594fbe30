"""The legal clocks of an incident: what must not be done, then what is due, to whom, and what is missing to say so."""

import threading
from collections.abc import Sequence
from typing import Any, ClassVar

from textual.message import Message
from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.core.errors import CockpitError, defect
from ircockpit.features.clocks.queries import AT_HAND
from ircockpit.inert.foreign import is_safe, words
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.tabs.picking import KEYS, Picking
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList

LOOK_S = 20.0
"""How often the times are looked at again."""
_READING = "the duties are being read"


class _Clocks:
    """Rows of the clocks; only those in sight are written."""

    def __init__(self, deck: Deck) -> None:
        self._clock = deck.station.clock
        self.board: Any = None
        """A :class:`~ircockpit.features.clocks.boards.Board`, none until the duties are read."""
        self.found: list[Any] = []

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, each in enumerate(self.found) if each.clock.id == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        from ircockpit.features.clocks.pages import clock_line

        now = self._clock.wall_us()
        return [
            ListRow(each.clock.id, clock_line(self.board, each, now, width))
            for each in self.found[start:stop]
        ]


class ClocksTab(Picking):
    """The clocks; Enter shows one whole, keys record an event, answer, file, or decide that nothing is to be reported."""

    PLACE: ClassVar[str] = "clocks"
    TAB: ClassVar[str] = "clocks"
    DEFAULT_CSS = """
    ClocksTab > #head { height: auto; max-height: 9; }
    ClocksTab > #about { height: auto; max-height: 3; }
    """

    class Read(Message):
        """The duties were read in their thread, or could not be."""

        def __init__(self, error: CockpitError | None) -> None:
            super().__init__()
            self.error = error

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._source = _Clocks(deck)
        self._head = Pane(id="head")
        self._about = Pane(id="about")
        self._rows = VirtualList(self._source, gutter=2, empty=(Span(_READING, "dim"),))

    def on_mount(self) -> None:
        """Times go on while one looks; what has to be read first is read beside the keys."""
        self.set_interval(LOOK_S, self._look)
        if self.deck.station.profile.folder not in AT_HAND:
            threading.Thread(target=self._read, name="duties", daemon=True).start()

    def _look(self) -> None:
        if self.is_current:
            self.refresh_data()

    def _read(self) -> None:
        from ircockpit.features.clocks.rulebook import rulebook

        error: CockpitError | None = None
        try:
            rulebook(self.deck.station.profile.folder)
        except CockpitError as caught:
            error = caught
        except Exception as caught:  # the thread must report, whatever happened
            error = defect(caught)
        self.post_message(self.Read(error))

    def on_clocks_tab_read(self, event: Read) -> None:
        """They can be shown now."""
        if event.error is not None:
            self.tell(event.error)
        self.refresh_data()

    def body(self) -> list[Widget]:
        """What must not be done and how many clocks there are, one row each, and the one under the cursor whole."""
        return [self._head, self._rows, self._about]

    def rows(self) -> VirtualList:
        """The clocks."""
        return self._rows

    def duties_known(self) -> None:
        """They are shown from now on."""
        self.refresh_data()

    def refresh_data(self) -> None:
        """Read what is recorded anew, and count from now."""
        super().refresh_data()
        width = self.size.width or 80
        if self.deck.station.profile.folder not in AT_HAND:
            self._head.show([rule(_READING, width)])
            return
        from ircockpit.features.clocks import pages
        from ircockpit.features.clocks.boards import board

        self._source.board = its = board(self.deck.station, self.row)
        self._source.found = pages.asked_for(its, everything=False)
        rest = len(its.standings) - len(self._source.found)
        self._rows.empty = (Span(f"every duty known here is decided or filed; {pages.OTHERS}", "dim"),)
        self._rows.refresh_rows()
        quiet = f"; {rest} more: :clocks list --all" if rest else ""
        heads: list[Line] = [
            *pages.banner_lines(its, width), *pages.refused_lines(its.rules, width),
            rule(f"{counted(len(self._source.found), 'clock')}{quiet}; {pages.SHORT_ADVICE}", width),
        ]  # fmt: skip
        self._head.show(heads)
        self._show_about()
        self.bar.change_hint(self.hint_line())

    def on_virtual_list_moved(self, _: VirtualList.Moved) -> None:
        """To whom another one is, without an end that is cut."""
        self._show_about()

    def _show_about(self) -> None:
        from ircockpit.features.clocks.pages import about_lines

        each = self._current()
        self._about.show([] if each is None else about_lines(self._source.board, each, self.size.width or 80))

    def subject(self, name: str) -> str | None:
        """The clock under the cursor; everything else is any tab's."""
        return self._rows.key if name == "clock" else super().subject(name)

    def first_hints(self) -> list[tuple[str, str]]:
        """What says most about a clock comes first: when it began, whether it applies, whether it is done."""
        said = (
            ("clock.anchor", "when"),
            ("clock.fact", "answer"),
            ("clock.filed", "filed"),
            ("clock.waive", "not reportable"),
        )
        rows = [pair for ident, word in said for pair in self.hint(ident, word)] if self._source.found else []
        return [*super().first_hints(), *rows, *self.hint("row.open", "show")]

    def enter(self) -> None:
        """The clock under the cursor, whole."""
        each = self._current()
        if each is None:
            self.say("no clock is under the cursor")
            return
        from ircockpit.features.clocks.pages import show_lines

        station = self.deck.station
        width = (self.size.width or 80) - 2
        lines = show_lines(self._source.board, each, station.clock.wall_us(), station.shown_offset, width)
        self.open_page(each.clock.id, lines, safe=is_safe())

    def act_anchor(self, action: Action) -> None:
        """``w``: which event it was, those the clock under the cursor waits for first; then when."""
        if self._source.board is None:
            self.say(_READING)
            return
        each, known = self._current(), self._source.board.rules.book.anchors
        waited = [] if each is None else [name for one in each.waiting for name in one.split(" or ")]
        first = [name for name in (*waited, *([each.counted_from] if each else [])) if name in known]
        names = tuple(dict.fromkeys([*first, *known]))[: len(KEYS)]
        self.pick(
            action,
            "name",
            "which event?",
            [(name, words(known[name].says)) for name in names],
            {"incident": self.ident},
        )

    def act_fact(self, action: Action) -> None:
        """``b``: the next question that the clock under the cursor needs, on digits; where it needs none, the next of any."""
        if self._source.board is None:
            self.say(_READING)
            return
        from ircockpit.features.clocks.rules import choices

        each = self._current()
        wanted = [
            *(each.unknown if each is not None else ()),
            *(name for one in self._source.found for name in one.unknown),
        ]
        if not wanted:
            self.say("no clock here waits for an answer; :clocks fact changes one")
            return
        kept = self._source.board.kept
        fact = self._source.board.rules.book.facts[
            next((name for name in wanted if name in kept.raised), wanted[0])
        ]
        given = {"incident": self.ident, "fact": fact.id}
        offer = f" ({words(kept.offers[fact.id])})" if fact.id in kept.offers else ""
        if fact.answers == "number":
            param = next(param for param in action.params if param.name == "answer")
            self._ask_param(
                action,
                given,
                param._replace(ask=f"{words(fact.ask, fact.id)}{offer}: a number, 100-500, 500+, unknown"),
            )
            return
        self.pick(
            action, "answer", words(fact.ask, fact.id) + offer, [(word, "") for word in choices(fact)], given
        )

    def _current(self) -> Any:
        at = self._source.index_of(self._rows.key or "")
        return None if at is None else self._source.found[at]
