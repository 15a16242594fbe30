"""Runs a program on a real pseudo-terminal and says what a person would see."""

import contextlib
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from unicodedata import combining

import pyte
from wcwidth import wcwidth

SIZE = (80, 24)
PATIENCE_S = 90.0
"""How long is waited for what must come; a busy machine takes ten times as long as an idle one."""
CHUNK = 65_536
TAKES_SCREEN, LISTENS = b"\x1b[?1049h", b"\x1b[?2004h"
"""The alternate screen, and the bracketed paste that Textual asks for when it begins to read keys."""
KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "delete": "\x1b[3~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "shift+tab": "\x1b[Z",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "abcdefghijklmnopqrstuvwxyz"},
}
"""Names of keys, as Textual spells them, and the bytes an xterm sends for them."""


class Cell(NamedTuple):
    """One character on the screen; colours as pyte names them: ``default``, ``red``, ``ff5f5f``."""

    text: str
    color: str
    ground: str
    bold: bool
    reverse: bool


class _Model(pyte.Screen):
    """pyte drops the rest of a run behind a mark that has no combining class (a keycap, most Indic vowels)."""

    def draw(self, data: str) -> None:
        super().draw("".join(char for char in data if wcwidth(char) or combining(char)))

    @property
    def display(self) -> list[str]:
        """The lines as texts; half of a wide character whose other half was written over is a blank."""
        return [self._text(self.buffer[y]) for y in range(self.lines)]

    def _text(self, line: Mapping[int, pyte.screens.Char]) -> str:
        text, wide = "", False
        for x in range(self.columns):
            char = line[x].data
            if not wide:
                text += char or " "
            wide = not wide and bool(char) and wcwidth(char[0]) == 2
        return text


def _state(pid: int) -> str:
    """The state of a process as Linux names it: ``T`` is stopped."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]


class PtyScreen:
    """A program, its terminal, every byte in either direction, and the screen that results.

    The terminal answers no query, as many do not. Nothing is read but in the waiting methods and
    :meth:`pump`; use it as a context manager, so that the program ends with the test.
    """

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str] | None = None, size: tuple[int, int] = SIZE
    ) -> None:
        """``env`` is added to this process's environment; ``size`` is (columns, lines)."""
        self.raw = bytearray()
        """Every byte the program wrote."""
        self.read_at = 0.0
        """When the last of them came, by the monotonic clock."""
        self.sent: list[bytes] = []
        """Every write to its keyboard, in order."""
        self.screen: pyte.Screen = _Model(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._master, slave = pty.openpty()
        self.resize(*size, tell=False)
        self.modes_at_first: list[object] = list(termios.tcgetattr(slave))
        """The terminal's modes before the program had it; read later they may be the program's already."""
        # With a controlling terminal of its own the program gets SIGINT and SIGWINCH as it would in a window.
        setsid = shutil.which("setsid")
        self.process = subprocess.Popen(
            [setsid, "--ctty", *argv] if setsid else list(argv),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", **(env or {})},
            start_new_session=not setsid,
            close_fds=True,
        )
        os.close(slave)
        self._ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def received(self) -> int:
        """Bytes the program wrote so far."""
        return len(self.raw)

    @property
    def typed(self) -> int:
        """Bytes typed so far; a key that sends a sequence counts with all its bytes."""
        return sum(map(len, self.sent))

    @property
    def live(self) -> bool:
        """Whether what has the whole screen listens to keys; true of a program that has not taken it."""
        return TAKES_SCREEN not in self.raw or LISTENS in self.raw

    def send(self, keys: str | bytes) -> None:
        """Type this text, or these bytes, in one write."""
        data = keys.encode() if isinstance(keys, str) else keys
        self.sent.append(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._master, rest) :]

    def press(self, *names: str) -> None:
        """Press keys by name (``down``, ``ctrl+d``) or by character, one write each."""
        for name in names:
            self.send(KEYS.get(name, name))

    def paste(self, text: str) -> None:
        """What a terminal sends for a paste into a program that asked for bracketed paste."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def pump(self, seconds: float) -> int:
        """Read for at most this long, returning early after one piece; returns the bytes read."""
        if self._ended:
            time.sleep(seconds)
            return 0
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return 0
        try:
            data = os.read(self._master, CHUNK)
        except OSError:  # Linux: the last program on the terminal has closed it
            data = b""
        if not data:
            self._ended = True
        self.read_at = time.monotonic()
        self.raw += data
        self._stream.feed(data)
        return len(data)

    def pump_for(self, seconds: float) -> int:
        """Read for this long, whatever comes; returns the bytes read."""
        before = self.received
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.pump(left)
        return self.received - before

    def wait_idle(self, quiet_ms: float = 60, timeout: float = PATIENCE_S) -> int:
        """Read until nothing came for ``quiet_ms``; returns the bytes read, raises TimeoutError."""
        before = self.received
        deadline = time.monotonic() + timeout
        while (self.pump(quiet_ms / 1000) or not self.live) and not self._ended:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still writing after {timeout} s:\n{self.text()}")
        return self.received - before

    def wait_more(self, timeout: float = PATIENCE_S) -> int:
        """Read until something came; returns the bytes read, raises TimeoutError."""
        until = time.monotonic() + timeout
        while not (got := self.pump(0.05)):
            if time.monotonic() > until or self._ended:
                raise TimeoutError(f"nothing came:\n{self.text()}")
        return got

    def wait_for(
        self, what: str | Callable[[str], bool], timeout: float = PATIENCE_S, *, early: bool = False
    ) -> str:
        """Read until the screen shows a text, or a predicate of the whole text holds; returns the screen.

        With ``early`` a frame counts that stands before the app behind it is :attr:`live`.
        """
        deadline = time.monotonic() + timeout
        while not (self.live or early) or not (
            what in self.text() if isinstance(what, str) else what(self.text())
        ):
            if time.monotonic() > deadline or self._ended:
                ended = "the program ended" if self._ended else f"{timeout} s passed"
                raise TimeoutError(f"{ended} without {what!r}:\n{self.text()}")
            self.pump(0.05)
        return self.text()

    def wait_stopped(self, timeout: float = PATIENCE_S) -> None:
        """Wait until the kernel has stopped the program: from then on it does nothing."""
        deadline = time.monotonic() + timeout
        while _state(self.process.pid) != "T":
            if time.monotonic() > deadline:
                raise TimeoutError(f"not stopped after {timeout} s")
            self.pump(0.01)

    def wait_exit(self, timeout: float = PATIENCE_S) -> int:
        """Read until the program has ended; returns its exit code."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"still running after {timeout} s:\n{self.text()}")
            self.pump(0.02)
        while self.pump(0.02):
            pass
        return self.process.wait()

    def lines(self) -> list[str]:
        """The lines of the screen, without blanks at their ends."""
        return [line.rstrip() for line in self.screen.display]

    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines())

    def cell(self, x: int, y: int) -> Cell:
        """The character in column ``x`` of line ``y``, from 0, with how it looks."""
        char = self.screen.buffer[y][x]
        return Cell(char.data, char.fg, char.bg, char.bold, char.reverse)

    def lit(self, y: int) -> bool:
        """Whether the line, from its first to its last cell, stands out: reversed or on a ground of its own."""
        cells = [self.cell(x, y) for x in range(self.screen.columns)]
        return all(cell.reverse or cell.ground != "default" for cell in cells)

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and line of the terminal's own cursor, from 0."""
        return self.screen.cursor.x, self.screen.cursor.y

    def resize(self, columns: int, lines: int, *, tell: bool = True) -> None:
        """Give the terminal another size, as a window does."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(lines, columns)
        if tell:
            os.kill(self.process.pid, signal.SIGWINCH)

    @property
    def terminal(self) -> int:
        """The terminal itself, for who wants to know its modes."""
        return self._master

    def hang_up(self) -> None:
        """Take the terminal away, as a window that is closed or a line that is cut does."""
        os.close(self._master)
        self._master = -1
        self._ended = True

    def kill(self) -> None:
        """End the program at once and close the terminal; harmless when it has ended."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
            self._ended = True
