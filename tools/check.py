"""Runs the checks of ``make test`` and its sisters, says each by name, and last which of them failed."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BESIDE = Path(PYTHON).parent

LINT: dict[str, list[str]] = {
    "ruff check": [PYTHON, "-m", "ruff", "check", "--quiet", "."],
    "ruff format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
    "mypy": [PYTHON, "-m", "mypy", "--no-error-summary"],
    "lint-imports": [str(BESIDE / "lint-imports"), "--no-logo"],
}
# Long and live suites run one test at a time: what they measure or drive wants the machine for itself.
AT_ONCE = ["--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal"]
SUITES: dict[str, list[str]] = {
    "test": ["-m", "not long and not heavy", *AT_ONCE],
    "test-long": ["-m", "long", "--timeout=3600"],
    "test-live": ["-m", "live", "--timeout=600"],
}
# What a suite installs first, where it is missing and may be.
NEEDS: dict[str, dict[str, list[str]]] = {
    "test-long": {"programs": [PYTHON, "tools/programs.py", "servers", "programs", "long"]},
    "test-live": {
        "programs": [PYTHON, "tools/programs.py", "servers", "programs", "live"],
        "servers": [PYTHON, "tools/live.py"],
    },
}


def run(name: str, command: list[str], **environment: str) -> bool:
    """Runs one step in the project's folder; a linter's output is shown only when it fails."""
    lint = name in LINT
    print(f"{name:<14}", end="" if lint else "\n", flush=True)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=lint,
        text=True,
        check=False,
    )
    if lint:
        print("ok" if done.returncode == 0 else "failed", flush=True)
        if done.returncode:
            print(done.stdout, done.stderr, sep="", end="", flush=True)
    return done.returncode == 0


def measure() -> list[str]:
    """Runs every measurement in bench/, one after the other; returns the names of those that failed."""
    found = sorted(path for path in (ROOT / "bench").glob("*.py") if not path.name.startswith("_"))
    with tempfile.TemporaryDirectory(prefix="ircockpit-bench-") as folder:
        return [
            path.stem
            for path in found
            if not run(f"bench/{path.name}", [PYTHON, "-m", f"bench.{path.stem}"], BENCH_FOLDER=folder)
        ]


def check(suite: str) -> list[str]:
    """Runs the linters (with ``test`` only) and the suite; returns the names of those that failed."""
    steps = dict(LINT) if suite == "test" else {}
    steps |= NEEDS.get(suite, {})
    steps["pytest"] = [PYTHON, "-m", "pytest", *SUITES[suite]]
    profile = "long" if suite == "test-long" else "ci"
    return [name for name, command in steps.items() if not run(name, command, HYPOTHESIS_PROFILE=profile)]


def main(what: str) -> int:
    """``check.py test|test-long|test-live|bench``: exit 0 when every step passed."""
    failed = measure() if what == "bench" else check(what)
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)
