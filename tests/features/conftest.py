"""A workstation in a folder of the test, and two that agree on an incident."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.profiles import open_station
from tests.support.copies import copy_unnoticed
from tests.support.pair import Pair

from ircockpit.store.workstation import Workstation


@pytest.fixture(scope="session")
def fresh_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile as the first start leaves it, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("fresh") / "profile"
    open_station(folder).close()
    return folder


@pytest.fixture
def home(fresh_profile: Path, tmp_path: Path) -> Path:
    """The folder of a profile of the test's own."""
    return copy_unnoticed(fresh_profile, tmp_path / "profile")


@pytest.fixture
def station(home: Path) -> Iterator[Workstation]:
    """The workstation on it."""
    with open_station(home) as opened:
        yield opened


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two of one organisation who agree on an incident."""
    both = Pair(tmp_path)
    yield both
    both.close()
