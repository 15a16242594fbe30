"""An insider makes a bundle anew with a device key: the verifier and the program each say what is wrong with it.

Two devices that never had a hub; the second joined by files and has a record of its own from before. Its bundle is
anchored by nobody but itself, so whatever it likes to state can be hashed, signed and sealed.
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.features.bundles.insider import Alone, Case, make_alone
from tests.support.forger import envelope_of, id_of, parts_of

from ircockpit.bundle import layout
from ircockpit.core.ids import entity_id, random_uuid
from ircockpit.ledger.certificate import DEVICE, HUB_AUTHORITY, HUB_LOG, issue
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.signing import SigningKey


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    return make_alone(tmp_path_factory.mktemp("alone"))


@pytest.fixture
def case(alone: Alone, tmp_path: Path) -> Case:
    return Case(alone, tmp_path)


def test_control_what_the_insider_forges_fits_when_nothing_is_forged(case: Case) -> None:
    case.envelope(1, lambda envelope: envelope.update(wall=envelope["wall"] + 1))
    one = case.verifier()
    assert (one.findings, one.doubts) == ([], [])
    assert case.program() == []
    assert case.doubted() == set()


def envelope(number: int, **fields: Any) -> Callable[[Case], None]:
    """An envelope of the insider's with other fields; a number is added to what was there."""

    def forge(case: Case) -> None:
        def change(stated: dict[str, Any]) -> None:
            for name, value in fields.items():
                stated[name] = stated[name] + value if name in ("lam", "n") else value

        case.envelope(number, change)

    return forge


def parts(number: int, *made: dict[str, str]) -> Callable[[Case], None]:
    """An event of the insider's with another body."""

    def forge(case: Case) -> None:
        case.rows[case.own[number]]["p"] = list(made)
        case.envelope(number, lambda _: None)

    return forge


def raw(data: bytes) -> dict[str, str]:
    return {"salt": base64.b64encode(bytes(16)).decode(), "data": base64.b64encode(data).decode()}


def elsewhere(case: Case) -> None:
    case.envelope(2, lambda stated: stated.update(ent=entity_id(case.alone.before)))


# -- what holds and does not count ---------------------------------------------------------------------------

NOT_COUNTING: dict[str, tuple[Callable[[Case], None], str]] = {
    "a Lamport number too high": (envelope(2, lam=5), "Lamport"),
    "a Lamport number too low": (envelope(2, lam=-1), "Lamport"),
    "a leap": (envelope(2, lam=2**40), "Lamport"),
    "in the name of another": (envelope(2, actor=random_uuid()), "author"),
    "of a thing elsewhere": (elsewhere, "another record"),
    "a field in two parts": (parts(2, *parts_of({"text": "yes"}, {"text": "no"})), "repeats a field"),
    "a part not padded": (parts(2, raw(b'{"text":"short"}')), "padded"),
}


@pytest.mark.parametrize("name", list(NOT_COUNTING))
def test_what_its_author_may_not_say_counts_not(case: Case, name: str) -> None:
    forge, why = NOT_COUNTING[name]
    forge(case)
    one = case.verifier()
    assert one.findings == []
    at = case.own[2]
    assert any(
        f"line {at + 1}, event {id_of(case.rows[at])}" in place and why in said for place, said in one.doubts
    )
    if name != "of a thing elsewhere":  # that one is left out when the record is folded
        assert id_of(case.rows[at]) in case.doubted()


# -- what does not hold --------------------------------------------------------------------------------------


def text(change: Callable[[str], str], number: int = 2) -> Callable[[Case], None]:
    """The text of an envelope, signed as it then is."""

    def forge(case: Case) -> None:
        row = case.rows[case.own[number]]
        case.forger.sign(row, change(row["e"]))
        case.anchor()

    return forge


def row(change: Callable[[dict[str, Any]], Any], number: int = 2) -> Callable[[Case], None]:
    """Something of a row that its author does not sign."""

    def forge(case: Case) -> None:
        change(case.rows[case.own[number]])
        case.anchor()

    return forge


def receipt(**fields: Any) -> Callable[[Case], None]:
    return lambda case: case.forger.anchor(case.alone.stream, case.rows, fields=fields)


def said(**fields: Any) -> Callable[[Case], None]:
    return lambda case: case.forger.say(**fields)


def stated(**fields: Any) -> Callable[[Case], None]:
    return lambda case: case.forger.state(case.alone.stream, **fields)


def made_by(**fields: Any) -> Callable[[Case], None]:
    return lambda case: case.forger.say(made_by={**case.forger.statement["made_by"], **fields})


def second_time(case: Case) -> None:
    case.rows.insert(3, dict(case.rows[2]))
    case.anchor()


def from_elsewhere(case: Case) -> None:
    case.rows.append(case.forger.rows(case.alone.before)[-1])
    case.anchor()


def genesis(**fields: Any) -> Callable[[Case], None]:
    """The genesis of the insider's own record, stating something else."""

    def forge(case: Case) -> None:
        stream = case.alone.before
        rows = case.forger.rows(stream)
        at = next(at for at, each in enumerate(rows) if envelope_of(each)["type"] == "stream.opened")
        words = json.loads(base64.b64decode(rows[at]["p"][0]["data"]))
        rows[at]["p"] = parts_of({**words, **fields}) if fields else [{"leaf": _leaf_of(rows[at]["p"][0])}]
        case.forger.change(rows, at, lambda _: None)
        case.forger.anchor(stream, rows)

    return forge


def _leaf_of(part: dict[str, str]) -> str:
    held = base64.b64decode(part["salt"]) + base64.b64decode(part["data"])
    return base64.b64encode(hashlib.sha256(b"\0" + held).digest()).decode()


def no_genesis(case: Case) -> None:
    """A record of the insider's own that is never opened, under an id of its choice."""
    stream = case.alone.before
    rows = [each for each in case.forger.rows(stream) if envelope_of(each)["type"] != "stream.opened"][:1]
    case.forger.anchor(stream, rows)


def foreign_lane(case: Case) -> None:
    """The lane opened under the certificate of the other device."""
    lines = (case.forger.folder / layout.CERTIFICATES).read_text().splitlines()
    for line in lines:
        raw_ = json.loads(line)["raw"]
        if json.loads(raw_)["device"] == case.alone.other and json.loads(raw_)["purpose"] == DEVICE:
            other = hashlib.sha256(b"ircockpit/certificate/1\0" + raw_.encode()).hexdigest()
    opening = case.rows[case.own[0]]
    opening["p"] = parts_of({"certificate": other, "predecessor": None})
    case.envelope(0, lambda _: None)


def cut_of_another(case: Case) -> None:
    """The last word of the other device left out, the lane stated as it then ends: no trace is left but the chain."""
    at = next(at for at, each in enumerate(case.rows) if envelope_of(each)["device"] == case.alone.other)
    del case.rows[at + 1]
    case.anchor()


def changed_words_of_another(case: Case) -> None:
    at = max(at for at, each in enumerate(case.rows) if envelope_of(each)["device"] == case.alone.other)
    case.forger.sign(case.rows[at], {**envelope_of(case.rows[at]), "wall": 1})
    case.anchor()


def own_key_for(purpose: str) -> Callable[[Case], None]:
    """A certificate that a device has issued as if it were the root."""

    def forge(case: Case) -> None:
        case.forger.certify(issue(
            case.alone.key, org=case.alone.org, subject=random_uuid(), device=random_uuid(),
            public=SigningKey.generate().public, purpose=purpose, not_before=1, serial=random_uuid(),
        ))  # fmt: skip

    return forge


def tree_of(**how: Any) -> Callable[[Case], None]:
    return lambda case: case.forger.anchor(case.alone.stream, case.rows, **how)


def file(name: str, content: bytes = b"x") -> Callable[[Case], None]:
    """A file more, in the manifests as if it belonged there."""

    def forge(case: Case) -> None:
        place = case.forger.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        case.forger.seal()

    return forge


def listed_tag(case: Case) -> None:
    content = b"Read this first"
    (case.forger.folder / "VERIFY_txt").write_bytes(content)
    path = case.forger.folder / layout.TAG_MANIFEST
    path.write_text(path.read_text() + f"{hashlib.sha256(content).hexdigest()}  VERIFY_txt\n")


def link(case: Case) -> None:
    (case.forger.folder / layout.INSTRUCTIONS).unlink()
    (case.forger.folder / layout.INSTRUCTIONS).symlink_to("/etc/hostname")


def pipe(case: Case) -> None:
    (case.forger.folder / layout.STATEMENT).unlink()
    os.mkfifo(case.forger.folder / layout.STATEMENT)


def traversal(case: Case) -> None:
    case.forger.seal()
    path = case.forger.folder / layout.MANIFEST
    path.write_text(path.read_text() + f"{'0' * 64}  data/../../x\n")


def unnamed(case: Case) -> None:
    """An evidence file that no entry names, listed and counted as the others are."""
    content = b"never recorded by anybody"
    (case.forger.folder / layout.blob_of(hashlib.sha256(content).hexdigest())).write_bytes(content)
    case.forger.say(files=case.forger.statement["files"] + 1)


def as_if(shape: str) -> Callable[[Case], None]:
    return lambda case: case.forger.say(shape=shape)


def twice(case: Case) -> None:
    case.forger.say(streams=[*case.forger.statement["streams"], case.forger.statement["streams"][0]])


PROGRAM_BEARS = {
    "a place left out", "a lane under the certificate of another", "a file that no entry names",
    "an own receipt that says quarantined", "an own receipt that says another time", "a word of another left out",
    "a record that is never opened", "a genesis withheld",
}  # fmt: skip
"""What a workstation takes over all the same, since it keeps such things and judges them where they must count."""

FORGERIES: dict[str, tuple[Callable[[Case], None], set[str]]] = {
    "a place left out": (envelope(3, n=1), {"dropped"}),
    "another event before it": (envelope(3, prev="0" * 64), {"chain"}),
    "the same event twice": (second_time, {"repeated"}),
    "an event of another record": (from_elsewhere, {"changed event"}),
    "a second opening of a lane": (envelope(3, type="lane.opened"), {"opening"}),
    "a lane that is not opened": (envelope(0, type="incident.noted"), {"opening"}),
    "an opening that states something else": (parts(0, *parts_of({"certificate": "x"})), {"opening"}),
    "a second genesis": (envelope(3, type="stream.opened"), {"opening"}),
    "a genesis of another organisation": (genesis(org="0" * 64), {"opening"}),
    "a genesis with another nonce": (genesis(nonce="0" * 32), {"opening"}),
    "a genesis of another kind": (genesis(kind="org"), {"opening"}),
    "a genesis withheld": (genesis(), {"opening"}),
    "a record that is never opened": (no_genesis, {"opening"}),
    "another kind than that of the genesis": (stated(kind="org"), {"opening"}),
    "a record said to be the authority's": (stated(kind="authority"), {"signature", "opening"}),
    "a lane under the certificate of another": (foreign_lane, {"certificate"}),
    "a word of another left out": (cut_of_another, {"dropped"}),
    "words of another changed": (changed_words_of_another, {"signature"}),
    "a field more in an envelope": (text(lambda e: e[:-1] + ',"x":1}'), {"unreadable"}),
    "a field twice in an envelope": (text(lambda e: f'{{"v":{FORMAT},{e[1:]}'), {"unreadable"}),
    "a fraction": (text(lambda e: e.replace('"tv":1,', '"tv":1.0,')), {"unreadable"}),
    "not a number": (text(lambda e: e.replace('"tv":1,', '"tv":NaN,')), {"unreadable"}),
    "true for one": (text(lambda e: e.replace('"tv":1,', '"tv":true,')), {"unreadable"}),
    "a number beyond all": (text(lambda e: e.replace('"tv":1,', f'"tv":{2**53},')), {"unreadable"}),
    "a number of many digits": (text(lambda e: e.replace('"tv":1,', f'"tv":{"9" * 3000},')), {"unreadable"}),
    "other digits": (text(lambda e: e.replace('"offq":"none"', '"offq":"nоne"')), {"unreadable"}),
    "half a character": (text(lambda e: e.replace('"offq":"none"', '"offq":"\\ud800"')), {"unreadable"}),
    "a larger envelope": (text(lambda e: e + " " * 4096), {"unreadable"}),
    "bytes before it": (text(lambda e: "\ufeff" + e), {"unreadable"}),
    "no version that is known": (envelope(2, v=9), {"unreadable"}),
    "no time there is": (envelope(2, occurred="yesterday"), {"unreadable"}),
    "a base named twice": (envelope(2, base=["0" * 64] * 2), {"unreadable"}),
    "more bases than may be": (envelope(2, base=[f"{n:064x}" for n in range(41)]), {"unreadable"}),
    "a part more": (row(lambda r: r["p"].append(parts_of({"x": 1})[0])), {"changed part"}),
    "a leaf of another length": (row(lambda r: r["p"].append({"leaf": "AAAA"})), {"unreadable"}),
    "a part with its leaf beside it": (row(lambda r: r["p"][0].update(leaf="A" * 43 + "=")), {"unreadable"}),
    "a part without its salt": (row(lambda r: r["p"][0].pop("salt")), {"unreadable"}),
    "base64 in another spelling": (row(lambda r: r.update(s=_spelled(r["s"]))), {"unreadable"}),
    "a field more in a row": (row(lambda r: r.update(i=None)), {"unreadable"}),
    "an own receipt that says quarantined": (receipt(verdict="quarantined:role"), {"receipt"}),
    "an own receipt that says another time": (receipt(received_at=1), {"receipt"}),
    "a receipt of another place": (receipt(seq=3), {"reordered", "dropped"}),
    "a receipt of another event": (receipt(event_id="0" * 64), {"receipt"}),
    "a receipt of another signature": (receipt(sig_hash="0" * 64), {"receipt"}),
    "a receipt with a field more": (receipt(x=1), {"unreadable"}),
    "a tree signed by somebody": (tree_of(key=SigningKey.generate()), {"checkpoint"}),
    "a tree of another generation": (tree_of(gen=1), {"history"}),
    "said to be the hub's": (stated(anchor="hub"), {"checkpoint"}),
    "said to have no anchor": (stated(anchor="none"), {"checkpoint"}),
    "other numbers than are there": (stated(rows=1), {"dropped"}),
    "a head that is not there": (
        stated(heads=[{"device": random_uuid(), "epoch": "0" * 16, "n": 1, "event": "0" * 64}]), {"dropped"}
    ),
    "an extract that is none": (as_if("extract"), {"unreadable"}),
    "a record named twice": (twice, {"unreadable"}),
    "made by another device": (made_by(device=random_uuid()), {"bag signature"}),
    "made by another user": (made_by(user=random_uuid()), {"bag signature"}),
    "made under another certificate": (made_by(certificate="0" * 64), {"bag signature"}),
    "of another organisation": (said(org="0" * 64), {"root"}),
    "with another root": (said(root="0" * 64), {"root"}),
    "a file that no entry names": (unnamed, {"extra"}),
    "a file beside the layout": (file("data/READ_ME_FIRST.txt"), {"manifest"}),
    "a hidden file": (file("data/.hidden"), {"manifest"}),
    "a name in other letters": (file("data/STATEMENT.json"), {"manifest"}),
    "a name that looks like one of the layout": (listed_tag, {"manifest"}),
    "a file at the top": (file("fetch.txt"), {"extra"}),
    "a name that leads out": (traversal, {"manifest"}),
    "a link": (link, {"unreadable"}),
    "a pipe": (pipe, {"unreadable"}),
}  # fmt: skip


def _spelled(given: str) -> str:
    """The same bytes in base64 that ends in other bits."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = given.rstrip("=")
    return body[:-1] + letters[letters.index(body[-1]) + 1] + "=" * (len(given) - len(body))


def test_strange_words_of_an_author_do_not_make_a_bundle_unreadable(case: Case) -> None:
    at = next(n for n, at in enumerate(case.own) if envelope_of(case.rows[at])["type"] == "evidence.added")
    case.rows[case.own[at]]["p"] = parts_of({"sha256": ["x"], "lanes": {}, "device": []})
    case.envelope(at, lambda _: None)
    assert {(kind, what) for kind, _, what in case.verifier().findings} == {
        ("extra", "no entry in this bundle names this file")
    }
    assert case.program() == []


@pytest.mark.parametrize("purpose", [DEVICE, HUB_LOG, HUB_AUTHORITY])
def test_a_certificate_by_a_device_is_as_if_it_were_not_there(case: Case, purpose: str) -> None:
    own_key_for(purpose)(case)
    one = case.verifier()
    assert (one.findings, case.program()) == ([], [])
    assert any("not of the root" in each for each in one.notes)
    path = case.forger.folder / layout.CERTIFICATES  # nothing stands on it: what needs it is found
    kept = [line for line in path.read_text().splitlines() if case.alone.org not in json.loads(line)["raw"]]
    path.write_text("".join(f"{line}\n" for line in kept))
    own_key_for(purpose)(case)
    assert {"bag signature", "signature"} <= case.found()


@pytest.mark.parametrize("name", list(FORGERIES))
def test_what_an_insider_forges_is_found_by_both(case: Case, name: str) -> None:
    forge, kinds = FORGERIES[name]
    forge(case)
    assert case.found() & kinds, (case.found(), case.verifier().findings[:5])
    assert bool(case.program()) != (name in PROGRAM_BEARS), case.program()
