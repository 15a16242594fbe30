"""A program with an ear on it: writes down the arguments of each run, and hands them on to the real one."""

import stat
from pathlib import Path

SCRIPT = """\
#!/bin/sh
for each in "$@"; do printf '%s\\0' "$each"; done >>'{heard}'
printf '\\1\\0' >>'{heard}'
exec '{program}' "$@"
"""


class ProgramTap:
    """Stands in for a program of this machine; ``path`` is what is run instead of it."""

    def __init__(self, program: str, folder: Path) -> None:
        self._heard = folder / "heard"
        self.path = str(folder / Path(program).name)
        script = Path(self.path)
        script.write_text(SCRIPT.format(heard=self._heard, program=program))
        script.chmod(script.stat().st_mode | stat.S_IXUSR)

    def heard(self) -> list[tuple[str, ...]]:
        """The arguments of each run so far, in order."""
        if not self._heard.exists():
            return []
        runs = self._heard.read_text("utf-8").split("\1\0")[:-1]
        return [tuple(run.split("\0")[:-1]) for run in runs]
