"""Answering triage: each answer an event of its own, and the severity that follows from it."""

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.triage.queries import (
    Formality,
    Triage,
    flags_with,
    formality,
    given_in,
    kind_titles,
    playbooks_for,
    triage_of,
    values_of,
    verdict,
)
from ircockpit.features.triage.queries import again as again_of
from ircockpit.features.triage.rules import CATEGORIES, FORM, Decision, choice_of, standing
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Draft, Workstation

MAX_RATIONALE = 4000


def answer(
    station: Workstation,
    *,
    incident: str,
    again: str | None = None,
    op: str | None = None,
    **given: str | None,
) -> Result:
    """Record answers; the severity is written with its reasons whenever the answers change it.

    An empty answer takes the one given before back; the record keeps both. ``again`` says why it is triaged anew: the
    answers stay, and what changes from then on is shown beside what it was. Raises :class:`BadInput` where an
    answer is none of the choices; then nothing of the call is recorded.
    """
    row = incidents.incident(station.view, incident)
    before = triage_of(station.view, row.ident)
    stated = _checked({field: value for field, value in given.items() if value is not None})
    kept = {*before.answers, *(["category"] if before.category else [])}
    wanted = {field: word for field, word in stated.items() if word or field in kept}
    drafts = [*_anew(station, row, before, again), *(_drafts(station, row, before, wanted) if wanted else [])]
    if drafts:
        station.append(drafts, op=op)
    found = triage_of(station.view, row.ident)
    return _state(station, row, found, said=bool(wanted or again))


def anew(station: Workstation, *, incident: str, why: str, op: str | None = None) -> Result:
    """Begin triage again, for a reason: from now on what each answer was is shown beside it."""
    return answer(station, incident=incident, again=why, op=op)


def override(
    station: Workstation, *, incident: str, severity: str, why: str, op: str | None = None
) -> Result:
    """Set a severity against the answers, for a reason; it shows as an override until the answers agree with it."""
    row = incidents.incident(station.view, incident)
    reason = why.strip().encode("utf-8", "replace").decode()
    if severity not in SEVERITIES:
        raise BadInput(f"a severity is one of {', '.join(SEVERITIES)}", safe="nothing was recorded")
    if not reason or len(reason) > MAX_RATIONALE:
        raise BadInput(
            f"an override needs a rationale, in 1 to {MAX_RATIONALE:,} characters", safe="nothing was recorded",
            fix="say why the answers do not decide here: --why",
        )  # fmt: skip
    before = triage_of(station.view, row.ident)
    drafts = _begun(row, before)
    # What the answers say themselves is no override: it ends the one that stood.
    wanted = "" if before.begun and severity == before.decision.severity else severity
    if before.override != wanted or "override" in before.disputed:
        drafts.append(
            station.set_field(row.stream, "triage.overridden", before.ident, "override", wanted, why=reason)
        )
    if severity != row.severity or "severity" in row.disputed:
        why_now = f"override: {reason}" if wanted else reason
        drafts.append(
            station.set_field(row.stream, "incident.set", row.ident, "severity", severity, why=why_now)
        )
    if drafts:
        station.append(drafts, op=op)
    return _state(station, row, triage_of(station.view, row.ident), said=bool(drafts))


def _state(station: Workstation, row: IncidentRow, found: Triage, *, said: bool) -> Result:
    after = incidents.incidents(station.view, [row.ident])[0]
    decision, formal = found.decision, formality(station.view, row.ident, found)
    refused, anew = found.criteria.refused, again_of(station.view, row.ident)
    fitting = playbooks_for(station.view, row.ident, found)
    data = {
        "incident": row.ident, "short": row.short, "severity": after.severity, "decided": decision.severity,
        "answers": found.answers, "category": found.category, "override": found.overridden,
        "reasons": list(decision.reasons), "missing": decision.missing, "assumed": list(decision.assumed),
        "formal": formal.verdict.state, "context": formal.verdict.context, "confidence": formal.confidence,
        "source_severity": list(formal.loudness), "listed": formal.listed,
        "criteria": [
            {"id": each.id, "says": each.says, "outcome": each.word} for each in formal.verdict.outcomes
        ],
        "criteria_file": found.criteria.criteria.name, "criteria_refused": refused.what if refused else "",
        "playbooks": list(fitting), "flags": dict(found.flags),
        "again": {"why": anew.why, "at_us": anew.at_us, "changed": [each._asdict() for each in anew.changed]}
        if anew
        else None,
    }  # fmt: skip
    lines = [*_page(after, found), *formal_lines(formal, found)]
    if fitting:
        lines.append((Span("playbooks that fit: ", "dim"), Span(", ".join(fitting), "accent")))
    if anew:
        lines += [(), (Span("triaged again: ", "dim"), Span(clean(anew.why)))]
        lines += [
            (
                Span(f"  {clean(each.label)}: ", "dim"),
                Span(clean(each.now)),
                Span(f", was {clean(each.was)}", "dim"),
            )
            for each in anew.changed
        ]
    return Result(data, tuple(lines), f"saved: {verdict(after.severity, found)}" if said else "")


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
    if "category" in given:
        wanted["category"] = kind_named(given["category"]) if given["category"] else ""
    if "rationale" not in given:
        return wanted
    rationale = given["rationale"].strip().encode("utf-8", "replace").decode()
    if len(rationale) > MAX_RATIONALE:
        raise BadInput(
            f"the rationale holds {MAX_RATIONALE:,} characters", fix="say it shorter, or add a note"
        )
    return {**wanted, "rationale": rationale}


def kind_named(text: str) -> str:
    """The kind of incident somebody means by its name or the beginning of it. Raises :class:`BadInput`."""
    word = text.strip().lower().replace(" ", "-")
    found = [kind for kind in CATEGORIES if kind == word] or [k for k in CATEGORIES if k.startswith(word)]
    if len(found) != 1 or not word:
        raise BadInput(
            f"{text!r} is no one kind of incident",
            safe="nothing was recorded",
            fix=f"kinds: {', '.join(CATEGORIES)}",
        )
    return found[0]


def _drafts(station: Workstation, row: IncidentRow, before: Triage, wanted: dict[str, str]) -> list[Draft]:
    drafts = _begun(row, before)
    begun = len(drafts)
    for field, value in wanted.items():
        was = before.category if field == "category" else before.answers.get(field, "")
        if was != value or field in before.disputed:
            drafts.append(station.set_field(row.stream, "triage.answered", before.ident, field, value))
    if len(drafts) == begun:
        return []
    # Another kind of incident has other questions: what the form of the one before stated counts no more.
    after = before._replace(category=wanted.get("category", before.category))
    if after.category != before.category:
        after = after._replace(
            flags=flags_with(after, values_of(given_in(station.view, row.ident), after.category))
        )
    words = {field: word for field, word in wanted.items() if field != "category"}
    return [*drafts, *following(station, row, before, after.decision_with(words))]


def following(station: Workstation, row: IncidentRow, before: Triage, decision: Decision) -> list[Draft]:
    """What a decision changes of the incident: its severity, whether that is provisional, and an override it agrees with."""
    drafts: list[Draft] = []
    severity = standing(incidents.declared_severity(station.view, row.ident), decision)
    if before.override == decision.severity:
        drafts.append(
            station.set_field(
                row.stream, "triage.overridden", before.ident, "override", "", why="the answers agree with it"
            )
        )
    elif before.override:
        severity = before.override
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


def _anew(station: Workstation, row: IncidentRow, before: Triage, why: str | None) -> list[Draft]:
    if why is None:
        return []
    reason = why.strip().encode("utf-8", "replace").decode()
    if not before.begun or not reason or len(reason) > MAX_RATIONALE:
        what = "triage is begun again for a reason" if before.begun else "triage was not begun yet"
        raise BadInput(
            what, safe="nothing was recorded", fix="say why: --again WHY" if before.begun else "answer it"
        )
    body = ({"incident": row.ident}, {"why": reason})
    return [Draft(row.stream, "triage.again", station.new_id(row.stream), body)]


def _begun(row: IncidentRow, before: Triage) -> list[Draft]:
    return (
        [] if before.begun else [Draft(row.stream, "triage.begun", before.ident, ({"incident": row.ident},))]
    )


def formal_lines(formal: Formality, found: Triage) -> list[Line]:
    """Whether it is formal, criterion by criterion; what the sources say; and an own file that is not used."""
    state = formal.verdict.state
    role = {"formal": "bad", "routine": "ok"}.get(state, "warn")
    lines: list[Line] = [
        (),
        (
            Span("formal incident: ", "dim"),
            Span(STATES[state], role),
            Span(f"  ({formal.verdict.context})", "dim"),
        ),
    ]
    for each in formal.verdict.outcomes:
        held = {True: ("holds", "bad"), False: ("does not hold", "dim")}
        word, mark = held[each.truth] if isinstance(each.truth, bool) else (each.word, "warn")
        lines.append((Span(f"  {clean(each.says)}: ", "dim"), Span(word, mark)))
    if formal.listed:
        lines.append((Span("those affected: ", "dim"), Span(formal.listed)))
    if formal.loudness:
        said = clean(", ".join(formal.loudness))
        lines.append(
            (Span("the source says ", "dim"), Span(said), Span("  its own word, not converted", "dim"))
        )
    if found.criteria.refused:
        lines.append((Span(f"not used: {clean(found.criteria.refused.what)}", "bad"),))
    return lines


STATES = {"formal": "yes", "routine": "no, routine", "not decided": "not decided yet"}


def _kind(found: Triage) -> str:
    """The title of the kind, with the name that commands know it by."""
    title = kind_titles(found.profile).get(found.category, "")
    return clean(f"{title} ({found.category})" if title else found.category)


def _page(row: IncidentRow, found: Triage) -> list[Line]:
    lines: list[Line] = [(Span(f"triage {row.short}  ", "key"), Span(verdict(row.severity, found), "title"))]
    assumed, decision = found.criteria.criteria.file.assumed, found.decision
    for number, question in enumerate(FORM, 1):
        chosen = found.answers.get(question.field, "")
        shown = chosen or "not answered" + (
            f" (counts as {assumed[question.field]})" if question.field in decision.assumed else ""
        )
        lines.append(
            (Span(f"{number} {question.ask:22}", "dim"), Span(clean(shown), "text" if chosen else "warn"))
        )
    lines.append((Span(f"{'  kind':24}", "dim"), Span(_kind(found) or "-")))
    lines.append((Span(f"{'  why':24}", "dim"), Span(clean(found.answers.get("rationale", "-")))))
    return lines
