"""Every file keeps the rules of the house: said in a sentence, short, and free of this machine's places."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

LONGEST = 450
"""Lines of a source file; a longer one holds more than one idea."""
COMMON_PLACES = frozenset({"", "etc", "home", "opt", "private", "srv", "tmp", "usr", "Users", "var"})
INDEX_OPTION = re.compile(r"--(extra-)?index-url")
NEVER_SAID = re.compile(r"\bimmutab(le|ly|ility)\b", re.IGNORECASE)
"""The log is tamper-evident since an anchor; more is not claimed."""


@pytest.fixture(scope="module")
def files(repository: Path) -> dict[str, str]:
    """Every text file that is, or would be, part of the repository, by its path."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    texts = {}
    for name in listed:
        try:
            texts[name] = (repository / name).read_bytes().decode()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    assert "Makefile" in texts
    return texts


@pytest.fixture(scope="module")
def sources(files: dict[str, str]) -> dict[str, str]:
    """The program's own modules."""
    return {name: text for name, text in files.items() if name.startswith("src/") and name.endswith(".py")}


def test_every_module_says_in_one_sentence_what_it_is_for(sources: dict[str, str]) -> None:
    wrong = {}
    for name, text in sources.items():
        first = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0]
        if not first.endswith(".") or ". " in first.removesuffix("."):
            wrong[name] = first
    assert not wrong


def test_no_source_file_is_too_long(sources: dict[str, str]) -> None:
    assert not {name: lines for name, text in sources.items() if (lines := text.count("\n")) > LONGEST}


def test_nothing_claims_more_than_tamper_evidence(files: dict[str, str]) -> None:
    spoken = {
        name: text
        for name, text in files.items()
        if name.startswith(("src/", "docs/")) or name in ("README.md", "CHANGELOG.md")
    }
    assert len(spoken) > 3
    # SQLite's own spelling of a read-only file is no claim of ours.
    wrong = [name for name, text in spoken.items() if NEVER_SAID.search(text.replace("immutable=1", ""))]
    assert not wrong
    assert NEVER_SAID.search("an Immutable log")


def machine_places() -> re.Pattern[str]:
    """Matches paths under the uncommon top folders that hold project, shared data and home here."""
    here = [Path(__file__).resolve(), Path.home(), Path(os.environ.get("IRCOCKPIT_SHARED", "/")).resolve()]
    tops = {path.parts[1] for path in here if len(path.parts) > 1} - COMMON_PLACES
    names = "|".join(re.escape(top) for top in sorted(tops)) or r"(?!)"
    return re.compile(rf"(?<![\w.:/~])/(?:{names})/")


def index_places() -> re.Pattern[str]:
    """Matches the hosts and folders of the package indexes set up here, but for the public one."""
    told = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    told += " ".join(
        value for name, value in os.environ.items() if re.search("INDEX|FIND_LINKS|PROXY", name.upper())
    )
    hosts = set(re.findall(r"https?://(?:[^/@\s'\"]*@)?([^/:\s'\"]+)", told)) | set(
        re.findall(r"file://(/[^\s'\"]+)", told)
    )
    hosts -= {"pypi.org", "localhost", "127.0.0.1"}
    return re.compile("|".join(re.escape(host) for host in sorted(hosts)) or r"(?!)")


def test_no_file_names_a_place_of_this_machine(files: dict[str, str]) -> None:
    places, indexes = machine_places(), index_places()
    wrong = {
        name: hit[0]
        for name, text in files.items()
        if (hit := places.search(text) or indexes.search(text) or INDEX_OPTION.search(text))
    }
    assert not wrong


def test_a_place_of_this_machine_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRCOCKPIT_SHARED", "/depot/shared")
    monkeypatch.setenv("PIP_INDEX_URL", "https://name:word@wheels.example.net/simple")
    assert machine_places().search("open('/depot/shared/data')")
    assert not machine_places().search("GET /api/depot/x, ~/depot/, /usr/depot/")
    assert index_places().search("from wheels.example.net")
    assert INDEX_OPTION.search("pip install --extra-" + "index-url x")


def test_test_files_have_names_of_their_own(files: dict[str, str]) -> None:
    tests = [Path(name).name for name in files if re.fullmatch(r"tests/.*/test_\w+\.py", name)]
    assert not {name for name in tests if tests.count(name) > 1}
