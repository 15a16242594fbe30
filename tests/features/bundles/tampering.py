"""Ten kinds of tampering with a bundle, each of which says what must be found and where."""

import base64
import copy
import hashlib
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

from tests.support.bundles import Copy, Rows

from ircockpit.bundle import layout
from ircockpit.ledger.signing import SigningKey

Expected = tuple[set[str], str, int]
"""Kinds of finding, the file, and the line or 0."""


def receipted(rows: Rows) -> int:
    return sum(row["r"] is not None for row in rows)


def _payload(copy_: Copy, rng: random.Random) -> Expected:
    path = rng.choice(sorted((copy_.folder / "data/blobs").iterdir()))
    return {"changed file"}, _flip(copy_, path, rng), 0


def _flip(copy_: Copy, path: Path, rng: random.Random) -> str:
    raw = bytearray(path.read_bytes())
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(raw))
    return path.relative_to(copy_.folder).as_posix()


def _part(copy_: Copy, rng: random.Random) -> Expected:
    rows = copy.deepcopy(copy_.rows)
    line = rng.randrange(len(rows))
    part = rng.choice([part for part in rows[line]["p"] if "data" in part] or [{}])
    if not part:
        return _part(copy_, rng)
    which = rng.choice(["data", "salt"])
    raw = bytearray(base64.b64decode(part[which]))
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    part[which] = base64.b64encode(bytes(raw)).decode()
    copy_.put(rows)
    return {"changed part"}, copy_.file, line + 1


def _manifest(copy_: Copy, rng: random.Random) -> Expected:
    name = rng.choice([layout.MANIFEST, layout.TAG_MANIFEST, layout.SIGNATURE])
    _flip(copy_, copy_.folder / name, rng)
    return {"manifest", "changed file", "missing", "extra", "bag signature", "unreadable"}, "", 0


def _extra(copy_: Copy, rng: random.Random) -> Expected:
    name = rng.choice(
        ["x", "data/x", f"data/streams/{'0' * 8}/x", "data/blobs/" + "0" * 64, "é", "a b", ".x", "run me.sh"]
    )
    path = copy_.folder / f"{name}{rng.randrange(1000)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"added")
    return {"extra"}, path.relative_to(copy_.folder).as_posix(), 0


def _dropped(copy_: Copy, rng: random.Random) -> Expected:
    line = rng.randrange(receipted(copy_.rows))
    copy_.put([row for at, row in enumerate(copy_.rows) if at != line])
    return {"dropped", "history", "cut"}, copy_.file, line + 1


def _reordered(copy_: Copy, rng: random.Random) -> Expected:
    one, other = sorted(rng.sample(range(receipted(copy_.rows)), 2))
    rows = list(copy_.rows)
    rows[one], rows[other] = rows[other], rows[one]
    copy_.put(rows)
    return {"reordered", "dropped"}, copy_.file, one + 1


def _resigned(copy_: Copy, rng: random.Random) -> Expected:
    rows = copy.deepcopy(copy_.rows)
    line = rng.randrange(len(rows))
    row = rows[line]
    if rng.random() < 0.5:  # the words are changed as well, so that the event is another one
        # Up to 8: with a 9 in front the number is beyond 2^53, and the text is no envelope any more.
        row["e"] = re.sub(r'"wall":\d', f'"wall":{rng.randrange(1, 9)}', row["e"])
    ident = hashlib.sha256(b"ircockpit/event/1\0" + row["e"].encode()).digest()
    sig = SigningKey.from_raw(rng.randbytes(32)).sign("event", ident)
    row["s"] = base64.b64encode(sig).decode()
    if row["r"] is not None:
        stated = json.loads(row["r"]) | {"event_id": ident.hex(), "sig_hash": hashlib.sha256(sig).hexdigest()}
        row["r"] = json.dumps(stated, separators=(",", ":"))
    copy_.put(rows)
    return {"signature"}, copy_.file, line + 1


def _cut(copy_: Copy, rng: random.Random) -> Expected:
    keep = rng.randrange(1, receipted(copy_.rows))
    points = copy_.folder / layout.checkpoints_of(copy_.specimen.stream)
    kept = [text for text in points.read_text().split("\n\n") if text]
    notes = ["\n\n".join(pair) for pair in zip(kept[::2], kept[1::2], strict=True)]
    fitting = [text for text in notes if int(text.split("\n")[1]) <= keep]
    size = max((int(text.split("\n")[1]) for text in fitting), default=0)
    if not size:
        return _cut(copy_, rng)
    points.write_text("\n".join(text.rstrip("\n") + "\n" for text in fitting))
    copy_.put(copy_.rows[:size])
    return {"cut"}, copy_.file, size + 1


def _checkpoint(copy_: Copy, rng: random.Random) -> Expected:
    path = copy_.folder / layout.checkpoints_of(copy_.specimen.stream)
    text = path.read_text()
    kind = rng.randrange(3)
    if kind == 0:  # that of another record, as good as any
        others = [each for each in copy_.folder.glob("data/streams/*/checkpoints.txt") if each != path]
        text = rng.choice(sorted(others)).read_text()
    elif kind == 1:  # signed by somebody
        from ircockpit.ledger.checkpoint import Origin, make

        size = rng.randrange(1, 30)
        origin = Origin(copy_.specimen.org, copy_.specimen.stream, int(text.split("\n")[0].rsplit("/", 1)[1]))
        text = make(origin, size, rng.randbytes(32), SigningKey.from_raw(rng.randbytes(32)))
    else:
        at = rng.randrange(text.index("\n") + 1, text.index("\n\n"))
        text = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
    path.write_text(text)
    copy_.seal()
    return {"checkpoint"}, path.relative_to(copy_.folder).as_posix(), 0


def _redaction(copy_: Copy, rng: random.Random) -> Expected:
    rows = copy.deepcopy(copy_.rows)
    line = rng.randrange(len(rows))
    part = rng.randrange(len(rows[line]["p"]))
    rows[line]["p"][part] = {"leaf": base64.b64encode(rng.randbytes(32)).decode()}
    copy_.put(rows)
    return {"changed part"}, copy_.file, line + 1


KINDS: dict[str, Callable[[Copy, random.Random], Expected]] = {
    "payload": _payload, "part": _part, "manifest": _manifest, "extra file": _extra, "dropped event": _dropped,
    "re-ordered": _reordered, "re-signed": _resigned, "cut tail": _cut, "swapped checkpoint": _checkpoint,
    "forged redaction": _redaction,
}  # fmt: skip
