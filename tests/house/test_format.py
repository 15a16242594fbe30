"""The page about the format says what the program does: fields in their order, limits, versions, words that are hashed."""

import re
from pathlib import Path

import pytest

from ircockpit.core.adoption import ADOPTABLE
from ircockpit.core.jsontext import MAX_DEPTH
from ircockpit.core.merge import MAX_BASE
from ircockpit.core.reduce import Effect
from ircockpit.core.roles import STATED, Capability, roles_with
from ircockpit.features.membership.queries import VERDICTS
from ircockpit.features.table import events
from ircockpit.ledger import certificate, envelope, fields, parts, receipt
from ircockpit.ledger.certificate import MAX_SUCCESSION, PURPOSES
from ircockpit.ledger.envelope import LEAP
from ircockpit.ledger.fields import FORMAT, Layout
from ircockpit.ledger.stream import KINDS

LAYOUTS: dict[str, Layout] = {
    "## 3. Certificates": certificate._LAYOUT,
    "## 5. Events": envelope._LAYOUT,
    "## 7. Receipts, trees, checkpoints": receipt._LAYOUT,
}


@pytest.fixture(scope="module")
def page() -> str:
    return (Path(__file__).parents[2] / "docs" / "format.md").read_text("utf-8")


def section(page: str, title: str) -> str:
    return page.split(title + "\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize("title", LAYOUTS)
def test_the_tables_name_every_field_in_the_order_written(page: str, title: str) -> None:
    rows = re.findall(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|", section(page, title), re.M)
    named = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row)]
    assert named == list(LAYOUTS[title].rules)


def test_the_limits_are_the_programs(page: str) -> None:
    assert f"`v` is the version of the format: `{FORMAT}`" in page
    for title, layout in LAYOUTS.items():
        assert f"at most {layout.limit:,} bytes" in section(page, title)
    assert f"at most {MAX_BASE} different digests" in page
    assert f"more than {MAX_DEPTH} levels" in page
    assert f"at most {parts.MAX_PARTS:,} parts" in page
    said = " ".join(page.split())
    assert (
        f"at most {parts.MAX_PART // 1024} KiB, all parts of an event at most {parts.MAX_BODY // 1024} KiB"
        in said
    )
    assert f"more than 2^{LEAP.bit_length() - 1} beyond the highest that counts" in said
    assert f"at most {MAX_SUCCESSION} in a row" in page


def test_closed_lists_are_complete(page: str) -> None:
    said = " ".join(page.split())
    assert ", ".join(f"`{kind}`" for kind in KINDS) in said
    assert ", ".join(f"`{purpose}`" for purpose in PURPOSES) in said
    assert fields.NAME.says.startswith("a name of a-z")


def test_every_word_that_is_hashed_or_signed_in_the_ledger_is_on_the_page(
    page: str, repository: Path
) -> None:
    """A domain that the page leaves out could not be reproduced; those of a code are spoken between hub and device."""
    ledger = repository / "src" / "ircockpit" / "ledger"
    words = {
        word
        for each in ledger.glob("*.py")
        for word in re.findall(r'b"(ircockpit/[a-z-]+/1)\\0"', each.read_text("utf-8"))
        if not word.startswith(("ircockpit/invitation", "ircockpit/code"))
    }
    words |= {"ircockpit/entity/1", "ircockpit/manifest/1"}
    assert {"ircockpit/request/1", "ircockpit/grant/1", "ircockpit/session/1", "ircockpit/enroll/1"} < words
    assert len(words) >= 11
    assert {word for word in words if word not in page} == set()


def rows_under(page: str, header: str) -> list[list[str]]:
    """The cells of a table, by the beginning of its header line."""
    table = page.split(f"\n| {header} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.split("\n")[2:]]


def named_in(cell: str) -> list[str]:
    return re.findall(r"`([a-z]+\.[a-z]+)`", cell)


def test_the_table_of_kinds_says_what_every_type_does(page: str) -> None:
    rows = rows_under(page, "kind of thing")
    said = {
        name: (row[0], effect)
        for row in rows
        for cell, effect in zip(row[2:], (Effect.CREATE, Effect.SET, Effect.ENTRY), strict=True)
        for name in named_in(cell)
    }
    bound = {row[0]: row[1] == "bound" for row in rows}
    table = events()
    assert said == {name: (row.kind, row.effect) for name, row in table.types.items()}
    assert {row.version for row in table.types.values()} == {1}
    assert bound == {name: kind.bound for name, kind in table.kinds.items()}
    assert not any(kind.sets for kind in table.kinds.values()), "the page says that no type uses sets yet"


def test_the_table_of_rights_is_the_programs(page: str) -> None:
    rows = {Capability(row[0]): row[1:] for row in rows_under(page, "right")}
    assert list(rows) == list(Capability)
    for right, (roles, types) in rows.items():
        if right is not Capability.RECORD:
            known = types.split("; unknown")[0]
            assert set(named_in(known)) == {name for name, need in STATED.items() if need is right}
        if right not in (Capability.SPEAK, Capability.AUTHORITY):
            left_out = roles.removeprefix("all but ").split(", ")
            others = tuple(role for role in roles_with(Capability.SPEAK) if role not in left_out)
            assert roles_with(right) == (others if roles.startswith("all but") else tuple(roles.split(", ")))


def test_every_verdict_is_explained(page: str) -> None:
    rows = [(re.findall("`([a-z]+)`", row[0]), row[2]) for row in rows_under(page, "name | why")]
    adoptable = {f"quarantined:{name}" for names, adopt in rows if adopt == "yes" for name in names}
    assert adoptable == ADOPTABLE
    quarantines = {name for name in VERDICTS if name.startswith("quarantined:")}
    assert quarantines == {f"quarantined:{name}" for names, _ in rows for name in names}
