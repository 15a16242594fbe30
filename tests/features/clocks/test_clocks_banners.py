"""What must not be done to a system or its material stands as long as it must, and an open question takes none of it away."""

from tests.features.clocks.times import BERLIN, at, seen

from ircockpit.features.clocks.banners import forbids, shown
from ircockpit.features.clocks.book import shipped
from ircockpit.features.clocks.standing import Record, Said, State, standing

SERIOUS = {"ai_act_provider": "yes", "serious_incident": "yes", "high_risk": "annex_iii"}


def test_the_system_is_evidence_until_the_authorities_are_told() -> None:
    ready, now = shipped().banners["eu-ai-act-73-6"], at("2026-11-26 10:00")
    stands = shown(ready, Record(SERIOUS), now, BERLIN)
    assert stands.stands
    assert "legal question" in stands.why, "open, and it stands all the same"
    assert forbids(shipped(), Record(SERIOUS), now, BERLIN, "alter_system") == [ready.banner]
    told = Record(SERIOUS, {"authority_informed": seen("2026-11-26 09:00")})
    assert forbids(shipped(), told, now, BERLIN, "alter_system") == []
    assert shown(ready, Record(), now, BERLIN).unknown == ("ai_act_provider", "serious_incident", "high_risk")
    assert not shown(ready, Record({"ai_act_provider": "no"}), now, BERLIN).stands
    decided = Record(SERIOUS, not_reportable={"eu-ai-act-73-6": Said("A. Jurist", "no high risk")})
    assert shown(ready, decided, now, BERLIN).why == "A. Jurist: no high risk"


def test_possibly_illegal_material_is_never_copied_whatever_else_is_recorded() -> None:
    now = at("2026-11-26 10:00")
    facts = {"child_abuse_material": "yes", "us_provider": "yes"}
    for record in (
        Record(facts), Record(facts, {"authority_informed": seen("2026-11-26 09:00"), "resolved": seen("2026-11-26 09:00")}),
        Record(facts, {}, {"us-2258a-report": seen("2026-11-26 09:00")}),
    ):  # fmt: skip
        assert [each.id for each in forbids(shipped(), record, now, BERLIN, "copy")] == [
            "child-abuse-never-copy"
        ]
    assert forbids(shipped(), Record({"child_abuse_material": "no"}), now, BERLIN, "copy") == []


def test_the_report_of_such_material_waits_for_counsel_and_has_no_number() -> None:
    ready, now = shipped().clocks["us-2258a-report"], at("2026-11-26 10:00")
    facts = {"child_abuse_material": "yes", "us_provider": "yes"}
    known = Record(facts, {"actual_knowledge": seen("2026-11-26 09:00")})
    assert standing(ready, known, now, BERLIN).state is State.COUNSEL
    answered = known._replace(counsel_says={"us-2258a-report": Said("A. Jurist", "report now")})
    found = standing(ready, answered, now, BERLIN)
    assert (found.state, found.due_us, found.at_once_us) == (State.RUNNING, None, at("2026-11-26 09:00"))
