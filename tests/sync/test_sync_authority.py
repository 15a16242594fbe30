"""Who belongs here is believed from the authority's keys alone, whatever a hub lets through."""

from pathlib import Path

from tests.support.hub import declare, join, station, sync
from tests.support.lanes import Writer
from tests.sync.conftest import Pair, Team
from tests.sync.test_sync_doubt import admit

from ircockpit.features.membership.queries import members, my_role
from ircockpit.features.membership.rules import member_id
from ircockpit.features.record.actions import verify
from ircockpit.store.workstation import Workstation


def roles(who: Workstation) -> set[str]:
    return {each.role for each in members(who)}


def test_a_device_that_writes_itself_a_role_is_kept_in_doubt_even_where_the_hub_accepts_it(
    team: Team, writer: Writer
) -> None:
    team.sync(team.b)
    stream = team.b.identity.authority_stream
    ent = member_id(stream, team.b.me)
    admit(
        team, writer, stream, writer.open(stream),
        writer.write(stream, "member.role", {"value": "lead"}, ent=ent, field="role"),
    )  # fmt: skip
    team.sync(team.b)
    held = [each.event.envelope.device for each in team.b.log.of_stream(stream)]
    assert held.count(writer.device) == 2
    doubts = {stored.doubt for stored in team.b.log.since(0, 10_000) if stored.doubt}
    assert doubts == {"only the organisation's authority may write in this record"}
    assert my_role(team.b) == "responder"


def test_a_role_said_in_another_record_is_kept_in_doubt(team: Team, writer: Writer) -> None:
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    stream = str(team.a.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])
    opened = writer.open(stream)
    ent = member_id(stream, team.b.me)
    admit(
        team,
        writer,
        stream,
        opened,
        writer.write(stream, "member.role", {"value": "lead"}, ent=ent, field="role"),
    )
    team.sync(team.b)
    doubts = {stored.doubt for stored in team.b.log.since(0, 10_000) if stored.doubt}
    assert doubts == {"only the record of members says who belongs to the organisation"}
    assert roles(team.b) == {"lead", "responder"}
    assert my_role(team.b) == "responder"


def test_the_record_of_members_verifies_and_a_device_in_it_does_not(team: Team, writer: Writer) -> None:
    team.sync(team.b)
    assert verify(team.b).data["ok"]
    stream = team.b.identity.authority_stream
    admit(team, writer, stream, writer.open(stream))
    team.sync(team.b)
    found = verify(team.b).data["findings"]
    assert {each["kind"] for each in found} == {"certificate"}
    assert all("only the organisation's authority" in each["what"] for each in found)


def test_roles_are_known_offline_right_after_the_first_round(pair: Pair, tmp_path: Path) -> None:
    hub, *_ = pair
    with station(tmp_path / "d") as d:
        join(hub, d, "Di")
        assert my_role(d) is None, "not heard of yet: nothing is closed"
        sync(d)
        hub.stop()
        assert my_role(d) == "responder"
