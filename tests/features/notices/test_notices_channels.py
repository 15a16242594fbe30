"""Channels of a device: what their file may say, what is refused without repeating it, and whom they are for."""

from pathlib import Path

import pytest

from ircockpit.core.errors import NotFound
from ircockpit.features.credentials.actions import named_sources
from ircockpit.features.notices.channels import FILE, LARGEST, Channel, Rule, read
from ircockpit.features.notices.rules import Situation, fitting, recipients
from ircockpit.store.workstation import Workstation

GOOD = """
[channels.pager]
url = "env:PAGER_URL"
about = "telephone of the duty"
behind = "Ann Lee"
for = ["escalation:Ann Lee", "severity:1"]
automatic = ["escalation"]
timeout = 20
ca = "/etc/ssl/own.pem"
"""
SECRET = "s3cretvalue"


def written(folder: Path, text: str) -> Path:
    path = folder / FILE
    path.write_text(text)
    return path


def test_a_channel_is_read(tmp_path: Path) -> None:
    found = read(written(tmp_path, GOOD))
    assert not found.complaints
    assert found.find("pager") == Channel(
        "pager", "env:PAGER_URL", "telephone of the duty", "Ann Lee", (Rule("escalation", "Ann Lee"), Rule("severity", "1")),
        ("escalation",), 20, "/etc/ssl/own.pem",
    )  # fmt: skip
    with pytest.raises(NotFound) as caught:
        found.find("nobody")
    assert "pager" in caught.value.fix


def test_without_a_file_there_is_no_channel(tmp_path: Path) -> None:
    assert read(tmp_path / FILE) == ((), ())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f'url = "slack://{SECRET}/b/c"', "names a source"),
        (f'url = "{SECRET}"', "is not a source"),
        ('url = "env:1"', "not well formed"),
        ("", "names a source"),
        ("url = 3", "names a source"),
        ('url = "env:A"\nwho = "x"', "there is no 'who'"),
        ('url = "env:A"\nfor = "severity:1"', "list of words"),
        ('url = "env:A"\nfor = ["everybody"]', "a rule begins with"),
        ('url = "env:A"\nfor = ["severity:5"]', "not 1 to 4"),
        ('url = "env:A"\nautomatic = ["handover"]', "by itself only"),
        ('url = "env:A"\nautomatic = ["test"]', "by itself only"),
        ('url = "env:A"\ntimeout = 0', "from 2 to 60"),
        ('url = "env:A"\ntimeout = true', "from 2 to 60"),
        ('url = "env:A"\nabout = "a\\u001bb"', "its about"),
    ],
)
def test_what_is_wrong_disables_that_channel_alone_and_is_not_repeated(
    tmp_path: Path, row: str, said: str
) -> None:
    found = read(written(tmp_path, f"{GOOD}\n[channels.other]\n{row}\n"))
    assert [each.name for each in found.found] == ["pager"]
    (complaint,) = found.complaints
    assert complaint.startswith(f"{FILE}, line 11: channel 'other' is not used: ")
    assert said in complaint
    assert SECRET not in complaint


@pytest.mark.parametrize(
    "text", [f'[channels.x]\nurl = "{SECRET}', "\x00", f"{SECRET}", "x" * (LARGEST + 1), "channels = 3"]
)
def test_a_file_that_cannot_be_read_is_said_without_its_words(tmp_path: Path, text: str) -> None:
    found = read(written(tmp_path, text))
    assert not found.found
    assert SECRET not in "".join(found.complaints)
    assert len(found.complaints) == 1


def test_secret_check_knows_the_channels(station: Workstation) -> None:
    written(station.profile.folder, GOOD)
    assert [(each.uri, each.needed_by) for each in named_sources(station)] == [
        ("env:PAGER_URL", ("channel pager",))
    ]


NOW = Situation(2, "Pharmacy-Bot", "pharmacy-team", frozenset({"legal"}), 1, "Ann Lee")


@pytest.mark.parametrize(
    ("rule", "template", "fits"),
    [
        ("severity:2", "declared", True), ("severity:1", "declared", False), ("severity:4", "clear", True),
        ("owner:pharmacy-team", "declared", True), ("owner:Pharmacy-Team", "declared", True), ("owner:other", "declared", False),
        ("system:pharmacy-bot", "failed", True), ("role:legal", "declared", True), ("role:comms", "declared", False),
        ("escalation:ann lee", "escalation", True), ("escalation:1", "escalation", True), ("escalation:*", "escalation", True),
        ("escalation:2", "escalation", False), ("escalation:ann lee", "declared", False), ("severity:2", "escalation", False),
        ("template:clear", "clear", True), ("template:clear", "declared", False), ("template:escalation", "escalation", True),
    ],
)  # fmt: skip
def test_rules_say_whom_a_notice_is_for(rule: str, template: str, fits: bool) -> None:
    kind, _, value = rule.partition(":")
    channel = Channel("c", "env:A", rules=(Rule(kind, value),))
    assert recipients(channel, template, NOW) == ((rule,) if fits else ())
    assert fitting([channel], template, NOW) == ({"c": (rule,)} if fits else {})


def test_nothing_fits_what_is_not_known() -> None:
    unknown = Situation(0, "", "", frozenset())
    for rule in (Rule("severity", "4"), Rule("owner", " "), Rule("escalation", "*"), Rule("escalation", "0")):
        for template in ("declared", "escalation"):
            assert not recipients(Channel("c", "env:A", rules=(rule,)), template, unknown)
