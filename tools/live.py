"""Installs the servers of `make test-live` that no Debian package brings, one by one, below .live of this checkout.

Each has its lock in tools/live: every file by its hash, and no address. What cannot be installed is said, and the
tests that need it are skipped by name.
"""

import hashlib
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "tools" / "live"
PLACE = ROOT / ".live"
PYTHON = ("mlserver", "chroma", "mlflow", "litellm")
NODE = ("unleash", "express-gateway")
SECONDS = 900
"""For one server; the largest was installed in a tenth of that on two cores."""


def fingerprint(name: str) -> str:
    """SHA-256 over what decides the content of a server's folder."""
    lock = LOCKS / f"{name}.lock" if name in PYTHON else LOCKS / name / "package-lock.json"
    return hashlib.sha256(sys.version.encode() + lock.read_bytes()).hexdigest()


def with_pip(name: str, place: Path) -> list[str]:
    """A virtual environment of its own; only wheels, so that nothing is built here."""
    venv.create(place, with_pip=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(LOCKS / f"{name}.lock")]


def with_npm(name: str, place: Path) -> list[str]:
    """A folder of node_modules; no package runs a script of its own."""
    place.mkdir(parents=True)
    for each in (LOCKS / name).glob("package*.json"):
        shutil.copy(each, place)
    return ["npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def install(name: str) -> str:
    """Install one server; what stood in the way, or nothing."""
    place, stamp = PLACE / name, PLACE / f"{name}.sha256"
    wanted = fingerprint(name)
    if stamp.is_file() and stamp.read_text() == wanted:
        return ""
    stamp.unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    PLACE.mkdir(exist_ok=True)
    began = time.monotonic()
    try:
        command = with_pip(name, place) if name in PYTHON else with_npm(name, place)
        done = subprocess.run(
            command,
            cwd=place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"{type(error).__name__}"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    stamp.write_text(wanted)
    print(f"{name:<16} installed in {time.monotonic() - began:.0f} s", flush=True)
    return ""


def main(names: list[str]) -> None:
    """``live.py [NAME...]``: exit 0 also where something is missing."""
    for name in names or [*PYTHON, *NODE]:
        if trouble := install(name):
            print(
                f"{name:<16} not installed, its tests are skipped by name: {trouble}",
                file=sys.stderr,
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
