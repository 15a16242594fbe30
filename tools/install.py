"""Makes .venv ready for ``make run`` or ``make test``, a plain line per step; standard library only.

The project itself is put into .venv as a path file and a launcher, not as an editable install: that needs no
build tool, downloads nothing, and goes on working when the folder is moved.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from compileall import compile_dir
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
LOCKS = {"run": "requirements.lock", "test": "requirements-dev.lock"}
SIZES = {"run": "about 25 MB", "test": "about 100 MB, most of it the Envoy test server"}
OFFLINE_SIGNS = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Connection broken",
    "ConnectionResetError",
    "ProxyError",
    "SSLError",
    "timed out",
)
LAUNCHER = """\
#!/bin/sh
# Another program is asked for the folder only where a link has to be followed: each costs a start its milliseconds.
case $0 in */*) at=${0%/*} ;; *) at= ;; esac
if [ -z "$at" ] || [ -L "$0" ]; then at=$(dirname -- "$(readlink -f -- "$0")"); fi
# -P: a file in the current folder must not stand in for a module of the program.
exec "$at/python" -P -c 'from ircockpit.__main__ import main; main()' "$@"
"""


class InstallError(Exception):
    """An expected failure, in one sentence that says the fix."""


def fingerprint(what: str, version: str) -> str:
    """SHA-256 over all that decides what .venv holds: lock, pyproject.toml, this script, Python's version."""
    digest = hashlib.sha256(version.encode())
    for name in (LOCKS[what], "pyproject.toml", "tools/install.py"):
        digest.update(hashlib.sha256((ROOT / name).read_bytes()).digest())
    return digest.hexdigest()


def stamp(what: str) -> Path:
    """The file that holds the fingerprint of the last complete installation."""
    return VENV / f"ready-{what}"


def is_ready(what: str) -> bool:
    """Whether .venv, whose Python runs this, is complete for ``what``."""
    try:
        return stamp(what).read_text() == fingerprint(what, version_text(sys.version_info))
    except OSError:
        return False


def version_text(info: tuple[object, ...]) -> str:
    """``3.11.7`` from a ``sys.version_info``."""
    return ".".join(str(part) for part in info[:3])


def venv_version() -> str | None:
    """Version of .venv's Python, or None when it is absent, too old or without pip."""
    probe = "import sys, pip; print('%d.%d.%d' % sys.version_info[:3]); sys.exit(sys.version_info < (3, 11))"
    try:
        found = subprocess.run([VENV_PYTHON, "-I", "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return found.stdout.strip() if found.returncode == 0 else None


def make_venv(what: str) -> str:
    """Makes .venv with the Python that runs this, or keeps a working one; returns its Python's version."""
    version = venv_version()
    if version is not None:
        say(".venv", f"keeping the one that is here, Python {version}")
        return version
    say(".venv", "making it")
    made = subprocess.run(
        [sys.executable, "-I", "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False
    )
    version = venv_version() if made.returncode == 0 else None
    if version is None:
        words = (made.stderr or made.stdout).strip().splitlines()
        reason = words[-1].rstrip(".") if words else "its Python does not start"
        raise InstallError(
            f"Making .venv failed ({reason}): check that this folder can be written to and that"
            f" {sys.executable} has its venv module, then `make {what}` again."
        )
    return version


def install_wheels(what: str, version: str) -> None:
    """Installs the locked wheels with pip, which follows the user's own pip configuration."""
    lock = ROOT / LOCKS[what]
    count = len(re.findall(r"^[a-z0-9]\S*==", lock.read_text(), re.MULTILINE))
    say("wheels", f"installing from {lock.name}, {count} packages at most, {SIZES[what]}")
    # --no-deps: the lock is complete. --only-binary: a missing wheel is said, not compiled for.
    options = "--require-hashes --no-deps --only-binary :all: --no-input --disable-pip-version-check"
    command = [str(VENV_PYTHON), "-I", "-m", "pip", "install", *options.split(), "--progress-bar", "off"]
    # A user-wide `user = true` cannot work inside a virtual environment.
    environment = {**os.environ, "PIP_USER": "0"}
    with (
        LOG.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [*command, "-r", str(lock)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env=environment,
            cwd=ROOT,
        ) as process,
    ):
        follow(process, log.write, count)
    if process.returncode:
        raise InstallError(why_pip_failed(LOG.read_text(encoding="utf-8"), what, version))


def follow(process: subprocess.Popen[str], keep: Callable[[str], object], count: int) -> None:
    """Keeps every line of pip and shows on a terminal, in one line, which package it is at."""
    show = sys.stdout.isatty()
    seen = 0
    for line in process.stdout or ():
        keep(line)
        if show and line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen += 1
            name = re.split(r"[=\s]", line.removeprefix("Requirement already satisfied: "), maxsplit=2)
            say_over(f"{seen} of {count}, {name[1] if name[0] == 'Collecting' else name[0]}")
        elif show and line.startswith("Installing "):
            say_over("unpacking")
    if show:
        say_over("")


def why_pip_failed(words: str, what: str, version: str) -> str:
    """One sentence with the fix, from what pip wrote."""
    at_end = f"then `make {what}` again (pip's own words: {LOG.relative_to(ROOT)})"
    wanted = re.search(r"No matching distribution found for (\S+)", words)
    package = wanted[1].replace("==", " ") if wanted else "a locked package"
    if "DO NOT MATCH THE HASHES" in words:
        return (
            "A downloaded file is not the one that was locked (its SHA-256 differs): use another package"
            f" index or network, {at_end}."
        )
    if "No space left on device" in words:
        return f"The disk is full: make room for about 400 MB, {at_end}."
    if any(sign in words for sign in OFFLINE_SIGNS):
        return (
            f"The package index did not answer, so {package} could not be fetched: connect to the network, or"
            " tell pip of a mirror or a folder of wheels (pip config set global.find-links FOLDER),"
            f" {at_end}."
        )
    if wanted:
        return (
            f"There is no wheel of {package} for Python {version} on this machine where pip looks: connect to"
            " the network, add the wheel to your mirror or folder of wheels, or take Python 3.11 to 3.13,"
            f" {at_end}."
        )
    lines = [line.removeprefix("ERROR: ") for line in words.splitlines() if line.startswith("ERROR: ")]
    reason = lines[-1].rstrip(".") if lines else "no reason given"
    return f"pip could not install the wheels ({reason}): mend that, {at_end}."


def place_project(version: str) -> None:
    """Makes ``import ircockpit`` and ``.venv/bin/ircockpit`` work; both relative, so the folder can move."""
    site = VENV / "lib" / f"python{version.rpartition('.')[0]}" / "site-packages"
    (site / "ircockpit.pth").write_text(os.path.relpath(ROOT / "src", site.resolve()) + "\n")
    launcher = VENV / "bin" / "ircockpit"
    launcher.write_text(LAUNCHER)
    launcher.chmod(0o755)


def compile_program() -> None:
    """Leaves the program's bytecode beside it: where Python may not write any, every start would compile it all."""
    # Where it cannot be written, the program runs without it.
    with suppress(OSError):
        compile_dir(ROOT / "src", quiet=2)


def install(what: str) -> None:
    """All steps for ``what``; writes the stamps last, so that a broken-off installation is taken up again."""
    say("Python", f"{version_text(sys.version_info)}, {shutil.which(sys.executable) or sys.executable}")
    version = make_venv(what)
    for kind in LOCKS:
        stamp(kind).unlink(missing_ok=True)
    install_wheels(what, version)
    place_project(version)
    subprocess.run([VENV_PYTHON, "-I", "-m", "compileall", "-qq", ROOT / "src"], check=False)
    # The lock for testing holds all of the lock for running, at the same versions.
    for kind in ("run", "test") if what == "test" else ("run",):
        stamp(kind).write_text(fingerprint(kind, version))


def say(step: str, words: str) -> None:
    """One plain line per step."""
    print(f"{step:<8}{words}", flush=True)


def say_over(words: str) -> None:
    """Replaces the passing line under the step; an empty text takes it away."""
    print(f"\r{'':8}{words:<60.60}\r", end="", flush=True)


def main(arguments: list[str]) -> int:
    """``install.py [--is-ready] run|test``: 0 when ready, else 1 and a sentence (``--is-ready``: none)."""
    if arguments[0] == "--is-ready":
        if not is_ready(arguments[1]):
            return 1
        compile_program()
        return 0
    try:
        install(arguments[0])
    except InstallError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(
            f"Making .venv stopped ({error.strerror or error}, {error.filename or VENV}): mend that, then"
            f" `make {arguments[0]}` again.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print(f"Stopped; `make {arguments[0]}` goes on from here.", file=sys.stderr)
        return 130
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
