"""Colleagues and hubs that mean ill: what arrives by sync is shown inert, and no single entry closes the cockpit."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.hostile_profile import SHAPES, spoken
from tests.e2e.test_hostile_commands import check
from tests.support.entities import an_id
from tests.support.hostile import EVERYTHING, MARK, PAYLOADS
from tests.support.hub import LocalHub, declare, join, station, sync
from tests.support.scripted import Line, Received, Script, Scripted, answer

from ircockpit.core.ids import random_uuid
from ircockpit.features.catalogue import events
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.people import actions as people
from ircockpit.store.workstation import Draft

READS = (
    ("queue",),
    ("queue", "--json"),
    ("system", "list"),
    ("verify",),
    ("sync",),
    ("hub", "status"),
    ("doctor",),
)


def test_what_a_colleague_says_arrives_inert(tmp_path: Path) -> None:
    with station(tmp_path / "a") as a, station(tmp_path / "b") as b:
        hub = LocalHub(tmp_path / "hub", a)
        hub.start(a)
        join(hub, b, EVERYTHING[:60])
        people.set_name(b, name="\x1b]0;" + MARK)
        org = b.identity.org_stream
        b.append([b.set_field(org, "person.set", b.me, "name", PAYLOADS["osc clipboard"])])
        for text in (text[:4000] for text in PAYLOADS.values()):
            stream, genesis = b.open_stream("incident")
            facts = {
                "title": text,
                "severity": text,
                "status": text,
                "impact": text,
                "owner": b.me,
                "opened": text,
            }
            b.append([genesis, Draft(stream, "incident.declared", b.new_id(stream), (facts,))])
        b.append([Draft(org, "system.recorded", random_uuid(), ({"name": EVERYTHING, "owner": EVERYTHING},))])
        mine = declare(a, "mine")
        sync(a)
        sync(b)
        incidents.note(b, incident=mine, text=EVERYTHING[:8000])
        sync(b)
        sync(a)
        shorts = [row["short"] for row in spoken(a.profile.folder, "queue", "--json").data["incidents"]]
        assert len(shorts) == len(PAYLOADS) + 1
        for words in (
            *READS,
            *((verb, short) for short in shorts[:6] for verb in ("show", "timeline", "stop", "triage")),
        ):
            done = check(spoken(a.profile.folder, *words), *words)
            assert done.code == 0 or words[0] == "stop", (words, done.err)
        timeline = spoken(a.profile.folder, "timeline", mine).out.decode()
        assert " ␛]52;c;… note " in timeline, "the name beside the entry is the hostile one, made visible"
        hub.close()


@pytest.mark.parametrize("value", SHAPES, ids=[repr(value)[:12] for value in SHAPES])
def test_an_entry_of_any_shape_leaves_every_command_working(tmp_path: Path, value: Any) -> None:
    """Every fact of every kind of thing at once, each of a shape its reader did not ask for."""
    home = tmp_path / "home"
    with station(home) as who:
        ident = declare(who, "sound")
        stream = who.view.rows("SELECT stream FROM incident")[0][0]
        (tmp_path / "one.jsonl").write_text('{"title": "t", "detector": "d", "labels": {"service": "x"}}\n')
        spoken(home, "intake", str(tmp_path / "one.jsonl"))
        who.refresh()
        group = who.view.rows('SELECT id FROM "group"')[0][0]
        for row in events().types.values():
            kind = events().kinds[row.kind]
            if row.effect.value != "create" or row.name == "stream.opened":
                continue
            facts = dict.fromkeys(kind.fields, value)
            held = {"incident": ident, "group": group}
            who.append([
                Draft(stream, row.name, an_id(row.name, stream), (facts,)),
                Draft(stream, row.name, an_id(row.name, stream), (facts | {k: v for k, v in held.items() if k in kind.fields},)),
            ])  # fmt: skip
        action = who.view.rows("SELECT id FROM action WHERE incident=?", (ident,))[0][0]
        step = who.set_field(
            stream, "containment.stepped", action, "state", "effective", ms=value, detail=value
        )
        who.append([step])
    queue = spoken(home, "queue", "--json").data
    assert "sound" in [row["title"] for row in queue["incidents"]]
    shorts = [row["short"] for row in queue["incidents"]]
    groups = [row["short"] for row in queue["to_review"]]
    per_incident = ("show", "timeline", "stop", "triage", "contain list", "evidence list")
    for words in (
        ("queue",), ("system", "list"), *((*verb.split(), short) for short in shorts for verb in per_incident),
        *(("review", short) for short in groups), *(("stop", short) for short in groups),
    ):  # fmt: skip
        done = check(spoken(home, *words), *words)
        assert done.code == 0 or words[0] == "stop", (words, done.err)


def lying(status: int, body: object, headers: dict[str, str] | None = None) -> Script:
    return lambda _, line: line.send(answer(status, body, headers))


def chatter(_: Received, line: Line) -> None:
    line.send(b"HTTP/1.1 200 \x1b]0;x\x07\r\nX-\xff: \x9b2J\r\n\r\n" + EVERYTHING.encode())


LIES: dict[str, Script] = {
    "error of ours": lying(403, {"error": {"what": EVERYTHING, "safe": EVERYTHING, "fix": EVERYTHING, "code": 3}}),
    "error of any shape": lying(409, {"error": [EVERYTHING], "what": 7, "code": "x", "reason": EVERYTHING}),
    "plain words": lying(500, EVERYTHING.encode()),
    "not text": lying(400, b"\xff\x9b2J\x1b[31m"),
    "a challenge": lying(200, {"nonce": EVERYTHING, "org": EVERYTHING, "token": "\x1b[31m\r\nX: y"}),
    "members": lying(200, {"members": [{"name": EVERYTHING}, 7], "streams": EVERYTHING}),
    "lists": lying(200, [EVERYTHING]),
    "numbers": lying(200, {"nonce": 7, "org": None, "token": [], "streams": EVERYTHING, "events": {}}),
    "a redirect": lying(302, b"", {"Location": "http://\x1b]0;x\x07/"}),
    "too busy": lying(429, {"error": EVERYTHING}, {"Retry-After": "\x1b[31m"}),
    "no http": lambda _, line: line.send(EVERYTHING.encode()),
    "chatter": chatter,
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_hub_that_lies(tmp_path: Path, lie: Script) -> None:
    home = tmp_path / "home"
    with station(home) as who, Scripted(lie) as server:
        hub = LocalHub(
            tmp_path / "hub", who, server.url
        )  # the profile believes it has joined the one that lies
        hub.close()
        declare(who, "kept")
        for words in (
            ("sync",),
            ("sync", "--json"),
            ("hub", "status"),
            ("enroll", server.url, "aaaa-bbbb-cccc-dddd"),
        ):
            done = check(spoken(home, *words), *words)
            assert done.code != 0 or words[0] == "sync", (words, done)
        assert server.received
        assert spoken(home, "queue", "--json").data["incidents"][0]["title"] == "kept"
        assert json.dumps(EVERYTHING)[1:40] not in done.err.decode()
