"""Where an organisation's own rule files lie: those agreed on in the record before those of this device alone."""

from collections.abc import Iterator
from pathlib import Path

AGREED = "agreed"
"""The folder of a profile into which what was agreed on is written; it can be made anew from the record."""


def one(profile: Path, place: str) -> Path:
    """The file that is in force at a place (``triage/criteria.yaml``), or where it would be."""
    agreed = profile / AGREED / place
    return agreed if agreed.is_file() else profile / place


def several(profile: Path, folder: str) -> list[Path]:
    """The YAML files in force of a folder (``clocks``), by their names."""
    found = {path.name: path for top in (profile, profile / AGREED) for path in _listed(top / folder)}
    return [found[name] for name in sorted(found)]


def _listed(folder: Path) -> Iterator[Path]:
    try:
        found = list(folder.iterdir())
    except OSError:
        return
    yield from (path for path in found if path.suffix == ".yaml" and not path.name.startswith("."))
