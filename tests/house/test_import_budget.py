"""The commands that are asked most start without the heavy libraries, and with few modules at all."""

import json
import os
from pathlib import Path

import pytest
from tests.support.modules import Loaded, loaded, loaded_by

HEAVY = frozenset({"asyncio", "httpx", "keyring", "rich", "ssl", "textual"})
MOST_FOR_VERSION = 9
"""Modules that ``--version`` may load beyond Python's own base."""
MOST_FOR_QUEUE = 181
"""Modules that ``queue --json`` may load beyond Python's own base; each feature brings three light ones."""


@pytest.fixture
def environment(repository: Path) -> dict[str, str]:
    """The surroundings of a command that is run from the tree."""
    return {**os.environ, "PYTHONPATH": str(repository / "src")}


def beyond_python(environment: dict[str, str], run: Loaded) -> int:
    """How many modules a run loaded beyond Python's own base, which is larger in one version than in another."""
    return len(run.modules - loaded_by(environment, "import pathlib, typing").modules)


def test_version_loads_nothing_heavy(environment: dict[str, str]) -> None:
    run = loaded(environment, "--version")
    assert run.printed.startswith("ircockpit ")
    assert "ircockpit" in run.tops
    assert not run.tops & HEAVY
    assert 0 < beyond_python(environment, run) <= MOST_FOR_VERSION


def test_queue_loads_nothing_heavy(environment: dict[str, str], tmp_path: Path) -> None:
    signals = tmp_path / "signals.jsonl"
    signals.write_text(
        '{"title": "wrong dose", "output": "take forty", "source": "test", "model": "support-bot"}\n'
    )
    loaded(environment, "intake", str(signals))
    run = loaded(environment, "queue", "--json")
    assert "wrong dose" in json.dumps(json.loads(run.printed))
    assert "sqlite3" in run.tops or "pysqlite3" in run.tops
    assert not run.tops & HEAVY
    assert 0 < beyond_python(environment, run) <= MOST_FOR_QUEUE


def stand_in(folder: Path, statement: str) -> str:
    """A path for ``PYTHONPATH`` where ``ircockpit`` is a program of one statement."""
    package = folder / "ircockpit"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(statement + "\n")
    return str(folder)


def test_a_heavy_library_would_be_seen(environment: dict[str, str], tmp_path: Path) -> None:
    run = loaded({**environment, "PYTHONPATH": stand_in(tmp_path, "import textual.app")})
    assert {"textual", "rich", "asyncio"} <= run.tops & HEAVY
    assert beyond_python(environment, run) > MOST_FOR_QUEUE


def test_many_light_modules_would_be_seen(environment: dict[str, str], tmp_path: Path) -> None:
    run = loaded({**environment, "PYTHONPATH": stand_in(tmp_path, "import argparse, dataclasses, logging")})
    assert not run.tops & HEAVY
    assert beyond_python(environment, run) > MOST_FOR_VERSION
