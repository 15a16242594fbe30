"""A second reader, written from the pages alone, finds whole what the program writes, and comes to the state that it shows."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tests.features.bundles.conftest import Crew
from tests.ledger import second, second_state
from tests.ledger.second_record import Bundle, change, org_of

from ircockpit.features.bundles.actions import take as bring
from ircockpit.features.erasure.actions import erase
from ircockpit.features.erasure.scopes import narrow
from ircockpit.features.incidents.actions import give, note, take
from ircockpit.features.membership.actions import adopt
from ircockpit.features.table import events
from ircockpit.features.triage.actions import answer
from ircockpit.store.workstation import Workstation


def eventful(crew: Crew) -> str:
    """An incident about which two disagree, with an entry erased, one narrowed, one in quarantine and one adopted."""
    ident = crew.incident(crew.a)
    for who in (crew.a, crew.b):
        crew.sync(who)
    for who, harm, reach in ((crew.a, "yes", "few"), (crew.b, "no", "few")):
        take(who, incident=ident)
        answer(who, incident=ident, harm=harm, reach=reach, rationale=f"by {who.me[:4]}")
    gone = str(note(crew.a, incident=ident, text="to be erased").data["event"])
    narrow(
        crew.a,
        entry=[str(note(crew.a, incident=ident, text="for few").data["event"])],
        reason="x",
        to="restricted",
    )
    for who in (crew.a, crew.b, crew.a):
        crew.sync(who)
    erase(crew.a, entry=[gone], reason="asked for", confirm=gone[:12], yes=True)
    crew.hub.hub.members.authority.set_role(crew.b.me, "observer", by="")
    for text in ("held back", "adopted later"):
        note(crew.b, incident=ident, text=text)
    give(crew.b, incident=ident)
    for who in (crew.b, crew.a):
        crew.sync(who)
    crew.a.refresh()
    held = crew.a.view.rows(
        "SELECT event_id FROM entry WHERE doubt LIKE 'quarantined:%' AND type='incident.set'"
    )
    adopt(crew.a, event=str(held[0][0]), why="she was right")
    crew.sync(crew.a)
    note(crew.a, incident=ident, text="not confirmed yet")
    return ident


def shown(station: Workstation) -> dict[str, tuple[dict[str, Any], set[str]]]:
    """What the view displays of every thing: its fields as text, and which of them are disputed."""
    found = {}
    for kind in events().kinds.values():
        columns = ", ".join(f'"{field}"' for field in kind.fields)
        for row in station.view.rows(f'SELECT id, disputed, {columns} FROM "{kind.name}"'):  # noqa: S608 - declared names
            fields = dict(zip(kind.fields, map(as_column, row[2:]), strict=True))
            found[str(row[0])] = (fields, set(str(row[1]).split()))
    return found


def as_column(value: Any) -> str:
    """As a column of the view keeps it."""
    if isinstance(value, bool):
        return str(int(value))
    return str(value if value is None or isinstance(value, str | int) else second.canonical(value).decode())


def test_the_second_reader_sees_what_the_program_shows(crew: Crew) -> None:
    ident = eventful(crew)
    folder = crew.bundle(crew.a, restricted=True)
    bundle = Bundle(folder, crew.a.identity.org)
    assert bundle.faults == []
    crew.a.refresh()
    state, view = second_state.state(bundle.events()), shown(crew.a)
    assert state.keys() == view.keys()
    kinds = events().kinds
    for ent, mine in state.items():
        fields, disputed = view[ent]
        displayed = {
            name: as_column(mine["fields"].get(name, mine["missing"] or None))
            for name in kinds[mine["kind"]].fields
        }
        assert (ent, displayed) == (ent, fields)
        assert set(mine["disputed"]) & set(kinds[mine["kind"]].fields) == disputed
    assert state[ident]["fields"]["owner"] == "", "given back by an entry that was adopted"
    triages = [each for each in state.values() if each["kind"] == "triage"]
    assert [each["disputed"] for each in triages] == [["harm", "rationale"]]
    held = {event["verdict"] for event in bundle.events()}
    assert {"accepted", "quarantined:role", None} <= held
    assert {"erased"} == {
        part for event in bundle.events() for part in event["parts"] if isinstance(part, str)
    }


def test_what_a_revoked_device_wrote_later_counts_for_neither(crew: Crew) -> None:
    ident = crew.incident(crew.a)
    for who in (crew.a, crew.b):
        crew.sync(who)
    take(crew.b, incident=ident)
    for who in (crew.b, crew.a):
        crew.sync(who)
    crew.hub.hub.members.authority.revoke(crew.b.identity.device, by="", why="stolen")
    give(crew.b, incident=ident)
    answer(crew.b, incident=ident, harm="yes")
    bring(crew.a, folders=[str(crew.bundle(crew.b, "later", restricted=True))], yes=True)
    crew.sync(crew.a)
    crew.a.refresh()
    bundle = Bundle(crew.bundle(crew.a, restricted=True), crew.a.identity.org)
    assert bundle.faults == []
    state = second_state.state(bundle.events())
    assert state[ident]["fields"]["owner"] == shown(crew.a)[ident][0]["owner"] == crew.b.me
    late = [event for event in bundle.events() if event["verdict"] == "quarantined:revoked"]
    assert {event["type"] for event in late} >= {"incident.set", "triage.answered"}
    believed = [{**event, "verdict": None} if event in late else event for event in bundle.events()]
    assert second_state.state(believed)[ident]["fields"]["owner"] == "", "the control: it would have counted"


def test_an_extract_and_an_earlier_state(crew: Crew) -> None:
    ident = eventful(crew)
    org = crew.a.identity.org
    assert Bundle(crew.bundle(crew.a, "chosen", incidents=[ident], extract=True), org).faults == []
    stream = str(crew.a.view.rows("SELECT stream FROM incident")[0][0])
    sizes = [text.split("\n")[1] for _, _, text in crew.a.log.checkpoints(stream)]
    assert len(sizes) > 1
    assert Bundle(crew.bundle(crew.a, "then", incidents=[ident], as_of=sizes[0]), org).faults == []
    assert Bundle(crew.bundle(crew.a, "late", since="2026-01-01T00:00Z"), org).faults == []
    assert Bundle(crew.bundle(crew.c, "alone"), crew.c.identity.org).faults == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("events.ndjson", b"incident.noted", b"incident.nOted"), ("events.ndjson", b"incident.noted", b"incident.voted"),
        ("events.ndjson", b'"accepted', b'"acceptee'), ("events.ndjson", b"accepted", b"quarantined:role"),
        ("checkpoints.txt", b"/", b"0"), ("events.ndjson", b'"salt"', b'"sult"'), ("events.ndjson", b"\\n", b""),
    ],
)  # fmt: skip
def test_a_change_is_found(crew: Crew, name: str, old: bytes, new: bytes) -> None:
    ident = crew.incident(crew.a)
    crew.sync(crew.a)
    folder = crew.bundle(crew.a, incidents=[ident])
    stream = str(crew.a.view.rows("SELECT stream FROM incident")[0][0])
    path = f"data/streams/{stream}/{name}"
    old = old.replace(b"\\n", b"\n")
    assert Bundle(folder, org_of(folder)).faults == []
    assert old in (folder / path).read_bytes()
    change(folder, path, old, new)
    assert Bundle(folder, org_of(folder)).faults


def test_a_change_in_what_was_said_is_found(crew: Crew) -> None:
    crew.incident(crew.a)
    folder = crew.bundle(crew.a)
    place = next(
        path for path in Path(folder).rglob("events.ndjson") if b"incident.noted" in path.read_bytes()
    )
    data = next(
        part["data"]
        for line in place.read_text().splitlines()
        for part in json.loads(line)["p"]
        if b"told the ward" in base64.b64decode(part["data"])
    )
    other = base64.b64encode(base64.b64decode(data).replace(b"told the ward", b"told the lord"))
    change(folder, place.relative_to(folder).as_posix(), data.encode(), other)
    faults = Bundle(folder, org_of(folder)).faults
    assert any("other parts" in fault for fault in faults)
