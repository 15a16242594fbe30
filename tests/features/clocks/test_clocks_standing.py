"""A clock says where it stands, from facts, events, submissions and decisions, and what is missing to say so."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.clocks.times import BERLIN, at, day, seen

from ircockpit.core.errors import BadInput
from ircockpit.features.clocks.alarms import alarms
from ircockpit.features.clocks.anchors import HOUR, stated
from ircockpit.features.clocks.book import shipped, with_own
from ircockpit.features.clocks.standing import Record, Said, Standing, State, Toll, standing, standings
from ircockpit.features.conditions import Between

B, N = "Europe/Berlin", "America/New_York"
BREACH = {"personal_data_breach": "yes", "gdpr_role": "controller"}
SERIOUS = {"ai_act_provider": "yes", "serious_incident": "yes", "high_risk": "annex_iii"}
NIS2 = {"nis2_entity": "yes", "nis2_significant": "yes"}
DORA = {"dora_entity": "yes", "dora_major": "yes"}
PHI = {"hipaa_role": "covered_entity", "unsecured_phi": "yes"}
SEC = {"sec_registrant": "yes", "cyber_incident": "yes", "cyber_material": "yes"}
GPAI = {"gpai_systemic_risk": "yes", "gpai_code_signatory": "yes", "serious_incident": "yes"}
COUNSEL = Said("A. Jurist", "it binds us already")


def of(ident: str, record: Record, now: str) -> Standing:
    return standing(shipped().clocks[ident], record, at(now), BERLIN)


def test_the_seventy_two_hours_from_awareness_to_late() -> None:
    record = Record(BREACH, {"aware": seen("2026-11-26 10:20")})
    running = of("eu-gdpr-33-1", record, "2026-11-29 10:20")
    assert (running.state, running.due_us, running.counted_from) == (
        State.RUNNING,
        at("2026-11-29 10:20"),
        "aware",
    )
    assert running.extended_us == at("2026-11-29 11:00")
    assert "1182/71" in running.notes[-1]
    over = of("eu-gdpr-33-1", record, "2026-11-29 10:21")
    assert over.state is State.OVERDUE
    filed = of(
        "eu-gdpr-33-1",
        record._replace(filings={"eu-gdpr-33-1": seen("2026-11-28 09:00")}),
        "2026-12-24 10:00",
    )
    assert (filed.state, filed.late) == (State.FILED, False)
    to_the_instant = record._replace(filings={"eu-gdpr-33-1": seen("2026-11-29 10:20")})
    assert not of("eu-gdpr-33-1", to_the_instant, "2026-12-24 10:00").late
    late = of(
        "eu-gdpr-33-1",
        record._replace(filings={"eu-gdpr-33-1": seen("2026-11-29 10:21")}),
        "2026-12-24 10:00",
    )
    assert (late.state, late.late) == (State.FILED, True)


@pytest.mark.parametrize(
    ("facts", "events", "state", "unknown", "waiting"),
    [
        ({}, {}, State.UNSURE, ("personal_data_breach", "gdpr_role"), ("aware",)),
        ({"personal_data_breach": "unknown", "gdpr_role": "processor"}, {}, State.NOT_TRIGGERED, (), ()),
        ({"personal_data_breach": "yes", "gdpr_role": ""}, {}, State.UNSURE, ("gdpr_role",), ("aware",)),
        ({"personal_data_breach": "no"}, {}, State.NOT_TRIGGERED, (), ()),
        (BREACH, {}, State.WAITING, (), ("aware",)),
        (BREACH, {"detected": seen("2026-11-26 10:20")}, State.WAITING, (), ("aware",)),
        ({**BREACH, "risk_to_persons": "unlikely"}, {}, State.NOT_TRIGGERED, (), ()),
        ({**BREACH, "risk_to_persons": "unknown"}, {"aware": seen("2026-11-26 10:20")}, State.RUNNING, (), ()),
        ({"gdpr_role": "controller"}, {"aware": seen("2026-11-26 10:20")}, State.UNSURE, ("personal_data_breach",), ()),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(
    facts: dict[str, Any], events: dict[str, Any], state: State, unknown: tuple[str, ...], waiting: tuple[str, ...]
) -> None:  # fmt: skip
    found = of("eu-gdpr-33-1", Record(facts, events), "2026-11-26 12:00")
    assert (found.state, found.unknown, found.waiting) == (state, unknown, waiting)
    assert (found.due_us is not None) == ("aware" in events), "it is said when it would be due"


def test_before_classification_applies_it_is_for_counsel_and_never_not_required() -> None:
    ids = ("eu-ai-act-73-2", "eu-ai-act-73-3", "eu-ai-act-73-4")
    facts = {**SERIOUS, "death": "yes", "widespread_infringement": "yes"}
    record = Record(facts, {"aware": seen("2026-11-26 10:20")})
    for ident, due in zip(ids, ("2026-12-11 10:20", "2026-11-28 10:20", "2026-12-06 10:20"), strict=True):
        asked = of(ident, record, "2026-11-27 10:00")
        assert (asked.state, asked.due_us) == (State.COUNSEL, at(due))
        assert "legal question" in asked.why
        assert (
            of(ident, record._replace(counsel_says={ident: COUNSEL}), "2026-11-27 10:00").state
            is State.RUNNING
        )
        no = of(
            ident, record._replace(not_reportable={ident: Said("A. Jurist", "not yet")}), "2026-11-27 10:00"
        )
        assert (no.state, no.why) == (State.NOT_REPORTABLE, "A. Jurist: not yet")
    for basis, last, first in (
        ("annex_iii", "2027-12-01", "2027-12-02"),
        ("annex_i", "2028-08-01", "2028-08-02"),
    ):
        for day_, state in ((last, State.COUNSEL), (first, State.RUNNING)):
            later = Record({**SERIOUS, "high_risk": basis}, {"aware": seen(f"{day_} 10:00")})
            assert of("eu-ai-act-73-2", later, f"{day_} 11:00").state is state, (basis, day_)
    nobody_knows = {key: value for key, value in SERIOUS.items() if key != "high_risk"}
    assert of("eu-ai-act-73-2", Record(nobody_knows), "2026-11-27 10:00").state is State.UNSURE


def test_a_question_for_counsel_that_nobody_can_rule_out_yet_is_asked() -> None:
    own = b"""{form: 1, title: t, facts: [{id: abroad, ask: Abroad?}], clocks: [{id: own-clock, regime: r, article: a, title: t,
      applies: {fact: death, is: yes}, due: [{from: aware, period: 2, unit: hours, quote: 2 hours}], recipient: r,
      counsel: [{why: whose law is it, when: {fact: abroad, is: yes}}],
      checklist: [c], source: s, retrieved_on: 2026-11-01, confidence: low}]}"""
    book = with_own({"own.yaml": own})
    assert book.refused == ()
    for abroad, state in (("yes", State.COUNSEL), ("unknown", State.COUNSEL), ("no", State.RUNNING)):
        record = Record({"death": "yes", "abroad": abroad}, {"aware": seen("2026-11-26 10:00")})
        assert standing(book.clocks["own-clock"], record, at("2026-11-26 11:00"), BERLIN).state is state


def test_immediately_is_said_beside_the_number() -> None:
    events = {"aware": seen("2027-12-10 10:00"), "causal_link": seen("2027-12-12 08:00")}
    both = of("eu-ai-act-73-2", Record(SERIOUS, events), "2027-12-13 10:00")
    assert (both.due_us, both.at_once_us) == (at("2027-12-25 10:00"), at("2027-12-12 08:00"))
    only = of("eu-ai-act-73-2", Record(SERIOUS, {"causal_link": events["causal_link"]}), "2027-12-13 10:00")
    assert (only.state, only.due_us, only.waiting) == (State.RUNNING, None, ("aware",))
    undue = of(
        "eu-gdpr-34",
        Record({**BREACH, "risk_to_persons": "high"}, {"aware": seen("2026-11-26 10:20")}),
        "2030-01-01",
    )
    assert (undue.state, undue.due_us, undue.at_once_us) == (State.RUNNING, None, at("2026-11-26 10:20"))
    assert alarms(undue) == ()


def test_one_report_meets_the_other_duty_of_the_same_article() -> None:
    record = Record({**SERIOUS, "death": "yes"}, {"aware": seen("2027-12-10 10:00")},
                    {"eu-ai-act-73-4": seen("2027-12-11 10:00")})  # fmt: skip
    assert of("eu-ai-act-73-2", record, "2028-02-01 10:00").state is State.FILED
    assert of("eu-ai-act-73-3", record, "2028-02-01 10:00").state is State.UNSURE


def test_of_two_periods_the_one_that_ends_first_counts() -> None:
    aware = {"aware": seen("2026-11-26 10:00")}
    before = of("eu-dora-initial", Record(DORA, aware), "2026-11-26 12:00")
    assert (before.due_us, before.waiting) == (at("2026-11-27 10:00"), ("classified_major",))
    early = of(
        "eu-dora-initial",
        Record(DORA, {**aware, "classified_major": seen("2026-11-26 12:00")}),
        "2026-11-26 12:00",
    )
    assert (early.due_us, early.counted_from) == (at("2026-11-26 16:00"), "classified_major")
    late = of(
        "eu-dora-initial",
        Record(DORA, {**aware, "classified_major": seen("2026-11-27 09:00")}),
        "2026-11-27 09:00",
    )
    assert (late.due_us, late.counted_from) == (at("2026-11-27 10:00"), "aware")
    raise_ = {"frontier_developer": "yes", "critical_safety_incident": "yes", "new_york": "yes"}
    learned = {"reasonable_belief": seen("2027-01-10 10:00"), "determined_critical": seen("2027-01-12 10:00")}
    assert of("us-ny-raise-72-hours", Record(raise_, learned), "2027-01-12 11:00").due_us == at(
        "2027-01-13 10:00"
    )


def test_reports_are_counted_from_the_submission_of_those_before() -> None:
    record = Record(DORA, {"aware": seen("2026-11-26 10:00")})
    assert of("eu-dora-intermediate", record, "2026-11-26 12:00").waiting == ("submitted:eu-dora-initial",)
    record = record._replace(filings={"eu-dora-initial": seen("2026-11-26 14:00")})
    assert of("eu-dora-intermediate", record, "2026-11-26 15:00").due_us == at("2026-11-29 14:00")
    twice = (*seen("2026-11-28 14:00"), *seen("2026-12-05 09:00"))
    record = record._replace(filings={**record.filings, "eu-dora-intermediate": twice})
    assert of("eu-dora-final", record, "2026-12-06 10:00").due_us == at("2027-01-05 09:00"), "from the latest"
    nis2 = Record(NIS2, {}, {"eu-nis2-notification": seen("2026-11-30 09:00", B)})
    assert of("eu-nis2-final", nis2, "2026-12-01 10:00").due_us == at("2026-12-30 09:00", B)


def test_every_four_weeks_until_it_is_resolved() -> None:
    begun = Record(GPAI, {}, {"eu-gpai-code-5-days": seen("2026-11-02 09:00")})
    assert of("eu-gpai-code-intermediate", begun, "2026-11-03 10:00").due_us == at("2026-11-30 09:00")
    again = begun._replace(filings={**begun.filings, "eu-gpai-code-intermediate": seen("2026-11-20 12:00")})
    found = of("eu-gpai-code-intermediate", again, "2026-11-21 10:00")
    assert (found.state, found.due_us) == (State.RUNNING, at("2026-12-18 12:00"))
    assert of("eu-gpai-code-intermediate", again, "2026-12-19 10:00").state is State.OVERDUE
    resolved = again._replace(events={"resolved": seen("2026-12-01 00:00")})
    assert of("eu-gpai-code-intermediate", resolved, "2027-12-19 10:00").state is State.OVER
    assert of("eu-gpai-code-final", resolved, "2026-12-19 10:00").due_us == at("2027-01-30 00:00")


def test_what_is_not_in_force_or_not_binding_never_runs() -> None:
    raise_ = {"frontier_developer": "yes", "critical_safety_incident": "yes", "new_york": "yes"}
    before = of(
        "us-ny-raise-72-hours",
        Record(raise_, {"reasonable_belief": seen("2026-12-31 23:59", N)}),
        "2027-02-01",
    )
    assert (before.state, before.why) == (State.NOT_TRIGGERED, "in force from 2027-01-01")
    after = of(
        "us-ny-raise-72-hours",
        Record(raise_, {"reasonable_belief": seen("2027-01-01 00:00", N)}),
        "2027-01-01 06:00",
    )
    assert after.state is State.RUNNING
    maybe = of(
        "us-ny-raise-72-hours", Record(raise_, {"reasonable_belief": day("2027-01-01")}), "2027-01-01 06:00"
    )
    assert maybe.state is State.RUNNING, "a day that may lie in force is taken to"
    circia = Record(
        {"circia_entity": "yes", "circia_incident": "yes"}, {"reasonable_belief": seen("2026-11-26 10:00")}
    )
    for now in ("2026-11-26 11:00", "2027-11-26 11:00"):
        found = of("us-circia-incident", circia, now)
        assert (found.state, found.due_us) == (State.NOT_BINDING, at("2026-11-29 10:00"))
        assert "final rule" in found.why
    code = Record(
        {**GPAI, "death": "yes", "gpai_code_signatory": "no"}, {"aware_of_model": seen("2026-11-26 10:00")}
    )
    assert of("eu-gpai-code-10-days", code, "2026-11-27 10:00").state is State.NOT_TRIGGERED
    assert of("eu-ai-act-55-1-c", code, "2026-11-27 10:00").state is State.RUNNING


def test_a_duty_ends_with_its_last_day() -> None:
    ready = shipped().clocks["eu-gdpr-33-1"]
    ended = ready._replace(clock=msgspec.structs.replace(ready.clock, effective_until=date(2026, 11, 26)))
    for day_, state in (("2026-11-26", State.RUNNING), ("2026-11-27", State.NOT_TRIGGERED)):
        record = Record(BREACH, {"aware": seen(f"{day_} 12:00")})
        assert standing(ended, record, at(f"{day_} 13:00"), BERLIN).state is state


def test_the_sec_counts_from_the_determination_in_business_days_of_its_own() -> None:
    events = {"discovered": seen("2026-11-20 10:00", N), "determined_material": seen("2026-11-24 16:00", N)}
    found = of("us-sec-8k-1-05", Record(SEC, events), "2026-11-25 10:00")
    assert (found.due_us, found.counted_from) == (at("2026-12-01 16:00", N), "determined_material")
    assert found.extended_us == at("2026-12-01 17:30", N)


def test_few_or_many_individuals_and_a_count_that_is_only_bounded() -> None:
    events = {"discovered": seen("2026-11-26 10:00", N)}
    states = {
        count: [of(ident, Record({**PHI, "phi_individuals": count}, events), "2026-11-27 10:00").state
                for ident in ("us-hipaa-hhs-500", "us-hipaa-hhs-annual")]
        for count in (499, 500, Between(100, 499), Between(500), Between(100, 500), "unknown")
    }  # fmt: skip
    many, few, open_ = (
        [State.RUNNING, State.NOT_TRIGGERED],
        [State.NOT_TRIGGERED, State.RUNNING],
        [State.UNSURE, State.UNSURE],
    )
    assert list(states.values()) == [few, many, few, many, open_, open_]
    media = [
        of("us-hipaa-media", Record({**PHI, "phi_residents": n}, events), "2026-11-27 10:00").state
        for n in (500, 501)
    ]
    assert media == [State.NOT_TRIGGERED, State.RUNNING], "more than 500"
    annual = of("us-hipaa-hhs-annual", Record({**PHI, "phi_individuals": 3}, events), "2026-11-27 10:00")
    assert annual.due_us == at("2027-03-01 24:00", N)


def test_an_officials_request_stops_the_clock_where_a_rule_lets_it() -> None:
    record = Record(PHI, {"discovered": seen("2026-11-02 10:00", N)})
    due = at("2027-01-01 10:00", N)
    ask = Toll(
        at("2026-12-20 00:00"), at("2027-01-20 00:00"), "Special Agent Doe", "in writing, until 20 January"
    )
    stopped = record._replace(tolls={"us-hipaa-individuals": (ask,)})
    assert of("us-hipaa-individuals", record, "2026-12-25 00:00").due_us == due
    while_ = of("us-hipaa-individuals", stopped, "2026-12-25 00:00")
    assert (while_.state, while_.due_us) == (State.TOLLED, at("2027-01-20 00:00"))
    assert while_.why == "Special Agent Doe: in writing, until 20 January"
    assert of("us-hipaa-individuals", stopped, "2027-01-20 00:00").state is State.RUNNING
    assert of("us-hipaa-individuals", stopped, "2027-01-20 00:01").state is State.OVERDUE
    early = ask._replace(from_us=at("2026-11-10 00:00"), until_us=at("2026-11-20 00:00"))
    kept = of(
        "us-hipaa-individuals", record._replace(tolls={"us-hipaa-individuals": (early,)}), "2026-12-25 00:00"
    )
    assert (kept.state, kept.due_us) == (State.RUNNING, due), "the target stays, the time it took is a remark"
    assert kept.extended_us == at("2027-01-01 24:00", N) + 240 * HOUR
    open_ = record._replace(tolls={"us-hipaa-individuals": (ask._replace(until_us=None),)})
    assert of("us-hipaa-individuals", open_, "2030-01-01").state is State.TOLLED
    before = of("us-hipaa-individuals", open_, "2026-12-19 23:59")
    assert (before.state, before.due_us) == (State.RUNNING, due), "a request stops nothing before it is made"
    gdpr = Record(
        BREACH, {"aware": seen("2026-11-26 10:20")}, tolls={"eu-gdpr-33-1": (ask._replace(until_us=None),)}
    )
    refused = of("eu-gdpr-33-1", gdpr, "2026-12-25 00:00")
    assert refused.state is State.OVERDUE
    assert "no rule lets this clock be stopped: it runs on" in refused.notes


def test_the_earliest_an_event_can_have_been_is_counted_from_and_said() -> None:
    known = stated("2026-11-26T10:20+01:00")
    assert (known.earliest_us, known.because) == (at("2026-11-26 09:20"), "")
    cases = {
        "only the day is known: counted": stated("2026-11-26+01:00"),
        "only the day is known, and no zone": stated("2026-11-26"),
        "the time is an estimate": stated(
            "2026-11-26T10:20Z", low="2026-11-25T00:00Z", high="2026-11-27+01:00"
        ),
    }
    expected = (at("2026-11-25 23:00"), at("2026-11-25 10:00"), at("2026-11-25 00:00"))
    for (because, event), earliest in zip(cases.items(), expected, strict=True):
        found = of("eu-gdpr-33-1", Record(BREACH, {"aware": (event,)}), "2026-11-26 12:00")
        assert found.since_us == earliest
        assert found.due_us == earliest + 72 * HOUR
        assert because in found.notes[0]
    assert cases["the time is an estimate"].latest_us == at("2026-11-27 23:00") - 1
    two = Record(BREACH, {"aware": (stated("2026-11-27T10:00Z"), known)})
    assert of("eu-gdpr-33-1", two, "2026-11-27 12:00").since_us == known.earliest_us
    ahead = of("eu-gdpr-33-1", Record(BREACH, {"aware": seen("2027-01-01 00:00")}), "2026-11-27 12:00")
    assert "the event it is counted from lies ahead" in ahead.notes


@pytest.mark.parametrize(
    ("time", "bounds"),
    [
        ("soon", {}), ("1969-01-01T00:00Z", {}), ("9999-12-31T23:59Z", {}), ("0001-01-01", {}),
        ("2026-11-26T10:00Z", {"low": "2026-11-26T11:00Z"}), ("2026-11-26", {"high": "2026-11-26T11:00Z"}),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_from_is_refused(time: str, bounds: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        stated(time, **bounds)


def test_alarms_sound_at_fractions_of_the_time_and_at_its_end() -> None:
    found = of("eu-nis2-notification", Record(NIS2, {"aware": seen("2026-11-26 10:00")}), "2026-11-26 11:00")
    assert [(each.percent, each.at_us) for each in alarms(found)] == [
        (50, at("2026-11-27 22:00")), (75, at("2026-11-28 16:00")), (90, at("2026-11-29 02:48")), (100, at("2026-11-29 10:00"))
    ]  # fmt: skip


def test_the_most_urgent_stands_first() -> None:
    facts = {
        **BREACH,
        **NIS2,
        **{f: "no" for f in shipped().facts if f not in {**BREACH, **NIS2, "gdpr_role": ""}},
    }
    found = standings(
        shipped(), Record(facts, {"aware": seen("2026-11-26 10:00")}), at("2026-11-27 12:00"), BERLIN
    )
    assert [each.clock.id for each in found[:3]] == [
        "eu-nis2-early-warning",
        "eu-gdpr-33-1",
        "eu-nis2-notification",
    ]
    assert [each.state for each in found[:3]] == [State.OVERDUE, State.RUNNING, State.RUNNING]
    assert len(found) == len(shipped().clocks)


class Counted(dict[str, Any]):
    """Facts that count how often they are asked for."""

    asked = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.asked += 1
        return super().get(key, default)


def mentions() -> Iterator[str]:
    from ircockpit.features.conditions import parts

    for ready in shipped().clocks.values():
        conditions = [ready.clock.applies, *(each.when for each in ready.clock.counsel if each.when)]
        yield from (part.fact for each in conditions for _, part in parts(each) if part.fact)


def test_an_evaluation_looks_at_each_mention_of_a_fact_once_and_reads_no_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ircockpit.features.clocks import book as book_module

    book = shipped()

    def never(*_: object) -> None:
        raise AssertionError("a rule was read again")

    for name in ("read", "compiled", "ends", "zone_named"):
        monkeypatch.setattr(book_module, name, never)
    facts = Counted(dict.fromkeys(book.facts, "unknown"))
    for at_minute in range(100):
        standings(
            book,
            Record(facts, {"aware": seen("2026-11-26 10:00")}),
            at("2026-11-26 11:00") + at_minute,
            BERLIN,
        )
    assert 0 < facts.asked <= 100 * len(list(mentions()))


ANSWERS = st.sampled_from(
    ["yes", "no", "unknown", "", "annex_iii", "controller", 0, 501, Between(3), Between(0, 9), "?"]
)
TIMES = st.integers(at("1990-01-01"), at("2090-01-01")).map(lambda us: stated_at(us))


def stated_at(us: int) -> Any:
    from ircockpit.features.clocks.anchors import Stated

    return Stated(us, us + HOUR)


@given(
    st.dictionaries(st.sampled_from(sorted(shipped().facts)), ANSWERS),
    st.dictionaries(st.sampled_from(sorted(shipped().anchors)), st.lists(TIMES, max_size=2).map(tuple)),
    st.dictionaries(
        st.sampled_from(sorted(shipped().clocks)), st.lists(TIMES, max_size=2).map(tuple), max_size=5
    ),
    st.integers(at("1990-01-01"), at("2090-01-01")),
)
def test_whatever_is_recorded_every_clock_stands_somewhere(
    facts: Any, events: Any, filings: Any, now: int
) -> None:
    for each in standings(shipped(), Record(facts, events, filings), now, BERLIN):
        if each.due_us is not None and each.since_us is not None:
            assert each.since_us < each.due_us
            assert each.extended_us is None or each.extended_us > each.due_us
            assert [alarm.at_us for alarm in alarms(each)] == sorted(alarm.at_us for alarm in alarms(each))
            assert alarms(each)[-1].at_us == each.due_us
        assert (each.state is State.UNSURE) == bool(each.unknown)
        assert each.state is not State.OVERDUE or each.is_past(now)
        assert each.clock.binding != "no" or each.state not in (State.RUNNING, State.OVERDUE, State.WAITING)
