"""What a demo may leave behind: processes that name its folder."""

import subprocess
from collections.abc import Callable
from pathlib import Path


def processes(ps: str, folder: Path) -> list[str]:
    """Command lines of running processes that name the folder."""
    listed = subprocess.run(
        [ps, "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in listed.splitlines() if str(folder) in line and not line.startswith(ps)]


NeedProgram = Callable[[str, str], str]
