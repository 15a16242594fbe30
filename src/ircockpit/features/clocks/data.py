"""The clocks of incidents as data for programs, and the words of duties that data and pages share."""

from typing import Any

from ircockpit.features.clocks.banners import Shown
from ircockpit.features.clocks.boards import AnchorRow, Board
from ircockpit.features.clocks.form import Clock, Duty
from ircockpit.features.clocks.rulebook import Rulebook, is_ours
from ircockpit.features.clocks.standing import Standing, State
from ircockpit.features.conditions import parts
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.inert.foreign import words

_OF_PERSONS = frozenset({State.NOT_REPORTABLE, State.TOLLED})
"""States whose reason is in a person's own words."""


def data_of(board: Board, standing: Standing, row: IncidentRow, now_us: int) -> dict[str, Any]:
    """A clock as ``--json`` prints it; times are microseconds since 1970."""
    clock, rules = standing.clock, board.rules
    return {
        "incident": row.ident, "short": row.short, "clock": clock.id, "regime": text_of(rules, clock, clock.regime),
        "article": text_of(rules, clock, clock.article), "title": text_of(rules, clock, clock.title),
        "recipient": text_of(rules, clock, clock.recipient), "clock_state": standing.state.value,
        "why": reason_of(rules, standing), "due_us": standing.due_us,
        "left_us": None if standing.due_us is None else standing.due_us - now_us,
        "extended_us": standing.extended_us, "at_once_us": standing.at_once_us, "since_us": standing.since_us,
        "counted_from": standing.counted_from, "filed_us": standing.filed_us, "late": standing.late,
        "unknown": list(standing.unknown), "waiting": list(standing.waiting),
        "notes": [text_of(rules, clock, each) for each in standing.notes],
        "binding": clock.binding, "confidence": clock.confidence, "retrieved_on": str(clock.retrieved_on),
        "source": text_of(rules, clock, clock.source),
    }  # fmt: skip


def whole_data(board: Board, standing: Standing, row: IncidentRow, now_us: int) -> dict[str, Any]:
    """A clock with its wording and everything recorded about it."""
    clock, rules, kept = standing.clock, board.rules, board.kept
    return {
        **data_of(board, standing, row, now_us),
        "quotes": [text_of(rules, clock, each.quote) for each in clock.due],
        "paraphrased": [each.quoted != "law" for each in clock.due],
        "checklist": [text_of(rules, clock, each) for each in clock.checklist],
        "note": text_of(rules, clock, clock.note or ""),
        "filings": [
            {"id": each.ident, "time": each.time, "reference": words(each.reference), "exhibit": words(each.exhibit),
             "withdrawn": each.withdrawn}
            for each in kept.filings if each.clock == clock.id
        ],
        "answers": _answer_data(board, clock),
        "anchors": [anchor_data(each) for each in kept.anchors if each.name in events_of(clock)],
    }  # fmt: skip


def banner_data(board: Board, each: Shown, row: IncidentRow) -> dict[str, Any]:
    """A banner as ``--json`` prints it."""
    banner = each.banner
    return {
        "incident": row.ident, "short": row.short, "banner": banner.id, "says": text_of(board.rules, banner, banner.says),
        "article": text_of(board.rules, banner, banner.article), "forbids": list(banner.forbids),
        "why": text_of(board.rules, banner, each.why),
    }  # fmt: skip


def anchor_data(each: AnchorRow) -> dict[str, Any]:
    """A recorded event as ``--json`` prints it."""
    return {
        "id": each.ident, "name": each.name, "time": each.time, "low": each.low, "high": each.high, "why": words(each.why),
        "source": words(each.source), "by": words(each.by, ""), "withdrawn": each.withdrawn,
        "earliest_us": each.stated.earliest_us,
    }  # fmt: skip


def _answer_data(board: Board, clock: Clock) -> list[dict[str, Any]]:
    found = [board.kept.answers[name] for name in asked_facts(clock) if name in board.kept.answers]
    return [
        {
            "question": each.question,
            "answer": words(each.stored),
            "by": words(each.by),
            "disputed": each.disputed,
        }
        for each in found
    ]


def asked_facts(clock: Clock) -> list[str]:
    """The questions that decide about a duty, each once."""
    conditions = [clock.applies, *(each.when for each in clock.counsel if each.when is not None)]
    return list(
        dict.fromkeys(part.fact for each in conditions for _, part in parts(each) if part.fact is not None)
    )


def reason_of(rules: Rulebook, standing: Standing) -> str:
    """Why a clock stands as it does: a person's words through the gate."""
    return (
        words(standing.why) if standing.state in _OF_PERSONS else text_of(rules, standing.clock, standing.why)
    )


def events_of(clock: Clock) -> set[str]:
    """The events from which any period of a clock runs."""
    found: set[str] = set()
    for each in clock.due:
        found.update([each.from_] if isinstance(each.from_, str) else each.from_)
    return found


def text_of(rules: Rulebook, duty: Duty, text: str, instead: str = "···") -> str:
    """Words of a file of duties: the program's own as they are, an organisation's own through the gate."""
    ready = rules.book.clocks.get(duty.id) or rules.book.banners.get(duty.id)
    return text if ready is not None and is_ours(ready.file) else words(text, instead)
