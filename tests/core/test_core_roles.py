"""Roles: every event type says what it needs, and nobody but a lead decides about others."""

import pytest

from ircockpit.core.roles import ROLES, STATED, Capability, least, may, may_grant, needed, roles_with, spoken
from ircockpit.features.table import events


def unstated(names: set[str]) -> set[str]:
    return names - STATED.keys()


def test_every_event_type_states_what_it_needs() -> None:
    assert unstated(set(events().types)) == set()
    assert unstated({"incident.set", "payroll.changed"}) == {"payroll.changed"}, (
        "one that is forgotten is seen"
    )


def test_a_lead_may_all_that_people_may_and_an_observer_only_listens() -> None:
    writable = {name for name, need in STATED.items() if need is not Capability.AUTHORITY}
    assert {name for name in STATED if may("lead", needed(name, actor="a", ent="a"))} == writable
    heard = {name for name in events().types if may("observer", needed(name, actor="a", ent="a"))}
    assert heard == set(events().types) & {
        "lane.opened", "stream.opened", "person.named", "person.set", "hold.placed", "scope.narrowed", "erasure.done",
    }  # fmt: skip


@pytest.mark.parametrize("role", [*ROLES, "", "root", "authority"])
def test_no_role_speaks_for_the_authority(role: str) -> None:
    for name in (
        "member.added",
        "member.role",
        "member.removed",
        "device.revoked",
        "member.of.a.later.version",
    ):
        assert needed(name) is Capability.AUTHORITY
        assert not may(role, needed(name))


def test_a_type_of_a_later_version_needs_what_a_responder_may() -> None:
    assert needed("remedy.proposed") is Capability.RECORD
    assert may("responder", needed("remedy.proposed"))
    assert not may("observer", needed("remedy.proposed"))


@pytest.mark.parametrize(
    "name", ["erasure.hastened", "event.unadopted", "hold.shortened", "scope.opened.to.all"]
)
def test_one_that_decides_about_others_entries_needs_what_a_lead_may(name: str) -> None:
    assert name not in STATED
    assert [role for role in ROLES if may(role, needed(name))] == ["lead"]


def test_ones_own_name_is_ones_own() -> None:
    assert may("observer", needed("person.set", actor="a", ent="a"))
    assert not may("responder", needed("person.set", actor="a", ent="b"))
    assert may("lead", needed("person.set", actor="a", ent="b"))


def test_only_a_lead_grants_and_only_roles_there_are() -> None:
    assert {role for role in ROLES if may_grant(role, "observer")} == {"lead"}
    assert may_grant("lead", "lead")
    assert not may_grant("lead", "king")
    assert not may_grant("", "observer")


def test_titles_are_responders() -> None:
    for title in ("engineer", "comms"):
        assert ROLES[title] == ROLES["responder"]
    assert ROLES["legal"] == ROLES["responder"] | {Capability.WAIVE}


def test_who_may_waive_does_not_decide_which_role_is_the_least() -> None:
    assert least(["responder", "legal"]) == "legal"
    assert least(["legal", "comms"]) == "comms"


def test_of_two_histories_the_one_that_gives_less_counts() -> None:
    assert least(["lead", "observer"]) == "observer"
    assert least(["lead", ""]) == ""
    assert least(["lead", "unheard of"]) == "unheard of", "what is not known here gives nothing"
    assert least([]) == ""


def test_who_may_is_said_in_words() -> None:
    assert spoken(roles_with(Capability.LEAD)) == "a lead"
    assert spoken(roles_with(Capability.APPROVE)) == "a lead, a responder or an approver"
    assert spoken(roles_with(Capability.AUTHORITY)) == ""
