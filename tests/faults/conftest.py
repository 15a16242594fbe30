"""What the tests of faults share: a folder on memory, and the crews of the tests of sync."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sync.conftest import made, pair, team

__all__ = ("made", "pair", "team")

MEMORY = "/dev/shm"


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder in memory where there is one: for tests that decide themselves what a sync has made durable."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)
