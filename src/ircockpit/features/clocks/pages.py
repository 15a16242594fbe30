"""The clocks of incidents as rows for people; no sentence says that nothing is due."""

from collections.abc import Sequence

from ircockpit.core.errors import BadInput
from ircockpit.features.clocks.boards import Board
from ircockpit.features.clocks.data import asked_facts, events_of, reason_of, text_of
from ircockpit.features.clocks.form import Clock, Duty
from ircockpit.features.clocks.rulebook import Rulebook
from ircockpit.features.clocks.rules import in_words
from ircockpit.features.clocks.standing import URGENCY, Standing, State
from ircockpit.inert.foreign import words
from ircockpit.render.glyphs import counted, duration
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.render.timeline import at_full
from ircockpit.render.wrap import wrap

_LEFT, _STATE, _ARTICLE, _SHORT = 16, 20, 24, 7
_WIDE, _ID = 108, 28
"""Cells from which on the names of clocks have a column, and its own."""
SHORT_ADVICE = "confirm with counsel"
NOT_ADVICE = "engineering, not legal advice: confirm with counsel"
PARAPHRASED = (
    '"in short" is a paraphrase: the confidence is in number and event, not in the wording; read the source'
)
OTHERS = "others may exist: confirm with counsel"
QUIET = frozenset({State.NOT_TRIGGERED, State.NOT_BINDING, State.FILED, State.OVER, State.NOT_REPORTABLE})
"""States of clocks that are shown only where all are asked for."""
_ROLES = {
    State.OVERDUE: "bad", State.RUNNING: "accent", State.COUNSEL: "warn", State.UNSURE: "warn", State.WAITING: "warn",
    State.TOLLED: "text",
}  # fmt: skip
_KINDS = ((State.COUNSEL, "for counsel"), (State.UNSURE, "not decided"), (State.WAITING, "without an event"))


def asked_for(board: Board, *, everything: bool) -> list[Standing]:
    """The clocks that want something from somebody, or all of them; of open questions those first that were raised."""
    found = [each for each in board.standings if everything or each.state not in QUIET]
    return sorted(
        found,
        key=lambda each: (URGENCY[each.state], each.state is State.UNSURE and not is_raised(board, each)),
    )


def left(standing: Standing, now_us: int) -> str:
    """How much time there is: of a clock that does not run, in brackets what it would be."""
    if standing.state in QUIET:
        return "-"
    if standing.due_us is not None:
        ms = (standing.due_us - now_us) // 1000
        said = f"over by {duration(-ms)}" if ms < 0 else f"{duration(ms)} left"
    elif standing.at_once_us is not None:
        said = "at once"
    elif standing.unknown:
        return counted(len(standing.unknown), "question")
    else:
        return "no event" if standing.waiting else "-"
    return said if standing.state in (State.RUNNING, State.OVERDUE) else f"({said})"


def glance(board: Board, now_us: int) -> tuple[str, str]:
    """The most urgent clock in one line, and how many more there are; its role."""
    found = asked_for(board, everything=False)
    if not found:
        return f"every duty known here is decided or filed; {OTHERS}", "dim"
    first, rest = found[0], len(found) - 1
    more = f"; {rest} more" if rest else ""
    if first.due_us is None and first.at_once_us is None:
        kinds = [
            f"{sum(each.state is state for each in found)} {word}"
            for state, word in _KINDS
            if any(each.state is state for each in found)
        ]  # fmt: skip
        return f"duties: {', '.join(kinds) or f'{len(found)} not decided'}", "warn"
    return f"{_name(board.rules, first.clock)} {left(first, now_us)}, {first.state.value}{more}", _ROLES.get(
        first.state, "text"
    )


def clock_line(board: Board, standing: Standing, now_us: int, width: int, *, short: str = "") -> Line:
    """One clock on one line: time left, state, article, to whom."""
    clock, role = standing.clock, _ROLES.get(standing.state, "dim")
    spans = [
        *((Span(fit(short, _SHORT), "key"),) if short else ()),
        Span(fit(left(standing, now_us), _LEFT) + " ", role),
        Span(fit(standing.state.value, _STATE) + " ", role),
        Span(fit(_name(board.rules, clock), _ARTICLE) + " ", "key"),
    ]
    if width >= _WIDE:
        spans.append(Span(fit(clock.id, _ID) + " ", "dim"))
    room = max(width - sum(cells(span.text) for span in spans), 8)
    return (*spans, Span(fit(f"to {text_of(board.rules, clock, clock.recipient)}", room).rstrip(), "text"))


def clock_rows(board: Board, standing: Standing, now_us: int, width: int, *, short: str = "") -> list[Line]:
    """The same with nothing cut: article and recipient on rows of their own where one row has no room for them."""
    name = _name(board.rules, standing.clock)
    to = f"to {text_of(board.rules, standing.clock, standing.clock.recipient)}"
    line = clock_line(board, standing, now_us, width, short=short)
    if line[-1].text == to and cells(name) <= _ARTICLE:
        return [line]
    before = line[: 3 if short else 2]
    first = wrap((*before, Span(name, "key")), width, sum(cells(span.text) for span in before))
    return [*first, *wrap((Span(f"    {to}", "text"),), width, 7)]


def about_lines(board: Board, standing: Standing, width: int) -> list[Line]:
    """The clock under the cursor: its article, and to whom, as far as three rows hold."""
    clock = standing.clock
    to = f" to {text_of(board.rules, clock, clock.recipient)}"
    return [rule(_name(board.rules, clock), width), *wrap((Span(to),), width, 4)][:3]


def banner_lines(board: Board, width: int) -> list[Line]:
    """What must not be done now, on top of everything."""
    lines: list[Line] = []
    for each in board.banners:
        banner = each.banner
        asked = f" ({text_of(board.rules, banner, each.why)} Confirm with counsel.)" if each.why else ""
        head = (
            Span(f" {_name(board.rules, banner)}  ", "bad"),
            Span(text_of(board.rules, banner, banner.says) + asked, "warn"),
        )
        lines += wrap(head, width - 1, 2)
    return lines


def short_banners(board: Board, width: int) -> list[Line]:
    """What must not be done now, a line each, where there is room for no more."""
    lines: list[Line] = []
    for each in board.banners:
        name = _name(board.rules, each.banner)
        says = fit(text_of(board.rules, each.banner, each.banner.says), max(width - cells(name) - 4, 8))
        lines.append((Span(f" {name}  ", "bad"), Span(says.rstrip(), "warn")))
    return lines


def questions(board: Board, standing: Standing) -> list[Line]:
    """The questions whose answers would decide whether a clock applies."""
    lines: list[Line] = []
    for name in standing.unknown:
        fact = board.rules.book.facts[name]
        answer = board.kept.answers.get(name)
        apart = " (people disagree: it counts as unknown)" if answer and answer.disputed else ""
        offer = f"; {words(board.kept.offers[name])}" if name in board.kept.offers else ""
        lines.append(
            (
                Span(f"  {name}  ", "key"),
                Span(f"{_question(board.rules, name)}{apart}{offer}"),
                Span(f"  {in_words(fact)}", "dim"),
            )
        )
    return lines


def show_lines(board: Board, standing: Standing, now_us: int, offset: int, width: int) -> list[Line]:
    """One clock whole: state and time, wording, source, what to send, what was recorded."""
    clock, rules = standing.clock, board.rules
    rows: list[Line] = [
        (Span(f"{clock.id}  ", "key"), Span(text_of(rules, clock, clock.title), "title")),
        _fact_line(
            "state", f"{standing.state.value}{_why(rules, standing)}", _ROLES.get(standing.state, "text")
        ),
        _fact_line("time", _when(standing, now_us, offset), _ROLES.get(standing.state, "text")),
        _fact_line("duty", f"{text_of(rules, clock, clock.regime)}, {text_of(rules, clock, clock.article)}"),
        _fact_line("to", text_of(rules, clock, clock.recipient)),
    ]
    if standing.counted_from and standing.since_us is not None:
        rows.append(
            _fact_line(
                "counted",
                f"from {_event(board, standing.counted_from)}: {at_full(standing.since_us, offset)}",
            )
        )
    if standing.extended_us is not None:
        rows.append(
            _fact_line(
                "remark", f"read in full, {at_full(standing.extended_us, offset)}; the target stays as it is"
            )
        )
    rows += [_fact_line("waits for", _event(board, name), "warn") for name in standing.waiting]
    rows += [_fact_line("note", text_of(rules, clock, each)) for each in standing.notes]
    if standing.unknown:
        rows += [_fact_line("unknown", "these answers would decide", "warn"), *questions(board, standing)]
    rows += [
        _fact_line("says" if each.quoted == "law" else "in short", text_of(rules, clock, each.quote))
        for each in clock.due
    ]
    rows += [
        _fact_line("send" if not at else "", f"- {text_of(rules, clock, each)}")
        for at, each in enumerate(clock.checklist)
    ]
    rows += _recorded_lines(board, clock)
    if clock.binding != "law":
        rows.append(_fact_line("binds", f"{clock.binding}: {text_of(rules, clock, clock.binding_why or '')}"))
    if clock.note:
        rows.append(_fact_line("remark", text_of(rules, clock, clock.note)))
    rows += [
        _fact_line(
            "source",
            f"{text_of(rules, clock, clock.source)}, read on {clock.retrieved_on}, confidence {clock.confidence}",
        ),
        *([_fact_line("", PARAPHRASED, "warn")] if any(each.quoted != "law" for each in clock.due) else []),
        _fact_line("", NOT_ADVICE, "dim"),
    ]
    return [piece for row in rows for piece in wrap(row, width - 1, 11)]


def is_mere_question(standing: Standing) -> bool:
    """Whether nothing is known of a clock but that somebody has to say whether it applies."""
    return standing.state is State.UNSURE and standing.due_us is None


def is_raised(board: Board, standing: Standing) -> bool:
    """Whether a clock waits for an answer that the list of those affected bears on."""
    return standing.state is State.UNSURE and not board.kept.raised.isdisjoint(standing.unknown)


def is_listed(board: Board, standing: Standing) -> bool:
    """Whether a clock is named where those that are bare questions are only counted."""
    return not is_mere_question(standing) or is_raised(board, standing)


def raised_lines(board: Board) -> list[Line]:
    """The questions that the list of those affected has raised, with what is recorded."""
    asked = {name for each in board.standings if is_raised(board, each) for name in each.unknown}
    return [
        (
            Span(f"  {name}  ", "key"),
            Span(f"{_question(board.rules, name)}; {words(board.kept.offers[name])}"),
        )
        for name in board.rules.book.facts
        if name in asked & board.kept.raised
    ]


def undecided_lines(board: Board, short: str) -> list[Line]:
    """How many duties of an incident wait for answers alone, where those are not listed one by one."""
    number = sum(not is_listed(board, each) for each in board.standings)
    if not number:
        return []
    said = f"{counted(number, 'duty')} not decided: ircockpit clocks list {short} names them"
    return [(Span(fit(short, _SHORT), "key"), Span(said, "warn"))]


def after_lines(board: Board, short: str, now_us: int, width: int) -> list[Line]:
    """The clocks of an incident after a change: what has a time or waits for an event, and how many are not decided."""
    shown = [each for each in asked_for(board, everything=False) if is_listed(board, each)]
    return [
        *banner_lines(board, width),
        *(row for each in shown for row in clock_rows(board, each, now_us, width)),
        *raised_lines(board),
        *undecided_lines(board, short),
    ]


def refused_lines(rules: Rulebook, width: int) -> list[Line]:
    """Files of duties that are not used: they count nothing."""
    return [
        piece
        for each in rules.refused
        for piece in wrap((Span(" not used  ", "bad"), Span(words(each.what))), width - 1, 11)
    ]


def _answer_lines(board: Board, clock: Clock) -> list[Line]:
    """What was answered, by whom or from where; an answer that two people give differently counts as none."""
    lines = []
    for name in asked_facts(clock):
        answer = board.kept.answers.get(name)
        if answer is not None:
            apart = "; people disagree: it counts as unknown" if answer.disputed else ""
            lines.append(
                _fact_line(
                    "answered",
                    f"{name}: {words(answer.stored)}, {words(answer.by)}{apart}",
                    "bad" if apart else "text",
                )
            )
    return lines


def _recorded_lines(board: Board, clock: Clock) -> list[Line]:
    kept, lines = board.kept, _answer_lines(board, clock)
    for each in kept.anchors:
        if each.name in events_of(clock):
            gone = "WITHDRAWN " if each.withdrawn else ""
            span = f" ({each.low or each.time} to {each.high or each.time})" if each.low or each.high else ""
            time = f"{each.time}{span}, " if each.time else ""
            lines.append(
                _fact_line(
                    "recorded",
                    f"{gone}{_event(board, each.name)}: {time}{words(each.by)}: {words(each.why, '···') or 'no reason given'}",
                )
            )
    for filing in kept.filings:
        if filing.clock == clock.id:
            gone = "WITHDRAWN " if filing.withdrawn else ""
            reference = f", reference {words(filing.reference)}" if filing.reference else ""
            lines.append(_fact_line("filed", f"{gone}{filing.time}{reference}, {words(filing.by)}"))
    for toll in kept.tolls:
        if toll.clock == clock.id:
            gone = "WITHDRAWN " if toll.withdrawn else ""
            lines.append(
                _fact_line(
                    "to wait",
                    f"{gone}{toll.begins} to {toll.ends or 'further notice'}, {words(toll.by)}: {words(toll.why)}",
                )
            )
    said = kept.record.counsel_says.get(clock.id)
    if said is not None:
        lines.append(_fact_line("counsel", f"it applies, {words(said.who)}: {words(said.why)}"))
    if clock.id in kept.disputed:
        lines.append(_fact_line("disagree", "people disagree about it: it counts as undecided", "bad"))
    return lines


def _when(standing: Standing, now_us: int, offset: int) -> str:
    if standing.filed_us is not None:
        late = ", late" if standing.late else ""
        return f"filed {at_full(standing.filed_us, offset)}{late}"
    if standing.due_us is not None:
        return f"due {at_full(standing.due_us, offset)}, {left(standing, now_us)}"
    if standing.at_once_us is not None:
        return f"at once, since {at_full(standing.at_once_us, offset)}"
    return "no time can be said yet"


def _why(rules: Rulebook, standing: Standing) -> str:
    return f": {reason_of(rules, standing)}" if standing.why else ""


def _event(board: Board, name: str) -> str:
    """An event in words, with its name; of several that begin a period, all."""
    parts = []
    for each in name.split(" or "):
        known = board.rules.book.anchors.get(each)
        parts.append(
            f"{each} ({words(known.says)})" if known else each.replace("submitted:", "the submission of ")
        )
    return " or ".join(parts)


def _question(rules: Rulebook, name: str) -> str:
    return words(rules.book.facts[name].ask)


def _name(rules: Rulebook, duty: Duty) -> str:
    regime, article = text_of(rules, duty, duty.regime, ""), text_of(rules, duty, duty.article, duty.id)
    # Some articles begin with the name of their law.
    return article if article.partition(" ")[0] in regime.split() else f"{regime} {article}".strip()


def _fact_line(label: str, text: str, role: str = "text") -> Line:
    return (Span(f" {label:9} ", "dim"), Span(text, role))


def said_of(found: Sequence[Standing]) -> str:
    """How many clocks are shown, in one sentence."""
    return f"{counted(len(found), 'clock')}; {NOT_ADVICE}"


def refused_words(error: BadInput) -> str:
    """Why a file is not used, with its name and line; its words may be anybody's."""
    return words("; ".join(error.sentences()[:1]))
