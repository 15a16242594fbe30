"""Test vectors of the format: inputs with what they must give, and signed text that must be refused.

They are for whoever writes another reader (docs/format.md). One that was written from the page alone, ``second``, has to
give the same.
"""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from tests.ledger import second
from tests.ledger.vectors import VECTORS, vectors
from tests.support.mutations import Mutator

from ircockpit.core.errors import BadInput, CockpitError
from ircockpit.core.ids import belongs
from ircockpit.ledger import certificate, envelope, merkle, receipt
from ircockpit.ledger.checkpoint import parse_and_verify
from ircockpit.ledger.grant import read_grant, read_request
from ircockpit.ledger.parts import is_padded, read_part, seal_part
from ircockpit.ledger.signing import verify

READERS: dict[str, Callable[[bytes], object]] = {
    "envelope": envelope.decode,
    "certificate": certificate.decode,
    "receipt": receipt.decode,
}
SECOND: dict[str, Callable[[bytes], object]] = {
    "envelope": second.envelope,
    "certificate": second.certificate,
    "receipt": second.receipt,
}


def given() -> Any:
    return json.loads(VECTORS.read_text("ascii"))


def test_the_vectors_are_what_they_were() -> None:
    made = json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n"
    if os.environ.get("GOLDEN") == "write":
        VECTORS.write_text(made, "ascii")
    assert VECTORS.read_text("ascii") == made


@pytest.mark.parametrize("name", READERS)
def test_what_must_be_refused_is_and_nothing_else(name: str) -> None:
    texts, fine = given()["refused"][name], given()["accepted"][name]
    assert len(texts) >= 15
    for text in texts:
        with pytest.raises(BadInput):
            READERS[name](text.encode())
        with pytest.raises(second.RefusedError):
            SECOND[name](text.encode())
    for text in fine:
        READERS[name](text.encode())
        assert SECOND[name](text.encode()) == json.loads(text)


def test_a_thing_belongs_to_the_stream_whose_tag_it_carries() -> None:
    pairs = given()["entity_id"]
    for pair in pairs:
        for reader in (belongs, second.belongs):
            assert [reader(pair["thing"], other["stream"]) for other in pairs] == [
                other is pair for other in pairs
            ]
            assert reader(pair["stream"], pair["stream"])


def test_signatures_hold_for_one_purpose_and_in_one_form() -> None:
    for each in given()["signature"]:
        public, over, sig = (bytes.fromhex(each[key]) for key in ("public", "digest", "sig"))
        assert second.signed(public, each["purpose"], over, sig)
    for each in given()["signature_refused"]:
        public, over, sig = (bytes.fromhex(each[key]) for key in ("public", "digest", "sig"))
        assert not second.signed(public, each["purpose"], over, sig)
        assert not verify(public, each["purpose"], over, sig)


def test_proofs_lead_to_the_root() -> None:
    for each in given()["inclusion"]:
        leaves = [second.leaf(bytes.fromhex(i)) for i in each["leaf_inputs"]]
        proof, index = [bytes.fromhex(node) for node in each["proof"]], each["index"]
        assert second.climb(index, len(leaves), leaves[index], proof).hex() == each["root"]
        assert merkle.root_from_inclusion(index, len(leaves), leaves[index], proof).hex() == each["root"]


def test_what_a_part_states() -> None:
    for each in given()["part"]:
        data = each["data"].encode()
        part = seal_part(bytes(16), data)
        assert is_padded(part) == (len(data) in second.SIZES) == ("does_not_count" not in each)
        if "refused" in each:
            with pytest.raises(second.RefusedError):
                second.part(data)
            with pytest.raises(BadInput):
                read_part(part)
        else:
            assert second.part(data) == read_part(part) == each.get("states", json.loads(data))


def test_who_is_trusted() -> None:
    for each in given()["trust"]:
        pairs = [(c["raw"].encode(), second.unbase64(c["sig"], 64)) for c in each["certificates"]]
        for order in (pairs, pairs[::-1]):
            found = second.Trust(bytes.fromhex(each["root"]), order)
            assert sorted(found.trusted) == each["trusted"]
            assert sorted(found.lanes.keys() - found.trusted.keys()) == each["lanes"]
    assert {len(each["trusted"]) for each in given()["trust"]} >= {0, 1, 2, 3, 10}


def test_checkpoints_are_read_the_same() -> None:
    for each in given()["checkpoint"]:
        public = bytes.fromhex(each["public"])
        if "refused" in each:
            with pytest.raises(CockpitError):
                parse_and_verify(each["note"], public)
            with pytest.raises(second.RefusedError):
                second.checkpoint(each["note"], public)
        else:
            mine, program = second.checkpoint(each["note"], public), parse_and_verify(each["note"], public)
            assert (
                (mine.origin, mine.size, mine.root.hex())
                == (each["origin"], each["size"], each["root"])
                == program
            )


def test_requests_and_grants() -> None:
    said = given()["joining"]
    for each in said["requests"]:
        digest = second.sha(b"ircockpit/request/1\0", second.canonical(each["request"]))
        assert (digest.hex(), second.fingerprint(digest)) == (each["digest"], each["fingerprint"])
        for by, sig in (("key", "sig"), ("replaces", "sig_before")):
            public = each["request"][by]
            assert (public is None) == (each[sig] is None)
            assert public is None or second.signed(
                bytes.fromhex(public), "request", digest, second.unbase64(each[sig], 64)
            )
        assert (
            read_request({key: each[key] for key in ("request", "sig", "sig_before")}).digest
            == each["digest"]
        )
    grant = said["grant"]
    root = bytes.fromhex(grant["grant"]["org_root"])
    digest = second.sha(b"ircockpit/grant/1\0", second.canonical(grant["grant"]))
    assert second.signed(root, "grant", digest, second.unbase64(grant["sig"], 64))
    assert second.certificate_id(grant["certificates"][0]["raw"].encode()) == grant["grant"]["certificate"]
    assert read_grant(grant)[0].request == said["requests"][0]["digest"]
    assert second.fingerprint(second.key_id(root)) == said["organisation"]["fingerprint"]
    enroll, session = said["enroll"], said["session"]
    assert second.sha(b"ircockpit/enroll/1\0", second.canonical(enroll["asked"])).hex() == enroll["digest"]
    signing_in = second.canonical([session["org"], session["device"], session["nonce"]])
    assert second.sha(b"ircockpit/session/1\0", signing_in).hex() == session["digest"]


def test_what_the_page_says_in_words_gives_the_same_bytes() -> None:
    known = given()
    for each in known["key_id"]:
        assert second.key_id(bytes.fromhex(each["public"])).hex() == each["id"]
    for each in known["uuid8"]:
        assert second.uuid8(bytes.fromhex(each["digest"])) == each["uuid"]
    for each in known["stream_id"]:
        org, nonce = bytes.fromhex(each["org"]), bytes.fromhex(each["nonce"])
        assert second.stream_id(org, each["kind"], nonce) == each["stream"]
    for each in known["named_id"]:
        assert second.named_id(each["stream"], each["purpose"], *each["words"]) == each["id"]
    for each in known["merkle_root"]:
        assert second.tree([second.leaf(bytes.fromhex(i)) for i in each["leaf_inputs"]]).hex() == each["root"]
    for each in known["body"]:
        datas = [data.encode() for data in each["data"]]
        leaves = [second.leaf(bytes.fromhex(s) + d) for s, d in zip(each["salts"], datas, strict=True)]
        assert [leaf.hex() for leaf in leaves] == each["leaves"]
        assert second.body(leaves) == each["body"]
        assert [second.part(data) for data in datas] == each["objects"]
        assert [second.padded(value) for value in each["objects"]] == datas
    for each in known["manifest"]:
        assert second.manifest(b"a" * each["size"]) == each["digest"]


def taken(read: Callable[[bytes], object], raw: bytes) -> tuple[bool, object]:
    try:
        return True, read(raw)
    except (CockpitError, second.RefusedError, UnicodeDecodeError):
        return False, None


@pytest.mark.parametrize("name", [*READERS, "part", "note"])
def test_both_readers_take_and_refuse_the_same_of_what_was_made_wrong(name: str) -> None:
    known = given()
    public = bytes.fromhex(known["checkpoint"][0]["public"])
    mine: dict[str, Callable[[bytes], object]] = {
        **SECOND,
        "part": second.part,
        "note": lambda raw: tuple(second.checkpoint(raw.decode(), public)[:2]),
    }
    program: dict[str, Callable[[bytes], object]] = {
        **READERS,
        "part": lambda raw: read_part(seal_part(bytes(16), raw)),
        "note": lambda raw: tuple(parse_and_verify(raw.decode(), public)[:2]),
    }
    texts = {
        "part": [each["data"] for each in known["part"]],
        "note": [each["note"] for each in known["checkpoint"]],
        **{kind: known["accepted"][kind] + known["refused"][kind] for kind in READERS},
    }[name]
    mutator, sound = Mutator(7), 0
    for number in range(1500):
        raw = texts[number % len(texts)].encode()
        if number >= len(texts):
            raw = mutator.raw(raw, texts[number * 7 % len(texts)].encode())
        one, other = taken(program[name], raw), taken(mine[name], raw)
        assert one[0] == other[0], raw
        if name in ("part", "note"):
            assert one == other, raw
        sound += one[0]
    assert sound > 4, "some are taken"
