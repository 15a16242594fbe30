"""What the tests of faults share: a folder on memory, and a way to print the figures of a run."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.sync.conftest import made, pair, team

__all__ = ("made", "pair", "team")

MEMORY = "/dev/shm"

Say = Callable[[str], None]
"""Prints a figure past pytest, so that it stands in the output of a run that went well."""


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def printed(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}", end="")  # noqa: T201 - the figures are what a run is for

    return printed


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder in memory where there is one: for tests that decide themselves what a sync has made durable."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)
