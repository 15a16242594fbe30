"""A form answered with digits: all questions at once, focus on the next one unanswered, words at the end."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from textual import events
from textual.geometry import Offset
from textual.message import Message

from ircockpit.render.span import Line, Span, cells, fit, plain
from ircockpit.render.wrap import wrap
from ircockpit.widgets.edit_line import EditLine
from ircockpit.widgets.paint import Drawn, LineWidget

MOST_CHOICES = 9
VALUE_CELLS = 3
QUESTION_LINES = 6
"""Lines the questions keep on a small screen, before the caller's lines below them."""


class Question(NamedTuple):
    """One question with its answers in the order of their digits; at most nine."""

    field: str
    label: str
    choices: tuple[str, ...]


class FreeText(NamedTuple):
    """The words asked for at the end."""

    field: str
    label: str
    help: str = ""
    limit: int = 2_000


class Form(LineWidget):
    """Questions of a few fixed answers, then one line of free text.

    A digit answers the question the marker is at and moves on to the next unanswered one; after the last
    it stays, so that a key meant for elsewhere is no text. ``0`` or backspace takes an answer back. Words
    count once Enter is pressed; leaving otherwise drops them. Up and down move; Tab is the caller's. The caller
    supplies the lines above (what is decided and why, live) and below (criteria), and keeps a draft at
    each :class:`Answered`.
    """

    DEFAULT_CSS = """
    Form { height: 1fr; }
    """
    can_focus = True

    class Answered(Message):
        """A field has a new value: its digit counted from 1, None for taken back, or the free text."""

        def __init__(self, field: str, value: int | str | None) -> None:
            super().__init__()
            self.field = field
            self.value = value

    class Finished(Message):
        """Enter: the person is through with the form, answered or not."""

    class Left(Message):
        """Escape, or ``q`` outside the free text: back, the answers stay; ``dropped`` words do not."""

        def __init__(self, *, dropped: bool) -> None:
            super().__init__()
            self.dropped = dropped

    def __init__(
        self,
        questions: Sequence[Question],
        text: FreeText,
        *,
        answers: Mapping[str, int | str | None] | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """``answers`` continues a draft: digits by field, and the free text by its field."""
        super().__init__(id=id)
        if any(not 1 <= len(question.choices) <= MOST_CHOICES for question in questions):
            raise ValueError("a question has one to nine answers, one for each digit")
        given = answers or {}
        self._questions = tuple(questions)
        self._free = text
        self._values: dict[str, int] = {}
        for question in questions:
            value = given.get(question.field)
            if isinstance(value, int) and 1 <= value <= len(question.choices):
                self._values[question.field] = value
        words = given.get(text.field)
        self._edit = EditLine(words if isinstance(words, str) else "", limit=text.limit)
        self._told = self._edit.text
        self._above: tuple[Line, ...] = ()
        self._below: tuple[Line, ...] = ()
        self._first = 0
        self._at = 0
        if not self.complete:
            self._at = self._next_open()

    @property
    def answers(self) -> dict[str, int | str]:
        """Digits by field, and the free text by its field when there is some."""
        return {**self._values, **({self._free.field: self._edit.text} if self._edit.text else {})}

    @property
    def complete(self) -> bool:
        """Whether every question has an answer; the words are extra."""
        return len(self._values) == len(self._questions)

    @property
    def unsaid(self) -> bool:
        """Whether words stand there that were not entered."""
        return self._edit.text != self._told

    @property
    def focused_field(self) -> str:
        """The field the next key answers."""
        return self._free.field if self._on_text else self._questions[self._at].field

    def show(self, above: Sequence[Line] = (), below: Sequence[Line] = ()) -> None:
        """Put the caller's lines around the questions; the same count each time keeps the form still."""
        self._above = tuple(above)
        self._below = tuple(below)
        self._paint()

    def move(self, delta: int) -> None:
        """Move to another field; the free text is the last one."""
        self._go(min(max(self._at + delta, 0), len(self._questions)))

    def answer(self, digit: int) -> bool:
        """Answer the question in focus with a digit from 1, or take its answer back with 0.

        False, and nothing changes, when there is no such answer.
        """
        if self._on_text:
            return False
        question = self._questions[self._at]
        if digit == 0:
            if self._values.pop(question.field, None) is not None:
                self.post_message(self.Answered(question.field, None))
            self._paint()
            return True
        if digit > len(question.choices):
            return False
        self._values[question.field] = digit
        self.post_message(self.Answered(question.field, digit))
        self._go(self._at if self.complete else self._next_open())
        return True

    @property
    def _on_text(self) -> bool:
        return self._at == len(self._questions)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Digits and moves are the form's; in the free text every key that types or edits."""
        if key in _LEADING_ON:
            return False
        if self._on_text:
            return not key.startswith("ctrl+") or key in _TEXT_CONTROL
        return key in _QUESTION_KEYS or (character or "").isdecimal()

    def on_mount(self) -> None:
        """Keys go to the form from the start."""
        self.screen.set_focus(self, scroll_visible=False)

    def on_resize(self) -> None:
        """Lay the questions out for the new size."""
        self._paint()

    def on_key(self, event: events.Key) -> None:
        """One key."""
        if self._key(event):
            event.stop()
            event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text goes into the free text only."""
        event.stop()
        event.prevent_default()
        if self._on_text:
            self._edit.insert(event.text)
            self._paint()

    def _key(self, event: events.Key) -> bool:
        key = event.key
        if key in _LEADING_ON:
            return False
        if key in _MOVES or (key in _LETTER_MOVES and not self._on_text):
            self.move(_MOVES.get(key) or _LETTER_MOVES[key])
        elif key == "enter":
            self._tell_text()
            self.post_message(self.Finished())
        elif key == "escape" or (key == "q" and not self._on_text):
            self.post_message(self.Left(dropped=self.unsaid))
        elif self._on_text:
            if not self._edit.key(key, event.character):
                return False
            self._paint()
        elif key in _BACK:
            self.answer(0)
        elif event.character is not None and event.character in "0123456789":
            self.answer(int(event.character))
        else:
            return False
        return True

    def _go(self, at: int) -> None:
        self._at = at
        self._paint()

    def _tell_text(self) -> None:
        if self._edit.text != self._told:
            self._told = self._edit.text
            self.post_message(self.Answered(self._free.field, self._edit.text or None))

    def _next_open(self) -> int:
        """The next question without an answer, from the focus onwards and round."""
        count = len(self._questions)
        around = ((self._at + step) % count for step in range(count))
        return next((at for at in around if self._questions[at].field not in self._values), self._at)

    def _paint(self) -> None:
        width, height = self.size
        if not height:
            return
        blocks = [self._question_lines(number, width) for number in range(len(self._questions))]
        text = self._text_lines(width)
        rest = height - len(self._above) - len(text)
        room = min(sum(map(len, blocks)), max(QUESTION_LINES, rest - len(self._below)))
        self._keep_in_sight(blocks, room)
        shown = [line for block in blocks[self._first :] for line in block][:room]
        lines = [*self._above, *shown, *self._below[: max(0, rest - room)], *text]
        self.draw([Drawn(line) for line in lines])
        self._place_terminal_cursor(len(self._above), blocks, len(lines))

    def _keep_in_sight(self, blocks: list[list[Line]], room: int) -> None:
        """Scroll by whole questions, only as far as needed."""
        at = min(self._at, len(blocks) - 1)
        self._first = min(self._first, at)
        while sum(map(len, blocks[self._first : at + 1])) > room and self._first < at:
            self._first += 1
        while self._first > 0 and sum(map(len, blocks[self._first - 1 :])) <= room:
            self._first -= 1

    def _question_lines(self, number: int, width: int) -> list[Line]:
        """Marker, number, label, choices and the value at the right edge; choices wrap under themselves."""
        question = self._questions[number]
        at = number == self._at
        value = self._values.get(question.field)
        label_cells = min(max(cells(each.label) for each in self._questions) + 2, width // 2)
        left = (
            Span((">" if at else " "), "accent"),
            Span(f"{number + 1:>{len(str(len(self._questions)))}} "),
            Span(fit(question.label, label_cells), "title" if at else "text"),
        )
        indent = cells(plain(left))
        room = width - indent - VALUE_CELLS - 1
        spans: list[Span] = []
        for digit, words in enumerate(question.choices, 1):
            role = "title" if digit == value else "text"
            spans += [Span("  " if spans else ""), Span(str(digit), "key"), Span(f" {words}", role)]
        pieces = wrap(tuple(spans), room)
        shown = Span(f"[{value if value is not None else ' '}]", "accent" if value is not None else "dim")
        first = pieces[0]
        gap = Span(" " * (room - cells(plain(first)) + 1))
        return [(*left, *first, gap, shown), *((Span(" " * indent), *piece) for piece in pieces[1:])]

    def _text_lines(self, width: int) -> list[Line]:
        mark, role = (">", "title") if self._on_text else (" ", "text")
        left = Span(fit(mark + self._free.label, _TEXT_INDENT), role)
        note = f"{self._edit.cut} characters too many, left out" if self._edit.cut else self._free.help
        spans, _ = self._edit.window(max(8, width - _TEXT_INDENT - 1))
        if not self._on_text:
            spans = (Span(self._edit.text),) if self._edit.text else (Span("_", "dim"),)
        return [(left, Span(note, "warn" if self._edit.cut else "dim")), (Span(" " * _TEXT_INDENT), *spans)]

    def _place_terminal_cursor(self, above: int, blocks: list[list[Line]], count: int) -> None:
        if not self.has_focus:
            return
        x, y = self.content_region.offset
        if self._on_text:
            _, caret = self._edit.window(max(8, self.size.width - _TEXT_INDENT - 1))
            self.app.cursor_position = Offset(x + _TEXT_INDENT + caret, y + count - 1)
        else:
            self.app.cursor_position = Offset(x, y + above + sum(map(len, blocks[self._first : self._at])))


_TEXT_INDENT = 11
_LEADING_ON = frozenset({"tab", "shift+tab"})
_MOVES = {"up": -1, "down": 1}
_LETTER_MOVES = {"k": -1, "j": 1}
_BACK = frozenset({"backspace", "delete"})
_QUESTION_KEYS = frozenset({*_MOVES, *_LETTER_MOVES, *_BACK, "enter", "escape", "q"})
_TEXT_CONTROL = frozenset({"ctrl+a", "ctrl+e", "ctrl+h", "ctrl+k", "ctrl+u", "ctrl+w"})
