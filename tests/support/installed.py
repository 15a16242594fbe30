"""Servers that ``make test-live`` installs below .live of the checkout."""

import shutil
from pathlib import Path

from tests.support.servers import require

PLACE = Path(__file__).resolve().parents[2] / ".live"


def installed(name: str, path: str) -> str:
    """Where a file of an installed server lies; a skip by name where it was not installed completely."""
    found = PLACE / name / path
    complete = (PLACE / f"{name}.sha256").is_file() and found.exists()
    return require(name, str(found) if complete else None, "make test-live")


def node() -> str:
    """The program that runs servers written in JavaScript, or a skip by name."""
    return require("node", shutil.which("node"), "apt install nodejs")
