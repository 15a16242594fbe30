"""The page about the format says what the program does: fields in their order, limits, versions, words that are hashed."""

import re
from pathlib import Path

import pytest

from ircockpit.core.jsontext import MAX_DEPTH
from ircockpit.core.merge import MAX_BASE
from ircockpit.ledger import certificate, envelope, fields, parts, receipt
from ircockpit.ledger.certificate import MAX_SUCCESSION, PURPOSES
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
    assert (
        f"at most {parts.MAX_PART // 1024} KiB, all parts of an\nevent at most {parts.MAX_BODY // 1024} KiB"
        in page
    )
    assert f"at most {MAX_SUCCESSION} in a row" in page


def test_closed_lists_are_complete(page: str) -> None:
    said = " ".join(page.split())
    assert ", ".join(f"`{kind}`" for kind in KINDS) in said
    assert ", ".join(f"`{purpose}`" for purpose in PURPOSES) in said
    assert fields.NAME.says.startswith("a name of a-z")


def test_every_word_that_is_hashed_or_signed_in_the_ledger_is_on_the_page(
    page: str, repository: Path
) -> None:
    """A domain that the page leaves out could not be reproduced; those of joining are spoken between hub and device."""
    ledger = repository / "src" / "ircockpit" / "ledger"
    sources = [each for each in ledger.glob("*.py") if each.name not in ("joining.py", "grant.py")]
    words = {
        word
        for each in sources
        for word in re.findall(r'b"(ircockpit/[a-z-]+/1)\\0"', each.read_text("utf-8"))
    }
    words |= {"ircockpit/entity/1", "ircockpit/manifest/1"}
    assert len(words) >= 7
    assert {word for word in words if word not in page} == set()
