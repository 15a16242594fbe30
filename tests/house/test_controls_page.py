"""The page of the controls says of each what its file says, and every family has one that was proved."""

import re
from pathlib import Path

import pytest

from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.engine.connector import shipped
from ircockpit.features.containment.engine.families import FAMILIES

STOPS_NOTHING = "quiet_alerts"


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "controls.md").read_text("utf-8")


def rows(page: str, columns: int) -> list[tuple[str, ...]]:
    """The rows of the tables with so many columns, without their heads."""
    found = [
        tuple(cell.strip(" `") for cell in line.strip("|").split("|"))
        for line in page.splitlines()
        if line[:1] == "|"
    ]
    return [
        row
        for row in found
        if len(row) == columns and row[0] not in ("family", "connector") and "---" not in row[0]
    ]


def test_the_table_is_that_of_the_files(page: str) -> None:
    told = [
        (row[0], row[1], row[2], row[3])
        for row in rows(page, 4)
        if row[3] in {shipped(name).badge for name in SHIPPED}
    ]
    meant = [
        (FAMILIES[action.family].words, name, action.id, shipped(name).badge)
        for family in FAMILIES
        for name in SHIPPED
        for action in shipped(name).actions
        if action.family == family
    ]
    assert told == meant


def test_every_connector_has_its_needs_told(page: str) -> None:
    assert [row[0] for row in rows(page, 4) if row[0] in SHIPPED] == list(SHIPPED)


def test_every_family_has_a_control_that_was_proved_on_its_server() -> None:
    proved = {
        action.family for name in SHIPPED for action in shipped(name).actions if shipped(name).tested_with
    }
    assert proved == set(FAMILIES)
    # Switching a feature off and halting an integration are two ways to do one of the ten things.
    assert len(set(FAMILIES) - {STOPS_NOTHING, "disable_feature"}) == 10


def test_every_control_that_is_called_proved_is_in_the_matrix_of_real_servers(repository: Path) -> None:
    matrix = (repository / "tests" / "live" / "matrix.py").read_text("utf-8")
    driven = set(re.findall(r'Case\(\s*"[a-z_]+",\s*"([a-z-]+)",\s*"([a-z-]+)"', matrix))
    called = {
        (name, action.id) for name in SHIPPED for action in shipped(name).actions if shipped(name).tested_with
    }
    assert driven == called
