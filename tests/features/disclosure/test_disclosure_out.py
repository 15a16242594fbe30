"""What leaves today, for an audience: status, handover, timeline and bundles, each with its marking and what was held back."""

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.hub import declare

from ircockpit.core.errors import BadInput, NotFound, RefusedError, UsageError
from ircockpit.features.bundles.actions import export
from ircockpit.features.care.actions import brief, handover
from ircockpit.features.disclosure import actions
from ircockpit.features.disclosure.queries import marks_of, shipped
from ircockpit.features.evidence.actions import add as keep
from ircockpit.features.impact.actions import add as add_person
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import incident
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation

SYSTEM, NOTE, PERSON = "pharmacy-bot", "zebra dose", "u-90210"


@pytest.fixture
def one(station: Workstation) -> str:
    ident = declare(station, NOTE)
    org = station.identity.org_stream
    system = "9b2c7c1e-0c1d-4f5e-9a51-0242ac120002"
    station.append([Draft(org, "system.recorded", system, ({"name": SYSTEM},))])
    row = incident(station.view, ident)
    station.append([station.set_field(row.stream, "incident.set", ident, "system", system)])
    incidents.note(station, incident=ident, text=NOTE)
    incidents.take(station, incident=ident)
    add_person(station, incident=ident, person=PERSON)
    return ident


def test_a_status_for_the_public_names_no_system_nobody_and_no_control(
    station: Workstation, one: str
) -> None:
    inside = brief(station, incident=one).data
    assert SYSTEM in inside["text"]
    assert inside["text"].endswith("TLP:AMBER+STRICT.")
    outside = brief(station, incident=one, audience="public")
    text = outside.data["text"]
    assert SYSTEM not in text
    assert "Owner" not in text
    assert "Containment" not in text
    assert "Impact" not in text
    assert f"Incident {inside['short']}, SEV2 (provisional). Next update by" in text
    assert text.endswith(
        "TLP:CLEAR. Held back for public: 4 pieces (counts, names, containment, responders)."
    )
    assert outside.data["disclosure"] == {
        "audience": "public", "tlp": "TLP:CLEAR", "held_back": 4,
        "held_classes": {"counts": 1, "names": 1, "containment": 1, "responders": 1},
    }  # fmt: skip
    kept = station.view.rows("SELECT body FROM entry WHERE type='incident.briefed' ORDER BY arrival")
    assert SYSTEM in kept[0][0]
    assert SYSTEM not in kept[1][0], "what stays on record is what was given"


def test_a_handover_for_partners_and_the_act_itself_inside_alone(station: Workstation, one: str) -> None:
    whole = handover(station).data
    shown = handover(station, audience="affected")
    text = "\n".join(map(plain, shown.lines))
    assert SYSTEM not in text
    assert "who holds what" not in text
    assert "who holds what" in "\n".join(map(plain, handover(station).lines))
    assert not {"owners", "open", "last", "by"} & shown.data.keys()
    assert {"owners", "open", "last", "by"} <= whole.keys()
    assert "Held back for affected" in " ".join(text.split())
    for given in ({"give": True}, {"to": "root"}):
        with pytest.raises(RefusedError, match="inside alone"):
            handover(station, audience="partners", **given)
    assert station.view.rows("SELECT 1 FROM entry WHERE type='handover.given'") == []


def test_a_timeline_for_regulators_has_no_words_of_others_and_no_names(
    station: Workstation, one: str
) -> None:
    shown = incidents.timeline(station, incident=one, all=True, audience="regulators")
    text, data = "\n".join(map(plain, shown.lines)), json.dumps(shown.data)
    for word in (NOTE, "zebra", PERSON, station.me):
        assert word not in text
        assert word not in data
    assert {each["type"] for each in shown.data["entries"]} >= {"incident.declared", "incident.set"}
    assert not {each["type"] for each in shown.data["entries"]} & {
        "incident.noted",
        "affected.recorded",
        "impact.keyed",
    }
    assert "TLP:AMBER. Held back for regulators:" in text
    inside = incidents.timeline(station, incident=one)
    assert NOTE in "\n".join(map(plain, inside.lines)), "the control"
    assert inside.said == "times in UTC; TLP:RED"
    public = incidents.timeline(station, incident=one, audience="public").data
    assert public["entries"] == []


def test_an_extract_leaves_out_what_the_matrix_forbids(
    station: Workstation, one: str, tmp_path: Path
) -> None:
    (tmp_path / "chat.txt").write_text("zebra words of the model")
    keep(station, file=str(tmp_path / "chat.txt"), incident=one)
    whole = export(station, incidents=[one], extract=True, to=str(tmp_path / "whole"))
    mine = export(station, incidents=[one], extract=True, to=str(tmp_path / "mine"), audience="regulators")
    assert NOTE in held(tmp_path / "whole"), "the control"
    assert PERSON in held(tmp_path / "whole")
    assert PERSON not in held(tmp_path / "mine")
    assert '"text":"zebra' not in held(tmp_path / "mine")
    assert mine.data["disclosure"]["held_classes"]["affected_ids"] == 1
    assert "evidence" not in mine.data["disclosure"]["held_classes"]
    assert mine.data["disclosure"]["tlp"] == "TLP:AMBER"
    assert (whole.data["files"], mine.data["files"]) == (1, 0), "its hash goes; the words in it do not"
    assert "TLP:AMBER. Held back for regulators" in "\n".join(map(plain, mine.lines))
    actions.raise_(station, incident=one, about="evidence", tlp="RED")
    less = export(station, incidents=[one], extract=True, to=str(tmp_path / "less"), audience="regulators")
    assert less.data["disclosure"]["held_classes"]["evidence"] == 1


def held(folder: Path) -> str:
    """What a bundle holds of entries, as text."""
    rows = [
        json.loads(line)
        for path in folder.rglob("events.ndjson")
        for line in path.read_text("utf-8").splitlines()
    ]
    assert rows
    return "\n".join(text for row in rows for text in decoded(row))


def decoded(value: object) -> Iterator[str]:
    if isinstance(value, str):
        with suppress(ValueError):
            yield b64decode(value, validate=True).decode("utf-8", "replace")
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from decoded(each)


def test_what_cannot_be_for_somebody_outside_is_refused_before_anything_is_written(
    station: Workstation, one: str, tmp_path: Path
) -> None:
    place = str(tmp_path / "x")
    with pytest.raises(UsageError, match="complete bundle"):
        export(station, incidents=[one], to=place, audience="regulators")
    with pytest.raises(RefusedError, match="restricted"):
        export(station, incidents=[one], to=place, extract=True, restricted=True, audience="regulators")
    with pytest.raises(NotFound, match="nothing of it may go to public"):
        export(station, incidents=[one], to=place, extract=True, audience="public")
    assert not Path(place).exists()


def test_a_matrix_of_the_profile_that_is_wrong_keeps_everything_inside(
    station: Workstation, one: str
) -> None:
    (station.profile.folder / "disclosure.yaml").write_text("version: 1\nclases: {}\n")
    for audience in ("public", "regulators"):
        with pytest.raises(BadInput, match=r"disclosure\.yaml, line 2"):
            brief(station, incident=one, audience=audience)
    assert SYSTEM in brief(station, incident=one).data["text"], "the shift goes on"


def test_a_matrix_of_the_profile_holds(station: Workstation, one: str) -> None:
    raw = Path(actions.__file__).with_name("matrix.yaml").read_text()
    changed = raw.replace(
        "marking: GREEN\n    audiences: [affected", "marking: CLEAR\n    audiences: [public, affected"
    )
    assert changed != raw
    (station.profile.folder / "disclosure.yaml").write_text(changed)
    assert "Impact: " in brief(station, incident=one, audience="public").data["text"]


def test_raising_is_anyones_and_lowering_is_a_leads_with_a_reason(
    station: Workstation, one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.raise_(station, incident=one, about="containment", tlp="RED")
    assert "Containment" not in brief(station, incident=one, audience="partners").data["text"]
    with pytest.raises(RefusedError, match="already"):
        actions.raise_(station, incident=one, about="containment", tlp="AMBER")
    with pytest.raises(BadInput, match="reason"):
        actions.lower(station, incident=one, about="containment", tlp="GREEN", why=" ")
    with pytest.raises(RefusedError, match="no more than"):
        actions.lower(station, incident=one, about="names", tlp="RED", why="x")
    monkeypatch.setattr(actions, "why_not", lambda *_: "you are here as responder")
    with pytest.raises(RefusedError, match="responder"):
        actions.lower(station, incident=one, about="containment", tlp="GREEN", why="published")
    assert marks_of(station, one, shipped())["containment"] == "RED"
    monkeypatch.undo()
    actions.lower(station, incident=one, about="containment", tlp="GREEN", why="published")
    assert marks_of(station, one, shipped())["containment"] == "GREEN"
    assert "Containment" in brief(station, incident=one, audience="partners").data["text"]
    assert "Containment" not in brief(station, incident=one, audience="public").data["text"]
    whole = actions.raise_(station, incident=one, about="everything", tlp="RED", why="a leak")
    assert {each["tlp"] for each in whole.data["classes"]} == {"TLP:RED"}
    said = actions.lower(station, incident=one, about="names", tlp="CLEAR", why="x").said
    assert "the whole of" in said
    assert "TLP:RED, and that holds" in said
    actions.lower(station, incident=one, about="everything", tlp="CLEAR", why="it is over")
    assert marks_of(station, one, shipped())["names"] == "CLEAR"


def test_it_shows_who_is_given_what_and_looks_at_a_file(
    station: Workstation, one: str, tmp_path: Path
) -> None:
    shown = actions.show(station, incident=one, audience="partners")
    rows = {each["class"]: each["goes_to"] for each in shown.data["classes"]}
    assert rows["containment"] == ["partners"]
    assert rows["raw_words"] == []
    (tmp_path / "mine.yaml").write_text("version: 1\n")
    with pytest.raises(BadInput, match=r"mine\.yaml, line 1: the file has no audiences"):
        actions.show(station, file=str(tmp_path / "mine.yaml"))
    with pytest.raises(NotFound):
        actions.show(station, file=str(tmp_path / "absent.yaml"))
