"""A system that can be proved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.containment.stage import Stage
from tests.features.readiness.stage import ready


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with ready(home) as made:
        yield made
