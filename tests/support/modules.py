"""Which modules a run of the program loads."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

WATCHED_RUN = """
import runpy, sys
report, sys.argv = sys.argv[1], ["ircockpit", *sys.argv[2:]]
try:
    runpy.run_module("ircockpit", run_name="__main__", alter_sys=True)
finally:
    with open(report, "w") as file:
        file.write("\\n".join(sys.modules))
"""
BARE_RUN = """
import sys
report = sys.argv[1]
exec(sys.argv[2])
with open(report, "w") as file:
    file.write("\\n".join(sys.modules))
"""


class Loaded(NamedTuple):
    """What a run loaded and printed."""

    modules: frozenset[str]
    """Full names of everything in ``sys.modules`` at its end, the interpreter's own among them."""
    printed: str

    @property
    def tops(self) -> set[str]:
        """Names of the libraries: the first word of each module's name."""
        return {name.partition(".")[0] for name in self.modules}


def loaded(environment: Mapping[str, str], *words: str) -> Loaded:
    """What the command loads; it must succeed."""
    return _watched(environment, WATCHED_RUN, words)


def loaded_by(environment: Mapping[str, str], statement: str) -> Loaded:
    """What one statement loads in an interpreter of its own."""
    return _watched(environment, BARE_RUN, (statement,))


def _watched(environment: Mapping[str, str], program: str, words: tuple[str, ...]) -> Loaded:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "modules")
        done = subprocess.run(
            [sys.executable, "-P", "-c", program, str(report), *words],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return Loaded(frozenset(report.read_text().split("\n")), done.stdout)
