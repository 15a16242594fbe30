"""What an examination of the workstation says, a line at a time."""

from typing import NamedTuple


class Observation(NamedTuple):
    """One line of the examination."""

    state: str
    """``ok``, ``warn`` or ``bad``."""
    about: str
    what: str
    fix: str = ""
    safe: str = ""
    """What is kept or untouched all the same; empty where nothing is wrong."""
