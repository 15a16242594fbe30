"""Profiles to measure on, made once for all measurements of a run."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.crowd import fill
from tests.support.surroundings import clean_environment

FOLDER_VARIABLE = "BENCH_FOLDER"
"""Names a folder that measurements run one after the other share; without it each makes and removes its own."""
SMALL, LARGE = 10, 10_000


@contextmanager
def folder() -> Iterator[Path]:
    """The folder for profiles and other files of this run."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        yield Path(named)
        return
    with tempfile.TemporaryDirectory(prefix="ircockpit-bench-") as own:
        yield Path(own)


def environment(home: Path) -> dict[str, str]:
    """The surroundings of every program that is measured: a true-colour terminal and the profile.

    Each has its bytecode: a program that may write none is compiled at every start, and the libraries are not.
    """
    return {**clean_environment(home), "COLORTERM": "truecolor", "PYTHONDONTWRITEBYTECODE": ""}


def profile(parent: Path, rows: int) -> Path:
    """The profile whose queue has so many rows."""
    home = parent / f"profile-{rows}"
    if not home.exists():
        print(f"making a profile of {rows:,} rows", file=sys.stderr, flush=True)
        fill(home, rows)
    return home
