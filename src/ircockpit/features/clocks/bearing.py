"""What is recorded elsewhere and bears on a question of the law: shown beside it, and never an answer to it."""

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

from ircockpit.features.impact.queries import EEA, EU, by_region, summary, within
from ircockpit.features.triage.queries import triage_of

if TYPE_CHECKING:
    from ircockpit.features.impact.queries import Summary
    from ircockpit.store.view import View

_STATES_OF_CONCERN = 2
"""AI Act Art. 3(61) asks for people of at least two Member States other than the one where it happened."""


def from_triage(view: "View", incident: str, questions: Container[str]) -> dict[str, str]:
    """By question what the triage says: none of its answers means the same as one of these."""
    given = triage_of(view, incident).answers
    told = {
        "personal_data_breach": ("personal data", given.get("personal", "")),
        "serious_harm": ("harm happened", given.get("harm", "")),
        "serious_incident": ("harm happened", given.get("harm", "")),
        "unsecured_phi": ("regulated domain", given.get("regulated", "")),
        "dora_major": ("regulated domain", given.get("regulated", "")),
    }
    return {
        question: f"triage says {what}: {answer}"
        for question, (what, answer) in told.items()
        if answer and question in questions
    }


def from_list(view: "View", incident: str, questions: Container[str]) -> dict[str, str]:
    """By question how many people are recorded whom it may be about, by where they live."""
    found = summary(view, incident)
    if not found.people.high:
        return {}
    told = {**_europe(found), **_kingdom(found), **_states(view, incident, found)}
    return {question: f"recorded: {words}" for question, words in told.items() if question in questions}


def joined(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, str]:
    """Both, beside each other where they say something of the same question."""
    return {
        name: "; ".join(said[name] for said in (one, other) if name in said) for name in dict.fromkeys((*one, *other))
    }  # fmt: skip


def _europe(found: "Summary") -> dict[str, str]:
    told: dict[str, str] = {}
    if (area := within(found, EEA)).high:
        told |= dict.fromkeys(("personal_data_breach", "gdpr_role"), f"{area.words()} in the EEA")
    states = sorted(EU.intersection(found.by_jurisdiction))
    if len(states) >= _STATES_OF_CONCERN:
        told["widespread_infringement"] = f"{within(found, EU).words()} in {len(states)} Member States"
    return told


def _kingdom(found: "Summary") -> dict[str, str]:
    people = within(found, ("GB",))
    return {"uk_gdpr_controller": f"{people.words()} in the UK"} if people.high else {}


def _states(view: "View", incident: str, found: "Summary") -> dict[str, str]:
    people = within(found, ("US",))
    if not people.high:
        return {}
    told = dict.fromkeys(("hipaa_role", "unsecured_phi", "phi_individuals"), f"{people.words()} in the US")
    by_state = by_region(view, incident, "US")
    if by_state:
        most = max(by_state, key=lambda state: (by_state[state].high, state))
        told["phi_residents"] = f"{by_state[most].words()} in {most}, the most of any State that is named"
    if "US-NY" in by_state:
        told["new_york"] = f"{by_state['US-NY'].words()} in US-NY"
    return told
