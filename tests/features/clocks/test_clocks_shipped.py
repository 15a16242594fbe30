"""Every shipped clock counts the number that stands in its own quotation, and claims no more than its source allows."""

import re

import pytest

from ircockpit.features.clocks.book import ReadyClock, shipped
from ircockpit.features.clocks.form import SUBMITTED, Count

WORDS = {
    "two": 2, "four": 4, "five": 5, "ten": 10, "fifteen": 15, "twenty-four": 24, "sixty": 60, "seventy-two": 72, "one": 1,
}  # fmt: skip
UNITS = {
    "hours": r"hours", "calendar_days": r"(?:calendar )?days", "business_days": r"business days",
    "weeks": r"weeks", "months": r"months?",
}  # fmt: skip

EXPECTED = {
    "eu-ai-act-73-2": [("causal_link", None, "immediate"), ("aware", 15, "calendar_days")],
    "eu-ai-act-73-3": [("aware", 2, "calendar_days")],
    "eu-ai-act-73-4": [("causal_link", None, "immediate"), ("aware", 10, "calendar_days")],
    "eu-ai-act-26-5": [("identified", None, "immediate")],
    "eu-ai-act-55-1-c": [("aware_of_model", None, "none")],
    "eu-gpai-code-2-days": [("aware_of_model", 2, "calendar_days")],
    "eu-gpai-code-5-days": [("aware_of_model", 5, "calendar_days")],
    "eu-gpai-code-10-days": [("aware_of_model", 10, "calendar_days")],
    "eu-gpai-code-15-days": [("aware_of_model", 15, "calendar_days")],
    "eu-gpai-code-intermediate": [("submitted", 4, "weeks")],
    "eu-gpai-code-final": [("resolved", 60, "calendar_days")],
    "eu-gdpr-33-1": [("aware", 72, "hours")],
    "eu-gdpr-33-2": [("aware", None, "none")],
    "eu-gdpr-34": [("aware", None, "none")],
    "eu-nis2-early-warning": [("aware", 24, "hours")],
    "eu-nis2-notification": [("aware", 72, "hours")],
    "eu-nis2-trust-service": [("aware", 24, "hours")],
    "eu-nis2-final": [("submitted", 1, "months")],
    "eu-dora-initial": [("classified_major", 4, "hours"), ("aware", 24, "hours")],
    "eu-dora-intermediate": [("submitted:eu-dora-initial", 72, "hours")],
    "eu-dora-final": [("submitted:eu-dora-intermediate", 1, "months")],
    "uk-gdpr-33-1": [("aware", 72, "hours")],
    "uk-pecr-5a": [("aware", 72, "hours")],
    "us-ca-sb53-15-days": [("discovered", 15, "calendar_days")],
    "us-ca-sb53-24-hours": [("discovered", 24, "hours")],
    "us-ny-raise-72-hours": [("determined_critical", 72, "hours"), ("reasonable_belief", 72, "hours")],
    "us-ny-raise-24-hours": [("discovered", 24, "hours")],
    "us-hipaa-individuals": [("discovered", 60, "calendar_days")],
    "us-hipaa-media": [("discovered", 60, "calendar_days")],
    "us-hipaa-hhs-500": [("submitted:us-hipaa-individuals", None, "immediate"), ("discovered", 60, "calendar_days")],
    "us-hipaa-hhs-annual": [("discovered", 60, "calendar_days")],
    "us-hipaa-business-associate": [("discovered", 60, "calendar_days")],
    "us-sec-8k-1-05": [("determined_material", 4, "business_days")],
    "us-circia-incident": [("reasonable_belief", 72, "hours")],
    "us-circia-ransom": [("ransom_paid", 24, "hours")],
    "us-2258a-report": [("actual_knowledge", None, "none")],
}  # fmt: skip
"""What the sources say, written down by hand: nothing here is read from the files."""

NOT_LAW = {
    **dict.fromkeys(["eu-gpai-code-2-days", "eu-gpai-code-5-days", "eu-gpai-code-10-days"], "commitment"),
    **dict.fromkeys(["eu-gpai-code-15-days", "eu-gpai-code-intermediate", "eu-gpai-code-final"], "commitment"),
    "us-circia-incident": "no", "us-circia-ransom": "no",
}  # fmt: skip
CLOCKS = list(shipped().clocks.values())


def tied(count: Count) -> bool:
    """Whether the quotation names this number with this unit; read here in another way than the program does."""
    number = "|".join([str(count.period), *(word for word, value in WORDS.items() if value == count.period)])
    return re.search(rf"\b(?:{number}) {UNITS[count.unit]}\b", count.quote) is not None


@pytest.mark.parametrize("ready", CLOCKS, ids=lambda ready: ready.clock.id)
def test_a_period_is_the_number_in_its_own_quotation(ready: ReadyClock) -> None:
    for count in ready.clock.due:
        if count.period is None:
            assert re.search("immediately|without undue delay|as soon as|contemporaneously", count.quote), (
                count.quote
            )
            assert not re.search(r"\d\d? (hours|days)", count.quote)
        else:
            assert tied(count), count


def test_a_wrong_number_or_unit_would_be_seen() -> None:
    import msgspec

    for ready in CLOCKS:
        for count in ready.clock.due:
            if count.period is not None:
                assert not tied(msgspec.structs.replace(count, period=count.period + 1)), count
                for unit in UNITS:
                    if unit != count.unit:
                        assert not tied(msgspec.structs.replace(count, unit=unit)), (count, unit)


def test_the_periods_and_what_they_are_counted_from() -> None:
    found: dict[str, list[tuple[str, int | None, str]]] = {}
    for ready in CLOCKS:
        for each in ready.counts:
            event = each.events[0] if len(each.events) == 1 else "submitted"
            assert len(each.events) == 1 or all(name.startswith(SUBMITTED) for name in each.events)
            found.setdefault(ready.clock.id, []).append((event, each.period.period, each.period.unit))
    assert found == EXPECTED


def test_only_what_is_law_is_called_law() -> None:
    assert {
        ready.clock.id: ready.clock.binding for ready in CLOCKS if ready.clock.binding != "law"
    } == NOT_LAW
    names = " ".join(f"{ready.clock.id} {ready.clock.regime} {ready.clock.title}".lower() for ready in CLOCKS)
    assert "colorado" not in names
    assert "omnibus" not in names
    assert not any(count.period == 96 for ready in CLOCKS for count in ready.clock.due)


def test_every_duty_names_its_source_and_how_sure_it_is() -> None:
    book = shipped()
    for duty in (
        *(each.clock for each in book.clocks.values()),
        *(each.banner for each in book.banners.values()),
    ):
        assert duty.source.startswith("https://"), duty.id
        assert duty.retrieved_on.year == 2026
        assert duty.confidence in ("high", "medium", "low")
    assert book.clocks["us-circia-incident"].clock.confidence == "low"
    assert {each.clock.id for each in CLOCKS if each.clock.counsel} == {
        "eu-ai-act-73-2", "eu-ai-act-73-3", "eu-ai-act-73-4", "eu-ai-act-26-5", "us-circia-incident", "us-circia-ransom",
        "us-2258a-report",
    }  # fmt: skip


def test_every_word_of_the_vocabulary_is_used() -> None:
    from ircockpit.features.conditions import parts

    book = shipped()
    duties = [*(each.clock for each in CLOCKS), *(each.banner for each in book.banners.values())]
    facts = {part.fact for duty in duties for _, part in parts(duty.applies) if part.fact}
    assert facts == set(book.facts)
    assert len({ready.clock.regime for ready in CLOCKS}) >= 12
