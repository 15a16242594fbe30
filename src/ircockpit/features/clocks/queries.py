"""What others may ask of the clocks: nothing is loaded and no file is read before somebody does."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ircockpit.core.clock import Clock
    from ircockpit.core.errors import BadInput
    from ircockpit.features.clocks.form import Banner as Banner
    from ircockpit.features.clocks.rulebook import Rulebook
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.render.span import Line
    from ircockpit.store.profile import Profile
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

AT_HAND: "dict[Path, Rulebook]" = {}
"""The rule book as far as it was read already, by the folder of the profile; ``rulebook`` fills it."""
FOLDER = "clocks"
"""In the profile: files of duties, and one about the organisation."""


class Desk(Protocol):
    """What clocks are read from: a workstation has it, and whoever has the profile open beside one."""

    @property
    def profile(self) -> "Profile":
        """Where the files of duties are."""
        ...

    @property
    def view(self) -> "View":
        """What is recorded."""
        ...

    @property
    def clock(self) -> "Clock":
        """What time it is."""
        ...


class Due(NamedTuple):
    """One clock, named by nothing but its file's own short name."""

    clock: str
    state: str
    at_us: int | None
    at_once: bool

    def late(self, now_us: int) -> bool:
        """Whether its target is over."""
        return self.at_us is not None and self.at_us < now_us


class Known(NamedTuple):
    """What the files of duties come to."""

    clocks: int
    refused: "tuple[BadInput, ...]"
    """Files that are not used, each with line and reason."""


def due_of(station: "Workstation", row: "IncidentRow") -> tuple[tuple[Due, ...], int]:
    """The clocks of an incident that have a time or wait for an event, and how many duties are not decided."""
    from ircockpit.features.clocks.due import due_of as found

    return found(station, row)


def decided(station: "Workstation", row: "IncidentRow") -> "Mapping[str, bool]":
    """To every clock of the rule book whether somebody, or what is recorded, has decided about it."""
    from ircockpit.features.clocks.boards import board, undecided

    its = board(station, row)
    open_ = undecided(its)
    return {each.clock.id: each.clock.id not in open_ for each in its.standings}


def known(station: "Workstation") -> Known:
    """The duties there are here."""
    from ircockpit.features.clocks.rulebook import rulebook

    rules = rulebook(station.profile.folder)
    return Known(len(rules.book.clocks), rules.refused)


def forbidden(station: "Desk", incident: str, stream: str, act: str) -> "list[Banner]":
    """The banners that forbid an act (``copy``, ``alter_system``) on an incident now.

    Where nothing was answered, by nobody and for no incident, none can stand, and the rule book is not read for it.
    """
    if not own_files(station.profile.folder) and not station.view.rows(
        "SELECT 1 FROM fact WHERE incident = ? LIMIT 1", (incident,)
    ):
        return []
    from ircockpit.features.clocks.boards import forbidden as found

    return found(station, incident, stream, act)


def forbidding(station: "Desk", act: str) -> "Iterator[tuple[str, list[Banner]]]":
    """Every incident (UUID) about which an act is forbidden now, with the banners that forbid it."""
    answered = "" if own_files(station.profile.folder) else " WHERE id IN (SELECT incident FROM fact)"
    rows = station.view.rows(f"SELECT id, stream FROM incident{answered}")
    if rows:
        from ircockpit.features.clocks.boards import forbidden as of_one

        for incident, stream in rows:
            if found := of_one(station, incident, stream, act):
                yield incident, found


def next_words(station: "Workstation", row: "IncidentRow", *, timed: bool = False) -> tuple[str, str]:
    """The most urgent clock of an incident in one line and its role; empty while the book is not read.

    With ``timed``, only of an incident in which some clock has a time or waits for one.
    """
    if station.profile.folder not in AT_HAND:
        return "", ""
    from ircockpit.features.clocks.boards import board
    from ircockpit.features.clocks.pages import asked_for, glance, is_mere_question

    its = board(station, row)
    if timed and all(map(is_mere_question, asked_for(its, everything=False))):
        return "", ""
    return glance(its, station.clock.wall_us())


def banners(station: "Workstation", row: "IncidentRow", width: int) -> "list[Line]":
    """What must not be done about an incident now; nothing while the book is not read."""
    if station.profile.folder not in AT_HAND:
        return []
    from ircockpit.features.clocks.boards import board
    from ircockpit.features.clocks.pages import short_banners

    return short_banners(board(station, row), width)


def names_beginning(station: "Workstation", what: str, beginning: str) -> list[tuple[str, str]]:
    """Clocks or questions (``clock``, ``fact``) whose names begin so, and what each is; none while the book is not read."""
    rules = AT_HAND.get(station.profile.folder)
    if rules is None:
        return []
    from ircockpit.inert.gate import clean

    told = {ident: ready.clock.title for ident, ready in rules.book.clocks.items()}
    if what == "fact":
        told = {ident: fact.ask for ident, fact in rules.book.facts.items()}
    return [(ident, clean(about)) for ident, about in told.items() if ident.startswith(beginning)]


def own_files(profile: "Path") -> "list[Path]":
    """The organisation's files of duties; a look at their names."""
    from ircockpit.features.ownfiles import several

    return several(profile, FOLDER)


def check_file(station: "Workstation", name: str, raw: bytes) -> None:
    """Raise :class:`BadInput` for a file of duties that would not be used beside those that are here."""
    from ircockpit.features.clocks.rulebook import check

    check(station.profile.folder, name, raw)
