"""The filter language: what is asked, what is refused and with which words, and that typing never breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import UsageError
from ircockpit.core.filters import FUZZY, WORD, Field, Kind, Now, Term, completions, in_order, in_text, parse

NOW = Now(1_764_140_400_000_000, 60)  # 2025-11-26 07:00 UTC, an hour later here
SECOND = 1_000_000
FIELDS = (
    Field("sev", Kind.LEVEL, "1 to 4", ("1", "2", "3", "4", "high"), ("severity",)),
    Field("owner", Kind.TEXT, "a name, me or none"),
    Field("state", Kind.CHOICE, "what containment is", ("open", "effective", "failed")),
    Field("age", Kind.SPAN, "how long ago"),
    Field("since", Kind.MOMENT, "when"),
    Field("count", Kind.COUNT, "how many"),
    Field("closed", Kind.FLAG, "closed ones"),
)


def asked(text: str) -> list[Term]:
    return list(parse(text, FIELDS, NOW))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("Wrong DOSE", [Term(WORD, ("wrong",)), Term(WORD, ("dose",))]),
        ('"wrong dose" !"a b"', [Term(WORD, ("wrong dose",)), Term(WORD, ("a b",), negated=True)]),
        ("~phbot !~x", [Term(FUZZY, ("phbot",)), Term(FUZZY, ("x",), negated=True)]),
        ("sev:1,SEV2 severity:3", [Term("sev", ("1", "2")), Term("sev", ("3",))]),
        ("sev<=2", [Term("sev", ("2",), "<=")]),
        ('owner:"Jo Smith",me', [Term("owner", ("jo smith", "me"))]),
        ("owner=jo", [Term("owner", ("jo",), "=")]),
        ("!closed", [Term("closed", negated=True)]),
        ('"closed"', [Term(WORD, ("closed",))]),
        ("state:eff,open", [Term("state", ("effective", "open"))]),
        ("age<1h30m", [Term("age", (5_400 * SECOND,), "<")]),
        ("since:2h", [Term("since", (NOW.wall_us - 7_200 * SECOND,))]),
        ("since:08:00", [Term("since", (NOW.wall_us,))]),
        ("count>10", [Term("count", (10,), ">")]),
        ("12:30 http://x", [Term(WORD, ("12:30",)), Term(WORD, ("http://x",))]),
        ('! ~ " ""', []),
        ('wrong "do', [Term(WORD, ("wrong",)), Term(WORD, ("do",))]),
    ],
)
def test_what_is_asked(text: str, terms: list[Term]) -> None:
    assert asked(text) == terms


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo:1", "no field here is called foo there are sev, owner"),
        ("sev:9", "sev is never 9 it is one of 1, 2, 3, 4"),
        ("sev<high", "high"),
        ("sev:", "sev: needs a value 1 to 4"),
        ("state:x", "state is never x it is one of open, effective, failed"),
        ("owner<jo", "owner cannot be more or less"),
        ("age:2h", "age is compared say age<2h"),
        ("age<soon", "soon is no length of time say age<90s"),
        ("since:soon", "soon is no time say since:14:03"),
        ("count:many", "count is a number, not many"),
        ("closed:yes", "closed stands alone, without : say closed, or !closed"),
        (" ".join(f"w{number}" for number in range(30)), "at most 20 parts"),
    ],
)
def test_what_asks_nothing_says_what_is_possible(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked(text)
    assert said in " ".join(caught.value.sentences())


def test_a_list_without_fields_takes_everything_as_words() -> None:
    assert list(parse("sev:1 !closed", (), NOW)) == [
        Term(WORD, ("sev:1",)),
        Term(WORD, ("closed",), negated=True),
    ]


@given(st.text(alphabet=st.sampled_from('ab:"!~<>=,se v1\u00df\n\x1b0h%_'), max_size=40))
def test_nothing_that_is_typed_is_a_defect(text: str) -> None:
    try:
        terms = asked(text)
    except UsageError as refused:
        said = refused.sentences()
    else:
        said = ("",)
        assert all(value or value == 0 for term in terms for value in term.values)
    assert said


@pytest.mark.parametrize(
    ("letters", "text", "holds"),
    [
        ("phbot", "the pharmacy bot", True), ("hbot", "the pharmacy bot", False), ("bot", "robots", False),
        ("pp", "a pup", True), ("pp", "a pu", False), ("dose", "wrong dose", True),
    ],
)  # fmt: skip
def test_letters_in_their_order_begin_a_word(letters: str, text: str, holds: bool) -> None:
    assert in_order(letters, text) is holds
    assert in_text([Term(FUZZY, (letters,))], text) is holds
    assert in_text([Term(FUZZY, (letters,), negated=True)], text) is not holds


def test_words_are_completed_to_fields_and_values() -> None:
    assert completions("dose s", FIELDS) == ["dose sev:", "dose state:", "dose since:"]
    assert completions("!cl", FIELDS) == ["!closed"]
    assert completions("state:open,e", FIELDS) == ["state:open,effective"]
    assert completions("nothing", FIELDS) == completions("owner:j", FIELDS) == []
