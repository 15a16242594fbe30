"""A workstation in a folder of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.profiles import open_station
from tests.support.copies import copy_unnoticed

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
