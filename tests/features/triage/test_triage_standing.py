"""The severity an incident has while its questions are being answered."""

import itertools

import pytest

from ircockpit.features.triage.rules import FORM, Decision, decide, standing

ALL = {question.field: question.choices for question in FORM}


@pytest.mark.parametrize("declared", ["SEV1", "SEV2", "SEV3", "SEV4"])
def test_no_first_answer_lets_an_incident_sink(declared: str) -> None:
    for field, choices in ALL.items():
        for choice in choices:
            decision = decide({field: choice})
            assert standing(declared, decision) <= declared
            assert standing(declared, decision) <= decision.severity


def test_it_falls_once_nothing_is_open() -> None:
    answers = dict(zip(ALL, ("no", "few", "yes", "stopped", "none", "no"), strict=True))
    for left_out in answers:
        partly = decide({field: value for field, value in answers.items() if field != left_out})
        assert standing("SEV1", partly) == "SEV1"
    assert standing("SEV1", decide(answers)) == "SEV4"


def test_what_was_never_a_severity_does_not_hold_anything() -> None:
    assert standing("", Decision("SEV3", ("harm likely",), 2, ())) == "SEV3"


def test_what_reasons_share_is_said_once() -> None:
    for values in itertools.product(*ALL.values()):
        pieces = decide(dict(zip(ALL, values, strict=True))).why.split(", ")
        assert len(pieces) == len(set(pieces))
