"""Every legal clock and banner that the library names is one that comes with the program, or the organisation's own."""

from pathlib import Path

import pytest

from ircockpit import playbooks
from ircockpit.core.yamltext import load_yaml

OWN = frozenset({"contract-notice"})
"""What a contract asks stands in the contract: the organisation writes that rule."""


@pytest.fixture(scope="module")
def rules(repository: Path) -> dict[str, frozenset[str]]:
    """The ids of all shipped clocks and banners."""
    folder = repository / "src" / "ircockpit" / "features" / "clocks" / "regimes"
    if not folder.is_dir():
        pytest.skip("absent: legal clocks (features/clocks is not in this tree)")
    read = [load_yaml(path.read_bytes()) for path in sorted(folder.glob("*.yaml"))]
    return {
        kind: frozenset(rule["id"] for file in read for rule in file.get(kind, ()))
        for kind in ("clocks", "banners")
    }


def test_every_duty_named_is_a_rule(rules: dict[str, frozenset[str]]) -> None:
    assert len(rules["clocks"]) > 20
    for entry in playbooks.entries():
        assert not set(entry.clock_rules) - rules["clocks"] - OWN, entry.short
        assert not set(entry.banner_rules) - rules["banners"], entry.short
        assert entry.clock_rules


def test_the_organisations_own_rule_does_not_come_with_the_program(rules: dict[str, frozenset[str]]) -> None:
    assert not OWN & rules["clocks"]
