"""The last line of the terminal: what keys do here, and every question that is asked instead of a dialog."""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Offset
from textual.keys import key_to_character
from textual.message import Message

from ircockpit.render.span import Line, Span, cells, plain
from ircockpit.render.wrap import wrap
from ircockpit.widgets.assist import Assist
from ircockpit.widgets.confirm import CANCEL, REASONS, Choice, Confirmation, Guard, Heard
from ircockpit.widgets.confirm_line import BACK, confirm_line, shown
from ircockpit.widgets.edit_line import EditLine
from ircockpit.widgets.paint import Drawn, LineWidget
from ircockpit.widgets.quiet import Quiet

if TYPE_CHECKING:
    from textual.widget import Widget

LEAST_HANG = 3
LEAST_ABOVE = 2
"""Lines of the screen that what is asked about leaves free above it."""


class Mode(Enum):
    """What the bar is now."""

    HINT = auto()
    TEXT = auto()
    CHOICE = auto()
    CONFIRM = auto()


class Asked(LineWidget):
    """What a question is about, over the lines above the last one; nothing beneath it moves."""

    DEFAULT_CSS = """
    Asked { layer: prompt; position: absolute; height: 0; }
    """


class PromptBar(LineWidget):
    """Hints, and in their place a text prompt, a choice or a confirmation; no dialog ever covers the screen.

    While it asks, it has the focus and consumes every key, also those that screen bindings with
    ``priority=True`` want, so nothing typed at a prompt does something else. What is asked about stands
    on lines of its own above, in another widget; the last line is the prompt's, whatever the content says.
    Labels, words of choices and ids to type stand on that line: they are the program's own words. Choices in
    the words of others stand above it, and a sentence that is said stands behind a dash, so that nobody's
    words can look like a question of ours.
    """

    DEFAULT_CSS = """
    PromptBar { dock: bottom; height: 1; }
    """

    class Answer(Message):
        """Base of what the bar says; ``purpose`` is the name the caller gave the question."""

        def __init__(self, purpose: str) -> None:
            super().__init__()
            self.purpose = purpose

    class Submitted(Answer):
        """Enter in a text prompt with the text, or the key of a choice."""

        def __init__(self, purpose: str, text: str) -> None:
            super().__init__(purpose)
            self.text = text

    class Changed(Answer):
        """The text of a live prompt now."""

        def __init__(self, purpose: str, text: str) -> None:
            super().__init__(purpose)
            self.text = text

    class Cancelled(Answer):
        """The question was left without an answer; nothing is to be done."""

    class Picked(Answer):
        """A further key of a confirmation; the caller asks anew with what that key changed."""

        def __init__(self, purpose: str, key: str) -> None:
            super().__init__(purpose)
            self.key = key

    class Confirmed(Answer):
        """The confirmation, exactly as it stood on the screen, was accepted."""

        def __init__(self, asked: Confirmation) -> None:
            super().__init__(asked.purpose)
            self.asked = asked

    def __init__(
        self,
        *,
        clock: Callable[[], float] | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """``clock`` in seconds replaces the time at which keys arrived; for tests."""
        super().__init__(id=id)
        self._clock = clock
        self._mode = Mode.HINT
        self._purpose = ""
        self._hint: Line = ()
        self._said: Line = ()
        self._tail: Line = ()
        self._label: Line = ()
        self._choices: tuple[Choice, ...] = ()
        self._foreign = False
        self._edit = EditLine()
        self._live = False
        self._assist: Assist | None = None
        self._about: tuple[Line, ...] = ()
        self._guard = Guard()
        self._quiet = Quiet(self, self._quiet_now)
        self._body = Asked()
        self._answer = ""
        """The key of a confirmation that was heard last."""
        self._notice = ""
        self._from = 0
        self._focused_before: Widget | None = None
        self._cursor_before = Offset(0, 0)

    @property
    def free(self) -> bool:
        """Whether it asks nothing and says nothing: what is said now takes the place of hints alone."""
        return not self.asking and not self._said

    @property
    def asking(self) -> bool:
        """Whether a question stands open; screens do nothing else then."""
        return self._mode is not Mode.HINT

    @property
    def settling(self) -> bool:
        """Whether a key has answered a confirmation that counts once no other one came right behind it."""
        return self._guard.waits

    @property
    def text(self) -> str:
        """What stands in the text prompt."""
        return self._edit.text

    def show_hint(self, hint: Line) -> None:
        """The keys that matter here, until told otherwise; takes back what :meth:`say` said."""
        self._hint = hint
        self._said = ()
        self._paint()

    def change_hint(self, hint: Line) -> None:
        """Other keys matter now; what was said, or is being asked, stands on."""
        if hint != self._hint:
            self._hint = hint
            self._paint()

    def say(self, sentence: Line, tail: Line = ()) -> None:
        """One sentence in place of the hints: what was done, or why not; ``tail`` follows it where it fits."""
        self._said = (_DASH, *sentence)
        self._tail = tail
        self._paint()

    def ask(
        self,
        purpose: str,
        label: Line,
        *,
        text: str = "",
        limit: int = 500,
        history: Sequence[str] = (),
        live: bool = False,
        about: Sequence[Line] = (),
        assist: Assist | None = None,
    ) -> None:
        """Ask for one line of text; ``live`` posts :class:`Changed` at each change.

        ``about`` stands above the question until it is answered or left, and below it what ``assist`` says.
        Enter submits. Escape, ctrl+c, and backspace in an empty prompt cancel.
        """
        self._open(Mode.TEXT, purpose)
        self._label = label
        self._edit = EditLine(text, limit=limit, history=history)
        self._live = live
        self._about = tuple(about)
        self._assist = assist
        self._paint()

    def choose(self, purpose: str, label: Line, choices: Sequence[Choice], *, foreign: bool = False) -> None:
        """Ask for one of a few keys; n, q and Escape cancel where they are no choice.

        ``foreign`` says that the choices are in other people's words; gated all the same.
        """
        self._open(Mode.CHOICE, purpose)
        self._label = label
        self._choices = tuple(choices)
        self._foreign = foreign
        self._paint()

    def confirm(self, asked: Confirmation) -> None:
        """Ask whether to do it, or ask anew with other content: any call makes the bar deaf for 250 ms.

        Raises ValueError for an accept key that an accident could press.
        """
        trigger = key_to_character(asked.trigger) or asked.trigger
        self._guard.open(asked, trigger, self._now() * 1000)
        self._open(Mode.CONFIRM, asked.purpose)
        self._from = 0
        self._paint()

    def cancel(self) -> None:
        """Leave the question without an answer."""
        if self.asking:
            self._close(self.Cancelled(self._purpose))

    def check_consume_key(self, key: str, character: str | None) -> bool:  # noqa: ARG002
        """Every key is the bar's while it asks; Textual then withholds it from bindings."""
        return self.asking

    def on_key(self, event: events.Key) -> None:
        """One key of a question."""
        if not self.asking:
            return
        event.stop()
        event.prevent_default()
        self._notice = ""
        if self._mode is Mode.TEXT:
            self._text_key(event)
        elif self._mode is Mode.CHOICE:
            self._choice_key(event)
        else:
            self._confirm_key(event)
        self._paint()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes into a text prompt; a choice or a confirmation is not answered by pasting."""
        event.stop()
        event.prevent_default()
        if self._mode is Mode.TEXT:
            self._edit.insert(event.text)
            self._edited()
            self._paint()
        elif self._mode is Mode.CONFIRM:
            self._heard(self._guard.burst(self._now() * 1000))
            self._paint()

    def on_focus(self, event: events.Focus) -> None:
        """The terminal may have just come back to the front: what is typed now was meant for elsewhere."""
        if event.from_app_focus:
            self._guard.deafen(self._now() * 1000)

    def on_mount(self) -> None:
        """The lines above come with the bar, and stay with it when only the height of the screen changes."""
        self.screen.mount(self._body)
        self.screen.screen_layout_refresh_signal.subscribe(self, lambda _: self._paint())

    def on_resize(self) -> None:
        """Lay the lines out for the new width."""
        self._paint()

    @property
    def _asked(self) -> Confirmation:
        assert self._guard.asked is not None  # noqa: S101 - holds in mode CONFIRM
        return self._guard.asked

    def _now(self, event: events.Key | None = None) -> float:
        """Seconds; for a key the time it reached us, so that a stalled loop shortens nobody's deaf time."""
        if self._clock is not None:
            return self._clock()
        return monotonic() if event is None else event.time

    def _open(self, mode: Mode, purpose: str) -> None:
        if not self.asking:
            self._focused_before = self.screen.focused
            self._cursor_before = self.app.cursor_position
        self._mode = mode
        self._purpose = purpose
        self._notice = ""
        if mode is not Mode.CONFIRM:
            self._guard.close()
        self.can_focus = True
        # At once, not by a message: the next key may be in the queue already.
        self.screen.set_focus(self, scroll_visible=False)

    def _close(self, message: Message) -> None:
        self._mode = Mode.HINT
        self._said = ()
        self._guard.close()
        self.can_focus = False
        before = self._focused_before
        if before is not None and not before.is_attached:
            before = None
        self.screen.set_focus(before, scroll_visible=False)
        self.app.cursor_position = self._cursor_before
        self._paint()
        self.post_message(message)

    def _text_key(self, event: events.Key) -> None:
        if event.key == "enter":
            self._close(self.Submitted(self._purpose, self._edit.text))
        elif event.key in ("escape", "ctrl+c") or (event.key == "backspace" and not self._edit.text):
            self.cancel()
        else:
            before = self._edit.text
            if self._assist is None or not self._assist.key(event.key, self._edit):
                self._edit.key(event.key, event.character)
            if self._edit.text != before or self._edit.cut:
                self._edited()

    def _edited(self) -> None:
        self._notice = f"{self._edit.cut} characters too many, left out" if self._edit.cut else ""
        if self._live:
            self.post_message(self.Changed(self._purpose, self._edit.text))

    def _choice_key(self, event: events.Key) -> None:
        for choice in self._choices:
            if choice.key in (event.key, event.character):
                self._close(self.Submitted(self._purpose, choice.key))
                return
        if event.key in CANCEL:
            self.cancel()

    def _confirm_key(self, event: events.Key) -> None:
        now = self._now(event) * 1000
        if self._guard.is_due(now):
            self._quiet_now()
            if not self.asking:
                # The loop was late, not the hands: this key is for what is there after the answer was heard.
                self.call_later(self.app.post_message, events.Key(event.key, event.character))
                return
        if event.key in _SCROLL:
            page = 1 if event.key in ("up", "down") else max(1, self._room() - 1)
            self._from += _SCROLL[event.key] * page
            self._heard(self._guard.moves(now))
            return
        key = event.character if event.character is not None and event.is_printable else event.key
        self._answer = key
        self._heard(self._guard.hear(event.key, event.character, now))

    def _quiet_now(self) -> None:
        """The key that waited answers: no other one came right behind it."""
        self._heard(self._guard.settle(self._now() * 1000))
        self._paint()

    def _heard(self, heard: Heard) -> None:
        if heard is Heard.WAITS:
            self._quiet.listen()
            return
        self._quiet.leave()
        if heard is Heard.CONFIRMED:
            self._close(self.Confirmed(self._asked))
        elif heard is Heard.CANCELLED:
            self.cancel()
        elif heard is Heard.PICKED:
            self.post_message(self.Picked(self._purpose, self._answer))
        elif heard in REASONS:
            self._notice = REASONS[heard].format(accept=self._asked.accept, typed=self._asked.typed)

    def _room(self) -> int:
        """Lines that the content of a question may take."""
        return max(1, self.screen.size.height - LEAST_ABOVE - 2)

    def _paint(self) -> None:
        width = self.size.width
        if not width:
            return
        above = self._above(width)
        self._body.draw([Drawn(line) for line in above])
        # Always there and placed by offset: a widget that docks, or comes and goes, repaints the screen.
        self._body.styles.offset = (0, self.screen.size.height - 1 - len(above))
        self._body.styles.height = len(above)
        self.draw([Drawn(self._last_line(width))])

    def _above(self, width: int) -> list[Line]:
        """The content of the question on lines of its own, under a rule."""
        if self._mode is Mode.CHOICE and not self._fits_one_line(width):
            wanted = [(Span(" "), *shown(choice)) for choice in self._choices]
        elif self._mode is Mode.CONFIRM:
            wanted = list(self._asked.lines)
        elif self._mode is Mode.TEXT:
            said = self._assist.above(self._edit.text, width) if self._assist is not None else ()
            wanted = [*self._about, *said]
        else:
            wanted = []
        if not wanted:
            return []
        content = [piece for line in wanted for piece in wrap(line, width, _hang(line))]
        room = self._room()
        self._from = max(0, min(self._from, len(content) - room))
        below = len(content) - self._from - room
        if below <= 0:
            self._guard.read = True
        note = f" {below} more lines, down " if below > 0 else ""
        rule = (Span(" " + ("-" * (width - 2 - len(note))) + note, "dim"),)
        return [rule, *content[self._from : self._from + room]]

    def _last_line(self, width: int) -> Line:
        if self._mode is Mode.TEXT:
            return self._text_line(width)
        if self._mode is Mode.CHOICE:
            return self._choice_line() if self._fits_one_line(width) else (*self._label, *BACK)
        if self._mode is Mode.CONFIRM:
            return confirm_line(self._guard, self._notice, width)
        if not self._said:
            return self._hint
        whole = (*self._said, Span("  "), *self._tail)
        return whole if cells(plain(whole)) <= width else self._said

    def _text_line(self, width: int) -> Line:
        label = (*self._label, Span(" "))
        notice = (Span("  " + self._notice, "warn"),) if self._notice else ()
        room = width - cells(plain(label)) - cells(plain(notice)) - 1
        spans, caret = self._edit.window(max(8, room))
        x, y = self.region.offset
        self.app.cursor_position = Offset(x + cells(plain(label)) + caret, y)
        return (*label, *spans, *notice)

    def _fits_one_line(self, width: int) -> bool:
        return not self._foreign and cells(plain(self._choice_line())) <= width

    def _choice_line(self) -> Line:
        spans: list[Span] = [*self._label]
        for choice in self._choices:
            spans += [Span("  "), *shown(choice)]
        if not any(choice.key in CANCEL for choice in self._choices):
            spans += BACK
        return tuple(spans)


_DASH = Span(" -", "dim")
_SCROLL = {"up": -1, "down": 1, "pageup": -1, "pagedown": 1}


def _hang(line: Line) -> int:
    """Where a line goes on when it is too long: under its words, where a label stands before them."""
    return cells(line[0].text) if len(line) > 1 and line[0].role == "dim" else LEAST_HANG
