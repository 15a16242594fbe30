"""The duties of this workstation: the shipped files, the organisation's own, and what the organisation always answers."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from ircockpit.core.errors import BadInput
from ircockpit.core.yamltext import MAX_BYTES, load_yaml
from ircockpit.features.clocks.book import SHIPPED, Book, with_own
from ircockpit.features.clocks.calendars import Calendars, calendars
from ircockpit.features.clocks.queries import AT_HAND, own_files
from ircockpit.features.clocks.rules import answer_of
from ircockpit.features.datafile import FIX

ORGANISATION = "organisation.yaml"
MOST_FILES = 100
_OURS = frozenset(f"{name}.yaml" for name in SHIPPED)


class Organisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is the same in every incident: where days begin, which are holidays, and answers about the organisation."""

    form: Annotated[int, msgspec.Meta(ge=1, le=1)]
    zone: str = "UTC"
    holidays: list[date] = []
    facts: dict[str, str] = {}


class Rulebook(NamedTuple):
    """Everything that clocks are made of beside what is recorded of an incident."""

    book: Book
    where: Calendars
    answers: Mapping[str, str]
    """Of the organisation, in stored form; what is said of an incident itself comes before them."""
    refused: tuple[BadInput, ...]
    """Files that are not used, each with line and reason."""
    stamp: tuple[object, ...] = ()


def rulebook(folder: Path) -> Rulebook:
    """The duties as their files state them now; read again only where one of them has changed."""
    stamp = _stamp(folder)
    known = AT_HAND.get(folder)
    if known is None or known.stamp != stamp:
        known = AT_HAND[folder] = _read(folder)._replace(stamp=stamp)
    return known


def is_ours(file: str) -> bool:
    """Whether a file of duties came with the program: its words are nobody else's."""
    return file in _OURS


def _stamp(profile: Path) -> tuple[object, ...]:
    found = []
    for path in own_files(profile):
        try:
            seen = path.stat()
        except OSError:
            continue
        found.append((str(path), seen.st_mtime_ns, seen.st_size))
    return tuple(found)


def _read(profile: Path) -> Rulebook:
    own: dict[str, bytes] = {}
    refused: list[BadInput] = []
    about = b""
    for path in own_files(profile)[:MOST_FILES]:
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except OSError as error:
            refused.append(BadInput(f"{path.name} cannot be read: {error.strerror}", fix=FIX))
            continue
        if path.name == ORGANISATION:
            about = raw
        elif is_ours(path.name):
            refused.append(
                BadInput(
                    f"{path.name} has the name of one of the program's own files", fix="name it otherwise"
                )
            )
        else:
            own[path.name] = raw
    if len(own_files(profile)) > MOST_FILES:
        refused.append(
            BadInput(
                f"more than {MOST_FILES} files: those after them are not read",
                fix="put several duties into one file",
            )
        )
    book = with_own(own)
    where, answers = calendars(), dict[str, str]()
    if about:
        try:
            where, answers = _organisation(about, book)
        except BadInput as error:
            refused.append(error)
    return Rulebook(book, where, answers, (*book.refused, *refused))


def check(profile: Path, name: str, raw: bytes) -> None:
    """Raise :class:`BadInput` for a file of duties that would not be used beside those that are in force."""
    if is_ours(name):
        raise BadInput(f"{name} has the name of one of the program's own files", fix="name it otherwise")
    if name == ORGANISATION:
        _organisation(raw, rulebook(profile).book)
        return
    beside = {
        path.name: path.read_bytes() for path in own_files(profile) if path.name not in (name, ORGANISATION)
    }
    book = with_own({**beside, name: raw})
    if refused := [each for each in book.refused if each.what.startswith(name)]:
        raise refused[0]


def _organisation(raw: bytes, book: Book) -> tuple[Calendars, dict[str, str]]:
    """Raises :class:`BadInput` for what is not of the form; then nothing of the file is used."""
    try:
        stated = msgspec.convert(load_yaml(raw), Organisation)
    except (msgspec.ValidationError, BadInput) as error:
        raise BadInput(f"{ORGANISATION}: {error}", fix=FIX) from None
    answers: dict[str, str] = {}
    for name, answer in stated.facts.items():
        fact = book.facts.get(name)
        if fact is None:
            raise BadInput(f"{ORGANISATION}: there is no fact {name!r}", fix=FIX)
        try:
            answers[name] = answer_of(fact, answer)
        except BadInput as error:
            raise BadInput(f"{ORGANISATION}: {name}: {error.what}", fix=error.fix) from None
    try:
        where = calendars(stated.zone, stated.holidays)
    except BadInput as error:
        raise BadInput(f"{ORGANISATION}: {error.what}", safe=error.safe, fix=error.fix) from None
    return where, answers
