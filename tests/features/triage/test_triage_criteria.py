"""Criteria as data: what does not hold together is refused with its line, and what holds is shown one by one."""

from importlib.resources import files
from pathlib import Path

import pytest
from tests.store.profiles import declare

from ircockpit.core.errors import BadInput
from ircockpit.features.incidents.queries import incident
from ircockpit.features.intake.actions import assign, intake, promote
from ircockpit.features.intake.queries import groups_to_review
from ircockpit.features.systems.actions import add
from ircockpit.features.triage.actions import answer, override
from ircockpit.features.triage.criteria import CONTEXTS, FACTS, FOLDER, read_criteria, shipped
from ircockpit.features.triage.queries import formality, triage_of
from ircockpit.features.triage.rules import CATEGORIES, FLAGS, decide
from ircockpit.inert.gate import clean
from ircockpit.playbooks import entries
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

SHIPPED = files("ircockpit.features.triage").joinpath("criteria.yaml").read_bytes()
ROUTINE = {
    "harm": "no", "reach": "few", "reversible": "yes", "ongoing": "stopped", "personal": "none", "regulated": "no",
}  # fmt: skip


@pytest.fixture
def ident(station: Workstation) -> str:
    return declare(station)[0]


def own(station: Workstation, raw: bytes) -> None:
    folder = station.profile.folder / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / "criteria.yaml").write_bytes(raw)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("reason: harm realised\n", "reasn: harm realised\n", "unknown field `reasn`"),
        ("{fact: harm, is: likely}", "{fact: harms, is: likely}", "there is no fact 'harms'"),
        ("{fact: harm, is: likely}", "{fact: harm, is: maybe}", "'maybe' is no answer to 'harm'"),
        ("{fact: people, at_least: 100}", "{fact: people, is: many}", "is a number"),
        ("{fact: personal, is: sensitive}", "{fact: personal, at_least: 1}", "is answered in words"),
        ("{not: {fact: harm, is: no}}]}", "{not: {any: [{fact: harm, one_of: [yes, likely, no]}]}}]}", "never hold"),
        ("[{fact: harm, is: yes}, {fact: reach, is: thousands}]",
         "[{fact: harm, is: yes}, {fact: harm, is: no}]", "it never applies"),
        ("when: {fact: personal, is: some}", "when: {fact: harm, is: likely}", "already calls for a severity in line"),
        ("harm: likely, reach", "harm: unknown, reach", "no answer to 'harm' that can be assumed"),
        (", regulated: no}", "}", "nothing is assumed where 'regulated'"),
        ("- context: internal", "- context: partner", "'partner' stands twice"),
        ("id: sure-detector-many", "id: harm-realised", "'harm-realised' stands twice"),
        ("severity: SEV4", "severity: SEV5", "invalid enum value"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_hold_together_is_refused_with_its_line(
    before: str, after: str, reason: str
) -> None:
    text = SHIPPED.decode()
    assert before in text
    line = text[: text.index(before)].count("\n") + 1
    with pytest.raises(BadInput) as refused:
        read_criteria(text.replace(before, after, 1).encode(), "own.yaml")
    assert reason.lower() in refused.value.what.lower()
    named = int(refused.value.what.removeprefix("own.yaml, line ").partition(":")[0])
    assert abs(named - line) <= 45 if "twice" in reason or "context" in before else abs(named - line) <= 2
    read_criteria(SHIPPED, "own.yaml")  # the control: as it is shipped it is taken


def test_the_kinds_are_those_of_the_library_of_playbooks() -> None:
    assert set(CATEGORIES) == {each.category for each in entries()}
    assert set(shipped().formal) == set(CONTEXTS)
    assert {"confidence", "people", "category"} <= set(FACTS)


def test_a_kind_of_harm_only_ever_raises() -> None:
    for words in (ROUTINE, {**ROUTINE, "harm": "yes", "reach": "thousands"}, {}):
        for kind in CATEGORIES:
            assert decide({**words, "category": kind}).severity <= decide(words).severity
    assert decide({**ROUTINE, "category": "illegal-material"}).severity == "SEV1"
    assert decide(ROUTINE).severity == "SEV4"


def test_what_is_not_known_makes_an_incident_neither_formal_nor_routine(
    station: Workstation, ident: str
) -> None:
    data = answer(station, incident=ident).data
    assert data["formal"] == "not decided"
    assert any("not known: harm" in each["outcome"] for each in data["criteria"])
    data = answer(station, incident=ident, harm="yes").data
    assert data["formal"] == "formal"
    assert {"harm-realised": "holds"}.items() <= {
        each["id"]: each["outcome"] for each in data["criteria"]
    }.items()
    data = answer(station, incident=ident, **ROUTINE, category="unbounded-use").data
    assert data["formal"] == "routine"
    assert all(each["outcome"] == "does not hold" for each in data["criteria"])


def test_each_context_has_criteria_of_its_own() -> None:
    some: dict[str, str | int] = {
        **ROUTINE,
        "personal": "some",
        "category": "unbounded-use",
        "confidence": 10,
        **dict.fromkeys(FLAGS, "no"),
    }
    judged = {name: shipped().judge(name, some).state for name in (*CONTEXTS, "somewhere else")}
    assert judged == {
        "customer-facing": "not decided", "internal": "routine", "partner": "formal", "somewhere else": "not decided",
    }  # fmt: skip


def test_the_system_decides_which_criteria_count_and_its_signals_how_sure_one_is(
    station: Workstation, tmp_path: Path
) -> None:
    add(station, name="bot", context="partner")
    signals = tmp_path / "signals.jsonl"
    signals.write_text(
        "\n".join(
            f'{{"title": "wrong dose", "output": "take {score}", "source": "s", "score": {score}, "severity": "high"}}'
            for score in ("0.4", "0.93", "7")
        )
    )
    intake(station, file=str(signals), progress=lambda _done, _size: None)
    ident = promote(station, signal=groups_to_review(station.view)[0].ident).data["id"]
    assign(station, target=ident, system="bot")
    data = answer(station, incident=ident).data
    assert data["context"] == "partner"
    assert data["confidence"] == 93, "a score beyond 1 is no share, and is not made into one"
    assert data["source_severity"] == ["high"]
    outcomes = {each["id"]: each["outcome"] for each in data["criteria"]}
    assert outcomes["sure-detector"] == "not known: harm"
    data = answer(station, incident=ident, harm="likely").data
    assert {each["id"]: each["outcome"] for each in data["criteria"]}["sure-detector"] == "holds"
    assert data["severity"] == decide({"harm": "likely"}).severity, "the source's word decides nothing"


def test_an_own_file_takes_the_place_of_the_shipped_one(station: Workstation, ident: str) -> None:
    own(station, SHIPPED.replace(b"severity: SEV4", b"severity: SEV3"))
    data = answer(station, incident=ident, **ROUTINE).data
    assert (data["severity"], data["criteria_file"]) == ("SEV3", "triage/criteria.yaml")
    own(station, SHIPPED)
    assert answer(station, incident=ident).data["decided"] == "SEV4", "a change of the file counts at once"


def test_a_faulty_own_file_is_named_and_the_shipped_one_is_used(station: Workstation, ident: str) -> None:
    own(station, SHIPPED.replace(b"fact: reach", "fact: \x1b[31mre\u202each".encode(), 1))
    result = answer(station, incident=ident, **ROUTINE)
    assert (result.data["severity"], result.data["criteria_file"]) == ("SEV4", "criteria.yaml")
    assert result.data["criteria_refused"].startswith("triage/criteria.yaml")
    said = "\n".join(plain(line) for line in result.lines)
    assert "not used: triage/criteria.yaml" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert clean(said, newline=True) == said


def test_an_override_needs_a_reason_and_ends_where_the_answers_agree(
    station: Workstation, ident: str
) -> None:
    answer(station, incident=ident, **ROUTINE)
    count = station.log.count()
    with pytest.raises(BadInput, match="rationale"):
        override(station, incident=ident, severity="SEV1", why="  ")
    with pytest.raises(BadInput, match="one of"):
        override(station, incident=ident, severity="SEV9", why="sure")
    assert station.log.count() == count
    data = override(station, incident=ident, severity="SEV2", why="the press has it").data
    assert (data["severity"], data["decided"], data["override"]) == ("SEV2", "SEV4", "SEV2")
    assert "override" in triage_of(station.view, ident).said
    answer(station, incident=ident, personal="some")
    assert incident(station.view, ident).severity == "SEV2", "an answer does not take the override away"
    data = answer(station, incident=ident, personal="sensitive").data
    assert (data["severity"], data["decided"], data["override"]) == ("SEV2", "SEV2", "")
    data = answer(station, incident=ident, personal="none").data
    assert (data["severity"], data["override"]) == ("SEV4", ""), (
        "it ended when they agreed, and does not come back"
    )


def test_saying_what_the_answers_say_ends_an_override(station: Workstation, ident: str) -> None:
    answer(station, incident=ident, **ROUTINE)
    override(station, incident=ident, severity="SEV1", why="sure")
    data = override(station, incident=ident, severity="SEV4", why="not so sure").data
    assert (data["severity"], data["override"]) == ("SEV4", "")
    assert formality(station.view, ident, triage_of(station.view, ident)).confidence is None
