"""Readers of what monitors and red-team tools write: bytes in, findings out; no store, no network."""

from ircockpit.features.intake.formats.detect import FORMATS, HEAD_BYTES, detect
from ircockpit.features.intake.formats.found import Bad, Found, Parsed, Tally
from ircockpit.features.intake.formats.reading import Reading, parse, parse_all

__all__ = [
    "FORMATS",
    "HEAD_BYTES",
    "Bad",
    "Found",
    "Parsed",
    "Reading",
    "Tally",
    "detect",
    "parse",
    "parse_all",
]
