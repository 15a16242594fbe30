"""The triage of an incident as far as it has come."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.ids import companion_id
from ircockpit.features.catalogue import key_of
from ircockpit.features.triage.events import LABELS, QUESTIONS, TITLES, in_words
from ircockpit.features.triage.rules import CATEGORIES, FLAGS, Decision, decide

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ircockpit.features.conditions import Value
    from ircockpit.features.impact.queries import Summary
    from ircockpit.features.triage.branches import Branch
    from ircockpit.features.triage.criteria import InUse, Verdict
    from ircockpit.store.view import View

ANSWERS = (*QUESTIONS, "rationale")
"""Fields of a triage: the answers by choice, then the words."""


FIELDS = (*ANSWERS, "category", "override")
"""Every field of a triage that people can disagree about."""


class Triage(NamedTuple):
    """Answers so far and what they decide."""

    ident: str
    begun: bool
    answers: dict[str, str]
    """Answers given by field, ``rationale`` among them."""
    disputed: tuple[str, ...]
    profile: "Path"
    """Where the criteria of the organisation are looked for."""
    category: str = ""
    override: str = ""
    """A severity somebody set against the answers, with a rationale."""
    flags: tuple[tuple[str, str], ...] = ()
    """Facts that answers of the category's form state: they only raise."""

    @property
    def criteria(self) -> "InUse":
        """The criteria in use here."""
        from ircockpit.features.triage.criteria import criteria_in  # a file is read once somebody decides

        return criteria_in(self.profile)

    @property
    def decision(self) -> Decision:
        """What answers, kind and flags call for."""
        return self.decision_with({})

    def decision_with(self, other: "Mapping[str, str]") -> Decision:
        """The same with other answers in place of those given."""
        kind = {"category": self.category} if self.category else {}
        return decide({**self.answers, **kind, **dict(self.flags), **other}, self.criteria.criteria)

    @property
    def overridden(self) -> str:
        """The severity that holds against the answers; empty where there is none, or the answers agree with it by now."""
        return "" if self.override == self.decision.severity else self.override

    @property
    def said(self) -> str:
        """Where triage stands, in words."""
        if not self.begun:
            return f"not begun: press {key_of('triage.answer')}"
        decision, override = self.decision, self.overridden
        if override:
            return f"{override} by override; the answers say {decision.severity}: {decision.why}"
        if not decision.missing:
            return f"{decision.severity} because: {decision.why}"
        return f"{decision.severity} so far: {decision.why}, {decision.missing} not answered"


def verdict(standing: str, found: Triage) -> str:
    """The severity an incident has and why: ``SEV1 because: …``, or what the answers say so far and what holds."""
    decision = found.decision
    if found.overridden:
        return f"{standing} by override; the answers say {decision.severity}: {decision.why}"
    if standing == decision.severity:
        return f"{standing} because: {decision.why}"
    return f"{decision.severity} so far: {decision.why}; {standing} until all is answered"


def triage_id(incident: str) -> str:
    """Id of the triage of an incident: the same on every device, so that two people fill in one form."""
    return companion_id(incident, "triage")


OF_FORM = "."
"""Between the form and the question in the name of a field that is an answer of the form of a kind: ``privacy-leak.whose``."""
DISPUTED = (
    "SELECT t.incident FROM triage t WHERE t.disputed <> '' OR EXISTS (SELECT 1 FROM answer a WHERE a.incident = t.incident"
    " AND a.form = t.category AND a.disputed <> '')"
)
"""Incidents whose triage, or whose answers of the form of their kind, people disagree about; as SQL."""


def register_of(incident: str, field: str) -> tuple[str, str]:
    """The thing that holds a field, and what it is there: the triage or an answer for theirs, the incident for any other."""
    form, dot, question = field.partition(OF_FORM)
    if dot:
        return answer_id(incident, form, question), "value"
    return (triage_id(incident) if field in FIELDS else incident), field


def disputed_answers(view: "View", incidents: list[str]) -> dict[str, tuple[str, ...]]:
    """Answers of the triage and of the form of the kind that people disagree about, for those of the incidents that have any."""
    by_triage = {triage_id(ident): ident for ident in incidents}
    rows = view.rows_of(
        "SELECT id, disputed FROM triage WHERE id IN ({marks}) AND disputed <> ''", list(by_triage)
    )
    found = {by_triage[ident]: tuple(disputed.split()) for ident, disputed in rows}
    rows = view.rows_of(
        "SELECT t.id, a.form, a.question, a.id FROM triage t JOIN answer a ON a.incident = t.incident AND a.form = t.category"
        " WHERE t.id IN ({marks}) AND a.disputed <> '' ORDER BY a.form, a.question",
        list(by_triage),
    )
    for triage, form, question, ident in rows:
        incident, field = by_triage[triage], f"{form}{OF_FORM}{question}"
        if register_of(incident, field)[0] == ident:
            found[incident] = (*found.get(incident, ()), field)
    return found


def field_words(view: "View", incident: str, field: str) -> str:
    """What a field is called where people disagree about it: the question of an answer; not gated yet."""
    if OF_FORM not in field:
        return "kind" if field == "category" else field
    rows = view.rows("SELECT ask FROM answer WHERE id = ?", (register_of(incident, field)[0],))
    return str(rows[0][0] or field) if rows else field


def decision_with(view: "View", incident: str, found: Triage, field: str, value: Any) -> Decision:
    """What the answers would decide with another one in place of theirs."""
    form, dot, question = field.partition(OF_FORM)
    if not dot:
        return found.decision_with({field: value})
    values = {**values_of(given_in(view, incident), form), question: value}
    return found._replace(
        flags=flags_with(found, {name: each for name, each in values.items() if each})
    ).decision


def triage_of(view: "View", incident: str) -> Triage:
    """The triage of an incident, empty where nobody began it."""
    ident, profile = triage_id(incident), view.path.parent
    columns = ", ".join(FIELDS)
    rows = view.rows(f"SELECT {columns}, disputed FROM triage WHERE id=?", (ident,))
    if not rows:
        return Triage(ident, begun=False, answers={}, disputed=(), profile=profile)
    *given, disputed = rows[0]
    stated = {field: str(value) for field, value in zip(FIELDS, given, strict=True) if value}
    answers = {field: word for field, word in stated.items() if field in ANSWERS}
    found = Triage(
        ident, True, answers, tuple((disputed or "").split()), profile,
        category=stated.get("category", ""), override=stated.get("override", ""),
    )  # fmt: skip
    values = values_of(given_in(view, incident), found.category) if found.category else {}
    return found._replace(flags=flags_with(found, values)) if values else found


class Given(NamedTuple):
    """An answer to a question of a form: what, by whom and when; every side where people disagree."""

    ident: str
    form: str
    question: str
    ask: str
    value: Any
    """Words, several words, or a code; nothing where it was taken back."""
    who: str
    at_us: int
    sides: tuple[tuple[str, str], ...] = ()
    """Author and answer of each side, where they differ."""


def answer_id(incident: str, form: str, question: str) -> str:
    """Id of an answer: the same on every device, so that two people who answer write one register."""
    return companion_id(incident, "answer", form, question)


def given_in(view: "View", incident: str) -> list[Given]:
    """Every answer given to a question of any form, those taken back too."""
    from ircockpit.features.people.queries import name_of, names

    known = names(view)
    rows = view.rows(
        "SELECT a.id, a.form, a.question, a.ask, h.actor, h.value, h.missing, coalesce(n.at_us, 0) FROM answer a"
        " JOIN head h ON h.ent = a.id AND h.field = 'value' LEFT JOIN entry n ON n.event_id = h.event"
        " WHERE a.incident = ? ORDER BY a.id, h.lam, h.event",
        (incident,),
    )
    found: dict[str, Given] = {}
    for ident, form, question, ask, actor, raw, missing, at_us in rows:
        value, who = missing or json.loads(raw), name_of(known, str(actor))
        before = found.get(ident)
        side = (who, in_words(value) or "taken back")
        sides = (*(before.sides if before else ()), side)
        found[ident] = Given(
            str(ident), str(form or ""), str(question or ""), str(ask or ""), value, who, int(at_us), sides
        )
    return [
        each if len({words for _, words in each.sides}) > 1 else each._replace(sides=())
        for each in found.values()
    ]


def values_of(given: "Iterable[Given]", form: str) -> dict[str, Any]:
    """The answers of one form by question, without those taken back."""
    return {each.question: each.value for each in given if each.form == form and each.value}


def branch_of(found: Triage) -> "Branch | None":
    """The form of the kind of incident, none before that is said."""
    from ircockpit.features.triage.branches import branches_in

    return branches_in(found.profile).of(found.category) if found.category else None


def kind_titles(profile: "Path") -> "Mapping[str, str]":
    """To each kind of incident the title of its form, an organisation's own where it has one; not gated yet."""
    from ircockpit.features.triage.branches import branches_in

    return {**TITLES, **{kind: branch.file.title for kind, branch in branches_in(profile).own.items()}}


def flags_with(found: Triage, values: "Mapping[str, Any]") -> tuple[tuple[str, str], ...]:
    """The flags that answers of the form state."""
    branch = branch_of(found)
    return branch.stated(core_facts(found), values) if branch else ()


def core_facts(found: Triage) -> "dict[str, Value]":
    """What the six answers and the kind state, for conditions; what is unknown is not there."""
    facts: dict[str, Value] = {
        field: word for field, word in found.answers.items() if field in QUESTIONS and word != "unknown"
    }
    return {**facts, "category": found.category} if found.category else facts


class Changed(NamedTuple):
    """What is answered otherwise since triage was begun again."""

    label: str
    was: str
    now: str


class Again(NamedTuple):
    """The last time triage was begun again, and what has changed since."""

    why: str
    at_us: int
    changed: tuple[Changed, ...]


def again(view: "View", incident: str) -> Again | None:
    """The last time an incident was triaged anew, none where it never was."""
    rows = view.rows(
        "SELECT e.lam, e.at_us, e.body, e.stream FROM retriage r JOIN entity n ON n.id = r.id JOIN entry e ON"
        " e.event_id = n.event WHERE r.incident = ? ORDER BY e.lam DESC, e.event_id DESC LIMIT 1",
        (incident,),
    )
    if not rows:
        return None
    lam, at_us, raw, stream = rows[0]
    answers = {each.ident: each for each in given_in(view, incident)}
    now: dict[tuple[str, str], Any] = {(each.ident, "value"): each.value for each in answers.values()}
    ident = triage_id(incident)
    columns = ", ".join(FIELDS)
    for row in view.rows(f"SELECT {columns} FROM triage WHERE id=?", (ident,)):
        now.update({(ident, field): value for field, value in zip(FIELDS, row, strict=True) if value})
    was: dict[tuple[str, str], Any] = {}
    for ent, field, body in view.rows(
        "SELECT ent, field, body FROM entry WHERE stream = ? AND lam < ? AND doubt = '' AND type IN"
        " ('triage.answered', 'answer.given') ORDER BY lam, event_id",
        (stream, lam),
    ):
        was[str(ent), str(field)] = json.loads(body).get("value", "not held here")
    changed = [
        Changed(
            answers[ent].ask if ent in answers else LABELS.get(field, field),
            in_words(was.get((ent, field))) or "not answered", in_words(now.get((ent, field))) or "taken back",
        )
        for ent, field in sorted({*was, *now}, key=str)
        if (was.get((ent, field)) or "") != (now.get((ent, field)) or "") and field != "override"
    ]  # fmt: skip
    return Again(str(json.loads(raw).get("why", "")), int(at_us), tuple(changed))


class Formality(NamedTuple):
    """Whether an incident is formal, what that was judged by, and what the sources themselves say."""

    verdict: "Verdict"
    confidence: int | None
    """What the surest detector said, in per cent; ``None`` where none gave a score between 0 and 1."""
    loudness: tuple[str, ...]
    """The sources' own words for how severe it is; never converted into a severity."""
    listed: str = ""
    """How many people are recorded as reached, in words; empty for none."""


_SIGNALS = (
    'FROM signal s JOIN "group" g ON g.id = s."group" WHERE (g.incident = ?1 OR g.id = '
    "(SELECT origin FROM incident WHERE id = ?1))"
)


def formality(view: "View", incident: str, found: Triage) -> Formality:
    """The criteria of the incident's context held against what is known now."""
    from ircockpit.features.impact.queries import summary

    rows = view.rows(
        f"SELECT max(CAST(s.score AS REAL)) {_SIGNALS} AND s.score GLOB '[0-9]*' AND CAST(s.score AS REAL) <= 1",
        (incident,),
    )
    confidence = None if rows[0][0] is None else int(rows[0][0] * 100 + 1e-9)
    loud = view.rows(
        f"SELECT DISTINCT s.severity_word {_SIGNALS} AND s.severity_word <> '' ORDER BY 1", (incident,)
    )
    branch = branch_of(found)
    # What the form of this kind cannot state is no open question; what it can and nobody has answered is one.
    silent = dict.fromkeys(set(FLAGS) - branch.flags, "no") if branch else {}
    facts: dict[str, Value] = {**core_facts(found), **silent, **dict(found.flags)}
    if confidence is not None:
        facts["confidence"] = confidence
    reached = summary(view, incident)
    facts.update(_counted(reached, found.answers.get("reach", "")))
    judged = found.criteria.criteria.judge(context_of(view, incident), facts)
    listed = f"{reached.people.words()} recorded" if reached.people.high else ""
    return Formality(judged, confidence, tuple(str(word) for (word,) in loud), listed)


def _counted(reached: "Summary", reach: str) -> "dict[str, Value]":
    """People as numbers: those recorded are so many at least, wherever they live, and the answer about reach bounds them.

    A list is never taken for complete: it shows that a number is reached, and not that it is not.
    """
    from ircockpit.features.conditions import Between
    from ircockpit.features.impact.queries import within
    from ircockpit.features.triage.criteria import PEOPLE, PLACES

    listed, said = reached.people, PEOPLE.get(reach)
    found: dict[str, Value] = {}
    if said is not None or listed.low:
        least, most = (0, None) if said is None else said
        found["people"] = Between(max(least, listed.low), None if most is None else max(most, listed.high))
    for name, places in PLACES.items():
        if least := within(reached, places).low:
            found[name] = Between(least)
    return found


def context_of(view: "View", incident: str) -> str:
    """The context of the system an incident is about: customer-facing where that is not known."""
    rows = view.rows(
        "SELECT s.context FROM incident i JOIN system s ON s.id = i.system WHERE i.id = ?", (incident,)
    )
    return str(rows[0][0] or "customer-facing") if rows else "customer-facing"


def playbooks_for(view: "View", incident: str, found: Triage) -> tuple[str, ...]:
    """The playbooks of the library that fit: of the kind, and before that is said, those the signals speak of."""
    from ircockpit.playbooks import entries, suited

    context = context_of(view, incident)
    if found.category:
        return tuple(
            each.short for each in entries() if each.category == found.category and each.context == context
        )
    return tuple(each.short for each in suited(context, *_heard(view, incident))[:3])


def likely_kinds(view: "View", incident: str) -> tuple[str, ...]:
    """Every kind of incident, those first that title, detectors and probes speak of."""
    from ircockpit.playbooks import suited

    heard = [each.category for each in suited(context_of(view, incident), *_heard(view, incident))]
    return tuple(dict.fromkeys([*heard, *CATEGORIES]))


def _heard(view: "View", incident: str) -> list[str]:
    rows = view.rows(
        f"SELECT DISTINCT s.title, s.detector, s.probe {_SIGNALS} UNION SELECT title, '', '' FROM incident WHERE id = ?1"
        " LIMIT 50",
        (incident,),
    )
    return [str(word) for row in rows for word in row if word]


def check_file(place: str, raw: bytes) -> None:
    """Raise :class:`BadInput` for criteria or a form of one's own that would not be used."""
    from ircockpit.features.triage.branches import read_branch
    from ircockpit.features.triage.criteria import FILE, FOLDER, read_criteria

    read = read_criteria if place == f"{FOLDER}/{FILE}" else read_branch
    read(raw, place)
