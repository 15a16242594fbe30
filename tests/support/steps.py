"""How much the database engine does for a question: what a question costs however busy the machine is."""

from collections.abc import Callable
from typing import Any


def steps(db: Any, ask: Callable[[], object]) -> int:
    """Tens of the engine's instructions that a connection runs while ``ask`` does."""
    done = 0

    def count() -> int:
        nonlocal done
        done += 1
        return 0

    db.set_progress_handler(count, 10)
    try:
        ask()
    finally:
        db.set_progress_handler(None, 10)
    return done
