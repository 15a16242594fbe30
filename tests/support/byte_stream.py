"""What a program sent to its terminal, taken apart into words and sequences, each of which must be on a positive list."""

import re
from typing import NamedTuple

_TOKEN = re.compile(
    rb"""
      (?P<csi>    \x1b\[ [0-?]*+ [\ -/]*+ [@-~] )
    | (?P<string> \x1b[\]PX^_] [^\x07\x1b]*+ (?:\x07|\x1b\\) )
    | (?P<escape> \x1b [\ -/]*+ [0-~]? )
    | (?P<line>   \r\n )
    | (?P<c0>     [\x00-\x1a\x1c-\x1f\x7f] )
    | (?P<words>  [^\x00-\x1f\x7f]++ )
    """,
    re.VERBOSE,
)
MODES = frozenset({"7", "25", "1004", "1049", "2004", "2026", "2048"})
"""DEC private modes Textual's driver sets and resets: wrapping, cursor, focus, alternate screen, paste,
synchronised output, reports of a new size."""
_ALLOWED = re.compile(
    r"""
      \x1b\[ [0-9;]* m                           # SGR
    | \x1b\[ [1-9][0-9]* ; [1-9][0-9]* H         # CUP
    | \x1b7 | \x1b8 | \x1b\[ [1-9][0-9]* C      # DECSC, DECRC, CUF, around text whose width terminals disagree about
    | \x1b\[ \?(?P<mode>[0-9]+) [hl]             # DECSET, DECRST
    | \x1b\[ \?(?:2026|2048)\$p                  # DECRQM
    | \x1b\[ (?:>[0-9]+u|<u)                   # kitty keyboard, on and off
    | \x1b\]22;default\x07                      # the pointer's shape
    | \r\n
    """,
    re.VERBOSE,
)


class Taken(NamedTuple):
    """A stream taken apart."""

    words: str
    """All printable text, one line for each run."""
    sequences: frozenset[str]
    """Every distinct sequence and single control character."""
    undecodable: tuple[bytes, ...]

    @property
    def foreign(self) -> list[str]:
        """Sequences that are not on the list."""
        return sorted(sequence for sequence in self.sequences if not _is_ours(sequence))


def take_apart(raw: bytes) -> Taken:
    """Words and sequences of a stream; total on any bytes."""
    words: list[str] = []
    sequences: set[str] = set()
    broken: list[bytes] = []
    for match in _TOKEN.finditer(raw):
        if match.lastgroup == "words":
            try:
                words.append(match[0].decode("utf-8"))
            except UnicodeDecodeError:
                broken.append(match[0])
        else:
            sequences.add(match[0].decode("latin-1"))
    return Taken("\n".join(words), frozenset(sequences), tuple(broken))


def _is_ours(sequence: str) -> bool:
    found = _ALLOWED.fullmatch(sequence)
    return found is not None and (found["mode"] is None or found["mode"] in MODES)
