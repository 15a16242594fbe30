"""The demo's helper processes: started, heard, given cues, and ended with the demo, whatever ends it."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

from ircockpit.core.errors import CockpitError

FIRST_S = 15.0
"""Seconds a helper gets until its first line, which says that it is ready."""
END_S = 4.0


class Helper:
    """One process; its standard input is its leash, its standard output is what it tells."""

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        folder: Path,
        env: Mapping[str, str],
        hear: Callable[[str], None] | None = None,
    ) -> None:
        self.name = name
        self._errors = folder / f"{name}.err"
        with self._errors.open("wb") as errors:
            # A session of its own: the terminal's signals are for the cockpit, the leash is enough for the rest.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                env={**os.environ, **env}, start_new_session=True,
            )  # fmt: skip
        self._first: SimpleQueue[str] = SimpleQueue()
        self._hear = hear
        self._reader = threading.Thread(target=self._read, name=f"hear {name}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def first(self) -> str:
        """Its first line. Raises :class:`CockpitError` where it ended or took too long instead."""
        try:
            line = self._first.get(timeout=FIRST_S)
        except Empty:
            line = ""
        if not line:
            self.end()
            words = self._errors.read_text("utf-8", "replace").strip().rpartition("\n")[2]
            raise CockpitError(
                f"the demo's {self.name} did not start{f': {words}' if words else ''}",
                safe="your own profile was not touched",
                fix="try again; if it stays so, run: ircockpit doctor",
            )
        return line

    def cue(self, word: str) -> None:
        """Say one line to it; a helper that is gone hears nothing."""
        pipe = self._process.stdin
        try:
            if pipe is not None:
                pipe.write(word.encode() + b"\n")
                pipe.flush()
        except (OSError, ValueError):
            return

    def let_go(self) -> None:
        """Let go of the leash: it ends by itself soon."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def end(self) -> None:
        """Let go of the leash and see it end; harmless when it has."""
        self.let_go()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(1.0)

    def _read(self) -> None:
        pipe = self._process.stdout
        if pipe is None:
            return
        with pipe:
            first = True
            for raw in pipe:
                line = raw.decode("utf-8", "replace").rstrip("\n")
                if first:
                    self._first.put(line)
                elif self._hear is not None:
                    self._hear(line)
                first = False
        self._first.put("")
