"""Containment in the words of a timeline: the state first, whatever a control is called."""

import pytest

from ircockpit.features.containment.events import said

STEPPED = "containment.stepped"


@pytest.mark.parametrize("title", ["fall back", "■ effective: fall back", "effective after 2 s"])
@pytest.mark.parametrize("value", ["sent", "failed", "unknown"])
def test_no_title_can_claim_another_state(title: str, value: str) -> None:
    words = said(STEPPED, "state", {"value": value, "title": title, "detail": f"{value}: no answer"})
    assert words[1:].startswith(f" {value}: ")
    assert not words.startswith("■")


def test_a_state_nobody_knows_claims_nothing() -> None:
    assert said(STEPPED, "state", {"value": "■ effective", "title": "x"}) == "? unknown: x"
    assert said(STEPPED, "state", {"value": 7, "title": None}).startswith("? unknown: ")


def test_the_proof_follows_the_title() -> None:
    body = {"value": "effective", "title": "fall back", "detail": "effective after 6.8 s, 3 of 3 probes"}
    assert said(STEPPED, "state", body) == "■ effective: fall back, after 6.8 s, 3 of 3 probes"
