"""One line of text being typed: pure, so that a prompt and a form edit alike."""

from collections.abc import Sequence

from ircockpit.render.span import Line, Span, cells
from ircockpit.widgets.ink import CARET_ROLE

REPLACEMENT = "\ufffd"
MORE = "…"


class EditLine:
    """Text, a caret between its characters, a limit, and the lines typed before.

    What a person types or pastes is admitted character by character: line ends and tabs become a
    space, everything that is not printable becomes U+FFFD, so that nobody is led to believe that a
    pasted control or bidi character was not there.
    """

    def __init__(self, text: str = "", *, limit: int = 500, history: Sequence[str] = ()) -> None:
        """``limit`` in characters; ``history`` with the newest last."""
        self.limit = limit
        self.text = admit(text)[:limit]
        self.caret = len(self.text)
        self.cut = 0
        """Characters that the last insertion had to leave out."""
        self._history = tuple(history)
        self._at = len(self._history)
        self._draft = ""

    def insert(self, text: str) -> None:
        """Put in at the caret as much of the text as the limit leaves room for; ``cut`` counts the rest."""
        wanted = admit(text)
        taken = wanted[: max(0, self.limit - len(self.text))]
        self.cut = len(wanted) - len(taken)
        self.text = self.text[: self.caret] + taken + self.text[self.caret :]
        self.caret += len(taken)

    def key(self, name: str, character: str | None) -> bool:
        """Do what a key means for a line of text; False when it means nothing here.

        ``name`` in Textual's spelling; Enter and Escape are the caller's.
        """
        self.cut = 0
        act = _KEYS.get(name)
        if act is not None:
            act(self)
            return True
        if character is not None and len(character) == 1 and character.isprintable():
            self.insert(character)
            return True
        return False

    def left(self) -> None:
        """One character left, marks with their base."""
        self.caret = self._before(self.caret)

    def right(self) -> None:
        """One character right, marks with their base."""
        self.caret = self._after(self.caret)

    def home(self) -> None:
        """To the start."""
        self.caret = 0

    def end(self) -> None:
        """To the end."""
        self.caret = len(self.text)

    def backspace(self) -> None:
        """Remove the character before the caret."""
        self._remove(self._before(self.caret), self.caret)

    def delete(self) -> None:
        """Remove the character at the caret."""
        self._remove(self.caret, self._after(self.caret))

    def kill_start(self) -> None:
        """Remove everything before the caret."""
        self._remove(0, self.caret)

    def kill_end(self) -> None:
        """Remove everything from the caret on."""
        self._remove(self.caret, len(self.text))

    def kill_word(self) -> None:
        """Remove the word before the caret and the blanks after it."""
        kept = self.text[: self.caret].rstrip(" ")
        self._remove(kept.rfind(" ") + 1, self.caret)

    def older(self) -> None:
        """Take the line typed before this one; what was being typed is kept for the way back."""
        if self._at > 0:
            if self._at == len(self._history):
                self._draft = self.text
            self._recall(self._at - 1)

    def newer(self) -> None:
        """Take the line typed after this one, in the end what was being typed."""
        if self._at < len(self._history):
            self._recall(self._at + 1)

    def window(self, width: int) -> tuple[Line, int]:
        """The part around the caret in at most ``width`` cells, and the cell the caret is in.

        The caret is a span in the role ``caret``, a blank behind the end of the text.
        """
        after = self._after(self.caret)
        at = self.text[self.caret : after] or " "
        before = self.text[: self.caret]
        rest = self.text[after:]
        room = max(0, width - cells(at))
        if cells(before) + cells(rest) > room:
            # The caret wanders to three quarters of the field, so some of what follows stays in sight.
            behind = min(cells(rest), room // 4)
            before = _tail(before, room - behind)
            rest = _head(rest, room - cells(before))
        spans = (Span(before), Span(at, CARET_ROLE), Span(rest))
        return tuple(span for span in spans if span.text), cells(before)

    def _recall(self, at: int) -> None:
        self._at = at
        self.text = admit(self._history[at])[: self.limit] if at < len(self._history) else self._draft
        self.end()

    def _remove(self, start: int, stop: int) -> None:
        self.text = self.text[:start] + self.text[stop:]
        self.caret = start

    def _before(self, at: int) -> int:
        at = max(0, at - 1)
        while at > 0 and not cells(self.text[at]):
            at -= 1
        return at

    def _after(self, at: int) -> int:
        at = min(len(self.text), at + 1)
        while at < len(self.text) and not cells(self.text[at]):
            at += 1
        return at


_KEYS = {
    "left": EditLine.left,
    "right": EditLine.right,
    "home": EditLine.home,
    "ctrl+a": EditLine.home,
    "end": EditLine.end,
    "ctrl+e": EditLine.end,
    "backspace": EditLine.backspace,
    "ctrl+h": EditLine.backspace,
    "delete": EditLine.delete,
    "ctrl+u": EditLine.kill_start,
    "ctrl+k": EditLine.kill_end,
    "ctrl+w": EditLine.kill_word,
    "up": EditLine.older,
    "down": EditLine.newer,
}


def admit(text: str) -> str:
    """Typed or pasted text as one line of printable characters, each one for one."""
    if text.isprintable():
        return text
    return "".join(_admitted(char) for char in text.replace("\r\n", "\n"))


def _admitted(char: str) -> str:
    if char.isprintable():
        return char
    return " " if char.isspace() else REPLACEMENT


def _tail(text: str, width: int) -> str:
    """The end of the text within ``width`` cells, beginning with ``…`` where something is missing."""
    if cells(text) <= width:
        return text
    used = cells(MORE)
    start = len(text)
    while start > 0 and used + cells(text[start - 1]) <= width:
        start -= 1
        used += cells(text[start])
    while start < len(text) and not cells(text[start]):
        start += 1
    return (MORE + text[start:]) if width > 0 else ""


def _head(text: str, width: int) -> str:
    if cells(text) <= width:
        return text
    used = cells(MORE)
    stop = 0
    while stop < len(text) and used + cells(text[stop]) <= width:
        used += cells(text[stop])
        stop += 1
    return (text[:stop] + MORE) if width > 0 else ""
