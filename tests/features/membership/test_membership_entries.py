"""The entries of the record of members are shown by their ids, and what was given as a reason there can be erased by them."""

import pytest
from tests.features.membership.conftest import Team, text
from tests.support.hub import sync

from ircockpit.core.errors import ExitCode, NotFound
from ircockpit.features.erasure.actions import erase
from ircockpit.features.membership import actions
from ircockpit.features.record.actions import verify
from ircockpit.store.workstation import Workstation

REASONS = {
    "member.role": "was seen drunk on the night shift",
    "member.removed": "dismissed after the hearing of 3 May",
    "device.revoked": "taken by the bailiff with the flat",
}


def decide(team: Team) -> None:
    actions.set_role(team.ann, member="Bo", role="observer", why=REASONS["member.role"])
    actions.remove(team.ann, member="Bo", why=REASONS["member.removed"])
    actions.revoke(team.ann, device=team.bo.identity.device[:8], reason=REASONS["device.revoked"])


def of_bo(team: Team, who: Workstation) -> list[tuple[str, str, str]]:
    listed = actions.list_members(who).data
    entries = next(each["entries"] for each in listed if each["user"] == team.bo.me)
    return [(each["type"], each["text"], each["missing"]) for each in entries]


def short_ids(who: Workstation) -> dict[str, str]:
    """The short ids that people see, by the words beside them."""
    rows = [line.split("  ", 2) for line in text(actions.list_members(who, entries=True)).splitlines()]
    return {row[2]: row[0] for row in rows if len(row) == 3 and len(row[0]) == 12 and row[1].endswith("UTC")}


def test_what_was_decided_is_shown_with_why_and_the_id_of_its_entry(team: Team) -> None:
    decide(team)
    device = team.bo.identity.device[:8]
    assert of_bo(team, team.ann) == [
        ("member.added", "Bo joined as responder", ""),
        ("member.role", f"a member is observer now: {REASONS['member.role']}", ""),
        ("member.removed", f"a member was removed: {REASONS['member.removed']}", ""),
        ("device.revoked", f"device {device} was revoked: {REASONS['device.revoked']}", ""),
    ]
    shown = short_ids(team.ann)
    assert {words for words in shown if words.startswith("Bo: ")} == {
        f"Bo: {words}" for _, words, _ in of_bo(team, team.ann)
    }
    ids = {each["event"][:12] for member in actions.list_members(team.ann).data for each in member["entries"]}
    assert set(shown.values()) == ids
    assert not any(each in text(actions.list_members(team.ann)) for each in ids), "only when asked for"


@pytest.mark.parametrize("type_", REASONS)
def test_a_reason_is_erased_by_the_id_that_is_shown(team: Team, type_: str) -> None:
    decide(team)
    before = of_bo(team, team.ann)
    words = next(words for kind, words, _ in before if kind == type_)
    ident = short_ids(team.ann)[f"Bo: {words}"]
    done = erase(team.ann, entry=[ident], reason="the person asked", yes=True, confirm=ident)
    assert (done.code, done.data["ordered"]) == (ExitCode.OK, True)
    sync(team.ann)
    left = words.removesuffix(f": {REASONS[type_]}")
    assert of_bo(team, team.ann) == [
        (kind, left, "erased") if kind == type_ else (kind, said, missing) for kind, said, missing in before
    ]
    assert REASONS[type_] not in text(actions.list_members(team.ann, entries=True))
    assert f"{left} (erased)" in text(actions.list_members(team.ann, entries=True))
    assert [each["role"] for each in actions.list_members(team.ann).data if each["user"] == team.bo.me] == [
        ""
    ]
    assert verify(team.ann).code == ExitCode.OK


def test_who_names_none_is_told_where_the_ids_are(team: Team) -> None:
    with pytest.raises(NotFound) as told:
        erase(team.ann, entry=["0" * 12], reason="asked")
    assert "member list --entries" in told.value.fix
