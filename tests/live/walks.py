"""Walking `ircockpit init` on a terminal: waiting for a question, typing its answer, and asking as users do beside it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from tests.e2e.stage import PROGRAM, surroundings
from tests.support.pty_screen import PtyScreen

WALK_S = 60.0
ROWS = 3
"""Rows of a terminal that a question takes at most."""


@contextmanager
def watched(users: Callable[[], tuple[str, ...]]) -> Iterator[list[tuple[str, ...]]]:
    """Ask as users do, until it is over; what changed is kept, in its order."""
    seen, over = [users()], Event()

    def ask() -> None:
        while not over.wait(0.02):
            if (now := users()) != seen[-1]:
                seen.append(now)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


@contextmanager
def walking(home: Path, *words: str, env: Mapping[str, str] | None = None) -> Iterator[PtyScreen]:
    """`ircockpit init` on a profile, at a terminal of its own."""
    with PtyScreen([*PROGRAM, "init", *words], surroundings(home, env), size=(100, 120)) as screen:
        yield screen


def asked(screen: PtyScreen, question: str) -> None:
    """Wait until this question is the last thing that stands there, unanswered; a long one is broken into rows."""

    def is_last(text: str) -> bool:
        rows = text.rstrip().split("\n")[-ROWS:]
        return rows[-1].endswith(":") and any(row.lstrip().startswith(question) for row in rows)

    screen.wait_for(is_last, WALK_S)


def answer(screen: PtyScreen, question: str, typed: str) -> None:
    """Wait for a question, and type what answers it."""
    asked(screen, question)
    before = screen.text().rstrip()
    screen.send(f"{typed}\r")
    screen.wait_for(lambda text: text.rstrip() != before, WALK_S)
