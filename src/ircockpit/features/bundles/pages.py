"""What is said of a bundle: to people as lines, to programs as data."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ircockpit.bundle.statement import DEVICE, HUB
from ircockpit.features.bundles.survey import UNKNOWN, Look
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span

if TYPE_CHECKING:
    from ircockpit.features.record.queries import Titles

SIGNERS = {HUB: "of the hub", DEVICE: "of the device that made it"}
SHOWN = 8
"""Lines of one kind that are shown; the JSON has all."""


def facts(*rows: tuple[str, str]) -> tuple[Line, ...]:
    """Lines of a name and what is to be said under it."""
    return tuple(_row(name, words) for name, words in rows)


def _row(name: str, text: str, role: str = "text") -> Line:
    return (Span(f"{name:9}", "dim"), Span(clean(text), role))


def lines_of(known: "Titles", look: Look) -> Iterator[Line]:
    """One bundle for people; the words of others are gated."""
    stated = look.bundle.statement
    of = f", {stated.number} of {stated.of}" if stated.of > 1 else ""
    yield _row("bundle", f"{words(str(look.bundle.folder))}, {stated.shape}{of}", "title")
    yield _row(
        "made", f"{stated.made} by {words(stated.made_by.name)}, {known.device(stated.made_by.device)}"
    )
    if look.trust == UNKNOWN:
        yield _row("trust", "unknown: not accepted", "bad")
    else:
        yield _row("trust", f"its maker is certified by {look.trust}" if not look.refused else look.trust)
    if look.refused:
        yield _row("refused", look.refused, "bad")
    if look.streams:
        rows = sum(each.rows for each in look.streams)
        yield _row(
            "holds",
            f"{counted(rows, 'entry')} in {counted(len(look.streams), 'record')}, {counted(look.new, 'entry')} new here",
        )
    anchors = {each.stream: each.anchor for each in stated.streams}
    if look.bundle.files:
        yield _row(
            "files", f"{counted(len(look.bundle.files), 'evidence file')}, {look.files_new:,} new here"
        )
    for each in look.streams[:SHOWN]:
        by = SIGNERS.get(anchors.get(each.stream, ""), "")
        anchor = f", {each.anchored:,} under a checkpoint {by}" if each.anchored else ", under no checkpoint"
        yield _row(
            "record", f"{known.of(each.stream)}: {counted(each.rows, 'entry')}, {each.new:,} new{anchor}"
        )
    for device, number in look.by_device.most_common(SHOWN):
        why = (
            "nobody has certified it: kept, not counted"
            if device in look.uncertified
            else f"certified by {look.trust}"
        )
        yield _row("wrote", f"{known.device(device)}: {counted(number, 'entry')}; {why}")
    for name, sentences in (
        ("missing", [said for each in look.streams for said in each.missing]),
        ("DAMAGE", [f"{each.place}: {each.what}" for each in look.damages]),
        ("note", list(stated.says)),
    ):
        for sentence in sentences[:SHOWN]:
            yield _row(name, sentence, "bad" if name == "DAMAGE" else "text")
        if len(sentences) > SHOWN:
            yield _row(name, f"and {len(sentences) - SHOWN:,} more: --json lists them")


def data_of(known: "Titles", look: Look) -> dict[str, Any]:
    """The same for programs."""
    stated = look.bundle.statement
    return {
        "place": str(look.bundle.folder), "id": stated.id, "shape": stated.shape, "made": stated.made,
        "by": stated.made_by._asdict(), "org": stated.org, "trust": look.trust, "refused": look.refused,
        "entries": sum(each.rows for each in look.streams), "new": look.new, "files": len(look.bundle.files),
        "files_new": look.files_new,
        "streams": [
            {"stream": each.stream, "title": known.of(each.stream), "entries": each.rows, "new": each.new,
             "anchored": each.anchored}
            for each in look.streams
        ],
        "authors": [
            {"device": device, "name": known.device(device), "entries": number}
            for device, number in look.by_device.most_common()
        ],
        "uncertified": sorted(look.uncertified), "missing": [said for each in look.streams for said in each.missing],
        "damages": [each._asdict() for each in look.damages], "says": list(stated.says),
    }  # fmt: skip
