"""The lens of the command line: what it finds in things of the record, in files and in what is piped in."""

import io
import json
from pathlib import Path

import pytest
from tests.support.hostile import EVERYTHING, MARK, PAYLOADS, dangers
from tests.support.hub import declare

from ircockpit.command.action import Result
from ircockpit.core.errors import NotFound, UsageError
from ircockpit.features.catalogue import events
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.record.lens import CHARACTERS, IN_ALL, lens
from ircockpit.features.record.texts import strings_in, thing, thing_by_id
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation


def words(result: Result) -> str:
    """What a person reads, each wrapped line after the other."""
    return "\n".join(plain(line) for line in result.lines)


def test_an_incident_with_what_was_said_of_it(station: Workstation) -> None:
    ident = declare(station, PAYLOADS["osc clipboard"])
    incidents.note(station, incident=ident, text="a plain note")
    incidents.note(station, incident=ident, text=f"{MARK}\u202etxt")
    short = thing(station.view, ident).short
    seen = lens(station, target=short)
    assert seen.data["counts"]["escape"] == 2, "the title, and the entry that declared it"
    assert seen.data["counts"]["bidi"] == 1
    assert "sets the clipboard to 'rm -rf ~'" in words(seen)
    assert f"{MARK}‹RLO›txt" in words(seen)
    assert "a plain note" not in words(seen)
    assert seen.data["would"].startswith("Shown raw, it would have set the clipboard")
    assert dangers(words(seen), newline=True) == []
    assert {each["name"]: each["raw"] for each in seen.data["texts"]}["title"] == PAYLOADS["osc clipboard"]


def test_an_entry_by_the_beginning_of_its_id(station: Workstation) -> None:
    ident = declare(station, "sound")
    event = incidents.note(station, incident=ident, text="\x1b[2J gone").data["event"]
    for said in (event, event[:12]):
        assert "‹ESC [2J: erases text› gone" in words(lens(station, target=said))
    found = thing_by_id(station.view, event)
    assert found is not None
    assert found.kind == "entry"
    assert thing_by_id(station.view, "nothing") is None


def test_every_kind_of_thing_can_be_looked_at(station: Workstation) -> None:
    """A kind is looked at by its fields, so one that is added later is too."""
    declare(station, "sound")
    for kind in events().kinds.values():
        for (ident,) in station.view.rows("SELECT id FROM entity WHERE kind=?", (kind.name,)):
            found = thing_by_id(station.view, ident)
            assert found is not None
            assert found.kind == kind.name
        columns = {row[1] for row in station.view.rows(f'PRAGMA table_info("{kind.name}")')}
        assert set(kind.fields) <= columns, kind.name


def test_a_file_and_what_is_piped_in(
    station: Workstation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model output.txt"
    path.write_bytes(b"fine\n\x9b2J\xff")
    seen = lens(station, file=str(path))
    assert "fine‹LF›" in words(seen)
    assert "‹ESC [2J: erases text›‹U+DCFF›" in words(seen)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(EVERYTHING.encode())))
    assert lens(station, file="-").data["counts"]["escape"] > 20


def test_what_stands_escaped_in_json_is_seen(station: Workstation, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    rows = [{"title": "plain"}, {"title": "\x1b[31m", "labels": {"\u202ekey": 1}}]
    path.write_text("\n".join(map(json.dumps, rows)))
    seen = lens(station, file=str(path))
    assert "2 title  ‹ESC [31m: colour›" in words(seen)
    assert "‹RLO›key" in words(seen)
    assert "and 1 without any trick" in words(seen)
    assert "\\u001b" not in words(seen)


def test_what_is_left_out_is_said(station: Workstation, tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text(json.dumps(["x" * (CHARACTERS + 1)] * (IN_ALL // CHARACTERS + 2)))
    said = words(lens(station, file=str(path)))
    assert "and 2 that were not looked at: 200,000 characters are looked at" in said
    path.write_text("x" * (CHARACTERS + 1))
    assert "the first 50,000 of 50,001 characters" in words(lens(station, file=str(path)))


def test_nothing_and_two_things_are_refused(station: Workstation) -> None:
    with pytest.raises(UsageError):
        lens(station)
    with pytest.raises(UsageError):
        lens(station, target="tofa", file="-")
    for unknown in ("zzzz", "tofa", "abcdef0123456789", "s-", "../x"):
        with pytest.raises(NotFound):
            lens(station, target=unknown)


def test_a_value_as_deep_as_json_goes_ends(station: Workstation, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text("[" * 5000 + '"\\u001b"' + "]" * 5000)
    assert lens(station, file=str(path)).data["texts"]
    nested: object = "\x1b"
    for _ in range(30):
        nested = [nested]
    assert "not looked at" in next(strings_in(nested)).raw
    assert [each.raw for each in strings_in({"a": ["b", {"c": "d"}], "e": 1, "f": None, "g": ""})] == [
        "b",
        "d",
    ]


def test_a_quotation_that_hurts_stays_blurred_and_its_tricks_are_named(
    station: Workstation, tmp_path: Path
) -> None:
    event = incidents.note(
        station, incident=declare(station, "sound"), text="it said ||take \u202eforty|| twice"
    ).data["event"]
    shown = words(lens(station, target=event))
    assert "it said ||░░░░ ‹RLO›░░░░░|| twice" in shown
    assert "forty" not in shown
    (tmp_path / "script").write_text("make || true")
    assert "make || true" in words(lens(station, file=str(tmp_path / "script")))
