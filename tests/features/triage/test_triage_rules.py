"""Every combination of answers gets a severity with reasons, and a worse answer never makes it look better."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product

import pytest

from ircockpit.features.triage.events import LABELS, QUESTIONS
from ircockpit.features.triage.rules import FORM, Decision, choice_of, decide

BETTER: dict[str, tuple[tuple[str, str], ...]] = {
    "harm": (("no", "likely"), ("likely", "yes")),
    "reach": (("few", "hundreds"), ("hundreds", "thousands")),
    "reversible": (("yes", "partly"), ("partly", "no")),
    "ongoing": (("stopped", "yes"),),
    "personal": (("none", "some"), ("some", "sensitive")),
    "regulated": (("no", "health"), ("no", "money"), ("no", "law or work")),
}
"""Pairs of answers, the first better than the second; domains of law are not compared with each other."""
BEST = {
    "harm": "no", "reach": "few", "reversible": "yes", "ongoing": "stopped", "personal": "none", "regulated": "no",
}  # fmt: skip
Decide = Callable[[Mapping[str, str]], Decision]


def combinations(*, with_unanswered: bool = False) -> Iterator[dict[str, str]]:
    """All answers; ``unknown`` is one of them, and where wanted so is no answer at all."""
    extra = ("",) if with_unanswered else ()
    for words in product(*((*question.choices, *extra) for question in FORM)):
        yield {question.field: word for question, word in zip(FORM, words, strict=True) if word}


ALL = list(combinations())


def level(decision: Decision) -> int:
    """1 for the worst."""
    return int(decision.severity.removeprefix("SEV"))


def worse_is_never_milder(how: Decide) -> None:
    severity = {tuple(answers.values()): level(how(answers)) for answers in ALL}
    for at, field in enumerate(QUESTIONS):
        for better, worse in BETTER[field]:
            for words, found in severity.items():
                if words[at] == better:
                    assert severity[(*words[:at], worse, *words[at + 1 :])] <= found, (words, field, worse)


def unknown_is_never_better_than_the_best(how: Decide) -> None:
    severity = {tuple(answers.values()): level(how(answers)) for answers in ALL}
    for at, field in enumerate(QUESTIONS):
        for words, found in severity.items():
            if words[at] == "unknown":
                assert found <= severity[(*words[:at], BEST[field], *words[at + 1 :])], (words, field)


def careless(answers: Mapping[str, str]) -> Decision:
    """The mistake: what nobody knows counts as nothing."""
    return decide({**BEST, **{field: word for field, word in answers.items() if word != "unknown"}})


def crossed(answers: Mapping[str, str]) -> Decision:
    """The other mistake: what cannot be undone counts as what can."""
    swap = {"yes": "no", "no": "yes"}
    return decide({**answers, "reversible": swap.get(answers["reversible"], answers["reversible"])})


def test_the_form_is_whole() -> None:
    assert tuple(question.field for question in FORM) == QUESTIONS == tuple(BETTER)
    assert set(LABELS) == {*QUESTIONS, "rationale", "category"}
    for question in FORM:
        named = {word for pair in BETTER[question.field] for word in pair}
        assert named == set(question.choices) - {"unknown"}, "every answer is compared with another"
        assert question.choices[-1] == "unknown"
        assert len(question.choices) <= 5


def test_a_worse_answer_never_lowers_the_severity() -> None:
    worse_is_never_milder(decide)
    with pytest.raises(AssertionError):
        worse_is_never_milder(crossed)


def test_not_knowing_is_never_better_than_the_best_known_answer() -> None:
    unknown_is_never_better_than_the_best(decide)
    # Not one severity falls by saying "unknown" where the best would have been a lie.
    assert any(level(decide(answers)) < level(careless(answers)) for answers in ALL)


def test_no_answer_counts_as_unknown_but_is_counted_as_missing() -> None:
    for answers in combinations(with_unanswered=True):
        said = {field: answers.get(field, "unknown") for field in QUESTIONS}
        open_, known = decide(answers), decide(said)
        assert (open_.severity, open_.reasons, open_.assumed) == (
            known.severity,
            known.reasons,
            known.assumed,
        )
        assert open_.missing == len(QUESTIONS) - len(answers)
        assert known.missing == 0
        assert set(open_.assumed) == {field for field, word in said.items() if word == "unknown"}


def test_every_severity_is_reached_and_says_why() -> None:
    found: dict[str, int] = {}
    for answers in ALL:
        decision = decide(answers)
        found[decision.severity] = found.get(decision.severity, 0) + 1
        assert decision.why
        assert len(set(decision.reasons)) == len(decision.reasons)
    assert set(found) == {"SEV1", "SEV2", "SEV3", "SEV4"}


SURE = {**BEST}
TABLE: tuple[tuple[dict[str, str], str, str], ...] = (
    ({}, "SEV4", "no harm"),
    ({"harm": "yes"}, "SEV2", "harm realised"),
    ({"harm": "yes", "reach": "thousands"}, "SEV1", "thousands reached"),
    ({"harm": "yes", "reversible": "no"}, "SEV1", "cannot be undone"),
    ({"harm": "yes", "regulated": "health", "ongoing": "yes"}, "SEV1", "health"),
    ({"harm": "yes", "regulated": "health"}, "SEV2", "harm realised"),
    ({"personal": "sensitive"}, "SEV2", "sensitive personal data"),
    ({"personal": "sensitive", "reach": "hundreds"}, "SEV1", "sensitive personal data of many"),
    ({"harm": "likely"}, "SEV3", "harm likely"),
    ({"harm": "likely", "reach": "hundreds", "ongoing": "yes"}, "SEV2", "many reached"),
    ({"harm": "likely", "regulated": "money"}, "SEV2", "regulated domain"),
    ({"personal": "some"}, "SEV3", "personal data"),
    ({"personal": "some", "reach": "thousands", "ongoing": "yes"}, "SEV2", "personal data of many"),
    ({"regulated": "law or work"}, "SEV3", "regulated domain"),
    ({"ongoing": "yes", "reach": "hundreds"}, "SEV3", "still going on"),
    ({"ongoing": "yes"}, "SEV4", "nothing going on that reaches many"),
)


@pytest.mark.parametrize(("answers", "severity", "because"), TABLE)
def test_the_table_of_severities(answers: dict[str, str], severity: str, because: str) -> None:
    decision = decide({**SURE, **answers})
    assert decision.severity == severity
    assert because in decision.why


def test_an_untouched_form_is_as_bad_as_an_untriaged_incident() -> None:
    from ircockpit.features.incidents.rules import PROVISIONAL

    assert decide({}).severity == PROVISIONAL


def test_a_digit_and_its_word_are_the_same_answer() -> None:
    for question in FORM:
        for digit, word in enumerate(question.choices, 1):
            assert (
                choice_of(question.field, str(digit))
                == word
                == choice_of(question.field, f" {word.upper()} ")
            )
        for none in ("0", str(len(question.choices) + 1), "", "maybe", "٣", "1.0", "-1"):
            assert choice_of(question.field, none) == ""
    assert choice_of("no such field", "1") == ""
