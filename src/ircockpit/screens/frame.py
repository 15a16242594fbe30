"""The frame every screen has: status line, body, prompt bar, and keys that come from the registry."""

from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import ComposeResult
from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.command.gestures import Gesture
from ircockpit.command.keys import Entry, hints, keymap, keys_of, label, works
from ircockpit.core.errors import CockpitError
from ircockpit.features.membership.door import closed
from ircockpit.inert.foreign import is_safe, only_safe
from ircockpit.render.span import Line, Span, cells, plain
from ircockpit.screens.doing import hint_spans
from ircockpit.screens.keywords import PLACES
from ircockpit.screens.travelling import Travelling
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.prompt_bar import PromptBar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ircockpit.screens.deck import Deck
    from ircockpit.screens.palette import PaletteAid


MOST_PLACES = 3
"""Places a sentence names; of more it names two and counts the rest."""
MOST_TIMES = 99_999
"""The largest number before a key that moves."""


class Frame(Travelling):
    """Base of the cockpit's screens. A screen states its place, its body and its subject; the rest is here."""

    inherit_bindings = False

    def __init__(self, deck: "Deck") -> None:
        super().__init__(deck)
        self._keys = keymap(deck.entries, self.PLACE, deck.keys)
        self._palette: PaletteAid
        self._shown = False
        self._laid_out = self.size
        """The size for which the content was laid out last."""
        self._count = 0
        """The number typed before a key that moves: ``5j``."""

    def keys_changed(self) -> None:
        """The person has set other keys."""
        self._keys = keymap(self.deck.entries, self.PLACE, self.deck.keys)

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
        hinted = (entry for entry in self.deck.entries if entry.hint and works(entry, self.PLACE))
        named = [entry for entry in hinted if self.applies(entry)]
        # Stopping comes first wherever it is possible.
        stops = [entry for entry in named if entry.id == "containment.stop"]
        others = [entry for entry in named if entry not in stops]
        last = [entry for entry in others if isinstance(entry, Gesture)]
        first = [*self._hints(stops), *self.first_hints()]
        # A key that means something of its own here does not do what it does elsewhere.
        taken = {key for key, _ in first}
        more = [pair for pair in self._hints([e for e in others if e not in last]) if pair[0] not in taken]
        # Where it is narrow, actions give way: how one runs anything and finds help stays in sight.
        while more and cells(plain(hint_spans([*first, *more, *self._hints(last)]))) > (
            self.size.width or 80
        ):
            more.pop()
        return hint_spans([*first, *more, *self._hints(last)])

    def _hints(self, entries: "Sequence[Entry]") -> list[tuple[str, str]]:
        return hints(entries, self.PLACE, self.deck.keys)

    def applies(self, action: Entry) -> bool:
        """Whether an entry can be about what the cursor is on, so that the hints may name it.

        Its own rule is not asked: hints that came and went from row to row would cost more than the rows.
        """
        if isinstance(action, Gesture):
            return True
        return not closed(self.deck.station, action) and not self.lacks(action)

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
        times, self._count = self._count, 0
        rows = self.rows()
        if rows is not None and rows.labelled:
            if not rows.jump(event.character):
                self.say("no row was called that; the cursor stays")
        elif key == "o" and self.deck.plug is not None:
            self.pull_plug()
        elif key in self.own_keys():
            self.own_keys()[key]()
        elif key in self._keys:
            self.perform(self._keys[key], times or 1)
        elif rows is not None and len(key) == 1 and key in "0123456789"[not times :]:
            self._count = min(times * 10 + int(key), MOST_TIMES)
            self.bar.show_hint(hint_spans([(f"{self._count}", "times: then j, k, or a page")]))
        else:
            self._say_where(key)

    def perform(self, entry: Entry, times: int = 1) -> None:
        """What an entry of the registry does here, whichever key or words ask for it; what moves, so many times."""
        if isinstance(entry, Action):
            self.do(entry)
            return
        method = getattr(self, f"gesture_{entry.name}")
        argument = entry.argument
        if isinstance(argument, int):
            argument *= times
        method(*([] if argument is None else [argument]))

    def own_keys(self) -> dict[str, Any]:
        """Keys of this screen alone that come and go with what it shows, to callables."""
        return {}

    def _say_where(self, key: str) -> None:
        """A key that does something elsewhere says where; silence reads as a program that hangs."""
        there = [
            place
            for entry in self.deck.entries
            if key in keys_of(entry, self.deck.keys)
            for place in entry.places
            if place in PLACES
        ]
        if there:
            near = self.near(list(dict.fromkeys(there)))
            named = [PLACES[place] for place in near]
            # A sentence that does not fit loses its end, and with it the way there.
            places = " and ".join(
                named if len(named) <= MOST_PLACES else [*named[:2], f"{len(named) - 2} more places"]
            )
            self.say(f"{label(key)} works in {places}: {self.way_there(near)}")

    def near(self, places: "list[str]") -> "list[str]":
        """Of the places where a key works those that are worth naming here."""
        return places

    def way_there(self, places: "Sequence[str]") -> str:
        """How one comes from here to where other keys work."""
        del places
        return f"{self.deck.key('screen.leave')} goes back"

    # Gestures of every screen

    def gesture_move(self, lines: int) -> None:
        """The cursor by lines."""
        if rows := self.rows():
            rows.move(lines)

    def gesture_half_page(self, way: int) -> None:
        """The cursor by half a page."""
        if rows := self.rows():
            rows.half_page(way)

    def gesture_page(self, way: int) -> None:
        """The cursor by a page."""
        if rows := self.rows():
            rows.page(way)

    def gesture_top(self) -> None:
        """The cursor to the first row."""
        if rows := self.rows():
            rows.top()

    def gesture_bottom(self) -> None:
        """The cursor to the last row."""
        if rows := self.rows():
            rows.bottom()

    def gesture_jump(self) -> None:
        """A letter on each row in sight; the key pressed next goes there."""
        rows = self.rows()
        if rows is not None and rows.show_labels():
            self.say("press the letter of a row")
        else:
            self.say("there is no row to jump to")

    def gesture_open(self) -> None:
        """What the cursor is on."""
        self.enter()

    def gesture_leave(self, key: str) -> None:
        """Back, as the key that asks for it means."""
        self.leave(key)

    def gesture_command(self) -> None:
        """The ``:`` line."""
        self._ask_command()

    def gesture_palette(self) -> None:
        """Everything that can be done, by a few letters."""
        from ircockpit.screens.palette import PaletteAid

        self._palette = PaletteAid(self.deck, self.PLACE, self.why_not)
        self.bar.ask("palette", (Span(" find", "key"),), limit=60, assist=self._palette)

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """What was chosen in the palette is done; other answers are those of an action."""
        event.prevent_default()  # the handler of the base runs by the call below, not a second time by itself
        if event.purpose != "palette":
            super().on_prompt_bar_submitted(event)
        elif (entry := self._palette.chosen) is None:
            self.say("nothing is called that; nothing is done")
        elif isinstance(entry, Action) and not self._palette.is_here(entry):
            self._ask_command(f"{' '.join(entry.verb)} ")
        else:
            self.perform(entry)

    def gesture_help(self) -> None:
        """The keys of this place."""
        from ircockpit.screens.help import Help

        here = [each for each in self.deck.actions if works(each, self.PLACE)]
        self.app.push_screen(Help(self.deck, self.PLACE, {each.id: self.why_not(each) for each in here}))

    def gesture_lens(self) -> None:
        """The raw words behind what the cursor is on."""
        from ircockpit.screens.looking import look_at

        look_at(self)

    def gesture_copy(self, what: str) -> None:
        """The id, or the record, of what the cursor is on."""
        from ircockpit.screens.looking import copy_from

        copy_from(self, what)

    def gesture_safe(self) -> None:
        """Safe summaries alone, or everything again."""
        only_safe(not is_safe())
        self.refresh_data()
        self.update_frame()
        self.say(
            f"safe summaries alone: {self.deck.key('view.safe')} shows the words of others again"
            if is_safe()
            else "everything is shown"
        )

    def gesture_suspend(self) -> None:
        """Stop the whole job, as the shell expects it."""
        self.app.action_suspend_process()

    def gesture_interrupt(self) -> None:
        """Ctrl+C breaks nothing off here; how one leaves is said."""
        self.say(
            f"press {self.deck.key('screen.leave')} to go back, or {self.deck.key('command.line')}q to leave"
        )

    def enter(self) -> None:
        """Open what the cursor is on."""

    def leave(self, key: str) -> None:
        """Back to where one came from."""
        del key
        self.app.pop_screen()

    def act_handover(self, action: Action) -> None:
        """``H``: the page for the next shift, from every screen."""
        from ircockpit.screens.handing import Handing

        if not isinstance(self, Handing):
            self.app.push_screen(Handing(self.deck, action))
