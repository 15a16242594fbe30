"""The view made anew beside the screen, which goes on with the old one until the new one takes its place."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from ircockpit.core.errors import CockpitError, StoreError
from ircockpit.screens.remaker import FAILED

Reached = Callable[[int, int], None]
Ended = Callable[[CockpitError | None], None]


class Remaking:
    """Makes the view anew in a process of its own: folding in a thread would hold up every key.

    Left on the way, or cut off with the cockpit, the old view stays. ``reached`` and ``ended`` are called in a thread.
    """

    def __init__(self, home: Path, reached: Reached, ended: Ended) -> None:
        self._home = home
        self._reached = reached
        self._ended = ended
        self._process: subprocess.Popen[str] | None = None
        self._left = False

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._run, name="view", daemon=True).start()

    def leave(self) -> None:
        """Give it up now."""
        self._left = True
        if self._process is not None:
            self._process.terminate()

    def _run(self) -> None:
        try:
            error = self._follow()
        except OSError as failed:
            error = StoreError(
                f"the view cannot be made anew: {failed.strerror}", fix="run: ircockpit rebuild"
            )
        self._ended(None if self._left else error)

    def _follow(self) -> CockpitError | None:
        words = [sys.executable, "-P", "-m", "ircockpit.screens.remaker", str(self._home)]
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            encoding="utf-8",
        ) as process:  # fmt: skip
            self._process = process
            if self._left:
                process.terminate()
            said: CockpitError | None = None
            for line in process.stdout or ():
                first, _, rest = line.strip().partition("\t")
                if first == FAILED:
                    what, safe, fix = (*rest.split("\t"), "", "", "")[:3]
                    said = StoreError(what, safe=safe, fix=fix)
                else:
                    done, _, total = first.partition(" ")
                    self._reached(int(done), int(total))
        if process.returncode and said is None:
            said = StoreError(
                "making the view anew ended half way", safe="the old one stays", fix="run: ircockpit rebuild"
            )
        return said
