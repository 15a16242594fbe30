"""Raw words of a signal where they were received: read from the kept file, held to the hash on record, and made lines."""

import hashlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.blobs.files import FileBlobs, Gate
from ircockpit.core.errors import NotFound, TrustError
from ircockpit.features.care.queries import settings_of
from ircockpit.features.care.rules import UNKNOWN, category_of, is_blurred, of_answer, worst
from ircockpit.features.evidence.queries import copy_gate
from ircockpit.features.incidents.queries import IncidentRow, heads, incidents
from ircockpit.features.intake.formats.found import Found
from ircockpit.features.intake.queries import SignalRow, group, received_as
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.intake.queries import Received

TURNS = ("prompt", "output")
_CHOSEN = ("personal", "regulated", "category")
"""Answers of a triage that are a choice: what a word of theirs means for a reader is stated, not guessed."""
WIDTH = 76
"""Cells a line of raw words is folded to: it fits a page at 80 columns."""


class Words(NamedTuple):
    """Raw words of one turn, and the hash the record has of them."""

    turn: str
    text: str
    sha256: str


class Turn(NamedTuple):
    """One turn of a conversation as lines: what stands above it, and its words, folded and inert."""

    name: str
    head: Line
    lines: tuple[Line, ...]


def turns(data: Mapping[str, Any]) -> list[Turn]:
    """The turns of what was opened, in order."""
    return [_turn(name, str(data[name])) for name in TURNS if name in data]


def _turn(name: str, words: str) -> Turn:
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
    head = (Span(f"{name}, {counted(len(words), 'character')}, sha256 {digest[:12]}", "warn"),)
    folded = [
        piece for text in clean(words, newline=True).split("\n") for piece in wrap((Span(text),), WIDTH)
    ]
    return Turn(name, head, tuple(folded))


def kind_of(station: Workstation, row: SignalRow, *, lift: bool) -> dict[str, Any]:
    """What kind of harm its words are of, how severe, and whether they are to be blurred here."""
    found = group(station.view, row.ident)
    category = category_of(found.detector, found.probe, row.title)
    blur = is_blurred(category, found.loudness)
    for one in incidents(station.view, [found.incident] if found.incident else []):
        # What people found adds to what the source says and never takes from it: they may not have read every signal.
        category = worst(category, *_found_by_people(station, one))
        blur = blur or is_blurred(category, found.loudness if one.provisional else one.severity)
    blur = blur and settings_of(station).care.blur and not lift
    return {"category": category, "severity": found.loudness, "blurred": blur}


def _found_by_people(station: Workstation, row: IncidentRow) -> list[str]:
    """The categories that title, impact and triage of an incident speak of, on every side of a disagreement."""
    said = [
        (field, str(head.value))
        for field in ("title", "impact", "rationale", *_CHOSEN)
        for head in heads(station.view, row.ident, field)
        if not head.missing
    ]
    found = [of_answer(field, value) for field, value in said] + [
        category_of(value) for field, value in said if field not in _CHOSEN
    ]
    return [each for each in found if each != UNKNOWN]


def raw_words(station: Workstation, row: SignalRow, wanted: list[str]) -> list[Words]:
    """The turns of a signal that are wanted and that it has, each as its hash in the record says it is.

    Nothing is recorded here: whoever shows them records that first. Raises :class:`NotFound` where they are not on this
    device, :class:`TrustError` where they are not what the record states.
    """
    stated = {"prompt": row.prompt_sha256, "output": row.output_sha256}
    there = [turn for turn in wanted if stated[turn]]
    if not there:
        raise NotFound(
            f"{row.short} came without {' or '.join(wanted)}", safe="nothing was recorded",
            fix="its source only said that something was found",
        )  # fmt: skip
    received = received_as(station.view, row.raw)
    blobs = FileBlobs(station.profile.blobs)
    if not row.raw or not blobs.has(row.raw):
        raise _elsewhere(station, row, received)
    for found in _readings(blobs, copy_gate(station), row, received.format):
        texts = {"prompt": found.prompt, "output": found.output}
        if all(_digest(texts[turn]) == stated[turn] for turn in there):
            return [Words(turn, texts[turn] or "", stated[turn]) for turn in there]
    raise TrustError(
        f"the raw record of {row.short} no longer holds the words whose hash was recorded",
        safe="nothing was shown", fix="check this disk: ircockpit doctor; another device may hold them whole",
    )  # fmt: skip


def _readings(blobs: FileBlobs, gate: Gate, row: SignalRow, format_name: str) -> Iterator[Found]:
    """The record by itself, as its bytes stand in the file; then, where that does not do, the file from the start."""
    from ircockpit.features.intake.formats.detect import HEAD_BYTES, detect
    from ircockpit.features.intake.formats.reading import parse

    with blobs.open(row.raw, gate, verify=True) as raw:
        name = format_name or detect(raw.read(HEAD_BYTES), "")
        raw.seek(row.offset)
        alone = raw.read(row.length)
    yield from (item for item in parse(BytesIO(alone), name) if isinstance(item, Found))
    whole = parse(blobs.path(row.raw), name)
    yield from (item for item in whole if isinstance(item, Found) and item.offset == row.offset)


def _elsewhere(station: Workstation, row: SignalRow, received: "Received") -> NotFound:
    who = clean(name_of(names(station.view), received.actor)) if received.actor else "another device"
    mine = received.device == station.identity.device
    where = "this device, which holds it no more" if mine else f"the device of {who}"
    file = f"{clean(received.name)}, " if received.name else ""
    return NotFound(
        f"the raw record is not here: it was received on {where} ({file}{clean(row.place)}, sha256 {row.raw[:12]})",
        safe="nothing was shown or recorded", fix=f"ask there for: ircockpit reveal {row.short}",
    )  # fmt: skip


def _digest(text: str | None) -> str:
    return hashlib.sha256((text or "").encode("utf-8", "surrogatepass")).hexdigest()
