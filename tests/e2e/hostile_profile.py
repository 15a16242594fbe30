"""A profile in which all that can be said is hostile: through people's doors, and as a colleague's device may write it."""

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.e2e.stage import Done
from tests.features.playbooks.good import STOP, hostile_playbook
from tests.support.entities import an_id
from tests.support.hostile import EVERYTHING, LONG_LINE, MARK, PAYLOADS, SURROGATES, rows

from ircockpit.cli.main import run
from ircockpit.core.digest import sha256
from ircockpit.features.catalogue import events, open_workstation
from ircockpit.features.packing import packed
from ircockpit.features.playbooks.queries import run_id, step_id
from ircockpit.store.workstation import Draft, Workstation

FILE_NAME = b"\x1b]0;" + MARK.encode() + b"\x07 \xff\xfe\n\xe2\x80\xae.jsonl"
"""A file name as a disk may hold it: a sequence, a line feed, bytes that are not UTF-8, an override."""
SHAPES: tuple[Any, ...] = (7, -1, True, None, [], {}, [MARK, {"b": [1]}], {"a": "\x1b[31m"}, "", "9" * 400)
"""Values that are not what a field means."""


class HostileProfile(NamedTuple):
    """Where it is, and what is called how in it."""

    home: Path
    incident: str
    """The incident that has everything: notes, triage, exhibits, controls, disagreements."""
    group: str
    action: str
    exhibit: str
    system: str
    playbook: str

    def named(self, parameter: str) -> str:
        """What a parameter of this name means here; hostile words where it means nothing in particular."""
        known = {
            **self._asdict(),
            "target": self.incident,
            "signal": self.group,
            "name": self.system,
            "step": f"{self.incident}/2",
        }
        known |= {"old": self.playbook, "new": self.playbook}
        return str(known.get(parameter, PAYLOADS["osc clipboard"]))


class _Output(io.TextIOWrapper):
    """A text stream over bytes that are kept."""

    def __init__(self, errors: str) -> None:
        self.kept = io.BytesIO()
        super().__init__(self.kept, "utf-8", errors, write_through=True)


@contextmanager
def at_home(home: Path) -> Iterator[None]:
    """The profile that commands in this process work on."""
    before = dict(os.environ)
    os.environ.update(IRCOCKPIT_HOME=str(home), PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def spoken(home: Path, *words: str) -> Done:
    """Run one command in this process, to the bytes that it would have written."""
    before = sys.stdout, sys.stderr
    out, err = _Output("strict"), _Output("backslashreplace")
    sys.stdout, sys.stderr = out, err
    try:
        with at_home(home):
            code = run(words)
    except SystemExit as left:  # argparse ends by itself after --help
        code = int(left.code or 0)
    finally:
        sys.stdout, sys.stderr = before
    return Done(code, out.kept.getvalue(), err.kept.getvalue())


def make(home: Path, folder: Path) -> HostileProfile:
    """Fill a new profile; ``folder`` takes the files."""
    made = json.loads(
        heard(home, "open", PAYLOADS["osc title"], "--impact", PAYLOADS["csi colour"], "--json")
    )
    ident = str(made["id"])
    _take_in(home, folder)
    for name, text in PAYLOADS.items():
        if name not in ("all c0", "bell and others"):  # no argument holds a NUL
            heard(home, "open", "--", text[:120])
            heard(home, "note", ident, "--", text[:8000])
    heard(home, "note", ident, SURROGATES.encode("utf-8", "replace").decode())
    heard(home, "triage", ident, "--harm", "yes", "--rationale", EVERYTHING[:3000])
    exhibit = _keep_files(home, folder, ident)
    system = _record_system(home, folder)
    playbook = _take_in_playbook(home, folder)
    heard(home, "person", "name", f"{MARK}\x1b]0;x\x07\u202e[/foo]")
    with at_home(home), open_workstation() as station:
        action = _as_colleagues_write(station, ident, system)
        station.append([station.set_field(_stream(station, ident), "incident.set", ident, "system", system)])
    queue = json.loads(heard(home, "queue", "--json"))
    group = queue["to_review"][0]["short"]
    heard(home, "review", queue["to_review"][-1]["short"], "dismiss", "--why", EVERYTHING[:2000])
    # Among so many the name it had at first may not be enough any more.
    short = str(json.loads(heard(home, "show", ident, "--json"))["short"])
    return HostileProfile(home, short, group, action, exhibit, "bot", playbook)


def heard(home: Path, *words: str) -> bytes:
    """What a command that must succeed prints."""
    done = spoken(home, *words)
    assert done.code == 0, (words[:3], done.err[-500:])
    return done.out


def _take_in(home: Path, folder: Path) -> None:
    path = os.fsencode(folder) + b"/" + FILE_NAME
    Path(os.fsdecode(path)).write_bytes(rows({**PAYLOADS, "surrogates": SURROGATES, "one line": LONG_LINE}))
    heard(home, "intake", os.fsdecode(path))
    alert = {
        "version": "4", "status": "firing", "receiver": EVERYTHING, "groupKey": EVERYTHING,
        "alerts": [
            {"status": "firing", "labels": {"alertname": text, "severity": text}, "annotations": {"summary": text},
             "startsAt": "2026-11-23T14:03:00Z", "generatorURL": text}
            for text in PAYLOADS.values()
        ],
    }  # fmt: skip
    (folder / "alerts.json").write_text(json.dumps(alert))
    heard(home, "intake", str(folder / "alerts.json"))


def _keep_files(home: Path, folder: Path, incident: str) -> str:
    path = os.fsdecode(os.fsencode(folder) + b"/e" + FILE_NAME)
    Path(path).write_bytes(EVERYTHING.encode())
    kept = json.loads(
        heard(home, "evidence", "add", path, "--incident", incident, "--origin", EVERYTHING[:2000], "--json")
    )
    return str(kept["short"])


def as_yaml(value: Any) -> str:
    """A value as YAML in ASCII: JSON is YAML but for characters beyond the first 65,536, raw DEL and C1."""
    written = json.dumps(value, ensure_ascii=False)
    return "".join(char if " " <= char <= "~" else f"\\U{ord(char):08x}" for char in written)


def _take_in_playbook(home: Path, folder: Path) -> str:
    path = folder / "playbook.json"
    path.write_text(json.dumps(hostile_playbook()))
    heard(home, "playbook", "import", str(path), "--yes")
    shelf = json.loads(heard(home, "playbook", "list", "--json"))
    return str(next(each["short"] for each in shelf if each["source"] == "record"))


def _record_system(home: Path, folder: Path) -> str:
    controls = [
        {"name": f"c{number}", "title": text, "connector": "envoy", "action": "halt", "target": "eu"}
        for number, text in enumerate((PAYLOADS["forged line"], PAYLOADS["forged state"], EVERYTHING[:300]))
    ]
    stated = {
        "name": "bot", "owner": EVERYTHING, "on_call": EVERYTHING, "match": [{"service": "bot", MARK: EVERYTHING}],
        "targets": [{"name": "eu", "admin": "http://127.0.0.1:9", "probe": "http://127.0.0.1:9", "auth": ""}],
        "controls": controls, "fallback": EVERYTHING, "affected": EVERYTHING,
    }  # fmt: skip
    path = folder / "bot.yaml"
    path.write_text(as_yaml(stated))
    heard(home, "system", "add", str(path))
    shown = json.loads(heard(home, "system", "show", "bot", "--json"))
    assert shown["owner"] == EVERYTHING, "the record holds what was written; it is the way out that is gated"
    with at_home(home), open_workstation() as station:
        return str(station.view.rows("SELECT id FROM system")[0][0])


def _as_colleagues_write(station: Workstation, incident: str, system: str) -> str:
    """Every type of event with hostile words in every field, then with values of every shape; returns an action."""
    stream = _stream(station, incident)
    action = station.new_id(stream)
    facts = {
        "incident": incident, "system": system, "control": "c0", "title": EVERYTHING, "state": "planned",
        "target": EVERYTHING, "plan": EVERYTHING, "summary": EVERYTHING,
    }  # fmt: skip
    station.append([Draft(stream, "containment.planned", action, (facts,))])
    for value in (EVERYTHING[:500], "\x1b[31m" + MARK):  # neither replaces the other: a disagreement
        station.append([Draft(stream, "incident.set", incident, ({"value": value},), "title")])
    drafts = [draft for value in (EVERYTHING, *SHAPES) for draft in _everything_as(station, stream, value)]
    station.append([*drafts, *_impact_as(station, stream, incident), *_playbook_as(stream, incident)])
    station.append([*_replay_as(station, stream, incident)])
    station.append([*_notices_as(station, stream, incident)])
    for field in ("state", "title"):
        body = {"value": f"{MARK}\x1b]0;x\x07", "detail": EVERYTHING, "title": EVERYTHING, "ms": "soon"}
        station.append([station.set_field(stream, "containment.stepped", action, field, **body)])
    return str(station.view.rows("SELECT substr(id, 1, 36) FROM action WHERE id=?", (action,))[0][0])


def _everything_as(station: Workstation, stream: str, value: Any) -> Iterator[Draft]:
    groups = [row[0] for row in station.view.rows('SELECT id FROM "group" LIMIT 1')]
    incidents = [row[0] for row in station.view.rows("SELECT id FROM incident LIMIT 1")]
    for row in events().types.values():
        kind = events().kinds[row.kind]
        if row.name in ("stream.opened", "lane.opened"):
            continue  # what opens a record is checked before anything of it is shown
        facts = dict.fromkeys((*kind.fields, "text", "what", "why", "detail", "ms"), value)
        facts |= {"group": groups[0]} if "group" in kind.fields else {}
        facts |= {"incident": incidents[0]} if "incident" in kind.fields else {}
        if row.effect.value in ("create", "entry"):
            yield Draft(stream, row.name, an_id(row.name, stream), (facts,))
        else:
            for name in kind.fields:
                yield Draft(stream, row.name, an_id(row.name, stream), ({**facts, "value": value},), name)


def _impact_as(station: Workstation, stream: str, incident: str) -> Iterator[Draft]:
    """People, groups and acts of the incident as no program of ours writes them."""
    for kind in ("affected", "cohort", "act"):
        fields = events().kinds[kind].fields
        for value in (*PAYLOADS.values(), SURROGATES.encode("utf-8", "replace").decode(), *SHAPES):
            value = value[:2000] if isinstance(value, str) else value
            ident = station.new_id(stream)
            yield Draft(
                stream, f"{kind}.recorded", ident, ({**dict.fromkeys(fields, value), "incident": incident},)
            )
            yield Draft(stream, f"{kind}.set", ident, ({"value": value, "why": value},), "state")
    for value in (EVERYTHING, *SHAPES):
        yield Draft(stream, "impact.keyed", incident, ({"key": value},))
        for type_ in ("disclosure.raised", "disclosure.lowered"):
            yield Draft(
                stream, type_, incident, ({"class": value, "tlp": value, "over": value, "why": value},)
            )
        yield Draft(stream, "impact.counted", incident, ({"affected": value, "said": value, "why": value},))


def _playbook_as(stream: str, incident: str) -> Iterator[Draft]:
    """A hostile playbook that a colleague follows although nobody has approved it, and what they say of its steps."""
    raw = json.dumps(hostile_playbook()).encode()
    digest = sha256(raw).hexdigest()
    facts = {"incident": incident, "name": EVERYTHING[:500], "playbook": EVERYTHING[:500], "version": EVERYTHING[:500],
             "sha256": digest, "left": ""}  # fmt: skip
    run = run_id(incident, digest)
    yield Draft(stream, "playbook.begun", run, (facts, *packed({"file": raw})))
    for value in (EVERYTHING[:2000], *SHAPES):
        ent = step_id(run, STOP, "")
        yield Draft(stream, "step.opened", ent, ({"run": run, "step": STOP, "round": ""},))
        for field in ("state", "owner", "way"):
            yield Draft(stream, "step.set", ent, ({"value": value, "name": value, "why": value},), field)


def _replay_as(station: Workstation, stream: str, incident: str) -> Iterator[Draft]:
    """Sets of prompts, runs and watches as no program of ours writes them, some of them nearly right."""
    for value in (EVERYTHING[:500], *SHAPES):
        sealed, run = station.new_id(stream), station.new_id(stream)
        prompts = [{"signal": value, "sha256": value, "output_sha256": value}]
        yield Draft(
            stream,
            "replay.sealed",
            sealed,
            ({"incident": incident, "name": value, "count": value, "prompts": prompts},),
        )
        fields = dict.fromkeys(events().kinds["replay"].fields, value)
        nearly = {"incident": incident, "sealed": sealed, "phase": "before", "number": 20, "state": "done"}
        yield Draft(
            stream, "replay.planned", run, ({**fields, **nearly, "outcome": {"reproduced": 7, "other": 13}},)
        )
        watch = {"incident": incident, "run": run, "minutes": value, "until": value, "state": "on"}
        yield Draft(stream, "watch.begun", station.new_id(stream), (watch,))


def _notices_as(station: Workstation, stream: str, incident: str) -> Iterator[Draft]:
    """Notices as no program of ours writes them, and what became of them in words of others."""
    for value in (EVERYTHING[:500], *SHAPES):
        notice = station.new_id(stream)
        fields = dict.fromkeys(
            (*events().kinds["notice"].fields, "subject", "text", "template_sha256"), value
        )
        said = {"recipients": [value, value], "level": value}
        yield Draft(stream, "notice.begun", notice, ({**fields, "incident": incident, "outcome": ""}, said))
        yield Draft(stream, "notice.set", notice, ({"value": value, "why": value, "ms": value},), "outcome")


def _stream(station: Workstation, incident: str) -> str:
    return str(station.view.rows("SELECT stream FROM incident WHERE id=?", (incident,))[0][0])
