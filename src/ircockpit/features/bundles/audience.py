"""Which entries of an extract may go to its audience, by the class of facts that each holds."""

from collections.abc import Iterator, Sequence

from ircockpit.core.errors import NotFound, RefusedError, UsageError
from ircockpit.features.disclosure.queries import INTERNAL, Piece, Released, classes_of, given_out
from ircockpit.store.log import Log
from ircockpit.store.workstation import LANE_OPENED, STREAM_OPENED, Workstation

FILES = ("evidence", "raw_words", "user_data")
"""What an evidence file may hold; its hash is in the entry about it."""


def check_audience(audience: str, *, extract: bool, restricted: bool) -> None:
    """Raise for what cannot be for somebody outside: whole records, and what is restricted."""
    if audience == INTERNAL:
        return
    if not extract:
        raise UsageError(
            f"a complete bundle holds everything, whatever may go to {audience}", safe="nothing was written",
            fix="give --extract with --for",
        )  # fmt: skip
    if restricted:
        raise RefusedError(
            f"restricted material is inside alone, and not for {audience}", safe="nothing was written",
            fix="leave out --restricted, or --for",
        )  # fmt: skip


def for_audience(
    station: Workstation,
    log: Log,
    streams: Sequence[str],
    audience: str,
    named: tuple[str, ...],
    since_us: int,
) -> tuple[tuple[str, ...], Released]:
    """The entries that go, and what is said about the others; inside those that were named, or all.

    Raises :class:`NotFound` where nothing is left: an empty choice would be all of them.
    """
    incidents = _incidents(station, streams)
    if audience == INTERNAL:
        types = station.view.rows_of(
            "SELECT DISTINCT type FROM entry WHERE stream IN ({marks})", list(streams)
        )
        return named, given_out(
            station, [Piece(classes_of(type_), "") for (type_,) in types], audience, incidents
        )
    openings = {each.event.id for stream in streams for each in log.openings(stream)}
    pieces = _pieces(station, log, streams, named, since_us)
    released = given_out(station, pieces, audience, incidents)
    if not set(released.pieces) - openings:
        raise NotFound(
            f"nothing of it may go to {audience}", safe="nothing was written",
            fix="ircockpit disclosure show INCIDENT says what may go to whom",
        )  # fmt: skip
    return released.pieces, released


def goes_out(station: Workstation, streams: Sequence[str], audience: str, classes: tuple[str, ...]) -> bool:
    """Whether something of these classes goes from these records to an audience."""
    return bool(given_out(station, [Piece(classes, "")], audience, _incidents(station, streams)).pieces)


def _incidents(station: Workstation, streams: Sequence[str]) -> list[str]:
    return [
        ident for ident, stream in station.view.rows("SELECT id, stream FROM incident") if stream in streams
    ]


def _pieces(
    station: Workstation, log: Log, streams: Sequence[str], named: tuple[str, ...], since_us: int
) -> Iterator[Piece]:
    # Of members only what ends their lanes is in an extract, whoever it is for.
    for stream in (each for each in streams if each != station.identity.authority_stream):
        for row in log.rows(stream):
            envelope = row.event.envelope
            wanted = row.ident in named if named else envelope.wall >= since_us
            if (wanted and envelope.type != LANE_OPENED) or envelope.type == STREAM_OPENED:
                yield Piece(classes_of(envelope.type), row.ident)
