"""The settings: each with its value, where that comes from and what it does; Enter changes it, at once where it can."""

from collections.abc import Sequence

from textual.widget import Widget

from ircockpit.features.settings.queries import Setting, Trouble, settings_of, troubles
from ircockpit.inert.gate import clean
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.wrap import wrap
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.places import Place
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList

_NAME, _VALUE, _SOURCE = 25, 9, 14
_ABOUT_LINES = 7


class _Settings:
    """Rows of the settings."""

    def __init__(self) -> None:
        self.found: list[Setting] = []

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, each in enumerate(self.found) if each.name == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return [ListRow(each.name, _row(each, width)) for each in self.found[start:stop]]


def _row(each: Setting, width: int) -> Line:
    own = each.source != "default"
    # A folder's name takes the room of its source: it is the longest value, and says where it comes from itself.
    value = fit(
        clean(each.value), _VALUE + _SOURCE if not each.effect and len(each.value) > _VALUE else _VALUE
    )
    source = "" if len(value) > _VALUE else fit(each.source, _SOURCE)
    room = max(width - _NAME - len(value) - len(source) - 2, 4)
    return (
        Span(fit(each.name, _NAME), "key" if each.effect else "dim"),
        Span(f"{value} ", "title" if own else "text"),
        Span(f"{source} ", "accent" if own else "dim"),
        Span(fit(each.means if cells(each.means) <= room else each.brief, room), "dim"),
    )


class SettingsPage(Frame):
    """Everything that can be set, and what the environment has decided."""

    PLACE = "settings"
    DEFAULT_CSS = """
    SettingsPage > #wrong { height: auto; max-height: 6; }
    SettingsPage > #about { height: 7; }
    """

    def __init__(self, deck: Deck) -> None:
        super().__init__(deck)
        self._source = _Settings()
        self._wrong = Pane(id="wrong")
        self._about = Pane(id="about")
        self._rows = VirtualList(self._source, gutter=3)
        self._changing: Setting | None = None

    def body(self) -> list[Widget]:
        """What is wrong with the file, the settings, and the one under the cursor in full."""
        return [self._wrong, self._rows, self._about]

    def rows(self) -> VirtualList:
        """The settings."""
        return self._rows

    @property
    def place(self) -> Place:
        """The settings."""
        return Place("settings")

    def refresh_data(self) -> None:
        """Read the file anew."""
        folder = self.deck.station.profile.folder
        self._source.found = settings_of(folder)
        self._rows.refresh_rows()
        width = self.size.width or 80
        self._wrong.show([piece for each in troubles(folder) for piece in _trouble_lines(each, width)])
        self._show_about()

    def on_virtual_list_moved(self, _: VirtualList.Moved) -> None:
        """Another one in full."""
        self._show_about()

    def _current(self) -> Setting | None:
        at = self._source.index_of(self._rows.key or "")
        return self._source.found[at] if at is not None else None

    def _show_about(self) -> None:
        each, width = self._current(), self.size.width or 80
        if each is None:
            return
        told = [("means", each.means), *_more(each)]
        lines: list[Line] = [rule(each.name, width)]
        for label, words in told:
            lines += wrap((Span(f" {label:9}", "dim"), Span(clean(words))), width, 10)
        self._about.show(lines[:_ABOUT_LINES])

    def first_hints(self) -> list[tuple[str, str]]:
        """Changing is what one comes for."""
        return [*self.hint("row.open", "change"), *self.hint("screen.leave", "back")]

    def enter(self) -> None:
        """Another value: the next of a few, or asked for."""
        each = self._current()
        if each is None or not each.effect:
            name = each.source if each is not None and each.source != "default" else "the environment"
            self.say(f"this is decided by {name} when the cockpit starts, and cannot be changed here")
        elif each.choices:
            at = each.choices.index(each.value) if each.value in each.choices else -1
            self._set(each.name, each.choices[(at + 1) % len(each.choices)])
        else:
            self._changing = each
            label = "id of an action, then its key" if each.name == "keys" else f"{each.name}, {_range(each)}"
            self.bar.ask(
                "setting",
                (Span(f" {label}:", "key"),),
                text="" if each.name == "keys" else each.value,
                limit=200,
            )

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """The value typed; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose != "setting" or self._changing is None:
            super().on_prompt_bar_submitted(event)
            return
        name, words = self._changing.name, event.text.split()
        if name == "keys" and len(words) > 1:
            self._set(f"keys.{words[0]}", *words[1:])
        elif name != "keys" and words:
            self._set(name, *words)
        else:
            self.say("nothing was typed that could be set; nothing is changed", "warn")

    def _set(self, name: str, *value: str) -> None:
        self.run(self.deck.action("settings.set"), {"name": name, "value": list(value)})


def _more(each: Setting) -> list[tuple[str, str]]:
    """How a setting can be changed, and where its value comes from."""
    if not each.effect:
        return [("from", each.source), ("value", each.value)]
    known = ", ".join(each.choices) if each.choices else _range(each)
    values = [("values", f"{known}; {each.default} where nothing is set")] if known else []
    return [*values, ("from", each.source), ("takes", f"effect {each.effect}")]


def _range(each: Setting) -> str:
    return f"{each.range[0]} to {each.range[1]}" if each.range is not None else ""


def _trouble_lines(each: Trouble, width: int) -> list[Line]:
    lines = wrap((Span(f" {clean(each.sentence)}", "warn"),), width, 1)
    return [*lines, *([(Span("   line ", "dim"), Span(clean(each.line)))] if each.line else [])]
