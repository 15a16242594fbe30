"""An incident whose system has a gateway that can be stopped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.containment.stage import Stage, staged


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with staged(home) as made:
        yield made
