"""A file of duties that does not hold together is refused with its line, and takes no other clock away."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.features.clocks import book as book_module
from ircockpit.features.clocks.book import SHIPPED, shipped, with_own
from ircockpit.features.clocks.form import Count
from ircockpit.features.clocks.phrases import disagreement, named_in
from ircockpit.features.clocks.reading import read

OWN = b"""\
form: 1
title: Contract with the hospital
facts:
  - {id: hospital_affected, ask: Is the hospital affected?}
  - {id: beds, ask: How many beds?, answers: number}
anchors:
  - {id: told_hospital, says: the hospital was told by telephone}
clocks:
  - id: hospital-written
    regime: Contract 4711
    article: "12.3"
    title: Written notice
    applies:
      all:
        - {fact: hospital_affected, is: yes}
        - {fact: beds, at_least: 10}
    binding: contract
    binding_why: we signed it
    due:
      - from: told_hospital
        period: 3
        unit: business_days
        quote: binnen drei Werktagen [3]
    calendar: organisation
    recipient: hospital administration
    checklist: [what happened]
    source: contract 4711, section 12
    retrieved_on: 2026-11-01
    confidence: high
"""


def test_an_own_file_adds_its_clocks_to_those_that_are_shipped() -> None:
    book = with_own({"hospital.yaml": OWN})
    assert book.refused == ()
    assert set(book.clocks) - set(shipped().clocks) == {"hospital-written"}
    assert book.clocks["hospital-written"].file == "hospital.yaml"
    assert "beds" in book.facts
    assert "beds" not in shipped().facts


def test_the_example_of_the_documentation_holds_together(repository: Path) -> None:
    text = (repository / "docs" / "clocks.md").read_text(encoding="utf-8")
    example = next(
        part.partition("```")[0] for part in text.split("```yaml\n")[1:] if "hospital-written" in part
    )
    book = with_own({"example.yaml": example.encode()})
    assert book.refused == ()
    assert {"hospital-written", "hospital-keep-logs"} <= {*book.clocks, *book.banners}


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("    recipient:", "    recipent:", "recipent: hospital admin", "unknown field `recipent`"),
        ("title: Contract with", "tilte: Contract with", "tilte: Contract with the", "unknown field `tilte`"),
        ("    confidence: high\n", "", "id: hospital-written", "missing required field `confidence`"),
        ("confidence: high", "confidence: sure", "confidence: sure", "invalid enum value 'sure'"),
        (
            "period: 3",
            "period: 5",
            "quote: binnen drei Werkt",
            "the period is 5 business days, and its quote does not name 5",
        ),
        (
            "binnen drei Werktagen [3]",
            "within four business days",
            "quote: within four busin",
            "the period is 3 business days, its quote says 4",
        ),
        (
            "binnen drei Werktagen [3]",
            "within 3 days",
            "quote: within 3 days",
            "its quote says 3 calendar days",
        ),
        ("unit: business_days", "unit: immediate", "unit: immediate", "a period in immediate has no number"),
        ("        period: 3\n", "", "unit: business_days", "a period in business_days has a number"),
        ("period: 3", "period: 0", "period: 0", "expected `int` >= 1"),
        ("period: 3", "period: 1.5", "period: 1.5", "expected `int | null`, got `float`"),
        (
            "from: told_hospital",
            "from: told_hospitl",
            "from: told_hospitl",
            "there is no event 'told_hospitl'",
        ),
        (
            "from: told_hospital",
            "from: submitted:nothing",
            "from: submitted:nothing",
            "there is no clock 'nothing'",
        ),
        (
            "from: told_hospital",
            "from: submitted:hospital-written",
            "from: submitted:hospital",
            "waits for itself",
        ),
        (
            "fact: hospital_affected",
            "fact: hospital_afected",
            "{fact: hospital_afected,",
            "there is no fact 'hospital_afected'",
        ),
        (
            "is: yes}",
            "is: jes}",
            "{fact: hospital_affected",
            "'jes' is no answer to 'hospital_affected', which has: yes, no",
        ),
        ("at_least: 10", "is: ten", "{fact: beds, is: ten}", "the fact 'beds' is a number"),
        (
            "is: yes}",
            "at_least: 1}",
            "{fact: hospital_affected",
            "the fact 'hospital_affected' is answered in words",
        ),
        (
            "is: yes}",
            "is: yes, one_of: [no]}",
            "{fact: hospital_affected",
            "exactly one of is, one_of, at_least",
        ),
        ("      all:\n", "      all: []\n      any:\n", "all: []", "length >= 1"),
        (
            "{fact: beds, at_least: 10}",
            "{fact: hospital_affected, is: no}",
            "{fact: hospital_affected",
            "cannot be all of this",
        ),
        (
            "{fact: beds, at_least: 10}",
            "{fact: beds, any: [{fact: beds, at_least: 1}]}",
            "{fact: beds, any: [{fact",
            "exactly one of all, any",
        ),
        ("    binding_why: we signed it\n", "", "binding: contract", "says in binding_why whom it binds"),
        (
            "hospital-written",
            "eu-gdpr-33-1",
            "id: eu-gdpr-33-1",
            "the id 'eu-gdpr-33-1' is already that of eu-data.yaml",
        ),
        (
            "hospital-written",
            "eu-ai-act-73-6",
            "id: eu-ai-act-73-6",
            "the id 'eu-ai-act-73-6' is already that of eu-ai.yaml",
        ),
        (
            "id: beds",
            "id: death",
            "{id: death, ask: How man",
            "the id 'death' is already that of the program's own files",
        ),
        (
            "id: beds",
            "id: hospital_affected",
            "{id: hospital_affected,",
            "the id 'hospital_affected' stands twice",
        ),
        ("answers: number", "answers: [few, few]", "{id: beds, ask: How many", "an answer stands twice"),
        ("answers: number", "answers: [few, unknown]", "{id: beds, ask: How many", "or is 'unknown'"),
        (
            "retrieved_on: 2026-11-01",
            "retrieved_on: 2026-13-01",
            "retrieved_on: 2026-13-01",
            "invalid RFC3339",
        ),
        ("    calendar: organisation\n", "    cutoff: '17:30'\n", "cutoff: '17:30'", "needs the zone"),
        (
            "    calendar: organisation\n",
            "    zone: Europe/Atlantis\n",
            "zone: Europe/Atlantis",
            "there is no time zone 'Europe/Atlantis'",
        ),
        (
            "    calendar: organisation\n",
            "    calendar: moon\n",
            "calendar: moon",
            "invalid enum value 'moon'",
        ),
        (
            "    calendar: organisation\n",
            "    met_by: [nobody]\n",
            "met_by: [nobody]",
            "there is no clock 'nobody'",
        ),
        (
            "    calendar: organisation\n",
            "    every: {until: [told_hospitl]}\n",
            "every: {until: [told_hos",
            "there is no event",
        ),
        (
            "    calendar: organisation\n",
            "    effective_from: 2027-01-01\n    effective_until: 2026-01-01\n",
            "effective_until: 2026-01",
            "ends before",
        ),
        (
            "        unit: business_days\n",
            "        unit: business_days\n        after: end_of_calendar_year\n",
            "after: end_of_calendar_y",
            "only calendar days",
        ),
        ("    calendar: organisation\n", "    met_by: [hospital-written]\n", "met_by", "meets it anyway"),
        (
            "        unit: business_days\n        quote: binnen drei Werktagen [3]\n",
            "        unit: hours\n        quote: 3 hours\n    zone: UTC\n    cutoff: '17:30'\n",
            "cutoff",
            "a time of business days",
        ),
        (
            "        period: 3\n        unit: business_days\n        quote: binnen drei Werktagen [3]\n",
            "        unit: none\n        quote: soon\n    every: {until: [resolved]}\n",
            "every",
            "one period with a number",
        ),
        (
            "        period: 3\n        unit: business_days\n        quote: binnen drei Werktagen [3]\n",
            "        period: 251\n        unit: business_days\n        quote: 251 business days\n",
            "period: 251",
            "given in months",
        ),
        ("form: 1", "form: 2", "form: 2", "invalid enum value 2"),
        ("form: 1", "form: 1\nform: 1", "form: 1", "'form' stands twice"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_line(old: str, new: str, line: str, reason: str) -> None:
    text = OWN.decode()
    assert old in text
    spoiled = text.replace(old, new, 1)
    book = with_own({"hospital.yaml": spoiled.encode(), "other.yaml": b"form: 1\ntitle: Empty\n"})
    assert len(book.refused) == 1
    told = book.refused[0].what
    assert reason in told
    assert told.startswith("hospital.yaml")
    found = re.match(r"hospital.yaml(?:, line |: .* line )(\d+)", told)
    assert found is not None, told
    assert line in spoiled.splitlines()[int(found[1]) - 1], told
    assert set(book.clocks) == set(shipped().clocks), "a file that is refused leaves the others as they were"


def test_of_two_files_with_one_id_both_are_named() -> None:
    book = with_own({"a.yaml": OWN, "b.yaml": OWN})
    assert [error.what for error in book.refused] == [
        "b.yaml, line 4: the id 'hospital_affected' is already that of a.yaml"
    ]
    only_clock = OWN.replace(b"hospital_affected", b"clinic_affected").replace(b"beds", b"rooms")
    only_clock = only_clock.replace(b"told_hospital", b"told_clinic")
    book = with_own({"a.yaml": OWN, "b.yaml": only_clock})
    assert "the id 'hospital-written' is already that of a.yaml" in book.refused[0].what


def test_clocks_that_wait_for_each_other_are_refused() -> None:
    clock = OWN[OWN.index(b"  - id: hospital-written") :]
    first = OWN.replace(b"from: told_hospital", b"from: submitted:hospital-second")
    second = clock.replace(b"hospital-written", b"hospital-second").replace(
        b"from: told_hospital", b"from: submitted:hospital-written"
    )
    assert "it can never begin" in with_own({"a.yaml": first + second}).refused[0].what
    assert with_own({"a.yaml": OWN + second}).refused == ()


def test_a_wrong_number_in_a_shipped_file_would_be_refused() -> None:
    spoiled = 0
    for name in SHIPPED:
        text = files("ircockpit.features.clocks.regimes").joinpath(f"{name}.yaml").read_text()
        assert read(text.encode(), name)
        for match in re.finditer(r"period: (\d+)", text):
            wrong = text[: match.start(1)] + str(int(match[1]) + 1) + text[match.end(1) :]
            with pytest.raises(BadInput, match="quote"):
                read(wrong.encode(), name)
            spoiled += 1
    assert spoiled == 33


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("within seventy-two hours from", [(72, "hours")]),
        ("not later than two days after", [(2, "calendar_days")]),
        ("within four business days", [(4, "business_days")]),
        ("60 calendar days; one month; Sixty weeks", [(60, "calendar_days"), (1, "months"), (60, "weeks")]),
        ("in three\u00a0working days", [(3, "business_days")]),
        ("binnen 72 Stunden", [(72, None)]),
        ("[72 hours]", [(72, "hours")]),
        ("seventeen and seven, eighty one days", [(17, None), (7, None), (81, "calendar_days")]),
        ("someone, often, 1.5 days, 1,000 hours", []),
        ("", []),
    ],
)
def test_the_periods_a_phrase_names(phrase: str, found: list[tuple[int, str | None]]) -> None:
    assert named_in(phrase) == found


def test_a_phrase_with_a_number_is_not_one_without() -> None:
    count = Count(from_="aware", unit="none", quote="without undue delay, and within 72 hours")
    assert "names a period (72 hours)" in disagreement(count)
    assert disagreement(Count(from_="aware", unit="none", quote="without undue delay (Art. 33(2))")) == ""


TOKENS = st.sampled_from([
    "form: 1\n", "title: x\n", "clocks:\n", "banners: []\n", "facts:\n", "  - ", "id: a-b\n", "    ", "{", "}", "[", "]",
    "applies: ", "all: ", "fact: x", ", ", ": ", "due: ", "from: aware", "period: 72", "unit: hours", "quote: 72 hours",
    "\n", "null", "-1", "1e9", "zone: ", "\t", "&a ", "*a", "!!x ", "---\n", "\x00", "é", "'", '"', "#",
])  # fmt: skip


@given(
    st.one_of(
        st.binary(max_size=300), st.lists(TOKENS, max_size=40).map(lambda parts: "".join(parts).encode())
    )
)
def test_no_text_of_a_file_gives_more_than_a_refusal(raw: bytes) -> None:
    book = with_own({"x.yaml": raw})
    assert len(book.refused) <= 1
    assert set(book.clocks) >= set(shipped().clocks)


@given(st.data())
def test_no_change_to_a_file_gives_more_than_a_refusal(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(OWN)))
    length = data.draw(st.integers(0, 40))
    put = data.draw(st.one_of(st.binary(max_size=8), TOKENS.map(str.encode)))
    book = with_own({"x.yaml": OWN[:start] + put + OWN[start + length :]})
    for error in book.refused:
        assert error.what.startswith("x.yaml")
        assert error.fix


def test_a_machine_without_zones_keeps_the_clocks_that_need_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise BadInput("this machine has no time zone data", fix="install the package tzdata")

    monkeypatch.setattr(book_module, "zone_named", absent)
    zoned = OWN.replace(b"    calendar: organisation\n", b"    zone: Europe/Rome\n")
    assert "no time zone data" in with_own({"x.yaml": zoned}).refused[0].what
    assert with_own({"x.yaml": OWN}).refused == ()
    left = shipped.__wrapped__()
    gone = set(shipped().clocks) - set(left.clocks)
    assert gone == {ident for ident, ready in shipped().clocks.items() if ready.clock.zone}
    assert all(any(ident in error.what for error in left.refused) for ident in gone)
    assert {error.fix for error in left.refused} == {"install the package tzdata"}
    assert "eu-gdpr-33-1" in left.clocks
