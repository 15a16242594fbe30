"""Two people answer apart and settle it: every version is shown with its author, and the severity follows."""

import pytest
from tests.support.pair import Pair

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.features.incidents import actions, pages, queries
from ircockpit.features.sharing.standing import standing
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.filling import fill
from ircockpit.features.triage.queries import given_in, triage_of
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation


def row(who: Workstation, pair: Pair) -> queries.IncidentRow:
    return queries.incidents(who.view, [pair.incident])[0]


def test_an_answer_of_the_triage_is_settled_and_the_severity_follows(pair: Pair) -> None:
    answer(pair.a, incident=pair.incident, harm="yes")
    pair.together()
    answer(pair.a, incident=pair.incident, reach="few", reversible="yes")
    answer(pair.b, incident=pair.incident, reach="thousands", reversible="yes")
    pair.together()
    for who in (pair.a, pair.b):
        assert "reach" in row(who, pair).disputed
        sides = {side.author: side.value for side in queries.heads(who.view, pair.incident, "reach")}
        assert sides["Bo"] == "thousands"
        assert sorted(sides.values()) == ["few", "thousands"]
    with pytest.raises(BadInput, match="none of the versions"):
        actions.settle(pair.a, incident=pair.incident, field="reach", value="hundreds")
    actions.settle(pair.a, incident=pair.incident, field="reach", value="few")
    assert (row(pair.a, pair).disputed, row(pair.a, pair).severity) == ((), "SEV2")
    pair.together()
    assert row(pair.b, pair) == row(pair.a, pair)
    with pytest.raises(RefusedError, match="nobody disagrees"):
        actions.settle(pair.a, incident=pair.incident, field="reach", value="few")
    assert pair.a.view.dump() == pair.b.view.dump()


def test_an_owner_is_settled_by_name_and_told_by_name(pair: Pair) -> None:
    actions.take(pair.a, incident=pair.incident)
    actions.take(pair.b, incident=pair.incident)
    pair.together()
    assert row(pair.a, pair).disputed == ("owner",)
    with pytest.raises(BadInput, match="none of the versions"):
        actions.settle(pair.a, incident=pair.incident, field="owner", value="somebody else")
    said = actions.settle(pair.a, incident=pair.incident, field="owner", value="Bo").said
    assert said == f"owner of {row(pair.a, pair).short} is Bo"
    assert row(pair.a, pair).owner == pair.b.me


def test_every_entry_carries_its_mark_until_the_hub_has_confirmed_it(pair: Pair) -> None:
    assert pair.b.identity.hub
    stream = row(pair.b, pair).stream
    assert pages.unsent_ids(pair.b, stream) == frozenset()
    notes = [Draft(stream, "incident.noted", pair.incident, ({"text": str(n)},)) for n in range(600)]
    written = pair.b.append(notes)
    assert set(written) <= pages.unsent_ids(pair.b, stream)
    pair.together()
    assert pages.unsent_ids(pair.b, stream) == frozenset()


def in_queue(who: Workstation, words: str) -> list[str]:
    return [each["short"] for each in actions.queue(who, filter=words).data["incidents"]]


def test_two_answers_of_a_form_set_the_mark_of_the_queue_and_are_settled_like_any_other(pair: Pair) -> None:
    field = "privacy-leak.whose"
    answer(pair.a, incident=pair.incident, category="privacy-leak")
    pair.together()
    fill(pair.a, incident=pair.incident, question="whose", value="other customers")
    fill(pair.b, incident=pair.incident, question="whose", value="employees")
    fill(pair.a, incident=pair.incident, question="left", value="yes")
    fill(pair.b, incident=pair.incident, question="left", value="yes")
    assert in_queue(pair.a, "disputed") == []
    pair.together()
    for who in (pair.a, pair.b):
        assert row(who, pair).disputed == (field,), "the same answer twice is no disagreement"
        assert in_queue(who, "disputed") == [row(who, pair).short]
        assert queries.disputed_ids(who.view) == [pair.incident]
        text = "\n".join(plain(line) for line in actions.queue(who).lines)
        assert "(!) " in text
        shown = "\n".join(plain(line) for line in pages.detail_lines(who, row(who, pair)))
        assert "disagree Whose data came out?: " in shown
        assert "Bo says employees" in shown
        assert [each.field for each in standing(who).disputes] == [field]
    with pytest.raises(BadInput, match="none of the versions"):
        actions.settle(pair.a, incident=pair.incident, field=field, value="the moon")
    said = actions.settle(pair.a, incident=pair.incident, field=field, value="other customers").said
    assert said.startswith(f"Whose data came out? of {row(pair.a, pair).short} is other customers")
    pair.together()
    for who in (pair.a, pair.b):
        assert row(who, pair).disputed == ()
        assert in_queue(who, "disputed") == []
        (given,) = [each for each in given_in(who.view, pair.incident) if each.question == "whose"]
        assert (given.value, given.sides) == ("other customers", ())
    with pytest.raises(RefusedError, match="nobody disagrees"):
        actions.settle(pair.a, incident=pair.incident, field=field, value="other customers")


def test_an_answer_that_states_a_flag_moves_the_severity_when_it_is_settled(pair: Pair) -> None:
    mild = {"harm": "no", "reach": "few", "reversible": "yes", "ongoing": "stopped", "personal": "some"}
    answer(pair.a, incident=pair.incident, category="privacy-leak", regulated="no", **mild)
    pair.together()
    fill(pair.a, incident=pair.incident, question="left", value="yes")
    fill(pair.b, incident=pair.incident, question="left", value="no")
    pair.together()
    actions.settle(pair.b, incident=pair.incident, field="privacy-leak.left", value="no")
    low = row(pair.b, pair).severity
    assert triage_of(pair.b.view, pair.incident).decision.severity == low
    fill(pair.b, incident=pair.incident, question="left", value="yes")
    assert row(pair.b, pair).severity < low, "SEV1 is above SEV4"


def test_a_dispute_of_a_form_that_is_not_asked_any_more_is_none(pair: Pair) -> None:
    answer(pair.a, incident=pair.incident, category="privacy-leak")
    pair.together()
    fill(pair.a, incident=pair.incident, question="whose", value="other customers")
    fill(pair.b, incident=pair.incident, question="whose", value="employees")
    pair.together()
    answer(pair.a, incident=pair.incident, category="poisoning")
    assert row(pair.a, pair).disputed == ()
    assert in_queue(pair.a, "disputed") == []
    answer(pair.a, incident=pair.incident, category="privacy-leak")
    assert row(pair.a, pair).disputed == ("privacy-leak.whose",)
