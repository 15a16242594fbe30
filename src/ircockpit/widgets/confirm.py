"""A confirmation that cannot happen by accident: which key, when, and after what; pure.

Every rule here stands for an accident people had with other tools: Enter and its auto-repeat
confirmed, a held trigger key confirmed, a key meant for another window confirmed.
"""

from enum import StrEnum
from typing import NamedTuple

from ircockpit.render.span import Line, plain

DEAF_MS = 250
"""After opening, after any change of what is asked, and after the terminal got its focus back."""
BURST_MS = 25
"""Keys that come sooner after one another were pasted, or typed before the question could be seen: none of them counts.

Hands are slower, and so is a key held down; a key that would answer waits this long for one that comes behind it.
"""
HELD_MS = 700
"""A key heard again within this time counts as held down: X11 starts repeating after 660 ms."""
NEVER_ACCEPT = frozenset({" ", "n", "q"})
"""Characters that may not be the one that confirms."""
CANCEL = frozenset({"n", "q", "escape", "ctrl+c"})


class Choice(NamedTuple):
    """A key and what it does: ``d dry run``, ``1 halt the model``; ``shown`` replaces the key: ``1-3``."""

    key: str
    words: str
    shown: str = ""


class Confirmation(NamedTuple):
    """What is asked, in full: the message that it was confirmed carries this very value."""

    purpose: str
    """The caller's name for it."""
    lines: tuple[Line, ...]
    """Effect, count and targets, gated; wrapped, never cut; the accept key works once all was in sight."""
    accept: str
    """The one character that confirms."""
    words: str
    """What it does then, an imperative: ``send``."""
    trigger: str
    """The key that led here, in Textual's spelling; it never confirms."""
    typed: str = ""
    """The target's id, to be typed before the accept key works; for what is wide or irreversible."""
    also: tuple[Choice, ...] = ()
    """Further keys that change what is asked; they confirm nothing."""
    token: object = None
    """The caller's own, handed back untouched."""


class Heard(StrEnum):
    """What became of a key."""

    EARLY = "early"
    BURST = "burst"
    WAITS = "waits"
    """It answers, where no other key comes right behind it: :meth:`Guard.settle` says what it did."""
    HELD = "held"
    NEVER = "never"
    IGNORED = "ignored"
    UNREAD = "unread"
    UNTYPED = "untyped"
    TYPED = "typed"
    WRONG = "wrong"
    PICKED = "picked"
    CANCELLED = "cancelled"
    CONFIRMED = "confirmed"


class Guard:
    """Listens to the keys of one confirmation after the other; times in milliseconds of one clock.

    One guard serves all confirmations of a prompt, so that a key held down through the first does not
    accept the second.
    """

    def __init__(self) -> None:
        self.asked: Confirmation | None = None
        self.typed = ""
        self.read = False
        """Whether all of the lines have been on the screen; the prompt knows."""
        self._deaf_until = 0.0
        self._deaf_to = Heard.EARLY
        """What keys are, while none is heard."""
        self._answer: Heard | None = None
        """What the latest key does, where no other one comes right behind it."""
        self._last: dict[str, float] = {}
        self._latest = float("-inf")

    def open(self, asked: Confirmation, trigger: str, now: float) -> None:
        """Ask; ``trigger`` is the character of the key that led here, or its name where it makes none.

        Raises ValueError for an accept key that an accident could press.
        """
        _check(asked, trigger)
        self.asked = asked
        self.typed = ""
        self.read = False
        self._last[trigger] = now
        self.deafen(now)

    def close(self) -> None:
        """Nothing is asked any more."""
        self.asked = None
        self._answer = None

    def deafen(self, now: float) -> None:
        """Hear nothing for a moment; a key that waits for its time is not heard either."""
        self._deafen(now, Heard.EARLY)

    def burst(self, now: float) -> Heard:
        """Something came that nobody typed: what waits is dropped, and nothing is heard until it has been quiet."""
        return self._deafen(now, Heard.BURST)

    @property
    def waits(self) -> bool:
        """Whether the latest key answers, once no other one came right behind it."""
        return self._answer is not None

    def is_due(self, now: float) -> bool:
        """Whether the key that waits has waited long enough for a key that came now."""
        return self.waits and now - self._latest >= BURST_MS

    def settle(self, now: float) -> Heard:
        """What the key that waited has done: no other one came right behind it."""
        answer, self._answer = self._answer, None
        if answer is Heard.PICKED:
            # What is asked changes: until it does, nothing confirms what was asked before.
            self.deafen(now)
        return answer or Heard.IGNORED

    def moves(self, now: float) -> Heard:
        """A key that only moves what is asked about; one that comes right behind an answer says that nobody typed that."""
        dropped, self._latest = self.waits, now
        return self.burst(now) if dropped else Heard.IGNORED

    @property
    def complete(self) -> bool:
        """Whether the id asked for stands typed, or none was."""
        return self.asked is not None and self.typed == self.asked.typed

    def hear(self, name: str, character: str | None, now: float) -> Heard:
        """What a key means now; ``name`` in Textual's spelling, ``character`` where it makes one."""
        if self.asked is None:
            return Heard.IGNORED
        key = character if character is not None and character.isprintable() else name
        held = now - self._last.get(key, float("-inf")) < HELD_MS
        self._last[key] = now
        burst = now - self._latest < BURST_MS
        self._latest = now
        dropped, self._answer = self.waits, None
        if dropped and burst:
            return self.burst(now)
        if now < self._deaf_until:
            # After the id many people press Enter: it is never heard, now or later, and says so.
            if self._deaf_to is Heard.EARLY and name == "enter" and self.typed and self.complete:
                return Heard.NEVER
            return self.burst(now) if burst or self._deaf_to is Heard.BURST else Heard.EARLY
        heard = self._meant(name, key, held)
        if heard not in _ANSWERS:
            return self._typed(heard, now)
        if burst:
            return self.burst(now)
        self._answer = heard
        return Heard.WAITS

    def _meant(self, name: str, key: str, held: bool) -> Heard:
        """What a key would do, were it the only one."""
        assert self.asked is not None  # noqa: S101 - hear() has looked
        if not self.complete and key != "escape":
            return self._hear_typed(name, key)
        if name in CANCEL or key in CANCEL:
            return Heard.CANCELLED
        if name == "backspace" and self.typed:
            self.typed = self.typed[:-1]
            return Heard.TYPED
        if key == self.asked.accept:
            return Heard.HELD if held else Heard.CONFIRMED if self.read else Heard.UNREAD
        if any(key == choice.key for choice in self.asked.also):
            return Heard.PICKED
        return Heard.NEVER if name in ("enter", "space") else Heard.IGNORED

    def _typed(self, heard: Heard, now: float) -> Heard:
        """Behind the last letter of the id nothing is heard for a moment."""
        if heard is Heard.TYPED and self.complete:
            self.deafen(now)
        return heard

    def _deafen(self, now: float, to: Heard) -> Heard:
        self._deaf_until = now + DEAF_MS
        self._deaf_to = to
        self._answer = None
        return to

    def _hear_typed(self, name: str, key: str) -> Heard:
        """The next letter of the id goes on, any other starts over: prose must not spell it by chance."""
        assert self.asked is not None  # noqa: S101 - hear() has looked
        if key == self.asked.typed[len(self.typed)]:
            self.typed += key
            return Heard.TYPED
        if name in CANCEL or key in CANCEL:
            return Heard.CANCELLED
        if any(key == choice.key for choice in self.asked.also):
            return Heard.PICKED
        if name == "backspace":
            self.typed = self.typed[:-1]
            return Heard.TYPED
        if key == self.asked.accept and not self.typed:
            return Heard.UNTYPED
        if name in ("enter", "space"):
            return Heard.NEVER
        self.typed = ""
        return Heard.WRONG if len(key) == 1 else Heard.IGNORED


def _check(asked: Confirmation, trigger: str) -> None:
    accept = asked.accept
    if len(accept) != 1 or not accept.isprintable() or accept in NEVER_ACCEPT:
        raise ValueError(f"{accept!r} cannot be the key that confirms")
    if accept == trigger or any(accept == choice.key for choice in asked.also):
        raise ValueError(f"{accept!r} already means something else here")
    if any(choice.key in CANCEL for choice in asked.also):
        raise ValueError("n, q and Escape always cancel")
    if not any(plain(line).strip() for line in asked.lines):
        raise ValueError("a confirmation names effect and targets")


_ANSWERS = frozenset({Heard.CONFIRMED, Heard.CANCELLED, Heard.PICKED})
"""After these other ears hear the keys, and what they do is not asked about."""
REASONS = {
    Heard.EARLY: "too early, nothing done",
    Heard.BURST: "many keys at once, as pasted: nothing done",
    Heard.HELD: "key held down, nothing done; let go, press {accept} again",
    Heard.NEVER: "Enter and space never confirm: {accept} does",
    Heard.UNREAD: "read to the end first: down",
    Heard.UNTYPED: "type {typed} first",
    Heard.WRONG: "that is not {typed}; start over",
}
"""What the prompt says about a key that did nothing; filled with the accept key and the id to type."""
