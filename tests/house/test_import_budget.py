"""The commands that are asked most start without the heavy libraries."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = frozenset({"asyncio", "httpx", "keyring", "rich", "ssl", "textual"})
WATCHED_RUN = """
import json, runpy, sys
report, sys.argv = sys.argv[1], ["ircockpit", *sys.argv[2:]]
try:
    runpy.run_module("ircockpit", run_name="__main__", alter_sys=True)
finally:
    with open(report, "w") as file:
        json.dump(sorted(sys.modules), file)
"""


@pytest.fixture
def environment(repository: Path) -> dict[str, str]:
    """The surroundings of a command that is run from the tree."""
    return {**os.environ, "PYTHONPATH": str(repository / "src")}


def loaded(environment: dict[str, str], tmp_path: Path, *words: str) -> tuple[set[str], str]:
    """Top-level names of the modules that a command loaded, and what it printed; the command must succeed."""
    report = tmp_path / "modules.json"
    done = subprocess.run(
        [sys.executable, "-P", "-c", WATCHED_RUN, str(report), *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in json.loads(report.read_text())}, done.stdout


def test_version_loads_nothing_heavy(environment: dict[str, str], tmp_path: Path) -> None:
    modules, printed = loaded(environment, tmp_path, "--version")
    assert printed.startswith("ircockpit ")
    assert "ircockpit" in modules
    assert not modules & HEAVY


def test_queue_loads_nothing_heavy(environment: dict[str, str], tmp_path: Path) -> None:
    signals = tmp_path / "signals.jsonl"
    signals.write_text(
        '{"title": "wrong dose", "output": "take forty", "source": "test", "model": "support-bot"}\n'
    )
    loaded(environment, tmp_path, "intake", str(signals))
    modules, printed = loaded(environment, tmp_path, "queue", "--json")
    assert "wrong dose" in json.dumps(json.loads(printed))
    assert "sqlite3" in modules or "pysqlite3" in modules
    assert not modules & HEAVY


def test_a_heavy_library_would_be_seen(environment: dict[str, str], tmp_path: Path) -> None:
    stand_in = tmp_path / "heavy" / "ircockpit"
    stand_in.mkdir(parents=True)
    (stand_in / "__init__.py").touch()
    (stand_in / "__main__.py").write_text("import textual.app\n")
    modules, _ = loaded({**environment, "PYTHONPATH": str(stand_in.parent)}, tmp_path)
    assert {"textual", "rich", "asyncio"} <= modules & HEAVY
