"""Writes requirements.lock and those with more in them from pyproject.toml, with hashes and no address."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = (
    "# Every file by its SHA-256, for Python 3.11 and later. Written by `make lock` from pyproject.toml.\n"
)
# pip is left out: it comes with the virtual environment.
COMPILE = (
    "pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate"
    " --no-emit-index-url --no-emit-find-links --no-emit-package pip"
)
LOCKS = {
    "requirements.lock": ["--extra", "hub"],
    # The others repeat the one for running, at the same versions.
    "requirements-notify.lock": ["--extra", "hub", "--extra", "notify", "--constraint", "requirements.lock"],
    "requirements-dev.lock": ["--all-extras", "--constraint", "requirements-notify.lock"],
}


def write(uv: str, name: str, options: list[str]) -> int:
    """Resolves one lock for every platform; keeps its versions unless ``--upgrade`` is given."""
    path = ROOT / name
    command = [uv, *COMPILE.split(), *options, "--output-file", name, "pyproject.toml"]
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode == 0:
        path.write_text(HEADER + path.read_text())
    return done.returncode


def main(arguments: list[str]) -> int:
    """``lock.py [--upgrade]``: exit 0 when all locks are written."""
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        print("make lock needs uv: install it (pipx install uv), then run make lock again.", file=sys.stderr)
        return 1
    return max(write(uv, name, [*options, *arguments]) for name, options in LOCKS.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
