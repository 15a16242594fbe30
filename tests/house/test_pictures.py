"""Every screen and every tab has its picture, and each picture shows what it is said to show."""

import re
from collections.abc import Iterator
from html import unescape
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from tools.pictures import BEST, BY_NAME, PICTURES

import ircockpit.screens
from ircockpit.screens.frame import Frame
from ircockpit.screens.tabs.house import NAMES

BASES = {
    "Marking",
    "Tabbed",
    "IncidentTab",
    "WaitingTab",
    "Judging",
    "Picking",
    "Controls",
    "Chains",
    "OfIncident",
}
"""What screens share; none of them is opened itself."""
MOST_BYTES = 2_500_000


def kinds(of: type[Frame]) -> Iterator[str]:
    """The names of all classes below one."""
    for each in of.__subclasses__():
        if each.__module__.startswith("ircockpit."):
            yield each.__name__
            yield from kinds(each)


def missing(classes: set[str], tabs: set[str]) -> set[str]:
    """Those of which there is no picture."""
    shown = {each.of for each in PICTURES}
    return (classes - shown) | (tabs - {each.tab for each in PICTURES})


def test_every_screen_and_every_tab_has_its_picture() -> None:
    for found in walk_packages(ircockpit.screens.__path__, "ircockpit.screens."):
        import_module(found.name)
    classes = set(kinds(Frame))
    assert classes > BASES
    assert not missing(classes - BASES, set(NAMES))
    assert {each.of for each in PICTURES} - {""} <= classes, (
        "a picture is said to be of a screen that is not there"
    )
    assert missing({"Queue", "NewScreen"}, {"new tab"}) == {"NewScreen", "new tab"}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_picture_shows_what_it_is_known_by(repository: Path, name: str) -> None:
    picture = BY_NAME[name]
    words = _words(repository / "docs" / "screens" / f"{name}.svg")
    assert " ".join(picture.says.split()) in words
    if picture.tab:
        at = NAMES.index(picture.tab) + 1
        assert re.search(rf"\[{at} \w+\]", words), "the tab in brackets is another one"


def test_there_are_no_other_pictures_and_they_are_small(repository: Path) -> None:
    drawn = list((repository / "docs" / "screens").iterdir())
    assert {each.stem for each in drawn} == set(BY_NAME)
    assert sum(each.stat().st_size for each in drawn) < MOST_BYTES
    readme = (repository / "README.md").read_text("utf-8")
    assert {name for name in BY_NAME if f"docs/screens/{name}.svg)" in readme} == set(BEST)


def _words(picture: Path) -> str:
    """What stands in a picture, as one text; rows and runs are told apart by their places."""
    rows: dict[str, str] = {}
    for x, y, text in re.findall(
        r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', picture.read_text("utf-8")
    ):
        column = round((float(x) - 10) / 8.4)
        rows[y] = rows.get(y, "").ljust(column) + unescape(text)
    return " ".join(" ".join(rows.values()).split())
