"""Two people answer apart and settle it: every version is shown with its author, and the severity follows."""

import pytest
from tests.support.pair import Pair

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.features.incidents import actions, pages, queries
from ircockpit.features.triage.actions import answer
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
