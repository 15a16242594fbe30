"""What a court is given: redacted, partial, of revoked people, of several generations; each passes, and each has its control."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from tests.features.bundles.conftest import Crew
from tests.store.profiles import StandingClock
from tests.support.bundles import Rows, run
from tests.support.copies import copy_unnoticed
from tests.support.forger import Forger, envelope_of, id_of, parts_of, sign
from tests.support.hub import declare, station

from ircockpit.bundle import layout
from ircockpit.core.occurred import from_wall
from ircockpit.features.bundles.actions import take
from ircockpit.features.bundles.survey import look
from ircockpit.features.companion.actions import open_record
from ircockpit.features.erasure.scopes import narrow
from ircockpit.features.incidents.actions import note
from ircockpit.ledger.checkpoint import Origin, make
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.receipt import leaf
from ircockpit.store.workstation import Draft


def stream_of(crew: Crew) -> str:
    return str(crew.a.view.rows("SELECT stream FROM incident")[0][0])


def together(crew: Crew) -> None:
    for who in (crew.b, crew.a, crew.b, crew.a):
        crew.sync(who)


def forger(crew: Crew, of: Path, name: str = "forged") -> Forger:
    return Forger(of, crew.folder / name, crew.a.key(), crew.a.identity.device)


def kinds(folder: Path, crew: Crew) -> set[str]:
    return {kind for kind, _, _ in run(folder, crew.a.identity.org).findings}


def doubts(folder: Path, crew: Crew) -> dict[str, str]:
    """Why events do not count, by id; the bundle itself holds."""
    one = run(folder, crew.a.identity.org)
    assert one.findings == []
    found: dict[str, str] = {}
    for place, why in one.doubts:
        found[place.rpartition(" ")[2]] = f"{found.get(place.rpartition(' ')[2], '')}{why}; "
    return found


def line_of(rows: Rows, kind: str) -> int:
    return next(at for at, row in enumerate(rows) if envelope_of(row)["type"] == kind)


def test_a_redacted_exhibit_passes_and_one_that_was_changed_does_not(crew: Crew) -> None:
    ident = crew.incident(crew.a)
    together(crew)
    stream, open_ = stream_of(crew), crew.bundle(crew.a, "open", incidents=[ident])
    rows = forger(crew, open_, "first").rows(stream)
    at = line_of(rows, "evidence.added")
    narrow(crew.a, entry=[id_of(rows[at])], reason="names a patient")
    together(crew)
    out = crew.bundle(crew.a, incidents=[ident])
    assert not list((out / "data").glob("blobs/*"))
    redacted = forger(crew, out).rows(stream)[at]
    assert [set(part) for part in redacted["p"]] == [{"leaf"}] * len(redacted["p"])
    one = run(out, crew.a.identity.org)
    assert (one.findings, one.doubts) == ([], [])
    assert any(f"{len(redacted['p'])} parts are withheld" in each for each in one.notes)
    shown = [base64.b64decode(part["data"]) for part in rows[at]["p"]]
    other = {**rows[at]["p"][0], "data": base64.b64encode(shown[0].swapcase()).decode()}
    for name, change, kind in (
        ("words put back in another form", {"p": [other, *redacted["p"][1:]]}, "changed part"),
        ("a leaf made up", {"p": [{"leaf": "A" * 43 + "="}, *redacted["p"][1:]]}, "changed part"),
        ("a part left out without its leaf", {"p": redacted["p"][1:]}, "changed part"),
    ):
        copy = forger(crew, out, name)
        forged = copy.rows(stream)
        forged[at] |= change
        copy.put(stream, forged)
        assert kind in kinds(copy.folder, crew), name
    swapped = forger(crew, out, "swapped")
    content = b"another file under its name"
    named = next(words["sha256"] for words in map(json.loads, shown) if "sha256" in words)
    for sha in (named, hashlib.sha256(content).hexdigest()):
        place = swapped.folder / layout.blob_of(sha)
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content)
        swapped.say(files=1)
        assert kinds(swapped.folder, crew) >= {"extra"} | ({"changed file"} if sha == named else set())
        place.unlink()


def test_a_partial_bundle_passes_and_one_that_was_cut_does_not(crew: Crew) -> None:
    crew.incident(crew.a, "older")
    older = stream_of(crew)
    together(crew)
    later = StandingClock(crew.a.clock.wall_us() + 5_000_000)
    moment, crew.a.clock = from_wall(later.wall_us() - 2_000_000, 0), later
    ident = crew.incident(crew.a, "newer")
    together(crew)
    out = crew.bundle(crew.a, since=moment)
    part = forger(crew, out)
    assert older not in part.streams()
    assert len(part.streams("authority")) == 1  # who was revoked is known whatever was chosen
    one = run(out, crew.a.identity.org)
    assert (one.findings, one.doubts) == ([], [])
    newer = str(crew.a.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])
    reach = crew.a.log.reach(newer)
    assert reach is not None
    earlier = crew.bundle(crew.a, "earlier", incidents=[ident], as_of=str(reach.seq))
    assert len(forger(crew, earlier, "of it").streams("authority")) == 1
    assert kinds(earlier, crew) == set()
    rows = part.rows(newer)
    for name, changed, kind in (
        ("the end", rows[:-1], "cut"), ("the middle", rows[:3] + rows[4:], "dropped"),
        ("the order", [*rows[:-2], rows[-1], rows[-2]], "reordered"),
    ):  # fmt: skip
        copy = forger(crew, out, name)
        copy.put(newer, changed)
        assert kind in kinds(copy.folder, crew), name


def revoked(crew: Crew) -> tuple[str, set[str], set[str]]:
    """The second device is revoked between what it wrote early and late; what it wrote late came by a stick."""
    ident = crew.incident(crew.a)
    together(crew)
    note(crew.b, incident=ident, text="early")
    second = declare(crew.b, "in another record")
    together(crew)
    early = {each.event.id for each in crew.b.log.since(0, 10_000)}
    crew.hub.hub.members.authority.revoke(crew.b.identity.device, by="", why="stolen")
    crew.hub.hub.members.reload()
    note(crew.b, incident=ident, text="late")
    note(crew.b, incident=second, text="late as well")
    late = {each.event.id for each in crew.b.log.since(0, 10_000)} - early
    take(crew.a, folders=[str(crew.bundle(crew.b, "stick"))], yes=True)
    crew.sync(crew.a)
    return ident, early, late


def test_what_a_revoked_device_wrote_later_counts_not(crew: Crew) -> None:
    ident, early, late = revoked(crew)
    out = crew.bundle(crew.a)
    found = doubts(out, crew)
    assert set(found) == late
    assert all("its device was revoked;" in why for why in found.values())
    stored = {each.event.id for each in crew.a.log.since(0, 10_000) if each.doubt}
    assert stored == late  # the workstation says the same
    partly = doubts(crew.bundle(crew.a, "chosen", incidents=[ident], extract=True), crew)
    assert late & set(partly)
    for event in set(partly) - late:  # of the others the chain is not in an extract, and that is said
        assert event in early
        assert "not all here" in partly[event]
    copy = forger(crew, out)
    (authority,) = copy.streams("authority")
    rows = copy.rows(authority)
    at = line_of(rows, "device.revoked")
    held = rows[at]["p"][0]
    digest = hashlib.sha256(b"\0" + base64.b64decode(held["salt"]) + base64.b64decode(held["data"])).digest()
    rows[at]["p"][0] = {"leaf": base64.b64encode(digest).decode()}
    copy.put(authority, rows)
    one = run(copy.folder, crew.a.identity.org)
    assert one.findings == []
    assert not any(
        "its device was revoked" in why for _, why in one.doubts
    )  # only the hub's own word is left
    assert any("which device it revokes is withheld" in each for each in one.notes)
    take(crew.b, folders=[str(out)], yes=True)
    theirs = run(crew.bundle(crew.b, "made by the revoked"), crew.a.identity.org)
    assert (layout.SIGNATURE, "its device was revoked") in theirs.doubts
    copy.state(authority, kind="org")
    assert {"opening", "signature"} <= kinds(copy.folder, crew)


@pytest.mark.parametrize("same_act", [True, False])
def test_events_of_one_act_are_one_revocation_and_acts_stand_beside_each_other(
    crew: Crew, same_act: bool
) -> None:
    _, early, late = revoked(crew)
    copy = forger(crew, crew.bundle(crew.a))
    (authority,) = copy.streams("authority")
    rows = copy.rows(authority)
    at = line_of(rows, "device.revoked")
    stated = json.loads(base64.b64decode(rows[at]["p"][0]["data"]))
    assert len(stated["lanes"]) > 1
    hub, first = crew.hub.folder, envelope_of(rows[at])
    added: Rows = []
    for number, lane in enumerate(stated["lanes"]):
        row: dict[str, Any] = {"r": None, "p": parts_of({**stated, "lanes": [lane]})}
        before = {"prev": id_of(added[-1])} if added else {}
        op = {} if same_act or not number else {"op": first["op"][:-4] + f"{number:04x}"}
        stated_ = {**first, **before, **op, "n": first["n"] + number, "lam": first["lam"] + number}
        sign(row, stated_, hub.authority_key)
        added.append(row)
    rows[at:] = added
    tree = Frontier()
    for seq, row in enumerate(rows, 1):
        receipt = json.loads(rows[0]["r"]) | {
            "seq": seq, "event_id": id_of(row), "sig_hash": hashlib.sha256(base64.b64decode(row["s"])).hexdigest(),
        }  # fmt: skip
        row["r"] = json.dumps(receipt, separators=(",", ":"))
        tree.append(leaf(row["r"].encode()))
    gen = next(each["gen"] for each in copy.statement["streams"] if each["stream"] == authority)
    point = make(Origin(crew.a.identity.org, authority, gen), tree.size, tree.root(), hub.log_key)
    (copy.folder / layout.checkpoints_of(authority)).write_text(point)
    copy.put(authority, rows)
    own = {
        each.event.id
        for each in crew.b.log.since(0, 10_000)
        if each.event.envelope.device == crew.b.identity.device
    }
    assert set(doubts(copy.folder, crew)) == (late if same_act else own & (early | late))


def test_what_the_hub_put_in_quarantine_counts_not(crew: Crew) -> None:
    crew.incident(crew.a)
    together(crew)
    stream = stream_of(crew)
    (event,) = crew.b.append([Draft(stream, "event.adopted", stream, ({"event": "0" * 64},))])
    together(crew)
    found = doubts(crew.bundle(crew.a), crew)
    assert set(found) == {event}
    assert "quarantined:role" in found[event]


def test_who_says_to_have_seen_another_history_is_not_believed(crew: Crew) -> None:
    ident = crew.incident(crew.a)
    together(crew)
    note(crew.a, incident=ident, text="not confirmed yet")
    out = crew.bundle(crew.a)
    stream = stream_of(crew)
    assert doubts(out, crew) == {}
    for change, why in (({"root": "0" * 64}, "another history"), ({"seq": 1}, "another history")):
        copy = forger(crew, out, f"seen {next(iter(change))}")
        rows = copy.rows(stream)
        assert rows[-1]["r"] is None
        copy.change(rows, len(rows) - 1, lambda stated, change=change: stated["seen"].update(change))  # type: ignore[misc]
        copy.put(stream, rows)
        assert why in doubts(copy.folder, crew)[id_of(rows[-1])]
    bare = forger(crew, out, "without the hub's word")
    bare.anchor(stream, [row | {"r": None} for row in bare.rows(stream)])
    one = run(
        bare.folder, crew.a.identity.org
    )  # nothing else shows it but what authors had seen, and a later checkpoint
    assert any("had seen receipts of a hub that are not here" in each for each in one.notes)
    later = crew.a.log.checkpoints(stream)[-1][2]
    assert {kind for kind, _, _ in run(bare.folder, crew.a.identity.org, (later,)).findings} & {
        "cut",
        "history",
    }


def test_several_generations_a_copied_device_and_a_privileged_record_pass(crew: Crew) -> None:
    ident = crew.incident(crew.a)
    together(crew)
    stream = stream_of(crew)
    old = crew.a.log.checkpoints(stream)[-1][2]
    crew.hub.back_up(crew.folder / "backup")
    note(crew.b, incident=ident, text="after the backup")
    together(crew)
    crew.hub.restore(crew.folder / "backup")
    together(crew)
    copy_unnoticed(crew.folder / "a", crew.folder / "copy")
    with station(crew.folder / "copy") as copy:
        note(crew.a, incident=ident, text="one branch")
        note(copy, incident=ident, text="the other")
        take(crew.a, folders=[str(crew.bundle(copy, "branch"))], yes=True)
    open_record(crew.a, incident=ident)
    out = crew.bundle(crew.a, restricted=True)
    copy_ = forger(crew, out)
    assert max(each["gen"] for each in copy_.statement["streams"]) > 1
    assert copy_.streams("privileged")
    one = run(out, crew.a.identity.org, (old,))
    assert one.findings == []
    assert any("copied or put back" in each for each in one.notes)
    assert any(stream in each and "end of record not provable" in each for each in one.notes)
    seen = look(crew.a, out)
    assert (seen.refused, seen.damages) == ("", ())
    copy_.state(stream, gen=1)
    assert kinds(copy_.folder, crew) & {"history", "cut"}
