"""People, groups and acts recorded, once each: by hand, from lists, on two devices; their states, and the way back."""

import json
from pathlib import Path

import pytest
from tests.support.hub import declare
from tests.support.pair import Pair

from ircockpit.core.errors import BadInput, NotFound, RefusedError, UsageError
from ircockpit.features.impact import actions, queries
from ircockpit.features.impact.queries import ACTS, GROUPS, PEOPLE, summary
from ircockpit.features.impact.reading import look
from ircockpit.features.impact.recording import Course, Terms
from ircockpit.features.impact.rules import Count
from ircockpit.features.incidents.pages import detail_lines, timeline_page
from ircockpit.features.incidents.queries import incident
from ircockpit.features.record.undoing import undo
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

PEOPLE_CSV = "user_id;country;region;email;note\nu-1;DE;BY;a@b.example;x\nu-2;UK;;c@d.example;x\nu-1;DE;;a@b.example;x\n"


@pytest.fixture
def one(station: Workstation) -> str:
    return declare(station, "wrong dose")


def csv_of(folder: Path, text: str = PEOPLE_CSV, name: str = "people.csv") -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def held(station: Workstation) -> str:
    """Everything the record and the view hold, as text."""
    bodies = station.log.db.execute("SELECT data FROM part WHERE data IS NOT NULL").fetchall()
    return b"\n".join(row[0] for row in bodies).decode() + station.view.dump().decode()


def test_a_list_is_shown_first_and_recorded_only_when_it_is_said(
    station: Workstation, one: str, tmp_path: Path
) -> None:
    before = station.log.head_arrival()
    shown = actions.take_in(station, incident=one, file=csv_of(tmp_path))
    assert station.log.head_arrival() == before
    assert shown.data["columns"] == {"id": "user_id", "jurisdiction": "country", "region": "region"}
    assert (shown.data["read"], shown.data["new"], shown.data["known"], shown.data["unplaced"]) == (
        3,
        2,
        1,
        1,
    )
    text = "\n".join(map(plain, shown.lines))
    assert "not read, not kept: email, note" in text
    assert "b.example" not in text
    actions.take_in(station, incident=one, file=csv_of(tmp_path), yes=True)
    rows = queries.rows(station.view, one)
    assert [(row.name, row.jurisdiction, row.region) for row in rows] == [
        ("u-1", "DE", "DE-BY"),
        ("u-2", "", ""),
    ]
    assert "b.example" not in held(station)
    again = actions.take_in(station, incident=one, file=csv_of(tmp_path), yes=True)
    assert (again.data["new"], again.data["known"]) == (0, 3)


def test_names_and_addresses_are_never_recorded(station: Workstation, one: str, tmp_path: Path) -> None:
    path = csv_of(tmp_path)
    done = actions.take_in(station, incident=one, file=path, column=["email"], yes=True)
    assert done.data["hashed"] == {"e-mail address": 3}
    actions.add(station, incident=one, person="Maria Lopez")
    actions.act(station, incident=one, external="re_1", what="e-mail", target="maria@lopez.example")
    assert all(word not in held(station) for word in ("b.example", "Maria", "lopez"))
    names = [row.name for row in queries.rows(station.view, one, (PEOPLE,))]
    assert len(names) == 3
    assert all(name.startswith("h-") for name in names)
    # The one who asks whether they were reached is found by the same word.
    assert (
        actions.set_state(station, incident=one, state="told", why="they asked", who=["A@b.example"]).data[
            "changed"
        ]
        == 1
    )
    with pytest.raises(BadInput) as told:
        actions.add(station, incident=one, person="Maria Lopez", names="refuse")
    assert "Maria" not in "".join(told.value.sentences())
    before = station.log.head_arrival()
    refused = actions.take_in(station, incident=one, file=path, column=["email"], names="refuse", yes=True)
    assert (refused.data["refused"], station.log.head_arrival()) == (3, before)


def test_control_a_plain_id_is_recorded_as_it_is(station: Workstation, one: str) -> None:
    actions.add(station, incident=one, person="u-4711")
    assert "u-4711" in held(station)


def test_json_lines_and_acts(station: Workstation, one: str, tmp_path: Path) -> None:
    rows = [
        {"refund_id": "re_1", "amount": "12.50", "currency": "EUR", "type": "Refund", "customer": "u-1"},
        {"refund_id": "re_2", "amount": 3, "currency": "EUR", "type": "?", "customer": "jo@x.example"},
        {"refund_id": "re_3", "amount": 1.005, "currency": "EUR"},
        ["no object"],
    ]
    path = csv_of(tmp_path, "".join(json.dumps(row) + "\n" for row in rows) + "{broken\n", "acts.jsonl")
    done = actions.take_in(station, incident=one, file=path, yes=True)
    assert (done.data["kind"], done.data["new"], done.data["refused"]) == ("acts", 2, 3)
    assert [each["line"] for each in done.data["reasons"]] == [3, 4, 5]
    found = queries.rows(station.view, one, (ACTS,))
    assert [(row.name, row.what, row.number, row.currency) for row in found] == [
        ("re_1", "refund", 1250, "EUR"), ("re_2", "other", 300, "EUR"),
    ]  # fmt: skip
    assert found[0].target == "u-1"
    assert found[1].target.startswith("h-")
    assert summary(station.view, one).sums == (("EUR", 1550, 1550),)


def test_a_file_that_is_none_says_where_and_what_to_do(
    station: Workstation, one: str, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        actions.take_in(station, incident=one, file=str(tmp_path / "absent.csv"))
    for text in ("a,b\n1,2\n", "", 'id,x\n1,"open\n'):
        with pytest.raises(BadInput):
            actions.take_in(station, incident=one, file=csv_of(tmp_path, text))
    (tmp_path / "bytes.csv").write_bytes(b"user_id\n\xff\xfe\n")
    with pytest.raises(BadInput, match="UTF-8"):
        actions.take_in(station, incident=one, file=str(tmp_path / "bytes.csv"))
    with pytest.raises(BadInput, match="no column"):
        actions.take_in(station, incident=one, file=csv_of(tmp_path), column=["id=nope"])
    with pytest.raises(UsageError):
        actions.take_in(station, incident=one, file=csv_of(tmp_path), column=["colour=nope"])


def test_an_import_that_was_cut_off_goes_on(station: Workstation, one: str, tmp_path: Path) -> None:
    path = csv_of(tmp_path, "user_id\n" + "".join(f"u-{n}\n" for n in range(1200)))
    row = incident(station.view, one)
    course = Course(station, row, look(Path(path), "", {}), Terms())
    assert course.step()
    course.close()
    assert summary(station.view, one).people == Count(500)
    done = actions.take_in(station, incident=one, file=path, yes=True)
    assert (done.data["new"], done.data["known"]) == (700, 500)
    assert summary(station.view, one).people == Count(1200)
    said = "\n".join(map(plain, timeline_page(station, row, limit=50, everything=False, local=False).lines))
    assert "500 people recorded" in said
    assert "700 people recorded" in said
    assert said.count("recorded, estimated, from a list") == 2


def test_two_devices_that_took_in_the_same_list_count_everybody_once(pair: Pair, tmp_path: Path) -> None:
    path = csv_of(tmp_path)
    for who in (pair.a, pair.b):
        actions.take_in(who, incident=pair.incident, file=path, yes=True)
        actions.group(who, incident=pair.incident, people=4000, label="Access log")
    pair.together()
    for who in (pair.a, pair.b):
        assert summary(who.view, pair.incident).people == Count(2, 4000)
    assert pair.a.view.dump() == pair.b.view.dump()


def test_two_keys_made_with_the_cable_out_are_joined_by_the_list_itself(pair: Pair, tmp_path: Path) -> None:
    path = csv_of(tmp_path)
    for who in (pair.a, pair.b):
        actions.take_in(who, incident=pair.incident, file=path, column=["email"], yes=True)
    pair.together()
    assert summary(pair.a.view, pair.incident).people == Count(4), "each has hashes under a key of its own"
    done = actions.take_in(pair.a, incident=pair.incident, file=path, column=["email"], yes=True)
    assert (done.data["new"], done.data["joined"]) == (0, 2)
    pair.together()
    assert summary(pair.b.view, pair.incident).people == Count(2)
    # From then on both use one key.
    actions.add(pair.b, incident=pair.incident, person="new@b.example")
    pair.together()
    actions.add(pair.a, incident=pair.incident, person="new@b.example")
    assert summary(pair.a.view, pair.incident).people == Count(3)


def test_without_the_key_that_was_made_nobody_is_counted_twice(station: Workstation, one: str) -> None:
    actions.add(station, incident=one, person="jo@b.example")
    station.view.db.execute("UPDATE entry SET body='{}', missing='withheld' WHERE type='impact.keyed'")
    with pytest.raises(RefusedError, match="withheld"):
        actions.add(station, incident=one, person="jo@b.example")
    actions.add(station, incident=one, person="u-1")
    assert summary(station.view, one).people == Count(2)


def test_the_key_is_for_those_who_read_what_is_restricted(station: Workstation, one: str) -> None:
    actions.add(station, incident=one, person="jo@b.example")
    events = [each.event.envelope for each in station.log.of_stream(incident(station.view, one).stream)]
    assert {each.scope for each in events if each.type == queries.KEYED} == {"restricted"}


def test_a_state_for_many_is_asked_first_and_taken_back_as_one(
    station: Workstation, one: str, tmp_path: Path
) -> None:
    actions.take_in(station, incident=one, file=csv_of(tmp_path), yes=True)
    actions.group(station, incident=one, people=40, label="log", jurisdiction="DE")
    actions.act(station, incident=one, external="re_1", what="refund", amount="5", currency="EUR")
    asked = actions.set_state(station, incident=one, state="told", why="letter", filter="country:DE")
    assert (asked.data["changing"], asked.data["changed"]) == (2, 0)
    assert "1 person and 1 group would become told" in plain(asked.lines[0])
    done = actions.set_state(station, incident=one, state="told", why="letter", filter="country:DE", yes=True)
    assert done.data["changed"] == 2
    numbers = summary(station.view, one)
    assert numbers.by_state == {"open": Count(1), "told": Count(1, 40)}
    row = next(each for each in queries.rows(station.view, one) if each.name == "u-1")
    told = queries.state_words(station.view, [row.ident])[row.ident]
    assert (told.why, told.at_us > 0) == ("letter", True)
    assert undo(station).said == "taken back: state of 2 rows is as before"
    assert summary(station.view, one).by_state == {"open": Count(2, 40)}
    said = "\n".join(
        map(
            plain,
            timeline_page(station, incident(station.view, one), limit=9, everything=False, local=False).lines,
        )
    )
    assert "1 person and 1 group told: letter" in said
    assert "1 person and 1 group taken back" in said
    with pytest.raises(RefusedError) as refused:
        undo(station)
    assert "mistaken" in refused.value.fix or "further entry" in refused.value.fix


def test_a_state_two_people_set_otherwise_is_a_disagreement(pair: Pair) -> None:
    actions.add(pair.a, incident=pair.incident, person="u-1")
    pair.together()
    actions.set_state(pair.a, incident=pair.incident, state="told", why="letter", all=True)
    actions.set_state(pair.b, incident=pair.incident, state="reversed", why="paid back", all=True)
    pair.together()
    assert summary(pair.a.view, pair.incident).disputed == 1
    # Saying what is shown already settles it.
    shown = queries.rows(pair.a.view, pair.incident)[0].state
    actions.set_state(pair.a, incident=pair.incident, state=shown, why="it is", all=True)
    assert summary(pair.a.view, pair.incident).disputed == 0


def test_a_group_and_a_person_said_anew_are_changed_and_never_less_certain(
    station: Workstation, one: str
) -> None:
    actions.group(station, incident=one, people=4000, label="Access log", confirmed=True)
    actions.group(station, incident=one, people=4200, label="access LOG", jurisdiction="US-CA")
    rows = queries.rows(station.view, one, (GROUPS,))
    assert [(row.number, row.region, row.certainty) for row in rows] == [(4200, "US-CA", "confirmed")]
    with pytest.raises(BadInput):
        actions.group(station, incident=one, people=0, label="x")
    with pytest.raises(BadInput):
        actions.group(station, incident=one, people=1, label="friends of jo@b.example")


def test_the_incident_says_how_many_it_reached(station: Workstation, one: str) -> None:
    assert not any("reached" in plain(line) for line in detail_lines(station, incident(station.view, one)))
    actions.group(station, incident=one, people=4000, label="log", jurisdiction="DE")
    said = [plain(line) for line in detail_lines(station, incident(station.view, one))]
    assert "reached  4,000 people, estimated: 4,000 open; DE 4,000" in said


def test_a_filter_asks_for_what_there_is(station: Workstation, one: str, tmp_path: Path) -> None:
    actions.take_in(station, incident=one, file=csv_of(tmp_path), yes=True)
    actions.act(station, incident=one, external="re_1", what="refund", amount="5", currency="EUR")

    def names(asked: str) -> list[str]:
        return [row["name"] for row in actions.list_all(station, incident=one, filter=asked).data["rows"]]

    assert names("is:person country:DE") == ["u-1"]
    assert names("country:DE-BY") == ["u-1"]
    assert names("is:person country:none") == ["u-2"]
    assert names("type:refund") == ["re_1"]
    assert names("!is:act !certainty:confirmed u-2") == ["u-2"]
    with pytest.raises(UsageError):
        names("colour:red")
    with pytest.raises(UsageError):
        actions.set_state(station, incident=one, state="told", why="x")
    with pytest.raises(NotFound):
        actions.set_state(station, incident=one, state="told", why="x", who=["nobody"])
    with pytest.raises(BadInput):
        actions.set_state(station, incident=one, state="told", why=" ", all=True)
