"""What people do with incidents, by the words of the commands: recorded once, refused whole, and told in order."""

from pathlib import Path
from typing import Any

import pytest
from tests.store.profiles import NOON_US, open_station

from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.features.incidents import actions, pages, queries
from ircockpit.features.incidents.rules import MAX_NOTE, MAX_TITLE, rank
from ircockpit.render.span import cells, plain
from ircockpit.store.workstation import Draft, Workstation


def opened(station: Workstation, title: str = "wrong dose", **given: Any) -> str:
    return str(actions.declare(station, title=title, **given).data["id"])


def texts(station: Workstation, ident: str, **given: Any) -> list[str]:
    return [row["text"] for row in actions.timeline(station, incident=ident, **given).data]


def exchange(one: Workstation, two: Workstation, stream: str) -> None:
    """Each takes over what the other wrote in a stream."""
    for source, target in ((one, two), (two, one)):
        with target.log.writing() as writer:
            for stored in source.log.of_stream(stream):
                writer.add(stored.event)
    one.refresh()
    two.refresh()


def engage(station: Workstation, ident: str, state: str) -> str:
    """A containment action of the incident that is on record in this state."""
    row = queries.incident(station.view, ident)
    action = station.new_id(row.stream)
    facts = {
        "incident": ident,
        "control": "halt",
        "title": "halt the model",
        "target": "eu-1",
        "state": "planned",
    }
    station.append([Draft(row.stream, "containment.planned", action, (facts,))])
    station.append([station.set_field(row.stream, "containment.stepped", action, "state", state)])
    return action


def test_an_incident_is_there_at_once_with_what_was_said(station: Workstation) -> None:
    data = actions.declare(station, title=" wrong dose ", impact="4,000 people", occurred="11:30").data
    assert (data["title"], data["severity"], data["provisional"]) == ("wrong dose", "SEV2", True)
    assert data["opened_us"] == NOON_US - 30 * 60 * 1_000_000
    assert data["containment"]["state"] == "open"
    shown = actions.show(station, incident=data["short"])
    assert shown.data["id"] == data["id"]
    assert any("4,000 people" in plain(line) for line in shown.lines)


@pytest.mark.parametrize(
    "given",
    [
        {"title": "  "}, {"title": "x" * (MAX_TITLE + 1)}, {"title": "x", "severity": "SEV9"},
        {"title": "x", "system": "no-such"}, {"title": "x", "occurred": "yesterday"},
    ],
)  # fmt: skip
def test_what_cannot_be_declared_leaves_nothing(station: Workstation, given: dict[str, str]) -> None:
    before = station.log.count()
    with pytest.raises((BadInput, NotFound)):
        actions.declare(station, **given)
    assert station.log.count() == before


def test_a_second_press_of_the_same_act_is_one_act(station: Workstation) -> None:
    op = station.new_op()
    actions.declare(station, title="once", op=op)
    count = station.log.count()
    actions.declare(station, title="once", op=op)
    assert station.log.count() == count


def test_taken_given_back_and_taken_over(station: Workstation) -> None:
    ident = opened(station)
    assert actions.take(station, incident=ident).data["owner_name"] == "mira"
    before = station.log.count()
    assert "already" in actions.take(station, incident=ident).said
    assert station.log.count() == before
    assert actions.give(station, incident=ident).data["owner"] == ""
    assert texts(station, ident)[-2:] == ["taken", "given back"]


def test_a_note_is_kept_as_written(station: Workstation) -> None:
    ident = opened(station)
    words = "  two  spaces, a tab\tand <b>markup</b> [/red] \u202etrick  "
    actions.note(station, incident=ident, text=words)
    assert texts(station, ident)[-1] == words
    line = plain(actions.timeline(station, incident=ident).lines[-1])
    assert "\u202e" not in line
    actions.note(station, incident=ident, text=["many", "words"], occurred="11:00")
    row = actions.timeline(station, incident=ident, limit=10).data[0]
    assert row["text"] == "many words", "it stands where it happened, not where it was written"
    assert row["occurred"] == "2026-11-23T11:00Z"


@pytest.mark.parametrize("text", ["", "  \n ", [], "x" * (MAX_NOTE + 1)])
def test_a_note_without_words_or_with_too_many_is_refused(station: Workstation, text: Any) -> None:
    ident = opened(station)
    before = station.log.count()
    with pytest.raises(BadInput):
        actions.note(station, incident=ident, text=text)
    assert station.log.count() == before


def test_an_entry_opened_whole_shows_every_wide_character(station: Workstation) -> None:
    ident, words = opened(station), "薬局ボットが患者に誤った用量を伝えた" * 20
    actions.note(station, incident=ident, text=words)
    event = actions.timeline(station, incident=ident).data[-1]["event"]
    lines = pages.entry_lines(station, event, 80)
    folded = [plain(line) for line in lines[lines.index(()) + 1 :]]
    assert "".join(folded) == words
    assert max(map(cells, folded)) <= 80 - 4


def test_the_timeline_keeps_to_its_limit_and_hides_what_is_no_entry(station: Workstation) -> None:
    ident = opened(station)
    for number in range(5):
        actions.note(station, incident=ident, text=f"note {number}")
    assert texts(station, ident, limit=2) == ["note 3", "note 4"]
    everything = texts(station, ident, all=True)
    assert len(everything) == len(texts(station, ident)) + 2, "the genesis and the lane's opening"
    assert all("2026-11-23" in row["at"] for row in actions.timeline(station, incident=ident).data)


@pytest.mark.parametrize(
    "state", ["sent", "accepted", "recorded", "effective", "unverified", "partial", "unknown", "drifted"]
)
def test_closing_is_refused_while_a_control_may_be_in_force_and_nobody_says_so(
    station: Workstation, state: str
) -> None:
    ident = opened(station)
    engage(station, ident, state)
    before = station.log.count()
    with pytest.raises(RefusedError, match="halt the model") as refused:
        actions.close(station, incident=ident, why="over")
    assert f"close {queries.incident(station.view, ident).short} --in-force --why" in refused.value.fix
    assert station.log.count() == before
    closed = actions.close(station, incident=ident, why="the vendor keeps it off", in_force=True)
    assert closed.data["status"] == "closed"


@pytest.mark.parametrize("state", ["reverted", "failed", "planned"])
def test_closing_is_possible_where_nothing_is_in_force(station: Workstation, state: str) -> None:
    ident = opened(station)
    engage(station, ident, state)
    assert actions.close(station, incident=ident, why="over").data["status"] == "closed"


def test_closed_leaves_the_queue_and_comes_back(station: Workstation) -> None:
    ident = opened(station)
    with pytest.raises(BadInput):
        actions.close(station, incident=ident, why="  ")
    actions.close(station, incident=ident, why="root cause fixed")
    assert actions.queue(station).data["incidents"] == []
    assert [row["id"] for row in actions.queue(station, closed=True).data["incidents"]] == [ident]
    assert texts(station, ident)[-1] == "status is closed: root cause fixed"
    actions.reopen(station, incident=ident, why="again")
    assert [row["id"] for row in actions.queue(station).data["incidents"]] == [ident]


def test_closed_since_is_the_time_of_closing_and_not_of_declaring(station: Workstation) -> None:
    def severity(ident: str) -> str:
        return plain(next(ln for ln in actions.show(station, incident=ident).lines if "SEV2" in plain(ln)))

    ident = opened(station, occurred="2026-11-23T09:30+00:00")
    assert "open since 2026-11-23 09:30" in severity(ident)
    actions.close(station, incident=ident, why="over")
    assert "closed since 2026-11-23 12:00" in severity(ident)
    shown = "".join(plain(line) for line in actions.queue(station, closed=True).lines)
    assert "closed" in shown
    assert "not stopped" not in shown


def test_the_queue_is_by_urgency_and_unknown_words_hide_nothing(station: Workstation) -> None:
    low, high, newer = (
        opened(station, title, severity=level)
        for title, level in (("c", "SEV3"), ("a", "SEV1"), ("B 9", "SEV1"))
    )
    odd = opened(station, "odd")
    stream = queries.incident(station.view, odd).stream
    station.append([station.set_field(stream, "incident.set", odd, "severity", "SEV7")])
    assert [row["id"] for row in actions.queue(station).data["incidents"]] == [odd, newer, high, low]
    assert rank("SEV7") < rank("SEV1") < rank("SEV4")
    assert [row["title"] for row in actions.queue(station, filter='"b 9"').data["incidents"]] == ["B 9"]
    assert actions.queue(station, filter="no such").said


@pytest.fixture
def disputed(station: Workstation, tmp_path: Path) -> tuple[Workstation, str]:
    """An incident about whose severity, owner and provisional state two people disagree."""
    ident = opened(station)
    stream = queries.incident(station.view, ident).stream
    with open_station(tmp_path / "jo") as other:
        exchange(station, other, stream)
        for who, level, sure in ((station, "SEV1", 0), (other, "SEV3", 1)):
            who.append(
                [
                    who.set_field(stream, "incident.set", ident, "severity", level),
                    who.set_field(stream, "incident.set", ident, "owner", who.me),
                    who.set_field(stream, "incident.set", ident, "provisional", sure),
                ]
            )
        exchange(station, other, stream)
    return station, ident


def test_a_disagreement_shows_both_sides_with_their_authors(disputed: tuple[Workstation, str]) -> None:
    station, ident = disputed
    row = queries.incident(station.view, ident)
    assert set(row.disputed) == {"severity", "owner", "provisional"}
    sides = actions.show(station, incident=ident).data["disputes"]["severity"]
    assert {side["value"] for side in sides} == {"SEV1", "SEV3"}
    assert {side["author"] for side in sides} == {
        "mira",
        next(s["author"] for s in sides if s["author"] != "mira"),
    }
    page = "\n".join(plain(line) for line in actions.show(station, incident=ident).lines)
    assert "SEV1" in page
    assert "SEV3" in page


def test_a_settlement_takes_one_of_the_sides_as_it_is_shown(disputed: tuple[Workstation, str]) -> None:
    station, ident = disputed
    assert actions.settle(station, incident=ident, field="severity", value="SEV3").data["severity"] == "SEV3"
    assert (
        actions.settle(station, incident=ident, field="provisional", value="0").data["provisional"] is False
    )
    owned = actions.settle(station, incident=ident, field="owner", value="mira").data
    assert owned["owner"] == station.me
    assert owned["disputed"] == []
    with pytest.raises(RefusedError, match="nobody disagrees"):
        actions.settle(station, incident=ident, field="severity", value="SEV1")


def test_a_third_severity_may_settle_but_no_invented_word(disputed: tuple[Workstation, str]) -> None:
    station, ident = disputed
    before = station.log.count()
    for field, value in (("severity", "huge"), ("owner", "nobody here"), ("provisional", "perhaps")):
        with pytest.raises(BadInput) as refused:
            actions.settle(station, incident=ident, field=field, value=value)
        assert refused.value.fix
    assert station.log.count() == before
    assert actions.settle(station, incident=ident, field="severity", value="SEV2").data["severity"] == "SEV2"


def test_nothing_hides_for_what_is_missing_strange_or_disputed(
    disputed: tuple[Workstation, str], tmp_path: Path
) -> None:
    station, ident = disputed
    facts: tuple[dict[str, Any], ...] = (
        {"title": "no status"},
        {"title": "strange", "opened": "yesterday", "status": "?"},
    )
    for each in facts:
        stream, genesis = station.open_stream("incident")
        station.append([genesis, Draft(stream, "incident.declared", station.new_id(stream), (each,))])
    stream = queries.incident(station.view, ident).stream
    with open_station(tmp_path / "jo") as other:
        other.refresh()
        actions.close(station, incident=ident, why="over")
        other.append([other.set_field(stream, "incident.set", ident, "status", "open")])
        exchange(station, other, stream)
    assert "status" in queries.incident(station.view, ident).disputed
    shown = {row["title"] for row in actions.queue(station).data["incidents"]}
    assert shown == {"no status", "strange", "wrong dose"}
    actions.settle(station, incident=ident, field="status", value="closed")
    assert "wrong dose" not in {row["title"] for row in actions.queue(station).data["incidents"]}


def test_newest_first_is_by_the_instant_not_by_how_it_was_written(station: Workstation) -> None:
    early = opened(station, "early", occurred="2026-11-23T11:30+02:00")
    late = opened(station, "late", occurred="2026-11-23T10:30Z")
    assert [row["id"] for row in actions.queue(station).data["incidents"]] == [late, early]


def test_an_incident_that_is_none_is_told(station: Workstation) -> None:
    for act in (actions.show, actions.take, actions.give, actions.timeline):
        with pytest.raises(NotFound):
            act(station, incident="zuzu")
