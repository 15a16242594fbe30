"""A workstation in a folder of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ircockpit.store.workstation import Workstation
from tests.store.profiles import open_station


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def station(home: Path) -> Iterator[Workstation]:
    with open_station(home) as opened:
        yield opened
