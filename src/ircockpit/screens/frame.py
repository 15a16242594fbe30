"""The frame every screen has: status line, body, prompt bar, and keys that come from the registry."""

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.widget import Widget

from ircockpit.command.action import Action, Kind
from ircockpit.command.keys import hints, keymap, label
from ircockpit.core.errors import CockpitError
from ircockpit.features.membership.door import closed
from ircockpit.render.span import Line
from ircockpit.screens.doing import Doing, hint_spans
from ircockpit.screens.keywords import MOVES, PLACES
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from ircockpit.screens.deck import Deck


class Frame(Doing):
    """Base of the cockpit's screens. A screen states its place, its body and its subject; the rest is here."""

    FILTERS: ClassVar[bool] = False
    """Whether ``/`` filters a list here."""
    inherit_bindings = False

    def __init__(self, deck: "Deck") -> None:
        super().__init__(deck)
        self._keys = keymap(deck.actions, self.PLACE)
        self._shown = False
        self._laid_out = self.size
        """The size for which the content was laid out last."""

    def compose(self) -> ComposeResult:
        """Status line, body, the feed where there is one, prompt bar."""
        yield self.status
        yield from self.body()
        if self.deck.feed is not None:
            yield Pane(id="feed")
        yield self.bar

    def body(self) -> list[Widget]:
        """The widgets between first and last line."""
        raise NotImplementedError

    def rows(self) -> VirtualList | None:
        """The list that movement keys move in."""
        return None

    def on_mount(self) -> None:
        """First content."""
        self._shown = True
        self._laid_out = self.size
        self.update_frame()
        self.refresh_data()

    def on_resize(self) -> None:
        """Rules, and what else is laid out for a width, are laid out for the new one.

        A start tells the same size twice more, and reading a long queue again for each would hold up the first key.
        """
        if self.size != self._laid_out and self.is_mounted and self.status.is_attached and not self._shown:
            self._laid_out = self.size
            self.call_after_refresh(self.refresh_data)

    def on_screen_resume(self) -> None:
        """Coming back: things may have changed meanwhile."""
        if self._shown:  # a new screen is resumed right after it was mounted
            self._shown = False
        elif self.is_mounted and self.status.is_attached:
            self.update_frame()
            self.refresh_data()
            if self.deck.parting:
                self.say(self.deck.parting, "warn")
                self.deck.parting = ""

    def update_frame(self) -> None:
        """First line, feed and hints as they are now."""
        self.status.show(self.deck.status(self.where()))
        self.show_feed()
        if not self.bar.asking:
            self.bar.show_hint(self.hint_line())

    def show_feed(self) -> None:
        """The lines somebody else keeps, where there are any."""
        if self.deck.feed is not None:
            self.query_one("#feed", Pane).show(self.deck.feed())

    def hint_line(self) -> Line:
        """The keys that matter here."""
        named = hints(filter(self.applies, self.deck.actions), self.PLACE)
        # Stopping comes first wherever it is possible.
        stops, others = (named[:1], named[1:]) if named[:1] and named[0][0] == "!" else ([], named)
        search = [("/", "filter")] if self.FILTERS else []
        return hint_spans([*stops, *self.first_hints(), *others, *search, (":", "run"), ("?", "help")])

    def applies(self, action: Action) -> bool:
        """Whether an action can be about what the cursor is on, so that the hints may name it."""
        needed = [param.name for param in action.params if param.kind is Kind.ID and param.required]
        return not closed(self.deck.station, action) and all(
            self.subject(name) or self._latest(action) for name in needed
        )

    def pull_plug(self) -> None:
        """Pull the hub's cable out, or put it back, where somebody has given one."""
        if self.deck.plug is None:
            return
        try:
            there = self.deck.plug()
        except CockpitError as error:
            self.tell(error)
            return
        self.say("the hub is plugged in again" if there else "the hub is unplugged; everything is kept here")

    def first_hints(self) -> list[tuple[str, str]]:
        """Hints that come before those of the registry."""
        return []

    def on_key(self, event: events.Key) -> None:
        """A key: movement, a key of every screen, or an action of the registry."""
        event.stop()
        top = self.app.screen
        if top is not self:
            # Typed ahead while a screen was being opened: it was meant for that one.
            top.post_message(events.Key(event.key, event.character))
            return
        if self.bar.asking:
            self.bar.on_key(event)
            return
        key = event.key
        self.bar.show_hint(self.hint_line())
        rows = self.rows()
        if key == "o" and self.deck.plug is not None:
            self.pull_plug()
        elif key in self.own_keys():
            self.own_keys()[key]()
        elif key in MOVES and rows is not None and (key not in self._keys or key in ("j", "k")):
            method, argument, _ = MOVES[key]
            getattr(rows, method)(*([argument] if argument else []))
        elif key in self._keys:
            self.do(self._keys[key])
        else:
            self._screen_key(key)

    def own_help(self) -> list[tuple[str, str]]:
        """Keys that work on this screen alone, with words for help."""
        return []

    def own_keys(self) -> dict[str, Any]:
        """Keys of this screen alone, to callables."""
        return {}

    def _screen_key(self, key: str) -> None:
        if key in ("q", "escape", "h", "backspace"):
            self.leave(key)
        elif key == "colon":
            self._ask_command()
        elif key == "question_mark":
            from ircockpit.screens.page import help_page

            self.app.push_screen(help_page(self.deck, self.PLACE, self.own_help()))
        elif key in ("enter", "l"):
            self.enter()
        elif key == "slash":
            self.start_filter()
        elif key == "ctrl+z":
            self.app.action_suspend_process()
        elif key == "ctrl+c":
            self.say("press q to go back, or :q to leave")
        else:
            self._say_where(key)

    def _say_where(self, key: str) -> None:
        """A key that does something elsewhere says where; silence reads as a program that hangs."""
        there = [place for action in self.deck.actions if key in action.keys for place in action.places]
        if there:
            places = " and ".join(PLACES[place] for place in dict.fromkeys(there))
            self.say(f"{label(key)} works in {places}: {self.way_there()}")

    def way_there(self) -> str:
        """How one comes from here to where other keys work."""
        return "q goes back"

    def enter(self) -> None:
        """Open what the cursor is on."""

    def start_filter(self) -> None:
        """Filter the list, where there is one that can be."""
        self.say("nothing to filter here")

    def leave(self, key: str) -> None:
        """Back to where one came from."""
        del key
        self.app.pop_screen()

    def act_standing(self, _: Action) -> None:
        """``y``: what is between this device and its hub, from every screen."""
        from ircockpit.screens.standing import SyncPage

        if not isinstance(self, SyncPage):
            self.app.push_screen(SyncPage(self.deck))
