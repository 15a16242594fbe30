"""JSON signatures (JSS, ITU-T X.590) of playbooks over their canonical form (RFC 8785): made with Ed25519, and verified.

What is signed is the playbook with this one signature in ``signatures``, without its ``value`` (and without a
countersignature, which came later). Over which bytes the algorithm then goes is read in three ways by those who write
such signatures: the canonical text itself, the bytes of its hash, or the hash in hexadecimal text. The worked example of
CACAO 2.0 does the last, so that is how signatures are made here; all three are tried and the one that held is named.

A key in the file proves that the file was not changed since its owner signed; who that is says only a list of known keys.
Nothing is fetched: ``cert_url`` is not followed, a certificate is taken for its key alone.
"""

import hashlib
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.core.jcs import canonical_bytes
from ircockpit.features.playbooks.changes import made_id
from ircockpit.features.playbooks.model import thawed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes

    from ircockpit.ledger.signing import SigningKey

_ED25519 = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410)."""
_LEAST_RSA_BITS = 2048
_HASHES = {
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "sha3256": "sha3_256",
    "sha3512": "sha3_512",
}
_CURVES = {"ES256": ("secp256r1", 32), "ES384": ("secp384r1", 48), "ES512": ("secp521r1", 66)}
MAX_VERIFIED = 32
"""Signatures of one playbook that are looked at: each takes the whole of it once more."""
VERIFIED = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "Ed448",
)
"""The algorithms that can be verified here; those of the vocabulary based on hashes alone (XMSS, LMS) cannot."""


class Reading(StrEnum):
    """Over which bytes a signature goes."""

    CANONICAL = "the canonical text"
    DIGEST = "the bytes of its hash"
    HEX = "its hash in hexadecimal text"


class KnownKey(NamedTuple):
    """A signer somebody trusts: a name, the public key (SubjectPublicKeyInfo, DER), the certificate where there is one."""

    name: str
    key: bytes
    certificate: bytes = b""


class Verdict(NamedTuple):
    """What is known of one signature.

    ``number`` is its place in the list. ``holds`` is None where it could not be checked; ``why`` says why it does not hold
    or was not checked. ``key`` is the SHA-256 of the public key in hex, "" where none was found. ``signer`` is the name of
    the known key, "" for a stranger; ``signee`` is what the file says of itself. ``same_version`` is whether it is stated
    to be of this playbook and version.
    """

    number: int
    holds: bool | None
    algorithm: str
    reading: Reading | None
    key: str
    signer: str
    signee: str
    same_version: bool
    why: str = ""


class _Unchecked(Exception):
    """Why a signature cannot be checked here."""


def verify(playbook: Mapping[str, Any], known: Iterable[KnownKey] = ()) -> tuple[Verdict, ...]:
    """A verdict for every signature of a playbook's JSON, in its order; nothing in it raises."""
    value = thawed(playbook)
    signatures = value.get("signatures")
    keys = tuple(known)
    if not isinstance(signatures, list):
        return ()
    return tuple(_verdict(value, index, each, keys) for index, each in enumerate(signatures))


def signed_bytes(playbook: Mapping[str, Any], signature: Mapping[str, Any]) -> bytes:
    """The canonical text that a signature is about; raises :class:`BadInput` where there is none."""
    bare = {name: each for name, each in signature.items() if name not in ("value", "signature")}
    return canonical_bytes({**playbook, "signatures": [bare]})


def sign(
    playbook: Mapping[str, Any], key: "SigningKey", *, signee: str, at: str, reading: Reading = Reading.HEX
) -> dict[str, Any]:
    """The playbook's JSON with one more signature, after those it has.

    ``at`` is the time of signing as CACAO writes it. The id comes from key, playbook and time: signing twice the same is
    the same.
    """
    value = thawed(playbook)
    public = _ED25519 + key.public
    stated = f"{public.hex()} {value['id']} {value['modified']} {at}"
    signature: dict[str, Any] = {
        "type": "jss",
        "id": made_id("jss", stated),
        "created": at,
        "modified": at,
        "signee": signee,
        "related_to": value["id"],
        "related_version": value["modified"],
        "hash_algorithm": "sha-256",
        "algorithm": "Ed25519",
        "public_key": b64encode(public).decode(),
    }
    message = _message(signed_bytes(value, signature), "sha256", reading)
    signature["value"] = urlsafe_b64encode(key.sign_foreign(message)).decode().rstrip("=")
    value["signatures"] = [*value.get("signatures", ()), signature]
    return dict(value)


def _verdict(value: dict[str, Any], index: int, signature: Any, known: tuple[KnownKey, ...]) -> Verdict:
    json = signature if isinstance(signature, dict) else {}
    algorithm, signee = _text(json, "algorithm"), _text(json, "signee")
    same = json.get("related_to") == value.get("id") and json.get("related_version") == value.get("modified")
    verdict = Verdict(index, None, algorithm, None, "", "", signee, same)
    if index >= MAX_VERIFIED:
        return verdict._replace(why=f"only the first {MAX_VERIFIED} signatures are looked at")
    try:
        public = _public_key(json, known)
        verdict = verdict._replace(key=hashlib.sha256(public).hexdigest(), signer=_name_of(public, known))
        check = _checker(algorithm, public)
        whole, raw = signed_bytes(value, json), _decoded(_text(json, "value"), url=True)
    except (_Unchecked, BadInput) as error:
        return verdict._replace(why=str(error))
    if not raw:
        return verdict._replace(holds=False, why="it has no value that could be a signature")
    how = _HASHES.get(_text(json, "hash_algorithm").lower().replace("-", ""), "")
    for reading in Reading:
        if (how or reading is Reading.CANONICAL) and check(raw, _message(whole, how, reading)):
            return verdict._replace(holds=True, reading=reading)
    return verdict._replace(holds=False, why="the playbook is not what was signed, or another key signed it")


def _text(json: Mapping[str, Any], name: str) -> str:
    value = json.get(name)
    return value if isinstance(value, str) else ""


def _message(whole: bytes, how: str, reading: Reading) -> bytes:
    if reading is Reading.CANONICAL:
        return whole
    digest = hashlib.new(how, whole)
    return digest.digest() if reading is Reading.DIGEST else digest.hexdigest().encode()


def _name_of(public: bytes, known: tuple[KnownKey, ...]) -> str:
    return next((each.name for each in known if each.key == public), "")


def _public_key(json: Mapping[str, Any], known: tuple[KnownKey, ...]) -> bytes:
    """The key that a signature names, as SubjectPublicKeyInfo."""
    if "public_key" in json:
        words = "".join(
            line for line in _text(json, "public_key").splitlines() if not line.startswith("-----")
        )
        raw = _decoded(words)
        if not raw:
            raise _Unchecked("its public key is not base64")
        return _ED25519 + raw if len(raw) == 32 and _text(json, "algorithm") == "Ed25519" else raw
    chain = json.get("public_cert_chain")
    if isinstance(chain, list) and chain and isinstance(chain[0], str):
        return _key_of_certificate(_decoded(chain[0]))
    if "thumbprint" in json:
        wanted = _decoded(_text(json, "thumbprint"), url=True)
        for each in known:
            if wanted and wanted in (
                hashlib.sha256(each.certificate).digest(),
                hashlib.sha256(each.key).digest(),
            ):
                return each.key
        raise _Unchecked("it names its key by a thumbprint alone, and no known key has it")
    raise _Unchecked("its key would have to be fetched, and nothing is fetched here")


def _key_of_certificate(raw: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    try:
        key = load_der_x509_certificate(raw).public_key()
        return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except Exception:  # whatever a stranger's certificate makes the reader raise
        raise _Unchecked("its certificate cannot be read") from None


def _decoded(text: str, *, url: bool = False) -> bytes:
    try:
        words = "".join(text.split()).rstrip("=")
        padded = words + "=" * (-len(words) % 4)
        return urlsafe_b64decode(padded) if url else b64decode(padded, validate=True)
    except ValueError:
        return b""


def _checker(algorithm: str, public: bytes) -> Callable[[bytes, bytes], bool]:
    """Whether a signature is this key's over a message, by the algorithm that is stated and no other."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if algorithm not in VERIFIED:
        raise _Unchecked(f"the algorithm {algorithm[:40] or 'is not stated and'} cannot be verified here")
    try:
        key = load_der_public_key(public)
    except Exception:  # whatever a stranger's key makes the reader raise
        raise _Unchecked("its public key cannot be read") from None
    way = _way(algorithm, key)

    def holds(signature: bytes, message: bytes) -> bool:
        try:
            way(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    return holds


def _way(algorithm: str, key: Any) -> Callable[[bytes, bytes], None]:
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

    if algorithm == "Ed25519" and isinstance(key, ed25519.Ed25519PublicKey):
        return key.verify
    if algorithm == "Ed448" and isinstance(key, ed448.Ed448PublicKey):
        return key.verify
    if (
        algorithm in _CURVES
        and isinstance(key, ec.EllipticCurvePublicKey)
        and key.curve.name == _CURVES[algorithm][0]
    ):
        curve = ec.ECDSA(_hash(algorithm))
        return lambda signature, message: key.verify(
            _as_der(signature, _CURVES[algorithm][1]), message, curve
        )
    if algorithm[:2] in ("RS", "PS") and isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _LEAST_RSA_BITS:
            raise _Unchecked(f"its key has {key.key_size} bits, too few to prove anything")
        how = _hash(algorithm)
        pad: padding.AsymmetricPadding = padding.PKCS1v15()
        if algorithm[0] == "P":
            pad = padding.PSS(padding.MGF1(how), how.digest_size)
        return lambda signature, message: key.verify(signature, message, pad, how)
    raise _Unchecked(f"its key is not one for the algorithm {algorithm}")


def _hash(algorithm: str) -> "hashes.HashAlgorithm":
    from cryptography.hazmat.primitives import hashes

    return MappingProxyType({"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()})[
        algorithm[2:]
    ]


def _as_der(signature: bytes, half: int) -> bytes:
    """ECDSA as JWA writes it (two numbers side by side) in the form that is verified."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if len(signature) != 2 * half:
        raise ValueError("a signature of another length")
    return encode_dss_signature(
        int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    )
