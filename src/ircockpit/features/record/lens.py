"""``ircockpit lens``: raw words with every trick in them named, counted and explained, themselves inert."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, UsageError
from ircockpit.features.record.texts import Named, Thing, strings_in, thing
from ircockpit.inert.foreign import unread
from ircockpit.inert.gate import clean
from ircockpit.inert.lens import LensReport, Look, look, sentence
from ircockpit.render.blur import blurred
from ircockpit.render.span import Line, Span, plain
from ircockpit.render.wrap import wrap
from ircockpit.store.workstation import Workstation

FILE_BYTES = 1 << 20
"""Bytes of a file that are looked at."""
CHARACTERS = 50_000
"""Characters of one text that are looked at and shown."""
IN_ALL = 200_000
"""Characters of all texts together: a key waits for no more."""
WIDTH = 76
_NAME_CELLS = 9
_EIGHT_BIT = {0xDC80 + offset: 0x80 + offset for offset in range(0x20)}
"""Bytes that are no UTF-8, as a terminal of eight bits would take them."""


def lens(station: Workstation, *, target: str | None = None, file: str | None = None) -> Result:
    """Look at what an id means, at a file, or at standard input (``-``).

    Raises :class:`NotFound` for an unknown id, :class:`UsageError` where nothing or two things are named.
    """
    if (target is None) == (file is None):
        raise UsageError(
            "name one thing to look at", safe="nothing was done",
            fix="an id of the queue or a timeline, or --file PATH, where - is standard input",
        )  # fmt: skip
    if file is not None:
        name, raw = _bytes_of(file)
        return looked(name, _texts(raw), tricky=True, file=True)
    return of_thing(thing(station.view, str(target)))


def of_thing(found: Thing) -> Result:
    """A thing of the record under the lens."""
    return looked(f"{found.short} {found.kind}", found.texts, data={"id": found.ident, "kind": found.kind})


def looked(
    title: str,
    texts: Sequence[Named],
    *,
    data: dict[str, Any] | None = None,
    tricky: bool = False,
    blur: bool = False,
    file: bool = False,
) -> Result:
    """Texts under the lens: in all and what they would have done, then each; with ``tricky`` only those with a trick.

    With ``blur`` the tricks are shown and the words around them shaded; of words that are no ``file`` this is so for
    what somebody has put between bars.
    """
    seen, room = [], IN_ALL
    for each in texts:
        part = each.raw[: min(CHARACTERS, room)]
        room -= len(part)
        found = look(part if file else unread(part))
        seen.append((each, part, _blurred(found) if blur else found))
        if not room:
            break
    total = LensReport(*(sum(counts) for counts in zip(*(found.report for _, _, found in seen), strict=True)))
    said = sentence(way for _, _, found in seen for way in found.would)
    left = len(texts) - len(seen)
    shown = {
        **(data or {}), "name": title, "counts": total._asdict(), "would": said, "left_out": left,
        "texts": [_text_data(*each, keep=not blur) for each in seen],
    }  # fmt: skip
    return Result(shown, tuple(_lines(title, seen, total, said, left, tricky)))


def _blurred(found: Look) -> Look:
    shaded = [(plain(blurred((Span(text),))) if role == "text" else text, role) for text, role in found.spans]
    return found._replace(spans=shaded)


def _text_data(each: Named, part: str, found: Look, *, keep: bool) -> dict[str, Any]:
    return {
        "name": each.name, "characters": len(each.raw), "looked_at": len(part), "counts": found.report._asdict(),
        "shown": "".join(text for text, _ in found.spans), "raw": part if keep else "",
    }  # fmt: skip


def _lines(
    title: str, seen: Sequence[tuple[Named, str, Look]], total: LensReport, said: str, left: int, tricky: bool
) -> Iterator[Line]:
    count = f"{len(seen) + left:,} text{'' if len(seen) + left == 1 else 's'}"
    yield (Span(clean(title), "title"), Span(f"  {count}, raw, every trick between ‹ and ›", "dim"))
    found = ", ".join(total.words()) or "no tricks"
    yield from wrap((Span(found, "bad" if total.total else "ok"),), WIDTH)
    yield from wrap((Span(said),), WIDTH)
    if seen:
        yield ()
    plain = 0
    for each, part, at in seen:
        if tricky and not at.report.total and len(seen) > 1:
            plain += 1
            continue
        yield from _shown(each, part, at)
    if plain:
        yield (Span(f"and {plain:,} without any trick", "dim"),)
    if left:
        yield (Span(f"and {left:,} that were not looked at: {IN_ALL:,} characters are looked at", "warn"),)


def _shown(each: Named, part: str, found: Look) -> Iterator[Line]:
    name = clean(each.name)
    if len(name) >= _NAME_CELLS:
        yield (Span(name, "dim"),)
        name = ""
    now: list[Span] = [Span(f"{name:{_NAME_CELLS}}", "dim")]
    for text, role in found.spans:
        now.append(Span(text, role))
        if text == "‹LF›":
            yield from wrap(tuple(now), WIDTH, _NAME_CELLS)
            now = [Span(" " * _NAME_CELLS, "dim")]
    if len(now) > 1 or not found.spans:
        yield from wrap(tuple(now), WIDTH, _NAME_CELLS)
    if len(part) < len(each.raw):
        more = f"the first {len(part):,} of {len(each.raw):,} characters"
        yield (Span(" " * _NAME_CELLS), Span(more, "warn"))


def _bytes_of(file: str) -> tuple[str, bytes]:
    if file != "-":
        from ircockpit.blobs.files import beginning

        return Path(file).name, beginning(file, FILE_BYTES)
    if sys.stdin is None or sys.stdin.isatty():
        raise BadInput(
            "nothing is piped in", safe="nothing was done", fix="pipe something in, or name a file"
        )
    return "standard input", sys.stdin.buffer.read(FILE_BYTES)


def _texts(raw: bytes) -> list[Named]:
    """The words of a file: of JSON and lines of JSON what its escapes stand for, else all of it."""
    text = raw.decode("utf-8", "surrogateescape").translate(_EIGHT_BIT)
    if text[:1] in ("{", "["):
        for read in (
            json.loads,
            lambda lines: [json.loads(line) for line in lines.splitlines() if line.strip()],
        ):
            try:
                return list(strings_in(read(text)))
            except (ValueError, RecursionError):
                continue
    return [Named("text", text)]
