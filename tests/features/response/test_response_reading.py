"""Roles, RACI table and times of escalation as data: one accountable, no typo let through, one's own in their place."""

from pathlib import Path

import pytest

from ircockpit.command.action import Action
from ircockpit.core.errors import BadInput
from ircockpit.features.catalogue import actions
from ircockpit.features.response import form, reading
from ircockpit.features.response.reading import ESCALATION, RACI, ROLES, book, of_profile, shipped, with_own
from ircockpit.render.span import cells

SHIPPED = Path(reading.__file__).parent / "book"
COSAI = {
    "declare": {"commander": "A", "engineer": "R", "legal": "I", "communications": "I"},
    "investigate": {"commander": "C", "engineer": "A/R", "legal": "I", "communications": "I"},
    "take_offline": {"commander": "A", "engineer": "R", "legal": "C", "communications": "I"},
    "external_comms": {"commander": "C", "engineer": "I", "legal": "A", "communications": "R"},
    "post_mortem": {"commander": "A", "engineer": "R", "legal": "C", "communications": "C"},
}
"""The table of the CoSAI AI Incident Response Framework 1.0, cell by cell."""


def raw(**changed: str) -> dict[str, bytes]:
    """The three files, some of them changed."""
    found = {name: (SHIPPED / name).read_bytes() for name in (ROLES, RACI, ESCALATION)}
    return {**found, **{f"{name}.yaml": text.encode() for name, text in changed.items()}}


def text(name: str) -> str:
    return (SHIPPED / name).read_text("utf-8")


def test_the_published_table_is_taken_over_cell_by_cell_and_the_rest_says_that_it_is_ours() -> None:
    found = shipped().decisions
    assert {ident: dict(each.raci) for ident, each in found.items() if each.from_ == "cosai"} == COSAI
    ours = {ident for ident, each in found.items() if each.from_ == "ours"}
    assert ours == {"revert", "close", "disclose", "notify_regulator"}


def test_every_role_has_a_list_a_tired_person_can_read() -> None:
    roles = shipped().roles.values()
    assert len(roles) == 10
    for role in roles:
        assert 5 <= len(role.checklist) <= 9
        for each in role.checklist:
            # Mark, words, key and gutter on a row of 80 cells.
            assert cells(each.do) + len("[ ] ") + len(" (E)") + 2 <= 80


def keyed(known: tuple[Action, ...]) -> set[str]:
    """Actions that an item names and the program has not."""
    named = {each.key for role in shipped().roles.values() for each in role.checklist if each.key}
    assert named
    return named - {each.id for each in known}


def test_the_keys_that_items_name_are_those_of_the_program() -> None:
    assert keyed(actions()) == set()
    assert keyed(()) != set()


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        (RACI, "commander: A, engineer: R, legal: I", "commander: C, engineer: R, legal: I", "nobody is accountable"),
        (RACI, "commander: A, engineer: R, legal: I", "commander: A, engineer: A, legal: I", "exactly one A"),
        (RACI, "commander: A, engineer: R, legal: I", "comander: A, engineer: R, legal: I", "no role 'comander'"),
        (RACI, "commander: A, engineer: R, legal: I", "commander: A, engineer: Q, legal: I", "'Q'"),
        (RACI, "authorises: [legal]", "authorises: [leagl]", "no role 'leagl'"),
        (RACI, "acts: [close]", "acts: [clsoe]", "'clsoe'"),
        (RACI, "acts: [close]", "acts: [approve-stop]", "another decision already"),
        (RACI, "id: investigate", "id: declare", "stands twice"),
        (ROLES, "does: leads the response", "dose: leads the response", "`dose`"),
        (ROLES, "id: ic-stop", "id: ic-take", "stands twice"),
        (ROLES, "id: engineer", "id: commander", "stands twice"),
        (ESCALATION, "SEV2: 15, SEV3: 60, SEV4: 240}\nwait", "SEV3: 60, SEV4: 240}\nwait", "`SEV2`"),
        (ESCALATION, "SEV1: 5", "SEV1: 0", ">= 1"),
        (ESCALATION, "SEV1: 5", "SEV1: five", "int"),
        (ROLES, "form: 1", "form: 2", "2"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_file_line_and_reason(name: str, old: str, new: str, reason: str) -> None:
    line = text(name)[: text(name).index(old)].count("\n") + 1
    book(raw())  # without the mistake it is taken
    with pytest.raises(BadInput) as caught:
        book({**raw(), name: text(name).replace(old, new, 1).encode()})
    assert caught.value.what.startswith(f"{name}, line {line}: ")
    assert reason in caught.value.what
    assert "nothing of this file is used" in caught.value.fix


def test_ones_own_files_take_the_place_of_the_programs_one_by_one(tmp_path: Path) -> None:
    folder = tmp_path / reading.FOLDER
    folder.mkdir()
    assert of_profile(tmp_path) == shipped()
    (folder / ESCALATION).write_text(text(ESCALATION).replace("SEV1: 5", "SEV1: 3"))
    found = of_profile(tmp_path)
    assert found.escalation.unattended.of("SEV1") == 3
    assert found.own == (ESCALATION,)
    assert found.roles == shipped().roles


def test_a_file_that_does_not_hold_together_leaves_the_programs_in_force_and_is_named(tmp_path: Path) -> None:
    folder = tmp_path / reading.FOLDER
    folder.mkdir()
    (folder / RACI).write_text("form: 1\ntitle: x\ndecisions: []\nextra: y\n")
    (folder / ROLES).mkdir()
    found = of_profile(tmp_path)
    assert found.decisions == shipped().decisions
    assert found.own == ()
    said = " ".join(each.what for each in found.refused)
    assert "raci.yaml, line " in said
    assert "roles.yaml cannot be read" in said


def test_roles_of_ones_own_must_be_those_the_table_names() -> None:
    roles = "form: 1\ntitle: ours\nroles:\n  - {id: boss, title: boss, does: leads, checklist: [{id: b-1, do: lead}]}\n"
    table = (
        "form: 1\ntitle: ours\ndecisions:\n"
        "  - {id: close, title: close it, from: ours, raci: {boss: A}, authorises: [boss]}\n"
    )
    alone = with_own({ROLES: roles.encode()})
    assert alone.roles == shipped().roles
    assert "no role 'commander'" in alone.refused[0].what
    both = with_own({ROLES: roles.encode(), RACI: table.encode()})
    assert both.refused == ()
    assert list(both.roles) == ["boss"]
    assert both.own == (ROLES, RACI)


def test_a_severity_nobody_knows_has_the_shortest_time() -> None:
    times = form.BySeverity(1, 2, 3, 4)
    assert [times.of(word) for word in ("SEV1", "SEV2", "SEV3", "SEV4", "?")] == [1, 2, 3, 4, 1]
