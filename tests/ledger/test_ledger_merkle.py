"""Trees against the published vectors, against the definition, and proofs at every size."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.ledger import merkle

# The eight entries that Certificate Transparency implementations test with, and their published hashes.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAF_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
NODE_2_3 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
NODE_4_5 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
NODE_6_7 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
NODE_4_7 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSION = [
    (0, 1, []),
    (0, 8, [LEAF_1, NODE_2_3, NODE_4_7]),
    (5, 8, [LEAF_4, NODE_6_7, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], NODE_2_3, LEAF_4]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [LEAF_1, NODE_2_3, NODE_4_7]),
    (6, 8, [NODE_4_5, NODE_6_7, ROOTS[4]]),
    (2, 5, [NODE_2_3, LEAF_4]),
]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
MANY = [merkle.leaf_hash(bytes([i])) for i in range(40)]


def defined_root(entries: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + defined_root(entries[:split]) + defined_root(entries[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]
    frontier = merkle.Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
    assert frontier.root().hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_the_published_inclusion_proofs(index: int, size: int, proof: list[str]) -> None:
    made = merkle.inclusion_proof(LEAVES[:size], index)
    assert [node.hex() for node in made] == proof
    assert merkle.root_from_inclusion(index, size, LEAVES[index], made).hex() == ROOTS[size]


@pytest.mark.parametrize(("first", "second", "proof"), CONSISTENCY)
def test_the_published_consistency_proofs(first: int, second: int, proof: list[str]) -> None:
    made = merkle.consistency_proof(LEAVES[:second], first)
    assert [node.hex() for node in made] == proof
    assert merkle.verify_consistency(
        first, second, bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second]), made
    )


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_every_way_to_the_root_is_the_definition(entries: list[bytes]) -> None:
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    frontier = merkle.Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    assert merkle.root(leaves) == frontier.root() == defined_root(entries)
    again = merkle.Frontier.decode(frontier.encode())
    assert (again.size, again.hashes, again.root()) == (len(entries), frontier.hashes, frontier.root())


@pytest.mark.parametrize("size", range(1, 41))
def test_inclusion_is_proved_for_every_leaf_and_for_no_other(size: int) -> None:
    leaves = MANY[:size]
    root = merkle.root(leaves)
    for index, leaf in enumerate(leaves):
        proof = merkle.inclusion_proof(leaves, index)
        assert merkle.root_from_inclusion(index, size, leaf, proof) == root
        assert merkle.root_from_inclusion(index, size, merkle.leaf_hash(b"another"), proof) != root
        with pytest.raises(BadInput):
            merkle.root_from_inclusion(index, size, leaf, [*proof, root])
        if proof:
            with pytest.raises(BadInput):
                merkle.root_from_inclusion(index, size, leaf, proof[:-1])
            other = (index + 1) % size
            try:
                elsewhere = merkle.root_from_inclusion(other, size, leaf, proof)
            except BadInput:
                continue
            assert elsewhere != root


@pytest.mark.parametrize("second", range(1, 41))
def test_consistency_is_proved_for_every_prefix_and_no_other_history(second: int) -> None:
    root = merkle.root(MANY[:second])
    for first in range(1, second + 1):
        old = merkle.root(MANY[:first])
        proof = merkle.consistency_proof(MANY[:second], first)
        assert merkle.verify_consistency(first, second, old, root, proof)
        rewritten = merkle.root([merkle.leaf_hash(b"rewritten"), *MANY[1:first]])
        assert not merkle.verify_consistency(first, second, rewritten, root, proof)
        assert not merkle.verify_consistency(first, second, old, rewritten, proof)
        assert not merkle.verify_consistency(first, second, old, root, [*proof, root])
        if proof:
            assert not merkle.verify_consistency(first, second, old, root, proof[:-1])
            changed = (bytes(32), *proof[1:])
            assert not merkle.verify_consistency(first, second, old, root, changed)


def test_what_lies_outside_a_tree_is_refused() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_proof(LEAVES, 8)
    with pytest.raises(IndexError):
        merkle.consistency_proof(LEAVES, 9)
    with pytest.raises(BadInput):
        merkle.root_from_inclusion(8, 8, LEAVES[0], ())
    assert not merkle.verify_consistency(0, 8, merkle.EMPTY_ROOT, merkle.root(LEAVES), ())
    assert not merkle.verify_consistency(9, 8, merkle.root(LEAVES), merkle.root(LEAVES), ())
    assert not merkle.verify_consistency(3, 8, merkle.root(LEAVES[:3]), merkle.root(LEAVES), ())


def test_a_leaf_never_reads_as_a_node() -> None:
    left, right = LEAVES[:2]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00" * 7,
        (1).to_bytes(8, "big"),
        (3).to_bytes(8, "big") + bytes(32),
        (2).to_bytes(8, "big") + bytes(64),
        (1).to_bytes(8, "big") + bytes(31),
        (1).to_bytes(8, "big") + bytes(33),
    ],
)
def test_a_damaged_frontier_is_refused(raw: bytes) -> None:
    with pytest.raises(BadInput):
        merkle.Frontier.decode(raw)


def test_a_copy_of_a_frontier_grows_alone() -> None:
    frontier = merkle.Frontier()
    frontier.append(LEAVES[0])
    trial = frontier.copy()
    trial.append(LEAVES[1])
    assert (frontier.size, trial.size) == (1, 2)
    assert frontier.root().hex() == ROOTS[1]
    assert merkle.Frontier.decode(b"").root() == merkle.EMPTY_ROOT
