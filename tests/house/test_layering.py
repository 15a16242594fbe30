"""The layering of the house holds, and each contract is shown to catch the violation it is for."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PACKAGES_OF_STANDARD_LIBRARY_ONLY = ("core", "command", "inert", "render")
MAY_MEET = frozenset({"events", "queries", "rules", "drafts", "declared"})
"""The modules of a feature that another may import: what it knows, its pure rules, drafts of its events, and what holds a
record of another one against its own files."""

LEADS = {
    "starting": frozenset(
        {
            "engine",
            "inhand",
            "offers",
            "proofs",
            "shelf",
            "trying",
            "trying_page",
            "recording",
            "naming",
            "birth",
        }
    ),
}
"""A slice that leads a person through the work of others may use what does it; their actions stay theirs."""

LintImports = Callable[[Path], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def lint_imports() -> LintImports:
    """Runs lint-imports in a folder that holds ``.importlinter`` and ``src``."""
    program = Path(sys.executable).with_name("lint-imports")

    def run(folder: Path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "NO_COLOR": "1"}
        return subprocess.run(
            [str(program), "--no-cache", "--no-logo"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    """A copy of the tree that a test may spoil."""
    shutil.copy(repository / ".importlinter", tmp_path)
    shutil.copytree(repository / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_tree_keeps_every_contract(copy: Path, lint_imports: LintImports) -> None:
    done = lint_imports(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("package", "line", "contract"),
    [
        ("core", "from ircockpit.store import sqlite", "Imports go downwards only"),
        ("ledger", "from ircockpit.inert import gate", "Imports go downwards only"),
        ("store", "from ircockpit.features import catalogue", "Imports go downwards only"),
        ("sync", "import ircockpit.hub", "Imports go downwards only"),
        ("unlisted", "", "Imports go downwards only"),
        ("net", "from ircockpit.ledger import merkle", "know only core"),
        ("command", "from ircockpit.inert import gate", "know only core"),
        ("playbooks", "from ircockpit.inert import gate", "know only core"),
        ("playbooks", "from ircockpit.features.systems import rules", "Imports go downwards only"),
        ("render", "from ircockpit.ledger import merkle", "render knows only"),
        ("widgets", "from ircockpit.store import sqlite", "Widgets know neither"),
        ("widgets", "from ircockpit.features.systems import events", "Widgets know neither"),
        ("hub", "from ircockpit.store import sqlite", "The hub uses events"),
        ("hub", "import ircockpit.sync", "The hub uses events"),
        ("hub", "from ircockpit.features.systems import queries", "The hub uses events"),
        ("hub", "from ircockpit.features.systems import actions", "The hub uses events"),
        ("sync", "from ircockpit.features.systems import events", "Imports go downwards only"),
        ("features/clocks/counting", "from ircockpit.store import sqlite", "Clocks are pure"),
        ("features/clocks/standing", "from ircockpit.core import clock", "Clocks are pure"),
        ("cli", "import httpx", "httpx stands in one module"),
        ("cli", "import textual", "textual and rich stay"),
        ("render", "import rich.text", "textual and rich stay"),
        ("net", "import starlette", "The web server's libraries"),
    ],
)
def test_a_violation_is_caught(
    copy: Path, lint_imports: LintImports, package: str, line: str, contract: str
) -> None:
    module = (copy / "src" / "ircockpit" / package).with_suffix(".py")
    if not module.exists():
        module = module.with_suffix("") / "__init__.py"
        module.parent.mkdir(exist_ok=True)
    with module.open("a") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(copy)
    assert done.returncode != 0
    # A missing floor stops lint-imports before the contracts are listed.
    caught = re.search(rf"{contract}.* BROKEN", done.stdout) or "Missing layers" in done.stdout
    assert caught or (package == "unlisted" and "unlisted" in done.stdout), done.stdout


def test_actions_of_two_features_are_independent(copy: Path, lint_imports: LintImports) -> None:
    features = copy / "src" / "ircockpit" / "features"
    with (features / "systems" / "actions.py").open("a") as file:
        file.write("\nimport ircockpit.features.other.actions\n")
    (features / "other").mkdir()
    (features / "other" / "__init__.py").touch()
    (features / "other" / "actions.py").touch()
    done = lint_imports(copy)
    assert re.search(r"No feature calls another feature's actions BROKEN", done.stdout), done.stdout


def imported(tree: ast.AST, *, at_once: bool = False) -> Iterator[str]:
    """Full names of what a module imports; ``at_once`` leaves out what only functions and types ask for."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not (at_once and later(node)):
            yield from imported(node, at_once=at_once)


def later(node: ast.AST) -> bool:
    """Whether the node's imports do not happen when the module is loaded."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def meetings(feature: str, source: str, features: frozenset[str]) -> set[str]:
    """Modules of other features that this source of ``feature`` imports and may not."""
    found = set()
    for name in imported(ast.parse(source)):
        path = name.split(".")
        of_another = (
            path[:2] == ["ircockpit", "features"] and len(path) > 3 and path[2] in features - {feature}
        )
        if of_another and path[3] not in MAY_MEET | LEADS.get(feature, frozenset()):
            found.add(".".join(path[:4]))
    return found


def test_features_meet_only_through_events_and_queries(repository: Path) -> None:
    folder = repository / "src" / "ircockpit" / "features"
    features = frozenset(path.parent.name for path in folder.glob("*/__init__.py"))
    assert "systems" in features
    wrong = {}
    for path in folder.glob("*/**/*.py"):
        feature = path.relative_to(folder).parts[0]
        if found := meetings(feature, path.read_text(), features):
            wrong[str(path.relative_to(folder))] = sorted(found)
    assert not wrong


def test_a_wrong_meeting_of_features_is_seen() -> None:
    features = frozenset({"intake", "people", "triage"})
    source = (
        "def f():\n"
        "    from ircockpit.features.triage import actions\n"
        "    from ircockpit.features.people import queries\n"
    )
    assert meetings("intake", source, features) == {"ircockpit.features.triage.actions"}
    assert meetings("triage", source, features) == set()
    led = "from ircockpit.features.people import actions, naming\n"
    assert meetings("starting", led, features) == {"ircockpit.features.people.actions"}
    assert len(meetings("intake", led, features)) == 2, "control: nobody else may"


def foreign(source: str) -> set[str]:
    """Top-level packages that loading a source loads and that are neither ours nor Python's own."""
    found = {name.split(".")[0] for name in imported(ast.parse(source), at_once=True)}
    return found - sys.stdlib_module_names - {"ircockpit"}


@pytest.mark.parametrize("package", PACKAGES_OF_STANDARD_LIBRARY_ONLY)
def test_packages_every_command_loads_need_no_library(repository: Path, package: str) -> None:
    folder = repository / "src" / "ircockpit" / package
    wrong = {path.name: found for path in folder.rglob("*.py") if (found := foreign(path.read_text()))}
    assert not wrong


def test_a_library_is_seen() -> None:
    source = "import json\ntry:\n    import msgspec.json\nexcept ImportError:\n    pass\n"
    assert foreign(source) == {"msgspec"}
    assert foreign("import json\ndef f():\n    import yaml\n") == set()
