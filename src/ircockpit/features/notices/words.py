"""Names of people and systems as a notice may hold them: letters and digits that no receiver takes for anything else."""

from unicodedata import category, normalize

from ircockpit.inert.gate import clean

_KEPT = " -()+'"
"""Signs that stay. No < > @ & * ` ~ | # : / \\ [ ] { } or $: receivers make mentions, links and markup of them."""
NOBODY = "nobody yet"


def plain(text: str, most: int) -> str:
    """A name of unknown origin in plain letters, at most so long.

    A dot or an underscore within a name is written as a dash, as receivers make links of the one and slanted letters of
    the other; every other sign is left out. Marks stay on letters that need them, two high at most.
    """
    kept: list[str] = []
    marks = 0
    for char in clean(normalize("NFKC", clean(text))):
        kind = category(char)[0]
        marks = marks + 1 if kind == "M" else 0
        if kind in "LN" or char in _KEPT or (kind == "M" and kept and kept[-1] != " " and marks <= 2):
            kept.append(char)
        elif char in "._" or category(char) == "Pd":
            kept.append("-")
        else:
            kept.append(" ")
    return " ".join("".join(kept).split())[:most].rstrip()


def unfit(text: str) -> str:
    """A character that the words of a template may not have; empty where all are plain."""
    for char in text:
        kind = category(char)[0]
        if not (kind in "LN" or char in _KEPT or char in '.,;:!?/%="_' or category(char) == "Pd"):
            return char
    return ""
