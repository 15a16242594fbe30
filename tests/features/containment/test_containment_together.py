"""Two people: what one proposes, somebody else approves on a device of their own, and only that is sent, once."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.features.containment.stage import QUICK
from tests.features.containment.together import Two, two
from tests.features.trust.conftest import accept, carried
from tests.support.hub import station, sync

from ircockpit.command.action import Result
from ircockpit.core.errors import CockpitError, ExitCode, RefusedError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment import actions, approvals, queries, together, waiting
from ircockpit.features.containment.proposals import proposal_lines
from ircockpit.features.membership import actions as membership
from ircockpit.features.record.actions import verify
from ircockpit.features.systems.actions import trust as trust_system
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Two]:
    with two(tmp_path) as made:
        yield made


def state(who: Workstation, action: str) -> str:
    return queries.action(who.view, action).state


def test_what_two_people_approved_is_sent_and_proved(pair: Two) -> None:
    action = pair.propose()
    assert pair.gateway.changes == []
    with pytest.raises(RefusedError, match=r"one more person, and has 1 of 2: Mira"):
        pair.send(action)
    assert pair.approve(pair.bo, action).data["approved"]
    assert pair.gateway.changes == [], "approving sends nothing"
    done = pair.send(action)
    assert (done.code, done.data["state"], len(pair.gateway.changes)) == (ExitCode.OK, "effective", 1)
    pair.together()
    assert state(pair.bo, action) == "effective"
    assert verify(pair.mira).code == ExitCode.OK


def test_the_approval_binds_every_field_of_the_plan(pair: Two) -> None:
    action = pair.propose()
    pair.approve(pair.bo, action)
    rows = pair.mira.view.rows(
        "SELECT type, actor, device, body FROM entry WHERE ent=? AND type IN ('containment.proposed',"
        " 'containment.approved') ORDER BY arrival",
        (queries.action(pair.mira.view, action).ident,),
    )
    assert [(type_, actor == pair.bo.me) for type_, actor, _, _ in rows] == [
        ("containment.proposed", False), ("containment.approved", False), ("containment.approved", True),
    ]  # fmt: skip
    bounds = {canonical(json.loads(json.loads(body)["bound"])) for *_, body in rows}
    assert len(bounds) == 1
    bound = json.loads(bounds.pop())
    assert bound["device"] == pair.mira.identity.device
    assert bound["requests"][0]["url"].startswith(pair.gateway.server.url)


def test_it_is_sent_once(pair: Two) -> None:
    action = pair.propose()
    pair.approve(pair.bo, action)
    pair.send(action)
    pair.gateway.set("chat.enabled", True)  # as the approval found it
    with pytest.raises(RefusedError, match="it was sent"):
        pair.send(action)
    assert len(pair.gateway.changes) == 1


def test_a_target_that_changed_since_is_refused_and_named(pair: Two) -> None:
    action = pair.propose()
    pair.approve(pair.bo, action)
    pair.gateway.set("chat.enabled", "half")
    with pytest.raises(RefusedError, match="the target was changed since"):
        pair.send(action)
    assert pair.gateway.changes == []
    pair.gateway.set("chat.enabled", True)
    assert pair.send(action).data["state"] == "effective", "control: as it was, it is sent"


def test_a_proposal_expires(pair: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    action = pair.propose()
    pair.approve(pair.bo, action)
    real = pair.mira.clock.wall_us
    monkeypatch.setattr(pair.mira.clock, "wall_us", lambda: real() + 5 * 3600 * 1_000_000)
    with pytest.raises(RefusedError, match="expired"):
        pair.send(action)
    monkeypatch.undo()
    assert pair.send(action).data["state"] == "effective", "control: in time it is sent"


def test_another_device_does_not_send_it(pair: Two) -> None:
    action = pair.propose()
    pair.approve(pair.bo, action)
    with pytest.raises(RefusedError, match="from the device it was planned on"):
        together.send(pair.bo, proposal=action, yes=True, confirm=action)
    assert pair.gateway.changes == []


def test_who_proposed_it_is_no_second_person(pair: Two) -> None:
    action = pair.propose()
    with pytest.raises(RefusedError, match="you proposed"):
        together.approve(pair.mira, proposal=action, yes=True, confirm=action)


def test_two_devices_of_one_person_are_one(pair: Two, tmp_path: Path) -> None:
    action = pair.propose()
    row = queries.action(pair.mira.view, action)
    with station(tmp_path / "second") as second:
        accept(second, carried(second, pair.mira, tmp_path / "papers", person="Mira"), pair.mira)
        pair.together(second)
        assert second.me == pair.mira.me
        with pytest.raises(RefusedError, match="you proposed"):
            together.approve(second, proposal=action, yes=True, confirm=action)
        # The program refuses it at the door; somebody else's program signs it all the same.
        forged_approval(second, row)
        pair.together(second)
        with pytest.raises(RefusedError, match=r"1 of 2: Mira; Mira approved from two devices"):
            pair.send(action)
    assert pair.gateway.changes == []


def forged_approval(who: Workstation, row: queries.ActionRow) -> None:
    bound = approvals.proposals(who, row.stream, row.ident)[-1].bound
    body = {
        "plan": row.plan,
        "title": row.title,
        "direction": "apply",
        "bound": json.dumps(bound),
        "people": 2,
    }
    who.append([Draft(row.stream, "containment.approved", row.ident, (body,))])


def test_somebody_who_lost_the_right_since_has_not_approved(pair: Two) -> None:
    action = pair.propose()
    pair.approve(pair.bo, action)
    membership.set_role(pair.mira, member="Bo", role="observer")
    pair.together()
    with pytest.raises(RefusedError, match="Bo may not approve"):
        pair.send(action)
    assert pair.gateway.changes == []


def test_a_revoked_device_has_not_approved(pair: Two) -> None:
    action = pair.propose()
    pair.approve(pair.bo, action)
    membership.revoke(pair.mira, device="Bo", reason="lost")
    sync(pair.mira)
    with pytest.raises(RefusedError, match="has 1 of 2: Mira"):
        pair.send(action)
    assert pair.gateway.changes == []


def test_a_name_typed_on_one_laptop_is_attested_and_no_approval(pair: Two) -> None:
    action = pair.propose()
    said = together.attest(pair.mira, proposal=action, name="Jo from the night shift")
    assert said.data["counts"] is False
    with pytest.raises(RefusedError, match="Jo from the night shift is attested, which is no approval"):
        pair.send(action)
    assert pair.gateway.changes == []


def test_what_the_approver_sees_comes_from_the_bound_fields_alone(pair: Two) -> None:
    """The proposer's words, and titles in the record, cannot stand for any of it."""
    row = queries.action(pair.mira.view, pair.propose())
    honest = approvals.proposals(pair.mira, row.stream, row.ident)[-1]
    lie: dict[str, Any] = {
        "plan": honest.plan, "bound": json.dumps(honest.bound), "direction": "revert", "people": 1,
        "title": "harmless", "blast": "nobody", "reason": "ok\n sends     GET http://harmless.invalid\n reaches   nobody",
    }  # fmt: skip
    pair.mira.append([pair.mira.set_field(row.stream, "containment.proposed", row.ident, "waits", "", **lie)])
    pair.together()
    found = together.to_approve(pair.bo, queries.action(pair.bo.view, row.short))
    lines = [plain(line) for line in together.approval_lines(pair.bo, row, found)]
    assert lines[0].startswith(f" plan      {honest.plan[:16]}, to switch a control on"), lines
    sends = [text for text in lines if text.startswith(" sends ")]
    assert len(sends) == 1
    assert pair.gateway.server.url in sends[0]
    assert [text for text in lines if text.startswith(" reaches ")] != [" reaches   nobody"]
    said = [text for text in lines if "harmless.invalid" in text]
    assert len(said) == 1
    assert said[0].startswith(" they say  “ok")


def test_a_proposal_whose_fields_do_not_fit_its_hash_cannot_be_approved(pair: Two) -> None:
    row = queries.action(pair.mira.view, pair.propose())
    honest = approvals.proposals(pair.mira, row.stream, row.ident)[-1]
    bound = honest.bound | {"requests": [{**honest.bound["requests"][0], "url": "http://other.invalid/"}]}
    forged: dict[str, Any] = {"plan": honest.plan, "bound": json.dumps(bound), "people": 2}
    pair.mira.append(
        [pair.mira.set_field(row.stream, "containment.proposed", row.ident, "waits", "", **forged)]
    )
    pair.together()
    found = together.to_approve(pair.bo, queries.action(pair.bo.view, row.short))
    assert found.bound == honest.bound, "the forged one is none"
    with pytest.raises(CockpitError, match="not what its hash says"):
        approvals.read_bound(json.dumps(bound), honest.plan)


@pytest.mark.parametrize(
    "fields",
    [
        '"a": ' + "[" * 1500 + "]" * 1500, '"a": NaN', '"a": "\\ud800"', '"expires_us": 1' + "0" * 18,
        '"expires_us": 1' + "0" * 40, '"expires_us": 1e300', '"expires_us": true', '"a": 1, "a": 2',
    ],
)  # fmt: skip
def test_what_a_device_proposes_that_cannot_be_read_keeps_nobody_from_stopping(
    pair: Two, fields: str
) -> None:
    action = pair.propose()
    row = queries.action(pair.bo.view, action)
    bound = f'{{"device": "{pair.bo.identity.device}", "direction": "apply", {fields}}}'
    with suppress(ValueError, RecursionError):
        plan = hashlib.sha256(b"ircockpit/plan/1\0" + canonical(json.loads(bound))).hexdigest()
        row = row._replace(plan=plan)
    body: dict[str, Any] = {"plan": row.plan, "bound": bound, "people": 2}
    pair.bo.append(
        [pair.bo.set_field(row.stream, "containment.proposed", row.ident, "waits", "apply 1", **body)]
    )
    pair.together()
    waiting.asks(pair.mira, row.incident)
    for done in (together.approve, together.send):
        with suppress(CockpitError):
            done(pair.mira, proposal=action)
    other = actions.stop(pair.mira, target=row.incident, control="2", yes=True)
    assert other.data["proposed"]


def test_lifting_needs_as_many_people_as_the_stop(pair: Two) -> None:
    action = pair.propose()
    pair.approve(pair.bo, action)
    pair.send(action)
    pair.together()
    done = actions.revert(pair.mira, action=action, reason="fixed", yes=True, confirm=action)
    assert (done.code, done.data["sent"], done.data["proposed"]) == (ExitCode.REFUSED, False, True)
    assert state(pair.mira, action) == "effective"
    pair.together()
    with pytest.raises(RefusedError, match="one more person"):
        pair.send(action)
    lines = together.approve(pair.bo, proposal=action).lines
    assert "to LIFT a control" in plain(lines[0])
    pair.approve(pair.bo, action)
    assert pair.send(action).data["state"] == "reverted"
    assert len(pair.gateway.changes) == 2
    with pytest.raises(RefusedError, match="it was sent"):
        pair.send(action)


def test_break_glass_goes_on_alone_towards_containment_and_waits_for_its_review(pair: Two) -> None:
    def stop(**given: object) -> Result:
        return actions.stop(pair.mira, target=pair.incident, control="1", yes=True, break_glass=True, **given)  # type: ignore[arg-type]

    short = queries_short(pair)
    pair.hub.stop()  # it is for the night on which nobody can be reached
    with pytest.raises(CockpitError, match="needs a reason"):
        stop(confirm=short)
    with pytest.raises(RefusedError, match="without the second person"):
        stop(reason="people are harmed and nobody answers")
    assert pair.gateway.changes == []
    done = stop(reason="people are harmed and nobody answers", confirm=short)
    assert done.data["state"] == "effective"
    action = str(done.data["short"])
    with pytest.raises(RefusedError, match="you broke the glass"):
        together.review(pair.mira, broken=action, verdict="right", why="it was")
    done = actions.revert(pair.mira, action=action, reason="fixed", yes=True, confirm=action)
    assert done.data["sent"] is False, "the way back has no glass: it needs what the stop needs"
    pair.hub.start(pair.mira)
    pair.together()
    assert (
        together.review(pair.bo, broken=action, verdict="right", why="nobody was there").data["verdict"]
        == "right"
    )


def queries_short(pair: Two) -> str:
    from ircockpit.features.incidents.queries import incident

    return incident(pair.mira.view, pair.incident).short


def test_offline_the_proposal_and_its_approval_go_over_on_a_stick(pair: Two, tmp_path: Path) -> None:
    from ircockpit.features.bundles.actions import export, take

    pair.hub.stop()
    action = str(actions.stop(pair.mira, target=pair.incident, control="1", yes=True).data["short"])

    def carry(giver: Workstation, taker: Workstation, name: str) -> None:
        export(giver, to=str(tmp_path / name), incidents=[pair.incident])
        take(taker, folders=[str(tmp_path / name)], yes=True)

    carry(pair.mira, pair.bo, "there")
    together.approve(pair.bo, proposal=action, yes=True, confirm=action)
    with pytest.raises(RefusedError, match="one more person"):
        pair.send(action)
    carry(pair.bo, pair.mira, "back")
    assert pair.send(action).data["state"] == "effective"


def test_an_approver_is_shown_every_field_that_is_bound(pair: Two) -> None:
    """Whatever a version of the program binds, an approver of another one sees it, or cannot approve it."""
    row = queries.action(pair.mira.view, pair.propose())
    honest = approvals.proposals(pair.mira, row.stream, row.ident)[-1]
    request = {
        **honest.bound["requests"][0],
        "args": ["--all", "it"],
        "headers": [["a", "b ", "env:X", "jo"]],
    }
    bound = honest.bound | {"requests": [request], "later": {"reach": "everything"}}
    lines = "\n".join(
        plain(line) for line in proposal_lines(pair.bo, honest._replace(bound=bound), behind="")
    )
    assert 'args ["--all","it"]' in lines
    assert "a: b <base64 of jo:<env:X>>" in lines
    assert 'bound too later: {"reach":"everything"}' in lines


def test_a_stop_of_one_person_waits_for_no_record_of_members(tmp_path: Path) -> None:
    """Somebody who has just joined, and has not heard yet who belongs, stops all the same; with two it is asked."""
    with two(tmp_path, QUICK) as pair:
        trust_system(pair.bo, name="bot")
        pair.bo.view.db.execute("DELETE FROM membership")
        pair.bo.view.db.commit()
        done = actions.stop(pair.bo, target=pair.incident, control="1", yes=True)
        assert done.data["state"] == "effective"
        row = queries.action(pair.bo.view, str(done.data["id"]))
        found = approvals.consent(pair.bo, row.stream, row.ident, row.plan, 1)
        assert found.missing, "control: where it is asked who may approve, nobody is known to"
