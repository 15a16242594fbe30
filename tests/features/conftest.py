"""A workstation in a folder of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.profiles import open_station

from ircockpit.store.workstation import Workstation


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def station(home: Path) -> Iterator[Workstation]:
    with open_station(home) as opened:
        yield opened
