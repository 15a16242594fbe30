"""The first start on a stranger's machine: what is missing is said in one sentence with the fix."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

OLD_PYTHON = "#!/bin/sh\nexit 1\n"
"""Answers every question about itself with no, as Python 3.10 does."""
PYTHON_WITHOUT_VENV = """\
#!/bin/sh
case "$*" in
    *ensurepip*) exit 1 ;;
    *print*) echo 3.11 ;;
esac
"""
NEEDED = ("tools", "Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock")


@pytest.fixture
def clone(repository: Path, tmp_path: Path) -> Path:
    """A folder with what the first start reads, and without a .venv."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in NEEDED:
        copy = shutil.copytree if (repository / name).is_dir() else shutil.copy
        copy(repository / name, folder / name)
    (folder / "src").mkdir()
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder to be the whole PATH: the shell's programs and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "make", "dirname", "sed"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


def put(programs: Path, name: str, text: str) -> None:
    """Puts a program of that name and text on the PATH."""
    (programs / name).write_text(text)
    (programs / name).chmod(0o755)


def first_start(clone: Path, programs: Path, **more: str) -> tuple[int, list[str], list[str]]:
    """Exit code of the installer, its lines, and its sentences of complaint."""
    environment = {"PATH": str(programs), "HOME": str(clone), **more}
    done = subprocess.run(
        ["sh", "tools/ready.sh", "run"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


def test_no_python_at_all(clone: Path, programs: Path) -> None:
    code, said, complaint = first_start(clone, programs)
    assert (code, said) == (1, [])
    assert len(complaint) == 1
    assert complaint[0].startswith("No Python 3.11 or newer was found: install one (")


def test_only_an_old_python(clone: Path, programs: Path) -> None:
    for name in ("python3", "python", "python3.11"):
        put(programs, name, OLD_PYTHON)
    code, said, complaint = first_start(clone, programs)
    assert (code, said, len(complaint)) == (1, [], 1)
    assert "No Python 3.11 or newer was found" in complaint[0]


def test_a_python_without_venv(clone: Path, programs: Path) -> None:
    put(programs, "python3", PYTHON_WITHOUT_VENV)
    code, said, complaint = first_start(clone, programs)
    assert (code, said) == (1, [])
    assert complaint == [
        "Python 3.11 is here without its venv module: install it (Debian, Ubuntu: sudo apt install"
        " python3.11-venv), then `make run` again."
    ]


def test_a_named_python_that_is_none(clone: Path, programs: Path) -> None:
    code, said, complaint = first_start(clone, programs, PYTHON="/no/such/python")
    assert (code, said, len(complaint)) == (1, [], 1)
    assert "PYTHON=/no/such/python is not a Python 3.11 or newer" in complaint[0]


def test_a_missing_wheel_then_a_complete_folder(clone: Path, programs: Path, tmp_path: Path) -> None:
    pythons = tmp_path / "pythons"
    pythons.mkdir()
    (pythons / "python3").symlink_to(Path(sys.executable).resolve())
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (clone / "requirements.lock").write_text(
        f"small==1.0 \\\n    --hash=sha256:{small_wheel(wheels / 'later')}\n"
    )
    only_there = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    only_there["PATH"] = f"{pythons}:{programs}"

    code, said, complaint = first_start(clone, programs, **only_there)
    assert (code, len(complaint)) == (1, 1)
    assert [line.split()[0] for line in said] == ["Python", ".venv", "wheels"]
    assert complaint[0].startswith("There is no wheel of small 1.0 for Python 3.")

    shutil.copytree(wheels / "later", wheels, dirs_exist_ok=True)
    code, _, complaint = first_start(clone, programs, **only_there)
    assert (code, complaint) == (0, [])
    assert (clone / ".venv" / "ready-run").exists()

    # The second start asks nothing of pip or of any other Python, and says nothing.
    assert first_start(clone, programs) == (0, [], [])

    # The folder may move: neither path nor launcher holds its name.
    (clone / "src" / "ircockpit").mkdir()
    (clone / "src" / "ircockpit" / "__main__.py").write_text(
        "def main():\n    import small\n    print(small.__name__, __file__)\n"
    )
    moved = clone.rename(tmp_path / "moved")
    silent = {"PYTHONDONTWRITEBYTECODE": "1"}
    # By its name, by a link to it, and from the folder it lies in.
    launcher = moved / ".venv" / "bin" / "ircockpit"
    link = tmp_path / "linked"
    link.symlink_to(launcher)
    for words, folder in (([launcher], tmp_path), ([link], tmp_path), (["sh", "ircockpit"], launcher.parent)):
        launched = subprocess.run(
            words,
            cwd=folder,
            env={"PATH": os.environ["PATH"], **silent},
            capture_output=True,
            text=True,
            check=False,
        )
        assert launched.stdout == f"small {moved}/src/ircockpit/__main__.py\n", launched.stderr

    # Where Python may write no bytecode, it is there all the same; a changed module is compiled anew.
    assert not list(moved.rglob("src/**/__main__.*.pyc"))
    assert first_start(moved, programs, **silent) == (0, [], [])
    assert list(moved.rglob("src/**/__main__.*.pyc"))

    # A changed lock is a new installation.
    (moved / "requirements.lock").write_text("another==1.0 --hash=sha256:" + "0" * 64 + "\n")
    code, _, complaint = first_start(moved, programs, **only_there)
    assert code == 1
    assert len(complaint) == 1


def small_wheel(folder: Path) -> str:
    """Writes a wheel of one empty module into a new folder; returns its SHA-256."""
    import hashlib
    import zipfile

    folder.mkdir()
    path = folder / "small-1.0-py3-none-any.whl"
    about = {
        "small.py": "",
        "small-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n",
        "small-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "small-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in about.items():
            wheel.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def installer(repository: Path) -> ModuleType:
    """The installer as a module."""
    spec = importlib.util.spec_from_file_location("installer", repository / "tools" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("words", "start"),
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError'\n"
            "ERROR: No matching distribution found for anyio==4.16.0",
            "The package index did not answer, so anyio 4.16.0 could not be fetched: ",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "A downloaded file is not ",
        ),
        ("ERROR: Could not install: [Errno 28] No space left on device", "The disk is full: "),
        ("ERROR: something new.", "pip could not install the wheels (something new): "),
        ("", "pip could not install the wheels (no reason given): "),
    ],
)
def test_pip_failures_are_one_sentence(installer: ModuleType, words: str, start: str) -> None:
    sentence = installer.why_pip_failed(words, "run", "3.12.1")
    assert sentence.startswith(start)
    assert sentence.endswith("then `make run` again (pip's own words: .venv/install.log).")
    assert "\n" not in sentence


def test_the_stamp_follows_lock_project_and_python(
    installer: ModuleType, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "ROOT", clone)

    def prints(versions: Mapping[str, str]) -> set[str]:
        return {installer.fingerprint(what, version) for what, version in versions.items()}

    first = prints({"run": "3.11.7", "test": "3.11.7"}) | prints({"run": "3.13.0"})
    assert len(first) == 3
    with (clone / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert not prints({"run": "3.11.7", "test": "3.11.7"}) & first
