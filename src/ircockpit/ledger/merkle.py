"""Merkle trees as RFC 6962 section 2.1 (and RFC 9162 section 2.1) defines them, over SHA-256."""

import hashlib
from collections.abc import Iterable, Sequence

from ircockpit.core.errors import BadInput

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf's input: ``SHA-256(0x00 ‖ data)``."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two sub-trees: ``SHA-256(0x01 ‖ left ‖ right)``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes, in order; :data:`EMPTY_ROOT` for none."""
    level = list(leaves)
    if not level:
        return EMPTY_ROOT
    # Pairing level by level, with a lone last node carried up, gives the same tree as splitting at the
    # largest power of two.
    while len(level) > 1:
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) & ~1 :]
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Sibling hashes that lead from leaf ``index`` to the root, nearest first; IndexError outside it."""
    return inclusion_proofs(leaves, (index,))[0]


def inclusion_proofs(leaves: Sequence[bytes], indexes: Sequence[int]) -> list[tuple[bytes, ...]]:
    """The proof of each of these leaves, the tree being computed once; IndexError outside it."""
    for index in indexes:
        if not 0 <= index < len(leaves):
            raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    proofs: list[list[bytes]] = [[] for _ in indexes]
    level, shift = list(leaves), 0
    while len(level) > 1:
        for index, proof in zip(indexes, proofs, strict=True):
            sibling = (index >> shift) ^ 1
            if sibling < len(level):
                proof.append(level[sibling])
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) & ~1 :]
        shift += 1
    return [tuple(proof) for proof in proofs]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162 section 2.1.3.2), to compare with a trusted one.

    Raises :class:`BadInput` where the proof cannot belong to a tree of this size.
    """
    if not 0 <= index < size:
        raise BadInput(f"no leaf {index} in a tree of {size}")
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadInput("the inclusion proof is too long for its tree")
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise BadInput("the inclusion proof is too short for its tree")
    return result


def consistency_proof(leaves: Sequence[bytes], first: int) -> tuple[bytes, ...]:
    """Hashes showing that the first ``first`` leaves are a prefix of this tree (RFC 9162 section 2.1.4.1)."""
    if not 0 < first <= len(leaves):
        raise IndexError(f"no prefix of {first} in a tree of {len(leaves)}")
    return tuple(_subproof(leaves, first, whole=True))


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    size = len(leaves)
    if first == size:
        return [] if whole else [root(leaves)]
    split = 1 << ((size - 1).bit_length() - 1)
    if first <= split:
        return [*_subproof(leaves[:split], first, whole=whole), root(leaves[split:])]
    return [*_subproof(leaves[split:], first - split, whole=False), root(leaves[:split])]


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of ``second`` leaves is shown to extend that of ``first`` (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


class Frontier:
    """The right edge of a growing tree: all it takes to append leaves and to state the root."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self._size = size
        self._hashes = list(hashes)
        if (
            size < 0
            or len(self._hashes) != size.bit_count()
            or any(len(h) != HASH_BYTES for h in self._hashes)
        ):
            raise BadInput(f"not the frontier of a tree of {size} leaves")

    @property
    def size(self) -> int:
        """Number of leaves appended."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Roots of the complete sub-trees, largest first: one for each bit set in ``size``."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        node = leaf
        for _ in range((self._size ^ (self._size + 1)).bit_count() - 1):
            node = node_hash(self._hashes.pop(), node)
        self._hashes.append(node)
        self._size += 1

    def root(self) -> bytes:
        """Root of the tree as it stands."""
        if not self._hashes:
            return EMPTY_ROOT
        result = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            result = node_hash(left, result)
        return result

    def copy(self) -> "Frontier":
        """Another frontier of the same tree, to try leaves on."""
        return Frontier(self._size, self._hashes)

    def encode(self) -> bytes:
        """Size as 8 bytes big-endian, then the hashes."""
        return self._size.to_bytes(8, "big") + b"".join(self._hashes)

    @classmethod
    def decode(cls, raw: bytes) -> "Frontier":
        """The frontier :meth:`encode` wrote, empty bytes an empty tree; raises :class:`BadInput`."""
        if not raw:
            return cls()
        if len(raw) < 8:
            raise BadInput("not a frontier: too short")
        hashes = [raw[i : i + HASH_BYTES] for i in range(8, len(raw), HASH_BYTES)]
        return cls(int.from_bytes(raw[:8], "big"), hashes)
