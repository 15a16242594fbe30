"""Opening the raw words of a signal: by somebody with the right, for a reason, on the record before they are shown."""

from collections.abc import Iterator, Mapping
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import waiting
from ircockpit.core.errors import RefusedError
from ircockpit.core.roles import Capability, roles_with
from ircockpit.features.care.queries import settings_of
from ircockpit.features.care.rules import READ_PER_SECOND
from ircockpit.features.intake.queries import SignalRow, group, one_signal
from ircockpit.features.intake.raw import TURNS, Turn, Words, kind_of, raw_words, turns
from ircockpit.features.membership.queries import why_not
from ircockpit.inert.gate import clean
from ircockpit.render.blur import blurred
from ircockpit.render.span import Line, Span
from ircockpit.store.sightings import Journal
from ircockpit.store.workstation import Draft, Workstation

MAX_REASON = 500


def reveal(
    station: Workstation, *, signal: str, why: str | None = None, turn: str | None = None, lift: bool = False
) -> Result:
    """Open prompt and output of a signal after recording who looks at them and why; blurred unless ``lift`` is said.

    The data holds them as they are, for programs and for the page that lifts them turn by turn. Raises
    :class:`RefusedError` without a reason or the right, and where the file they stand in must not be copied,
    :class:`NotFound` where the raw bytes are not on this device, :class:`TrustError` where they are not what the record
    states; then nothing is shown and nothing recorded.
    """
    reason = _allowed(station, why)
    row = one_signal(station.view, signal)
    wanted = [turn] if turn else list(TURNS)
    with waiting("finding the raw record"):
        words = raw_words(station, row, wanted)
    stream = _stream(station, row)
    exposure = station.new_id(stream)
    facts = {
        "signal": row.ident, "what": " and ".join(each.turn for each in words), "raw": row.raw, "place": row.place,
        **{f"{each.turn}_sha256": each.sha256 for each in words},
    }  # fmt: skip
    station.append([Draft(stream, "signal.revealed", exposure, (facts, {"why": reason}))])
    data = {
        "exposure": exposure, "signal": row.ident, "short": row.short, "raw": row.raw, "place": row.place,
        **kind_of(station, row, lift=lift), **{each.turn: each.text for each in words},
    }  # fmt: skip
    clear = not data["blurred"]
    if clear:
        _count(station, row, words, str(data["category"]))
    lines = [line for turn in turns(data) for line in _lines(turn, clear=clear)]
    lines += (
        [] if clear else [(), (Span("blurred, as harmful words are: --lift prints them readable", "dim"),)]
    )
    return Result(data, (*head_lines(data, row.title, reason), *lines))


def head_lines(data: Mapping[str, Any], title: str, reason: str) -> list[Line]:
    """Whose words they are, where they stand, and that it is on the record why somebody looks."""
    return [
        (
            Span(f"{data['short']}  ", "key"),
            Span(clean(title), "title"),
            Span(f"  {data['category']}", "dim"),
        ),
        (Span(f"{clean(str(data['place']))}; that you look at it is on the record: {clean(reason)}", "dim"),),
    ]


def _count(station: Workstation, row: SignalRow, words: list[Words], category: str) -> None:
    """Note what is printed as seen for as long as it takes to read."""
    journal = Journal(station.profile.folder, station.clock)
    least = settings_of(station).care.reveal_seconds
    for each in words:
        journal.begin(row.ident, each.turn, category, max(least, len(each.text) / READ_PER_SECOND))


def _allowed(station: Workstation, why: str | None) -> str:
    if refused := why_not(station, roles_with(Capability.REVEAL)):
        raise RefusedError(refused, safe="nothing was shown", fix="ask a responder what is in it")
    reason = (why or "").strip().encode("utf-8", "replace").decode()
    if not reason or len(reason) > MAX_REASON:
        raise RefusedError(
            f"raw words are shown for a reason, in 1 to {MAX_REASON} characters", safe="nothing was shown",
            fix="say why you need to see them: --why",
        )  # fmt: skip
    return reason


def _stream(station: Workstation, row: SignalRow) -> str:
    """The incident's record where the signal has become part of one, else the one it was received in."""
    found = group(station.view, row.ident)
    if found.incident:
        rows = station.view.rows("SELECT stream FROM incident WHERE id=?", (found.incident,))
        if rows:
            return str(rows[0][0])
    return str(station.view.rows("SELECT stream FROM signal WHERE id=?", (row.ident,))[0][0])


def _lines(turn: Turn, *, clear: bool) -> Iterator[Line]:
    yield ()
    yield turn.head if clear else (*turn.head, Span(", blurred", "dim"))
    for line in turn.lines:
        yield (Span("  "), *(line if clear else blurred(line)))
