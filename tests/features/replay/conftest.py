"""An incident whose system answers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.features.replay.stage import Stage, staged
from tests.support.scripted import Script

Staging = Callable[..., Stage]


@pytest.fixture
def stage(home: Path, tmp_path: Path) -> Iterator[Staging]:
    """Makes the stage with a script, its prompts sealed."""
    with ExitStack() as open_:

        def make(script: Script, *, sealed: bool = True, **system: Any) -> Stage:
            made = open_.enter_context(staged(home, tmp_path, script, **system))
            if sealed:
                made.seal()
            return made

        yield make
