"""What an erasure would take away, shown before anything is: its plan for people and as data."""

import json
from typing import Any, NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.errors import RefusedError
from ircockpit.core.jsontext import canonical
from ircockpit.features.catalogue import said as words_of
from ircockpit.features.erasure import confirmed, queries
from ircockpit.features.erasure.rights import part_numbers
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.gate import clean, line
from ircockpit.ledger.fields import DIGEST, UUID
from ircockpit.ledger.parts import read_part
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.render.timeline import at_full
from ircockpit.store import erasing
from ircockpit.store.view import Entry
from ircockpit.store.workstation import Workstation

EXCERPT = 60
STAYS = (
    "who wrote an entry and when, what kind it is, its place and its proofs",
    "the reason given here",
)
NOT_PROMISED = (
    "what was printed, exported, photographed or put into a bundle",
    "a stolen or lost device; backups of a profile or of the hub's folder",
    "devices that do not come back: ircockpit erase status names them",
)
MOST_NAMED = 3
"""Entries named on one line."""
TELLING = 12
"""Characters of a text at least before another entry is said to hold the same words."""


class Planned(NamedTuple):
    """One entry about to lose parts."""

    entry: Entry
    numbers: list[int]
    """Parts that go and are held here."""
    asked: list[int] | None
    """Part numbers that were asked for; ``None`` for all there are."""
    of: int
    """How many parts the entry has."""
    size: int
    files: list[str]
    who: str
    texts: list[str]
    """Texts in what goes."""
    same: tuple[str, ...] = ()
    """Other entries that hold one of them."""


def planned(station: Workstation, entry: Entry, parts: str | None) -> Planned:
    """What of an entry would go; raises :class:`RefusedError` where something rests on it."""
    held = queries.stored_of(station.log, entry.event_id).event.parts
    may = [index for index in range(len(held)) if queries.may_go(entry, index)]
    wanted = part_numbers(parts, len(held)) if parts else may
    if not wanted or not set(wanted) <= set(may):
        what = f"part {min(set(wanted) - set(may))} of {entry.type}" if may else entry.type
        raise RefusedError(
            f"{what} cannot be erased: the record and the erasure of others rest on it", safe="nothing was changed",
            fix="name the entries whose words are to go",
        )  # fmt: skip
    asked = wanted if parts or len(may) < len(held) else None
    numbers = [index for index in wanted if held[index].data is not None]
    size = sum(len(held[index].data or b"") for index in numbers)
    body = [read_part(held[index]) for index in numbers]
    texts = _texts(body)
    files = sorted({value for value in texts if DIGEST.holds(value)})
    of_members = entry.stream == station.identity.authority_stream
    who = "the authority" if of_members else name_of(names(station.view), entry.actor)
    return Planned(entry, numbers, asked, len(held), size, files, who, texts)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in _texts(each)]


def with_copies(station: Workstation, plan: list[Planned]) -> list[Planned]:
    """The plan with the entries beside it that hold a text which would go: they may have been merged or copied from it."""
    going = {each.entry.event_id for each in plan}
    spelled = {
        text: canonical(text)[1:-1]
        for each in plan
        for text in each.texts
        if len(text) >= TELLING and not DIGEST.holds(text) and not UUID.holds(text)
    }
    found = erasing.saying(station.log, frozenset(spelled.values()))
    made = []
    for each in plan:
        holding = {ident for text in each.texts for ident in found.get(spelled.get(text, b""), ())}
        made.append(each._replace(same=tuple(sorted(holding - going))))
    return made


def plan_lines(station: Workstation, plan: list[Planned]) -> list[Line]:
    """The plan for people: what goes, where the same words stay, from whom it goes, and what cannot be promised."""
    blobs = FileBlobs(station.profile.blobs)
    lines: list[Line] = []
    offset = station.shown_offset
    apart = {
        queries.stored_of(station.log, each.entry.event_id).arrival: frozenset(each.numbers) for each in plan
    }
    for each in plan:
        words = line(words_of(each.entry.type, each.entry.field, json.loads(each.entry.body)), EXCERPT)
        which = f"{counted(len(each.numbers), 'part')} of {each.of}"
        lines += [
            (
                Span("goes     ", "dim"), Span(each.entry.event_id[:12], "key"),
                Span(f"  {at_full(each.entry.at_us, offset)} {each.who}"), Span(f"  {which}, {each.size:,} bytes", "dim"),
            ),
            (Span("         "), Span(f"{each.entry.type}: {words}")),
        ]  # fmt: skip
        if each.same:
            some = ", ".join(other[:12] for other in each.same[:MOST_NAMED])
            more = ", …" if len(each.same) > MOST_NAMED else ""
            said = f"{counted(len(each.same), 'other entry')} with the same words: {some}{more}"
            lines.append((Span("stays    ", "dim"), Span(said, "warn")))
        for sha256 in each.files:
            stays = erasing.named_elsewhere(station.log, sha256, apart)
            here = (
                "stays: another entry names it"
                if stays
                else "goes too"
                if blobs.has(sha256)
                else "not on this device"
            )
            lines.append((Span("file     ", "dim"), Span(f"sha256 {sha256[:12]}: {here}")))
        if copies := queries.given_out(station.view, each.entry.ent):
            lines.append(
                (
                    Span("given    ", "dim"),
                    Span(
                        f"{counted(copies, 'copy')} given out before: they stay where they are",
                        "warn",
                    ),
                )
            )
    known = names(station.view)
    holders = [confirmed.called(known, *each) for each in confirmed.owners(station).items()]
    holders += [f"the hub at {station.identity.hub}"] if station.identity.hub else []
    lines += [(Span("from     ", "dim"), Span(clean(each))) for each in holders]
    lines += [(Span("stays    ", "dim"), Span(words)) for words in STAYS]
    lines += [(Span("not promised  ", "dim"), Span(words, "warn")) for words in NOT_PROMISED]
    return lines


def plan_data(each: Planned) -> dict[str, Any]:
    """One entry of the plan as data."""
    return {
        "event": each.entry.event_id, "type": each.entry.type, "by": each.who, "parts": each.numbers,
        "of": each.of, "bytes": each.size, "files": each.files,
        "same_words": list(each.same),
    }  # fmt: skip
