"""The one-file verifier: what was tampered with is caught and located, what is whole passes, and nothing makes it fall over."""

import base64
import copy
import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from tests.features.bundles.tampering import KINDS
from tests.support.bundles import Copy, Specimen, located, run

from ircockpit.bundle import layout
from ircockpit.bundle.ircockpit_verify import Unjudged

POSITIONS = 50
"""Of each kind of tampering; a thousand in the long suite."""


def tamper(whole: Copy, kind: str, positions: int) -> None:
    for position in range(positions):
        rng = random.Random(f"{kind} {position}")  # noqa: S311 - to be the same again
        kinds, file, line = KINDS[kind](whole, rng)
        one = whole.found(later=kind == "cut tail")
        assert located(one, kinds, file, line), (kind, position, file, line, one.findings)
        if kind == "cut tail":  # without the later checkpoint it says that it cannot tell
            blind = whole.found()
            assert not blind.findings
            assert any("end of record not provable" in note for note in blind.notes)
        whole.restore()
    one = whole.found()
    assert not one.findings


@pytest.mark.parametrize("kind", list(KINDS))
def test_tampering_is_caught_and_located(whole: Copy, kind: str) -> None:
    tamper(whole, kind, POSITIONS)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", list(KINDS))
def test_tampering_is_caught_and_located_everywhere(whole: Copy, kind: str) -> None:
    tamper(whole, kind, 1000)


def test_what_is_whole_passes_and_says_what_it_cannot_prove(whole: Copy, specimen: Specimen) -> None:
    one = whole.found()
    assert one.findings == []
    assert any("1 parts are withheld or erased" in note for note in one.notes)
    assert any("end of record not provable" in note for note in one.notes)
    rows = copy.deepcopy(whole.rows)
    leaf = hashlib.sha256(
        b"\0" + base64.b64decode(rows[2]["p"][0]["salt"]) + base64.b64decode(rows[2]["p"][0]["data"])
    ).digest()
    rows[2]["p"][0] = {"leaf": base64.b64encode(leaf).decode()}
    whole.put(rows)  # one more part taken away as it should be
    assert whole.found().findings == []


def test_an_extract_passes_and_a_wrong_proof_does_not(specimen: Specimen, tmp_path: Path) -> None:
    chosen = Copy(specimen.extract, tmp_path / "chosen", specimen)
    one = chosen.found()
    assert one.findings == []
    assert any("what was not chosen" in note for note in one.notes)
    for line, row in enumerate(chosen.rows):
        for change in (
            {"i": row["i"][:-1]} if row["i"] else {"r": None},
            {"i": [*(row["i"] or ()), "A" * 43 + "="]},
        ):
            if row["r"] is None:
                continue
            rows = copy.deepcopy(chosen.rows)
            rows[line] |= change
            chosen.put(rows)
            assert located(chosen.found(), {"proof", "unreadable"}, chosen.file, line + 1)


def test_a_device_that_nobody_certified_vouches_for_nothing(whole: Copy) -> None:
    path = whole.folder / layout.CERTIFICATES
    lines = path.read_text().splitlines(keepends=True)
    for leave in range(len(lines)):
        path.write_text("".join(line for at, line in enumerate(lines) if at != leave))
        whole.seal()
        one = whole.found()
        stated = json.loads(json.loads(lines[leave])["raw"])
        if stated["org"] == whole.specimen.org and stated["purpose"] in (
            "device",
            "hub-log",
            "hub-authority",
        ):
            assert one.findings, stated["purpose"]
    whole.restore()
    assert run(whole.folder, "0" * 64).findings[0][0] == "root"


def strange(value: Any, rng: random.Random) -> Any:
    """The value with one place in it replaced by something else."""
    others: list[Any] = [
        None,
        True,
        -1,
        2**70,
        1.5,
        "",
        "é\x1b[2J",
        "0" * 64,
        [],
        {},
        [[]],
        {"leaf": 3},
        "A" * 9,
    ]
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(sorted(value))
        if rng.random() < 0.1:
            return {each: held for each, held in value.items() if each != key}
        if isinstance(value[key], str) and value[key].startswith("{") and rng.random() < 0.7:
            return {**value, key: json.dumps(strange(json.loads(value[key]), rng))}
        return {**value, key: strange(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = rng.randrange(len(value))
        return [*value[:at], strange(value[at], rng), *value[at + 1 :]]
    return rng.choice(others)


def fall_over(whole: Copy, rounds: int) -> None:
    """Strange bytes and strange values, sealed as if they were right: any word of it, and never a traceback."""
    names = sorted(path for path in whole.folder.rglob("*") if path.is_file())
    for number in range(rounds):
        rng = random.Random(f"strange {number}")  # noqa: S311 - to be the same again
        path = rng.choice(names)
        raw = path.read_bytes()
        if path.suffix in (".json", ".ndjson") and rng.random() < 0.7:
            lines = [raw] if path.suffix == ".json" else raw.splitlines()
            at = rng.randrange(len(lines))
            lines[at] = json.dumps(strange(json.loads(lines[at]), rng)).encode()
            path.write_bytes(b"\n".join(lines) + b"\n")
        else:
            at = rng.randrange(len(raw))
            path.write_bytes(raw[:at] + rng.randbytes(rng.randrange(9)) + raw[at + rng.randrange(40) :])
        if rng.random() < 0.8 and not path.name.startswith(("manifest", "tagmanifest")):
            whole.seal()
        try:
            one = whole.found(later=rng.random() < 0.3)
        except Unjudged:
            whole.restore()
            continue
        assert one.findings or path.name in layout.TAGS or raw == path.read_bytes() or one.notes
        whole.restore()


def test_nothing_makes_it_fall_over(whole: Copy) -> None:
    fall_over(whole, 300)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_nothing_makes_it_fall_over_at_length(whole: Copy) -> None:
    fall_over(whole, 10_000)
