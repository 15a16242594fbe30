"""Names for things: UUIDs made from time, chance or a digest, and short ids a person can say aloud."""

import os
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from ircockpit.core.digest import sha256

_CONSONANTS = "bdfgjklmnprstvz"
_VOWELS = "aeiou"
_SYLLABLES = tuple(c + v for c in _CONSONANTS for v in _VOWELS)
SHORTEST = 2
"""Syllables of a short id that collides with nothing: ``tofa``."""
LONGEST = 12
_WORDS = (
    "dike dope fago fake fuka fuki fuku gore japo joke joto jude kike lame loli maso nazi niga nige nigo nude nuke paki"
    " pedi pedo pene peni pula puke puta puto rape rapi sado suka vagi"
)
_UNFIT = frozenset(_WORDS.split())
"""Short ids that nobody should have to say aloud about a person who came to harm, nor a court to read."""
_REDRAWN = 8
"""Not one id in a hundred is drawn twice; chance that is none ends here all the same."""
_TAG_BITS = 72
_OWN_BITS = 122 - _TAG_BITS
_ID = re.compile(
    rf"(?:[a-z]-)?(?:[{_CONSONANTS}][{_VOWELS}])+|[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
)


def random_uuid() -> str:
    """A random UUID (version 4, RFC 9562 section 5.4) as lower-case text."""
    return _spelled(os.urandom(16), 4)


def uuid7(wall_ms: int, rand: bytes) -> str:
    """A time-ordered UUID (version 7, RFC 9562 section 5.7) from Unix milliseconds and 10 random bytes."""
    return _spelled(wall_ms.to_bytes(6, "big") + rand[:10], 7)


def uuid8(digest: bytes) -> str:
    """A UUID (version 8, RFC 9562 section 5.8) from the first 16 bytes of a digest."""
    return _spelled(digest[:16], 8)


def named_uuid(purpose: str, *parts: str) -> str:
    """The same UUID on every device for the same words, so that equal things merge by themselves.

    ``purpose`` separates the name spaces; parts are joined unambiguously by their lengths.
    """
    return uuid8(_digest(purpose, *parts))


def shared_id(purpose: str, *parts: str) -> str:
    """The id of a thing that any stream may speak of, the same on every device for the same words.

    The bits of a digest look random, so it has the form of a random UUID (version 4): version 8 says that a
    thing belongs to one stream.
    """
    return _spelled(_digest(purpose, *parts)[:16], 4)


def entity_id(stream: str, rand: Callable[[int], bytes] = os.urandom) -> str:
    """A fresh id for a thing of one stream, whose tag it carries; see :func:`belongs`."""
    ident = _drawn(stream, rand)
    for _ in range(_REDRAWN):
        if is_fit(ident):
            break
        ident = _drawn(stream, rand)
    return ident


def _drawn(stream: str, rand: Callable[[int], bytes]) -> str:
    return _tagged(_tag_of(stream), int.from_bytes(rand(_OWN_BITS // 8 + 1), "big"))


def named_thing(stream: str, purpose: str, *parts: str) -> str:
    """The same id on every device for the same words: it belongs to the stream, as those of :func:`entity_id` do."""
    return _tagged(_tag_of(stream), int.from_bytes(_digest(purpose, *parts), "big"))


def companion_id(ent: str, purpose: str, *parts: str) -> str:
    """The same id on every device for the same words beside a thing: it belongs to the stream ``ent`` belongs to."""
    number = int.from_bytes(_digest(purpose, ent, *parts), "big")
    return _tagged(_free_bits(ent) >> _OWN_BITS, number)


@lru_cache(4096)
def belongs(ent: str, stream: str) -> bool:
    """Whether an id is that of the stream itself or of a thing of this stream.

    The tag is 72 bits of a digest of the stream's id, which itself is a digest: nobody finds a second stream
    that a thing belongs to, so what is written elsewhere about it can be told from its id alone.
    """
    return ent == stream or (is_bound(ent) and _free_bits(ent) >> _OWN_BITS == _tag_of(stream))


def is_bound(ent: str) -> bool:
    """Whether an id can be one of a stream or of a thing of one stream: a UUID of version 8."""
    return ent[14:15] == "8"


@lru_cache(1024)
def _tag_of(stream: str) -> int:
    digest = sha256(b"ircockpit/entity/1\0" + _raw(stream)).digest()
    return int.from_bytes(digest[: _TAG_BITS // 8], "big")


def _tagged(tag: int, number: int) -> str:
    free = tag << _OWN_BITS | number & ((1 << _OWN_BITS) - 1)
    high, middle, low = free >> 74, free >> 62 & 0xFFF, free & ((1 << 62) - 1)
    return _spelled((high << 80 | middle << 64 | low).to_bytes(16, "big"), 8)


def _free_bits(ident: str) -> int:
    """The 122 bits of a UUID that are neither its version nor its variant."""
    number = int.from_bytes(_raw(ident), "big")
    return number >> 80 << 74 | (number >> 64 & 0xFFF) << 62 | number & ((1 << 62) - 1)


def _spelled(raw: bytes, version: int) -> str:
    """The text of a UUID, with its version and the variant of RFC 9562 in their places."""
    if len(raw) != 16:
        raise ValueError("a UUID has 16 bytes")
    marked = bytes((*raw[:6], version << 4 | raw[6] & 0x0F, raw[7], 0x80 | raw[8] & 0x3F, *raw[9:])).hex()
    return "-".join((marked[:8], marked[8:12], marked[12:16], marked[16:20], marked[20:]))


def _raw(ident: str) -> bytes:
    from uuid import UUID  # brings much along that a start without a new id can do without

    return UUID(ident).bytes


def _digest(purpose: str, *parts: str) -> bytes:
    digest = sha256(f"ircockpit/{purpose}/1\0".encode())
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return digest.digest()


def spoken_form(ident: str, syllables: int = LONGEST) -> str:
    """The speakable form of a UUID: consonant-vowel pairs from its digest, never one pair twice running."""
    number = int.from_bytes(sha256(b"ircockpit/short/1\0" + _raw(ident)).digest(), "big")
    spoken: list[str] = []
    last = -1
    for _ in range(syllables):
        choices = len(_SYLLABLES) - (last >= 0)
        number, pick = divmod(number, choices)
        if last >= 0 and pick >= last:
            pick += 1  # skips the syllable just said: no "popo"
        spoken.append(_SYLLABLES[pick])
        last = pick
    return "".join(spoken)


def is_fit(ident: str) -> bool:
    """Whether the short id of a UUID is no word that offends or mocks; where it may be another one, it is."""
    return spoken_form(ident, SHORTEST) not in _UNFIT


def may_be_id(text: str) -> bool:
    """Whether a typed word has the form of a short id, with or without its prefix, or of a UUID."""
    return _ID.fullmatch(text.strip().lower()) is not None


def shorten(spoken: str, neighbours: Iterable[str]) -> str:
    """The shortest beginning of ``spoken``, in whole syllables, that none of the neighbours begins with.

    In a sorted list of spoken forms only the one before and the one after matter. Two that collide are
    both lengthened, so a short id never comes to mean something else: the shorter word becomes ambiguous.
    """
    need = SHORTEST * 2
    for other in neighbours:
        shared = 0
        while shared < len(spoken) and spoken[: shared + 2] == other[: shared + 2]:
            shared += 2
        need = max(need, shared + 2)
    return spoken[:need]
