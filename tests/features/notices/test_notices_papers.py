"""What docs/notifications.md shows can be used as it stands there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from ircockpit.features.notices.channels import AUTOMATIC, FILE, KINDS, read
from ircockpit.features.notices.form import FACTS
from ircockpit.features.notices.reading import ORDER, of_profile, shipped
from ircockpit.features.notices.reading import read as read_template
from ircockpit.notify.services import check


@pytest.fixture
def paper(repository: Path) -> str:
    return (repository / "docs" / "notifications.md").read_text("utf-8")


def block(paper: str, kind: str) -> str:
    (found,) = re.findall(rf"```{kind}\n(.*?)```", paper, re.DOTALL)
    return str(found)


def test_the_channels_are_read(paper: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(block(paper, "toml"))
    found = read(tmp_path / FILE)
    assert not found.complaints
    assert [each.name for each in found.found] == ["pager", "owners"]


def test_the_file_is_made_for_one_person_alone_and_what_is_in_it_stays(paper: str, tmp_path: Path) -> None:
    (step,) = [each for each in re.findall(r"```sh\n(.*?)```", paper, re.DOTALL) if FILE in each]
    file = tmp_path / ".local" / "share" / "ircockpit" / FILE
    file.parent.mkdir(parents=True)
    for there in ("", block(paper, "toml")):
        surroundings = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        subprocess.run(["sh", "-ec", f"umask 022\n{step}"], env=surroundings, check=True, timeout=30)
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_text() == there
        file.write_text(block(paper, "toml"))
        assert file.stat().st_mode & 0o777 == 0o600


def test_the_template_is_one(paper: str, tmp_path: Path) -> None:
    assert read_template(block(paper, "yaml").encode(), "own.yaml").id == "declared"
    assert of_profile(tmp_path).ready == shipped()


def test_every_address_may_be_used(paper: str) -> None:
    found = re.findall(r"`(\w+://[^`]+\?[^`]+|\w+://[^`]+/[^`]+|\w+://[^`]+@[^`]+)`", paper)
    assert len(found) >= 6
    for url in found:
        check(url)


def test_every_fact_rule_and_template_is_named(paper: str) -> None:
    assert f"`{' '.join(FACTS)}`" in " ".join(paper.split())
    for number, name in enumerate(ORDER, 1):
        assert f"| `{name}` | {number} | {shipped()[name].template.title} |" in paper
    assert all(f"`{kind}:" in paper for kind in KINDS)
    assert all(f"`{name}`" in paper.partition("## By itself")[2] for name in AUTOMATIC)
