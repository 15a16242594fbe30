"""Answering triage: each answer an event of its own, and the severity that follows from it."""

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.triage.queries import Triage, triage_of, verdict
from ircockpit.features.triage.rules import ASSUMED, FORM, choice_of, decide, standing
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Draft, Workstation

MAX_RATIONALE = 4000


def answer(station: Workstation, *, incident: str, op: str | None = None, **given: str | None) -> Result:
    """Record answers; the severity is written with its reasons whenever the answers change it.

    An empty answer takes the one given before back; the record keeps both. Raises :class:`BadInput` where an
    answer is none of the choices; then nothing of the call is recorded.
    """
    row = incidents.incident(station.view, incident)
    before = triage_of(station.view, row.ident)
    stated = _checked({field: value for field, value in given.items() if value is not None})
    wanted = {field: word for field, word in stated.items() if word or field in before.answers}
    if wanted:
        station.append(_drafts(station, row, before, wanted), op=op)
    found = triage_of(station.view, row.ident)
    after = incidents.incidents(station.view, [row.ident])[0]
    data = {
        "incident": row.ident, "short": row.short, "severity": after.severity, "decided": found.decision.severity,
        "answers": found.answers,
        "reasons": list(found.decision.reasons), "missing": found.decision.missing, "assumed": list(found.decision.assumed),
    }  # fmt: skip
    said = f"saved: {verdict(after.severity, found.decision)}" if wanted else ""
    return Result(data, tuple(_page(after, found)), said)


def _checked(given: dict[str, str]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for question in FORM:
        if question.field in given:
            choice = choice_of(question.field, given[question.field])
            if not choice and given[question.field]:
                numbered = ", ".join(f"{n} {word}" for n, word in enumerate(question.choices, 1))
                raise BadInput(
                    f"{given[question.field]!r} is no answer to: {question.ask}",
                    safe="nothing was recorded",
                    fix=f"answers: {numbered}",
                )
            wanted[question.field] = choice
    if "rationale" not in given:
        return wanted
    rationale = given["rationale"].strip().encode("utf-8", "replace").decode()
    if len(rationale) > MAX_RATIONALE:
        raise BadInput(
            f"the rationale holds {MAX_RATIONALE:,} characters", fix="say it shorter, or add a note"
        )
    return {**wanted, "rationale": rationale}


def _drafts(station: Workstation, row: IncidentRow, before: Triage, wanted: dict[str, str]) -> list[Draft]:
    drafts: list[Draft] = []
    if not before.begun:
        drafts.append(Draft(row.stream, "triage.begun", before.ident, ({"incident": row.ident},)))
    for field, value in wanted.items():
        if before.answers.get(field, "") != value or field in before.disputed:
            drafts.append(station.set_field(row.stream, "triage.answered", before.ident, field, value))
    if not drafts:
        return []
    decision = decide({**before.answers, **wanted})
    severity = standing(incidents.declared_severity(station.view, row.ident), decision)
    if severity != row.severity or "severity" in row.disputed:
        was = f" (was {row.severity})" if row.severity != severity else ""
        drafts.append(
            station.set_field(
                row.stream, "incident.set", row.ident, "severity", severity, why=decision.why + was
            )
        )
    open_ = decision.missing > 0
    if row.provisional != open_:
        why = "an answer was taken back" if open_ else "triaged"
        drafts.append(
            station.set_field(row.stream, "incident.set", row.ident, "provisional", int(open_), why=why)
        )
    return drafts


def _page(row: IncidentRow, found: Triage) -> list[Line]:
    lines: list[Line] = [
        (Span(f"triage {row.short}  ", "key"), Span(verdict(row.severity, found.decision), "title"))
    ]
    for number, question in enumerate(FORM, 1):
        chosen = found.answers.get(question.field, "")
        shown = chosen or "not answered" + (
            f" (counts as {ASSUMED[question.field]})" if question.field in found.decision.assumed else ""
        )
        lines.append(
            (Span(f"{number} {question.ask:22}", "dim"), Span(clean(shown), "text" if chosen else "warn"))
        )
    lines.append((Span(f"{'  why':24}", "dim"), Span(clean(found.answers.get("rationale", "-")))))
    return lines
