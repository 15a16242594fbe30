"""A page of lines: what a command prints, and help; read and searched with the same keys as every list."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.command.keys import keys_of
from ircockpit.core.errors import UsageError
from ircockpit.core.filters import Now, in_text, parse
from ircockpit.inert.foreign import is_safe
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span, plain
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.sources import FixedRows
from ircockpit.widgets.virtual_list import VirtualList


class Page(Frame):
    """Lines that stand still."""

    PLACE = "page"

    def __init__(
        self,
        deck: Deck,
        title: str,
        lines: Sequence[Line],
        *,
        said: str = "",
        safe: bool = False,
        also: Mapping[str, Callable[[], None]] = MappingProxyType({}),
    ) -> None:
        """``safe`` says that nothing on it is in the words of others; any other page is not shown beside them.

        ``also``: ids of actions about what the page shows, and how each goes on from here by its own key.
        """
        super().__init__(deck)
        self._also = also
        self._safe = safe
        self._title = title
        self._said = said
        self.data: Any = None
        """What a command gave back, raw, where this page shows that."""
        self._all = [tuple(Span(clean(span.text), span.role) for span in line) for line in lines]
        self._text = ""
        self._hides = is_safe()
        self._source = FixedRows(self.lines(""))
        self._rows = VirtualList(self._source, gutter=2, empty=(Span("nothing", "dim"),))

    def body(self) -> list[Widget]:
        """One list."""
        return [self._rows]

    def rows(self) -> VirtualList:
        """The page itself."""
        return self._rows

    def crumb(self) -> str:
        """The page's title, and what it is searched for."""
        return f"{self._title} / {clean(self._text)}" if self._text else self._title

    def refresh_data(self) -> None:
        """A page stands still, but for what is shown of it; its closing sentence is shown once."""
        if is_safe() != self._hides:
            self._hides = is_safe()
            self.show()
        if self._said:
            self.say(self._said)

    def lines(self, text: str) -> Sequence[Line]:
        """The lines that have the words of a filter; all for an empty one."""
        if is_safe() and not self._safe:
            said = f"{counted(len(self._all), 'line')}, not shown beside safe summaries: {self.deck.key('view.safe')} shows them"
            return [(Span(said, "dim"),)]
        terms = parse(text, (), Now())
        return [line for line in self._all if in_text(terms, plain(line).casefold())]

    def words(self) -> list[str]:
        """What the page shows now, as plain lines."""
        return [plain(line).rstrip() for line in self.lines(self._text)]

    def show(self) -> None:
        """What is searched for, or everything."""
        self._source.show(self.lines(self._text))
        self._rows.empty = (
            Span(
                f'nothing here shows "{clean(self._text)}"; {self.deck.key("screen.escape")} clears'
                if self._text
                else "nothing",
                "dim",
            ),
        )
        self._rows.refresh_rows()
        self.status.show(self.deck.status(self.where()))

    def look_for(self, text: str) -> None:
        """Only lines with these words; for words that ask nothing, what is wrong is said and the last result stays."""
        try:
            parse(text, (), Now())
        except UsageError as error:
            self.tell(error)
            return
        self._text = text.strip()
        self.show()
        self._rows.top()

    def gesture_filter(self) -> None:
        """``/``: only lines that show the text."""
        self.bar.ask("filter", (Span(" /", "key"),), text=self._text, live=True, limit=100)

    def leave(self, key: str) -> None:
        """Esc takes a filter away first."""
        if self._text and key == "escape":
            self.look_for("")
        else:
            super().leave(key)

    def first_hints(self) -> list[tuple[str, str]]:
        """How to leave, and how it goes on."""
        ways = [pair for ident in self._also for pair in self.hint(ident) if pair[1]]
        return [*self.hint("screen.leave", "back"), *ways]

    def own_keys(self) -> dict[str, Any]:
        """The keys of what it goes on with."""
        return {
            key: partial(self._go_on, action)
            for action in map(self.deck.action, self._also)
            for key in keys_of(action, self.deck.keys)
        }

    def _go_on(self, action: Action) -> None:
        if self._open(action):
            self._also[action.id]()
