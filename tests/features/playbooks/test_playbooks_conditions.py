"""Conditions, values in texts and commands: decided by type or not at all, put in once, and never run."""

import time
from base64 import b64encode
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.playbooks import good as g

from ircockpit.features.playbooks.conditions import (
    OPERATORS,
    OPERATORS_OF,
    ConditionError,
    case_of,
    evaluate,
    parse,
)
from ircockpit.features.playbooks.model import Command, Variable, from_json
from ircockpit.features.playbooks.presenting import present
from ircockpit.features.playbooks.variables import (
    MAX_SUBSTITUTED,
    references,
    scope,
    sole_reference,
    substitute,
    texts_of,
    values_of,
)
from ircockpit.features.playbooks.vocabulary import VARIABLE_TYPES

MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def holds(kind: str, value: str | None, rest: str) -> bool:
    variable = Variable("__x__", kind, value, False, False, "", MappingProxyType({}))
    return evaluate(f"__x__:value {rest}", {"__x__": variable}, {})


def why(kind: str, value: str | None, rest: str) -> str:
    with pytest.raises(ConditionError) as refused:
        holds(kind, value, rest)
    assert refused.value.safe
    return refused.value.why


@pytest.mark.parametrize(
    ("kind", "value", "rest", "expected"),
    [
        ("bool", "true", "= True", True),
        ("bool", "false", "!= true", True),
        ("integer", "10", "> 9", True),
        ("integer", "10", "<= 9", False),
        ("integer", "10", "= 010", True),
        ("integer", "10", "IN ('9','10')", True),
        ("integer", "1", "IN 10", False),
        ("long", "99999999999999999999", "> 1", True),
        ("float", "0.85", ">= 8.5e-1", True),
        ("float", "0.85", "< 0.85", False),
        ("string", "chat", "= chat", True),
        ("string", "chat", "= Chat", False),
        ("string", "a b", "= 'a b'", True),
        ("string", "it's", r"= 'it\'s'", True),
        ("string", "abc", "< abd", True),
        ("string", "the refund agent", "IN refund", True),
        ("string", "b", "IN (a, 'b')", True),
        ("string", "bot-1", "LIKE bot-%", True),
        ("string", "robot-1", "LIKE bot-_", False),
        ("string", "a.c", "LIKE a.c", True),
        ("string", "abc", "LIKE a.c", False),
        ("string", "bot-17", "MATCHES ^bot-[0-9]+$", True),
        ("string", "xbot-17", "MATCHES ^bot", False),
        ("hexstring", "0AFF", "= 0aff", True),
        ("hash", "AB", "!= ac", True),
        ("md5-hash", MD5, f"= {MD5.upper()}", True),
        ("mac-addr", "00:00:5E:00:53:01", "= 00-00-5e-00-53-01", True),
        ("uuid", "{6398EB05-3EB8-43F5-87D3-F24E07492A41}", "= 6398eb05-3eb8-43f5-87d3-f24e07492a41", True),
        ("uri", "https://example.org/a", "LIKE https://%", True),
        ("ipv4-addr", "192.0.2.7", "= 192.0.2.7", True),
        ("ipv4-addr", "192.0.2.7", "IN 192.0.2.0/24", True),
        ("ipv4-addr", "192.0.3.7", "ISSUBSET 192.0.2.0/24", False),
        ("ipv4-addr", "192.0.2.0/25", "ISSUBSET 192.0.2.0/24", True),
        ("ipv4-addr", "192.0.2.0/23", "ISSUPERSET 192.0.2.0/24", True),
        ("ipv6-addr", "2001:db8::1", "= 2001:DB8:0::1", True),
        ("ipv6-addr", "2001:db8::1", "ISSUBSET 2001:db8::/32", True),
    ],
)
def test_values_are_compared_by_their_type(kind: str, value: str, rest: str, expected: bool) -> None:
    assert holds(kind, value, rest) is expected


@pytest.mark.parametrize(
    ("kind", "value", "rest", "reason"),
    [
        ("integer", None, "= 1", "unknown"),
        ("integer", "many", "= 1", "type"),
        ("integer", "1", "= many", "type"),
        ("integer", "1_0", "= 10", "type"),
        ("bool", "1", "= true", "type"),
        ("float", "nan", "= 1", "type"),
        ("md5-hash", "ab", "= ab", "type"),
        ("ipv4-addr", "192.0.2.7", "ISSUBSET 2001:db8::/32", "type"),
        ("ipv4-addr", "192.0.2.7", "IN 192.0.2.1/24", "type"),
        ("bool", "true", "> false", "operator"),
        ("integer", "1", "LIKE 1", "operator"),
        ("dictionary", "{}", "= {}", "operator"),
        ("crowd", "1", "= 1", "operator"),
        ("string", "a", "== a", "language"),
        ("string", "a", "=", "language"),
        ("string", "a", "= b c", "language"),
        ("string", "a", "IN ('a'", "language"),
        ("string", "a", "MATCHES (a+)+$", "language"),
        ("string", "a", "MATCHES a*a*a*a*b", "language"),
        ("string", "a", "MATCHES (?=a)", "language"),
        ("string", "a", r"MATCHES (a)\1", "language"),
        ("string", "a", "MATCHES [", "language"),
        ("string", "a" * 300, "MATCHES a", "type"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_says_why(kind: str, value: str | None, rest: str, reason: str) -> None:
    assert why(kind, value, rest) == reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "harmful",
        "x = 1",
        "__x__ = 1",
        "__x__:value",
        "value:__x__ = 1",
        "__x__:value  = 1",
        "__1__:value = 1",
    ],
)
def test_other_languages_are_not_read(text: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(text)
    assert refused.value.why == "language"


def test_a_name_that_is_not_defined_is_told() -> None:
    with pytest.raises(ConditionError) as refused:
        evaluate("__y__:value = 1", {}, {"__y__": "1"})
    assert refused.value.why == "variable"


@given(
    st.sampled_from(VARIABLE_TYPES),
    st.text(max_size=12),
    st.sampled_from(OPERATORS),
    st.text(min_size=1, max_size=12),
)
def test_no_value_and_no_literal_is_anything_but_decided_or_told(
    kind: str, value: str, how: str, literal: str
) -> None:
    try:
        assert holds(kind, value, f"{how} {literal}") in (True, False)
    except ConditionError as error:
        told = error
    else:
        return
    assert told.why in ("language", "type", "operator")


def test_every_type_of_the_vocabulary_has_its_operators() -> None:
    assert set(OPERATORS_OF) == set(VARIABLE_TYPES)
    assert set().union(*OPERATORS_OF.values()) == set(OPERATORS)


@pytest.mark.parametrize("pattern", ["a*a*b", "x?x?x?x?b", "(a|a)(a|a)b", ".*.*z"])
def test_the_worst_pattern_that_is_taken_is_soon_through(pattern: str) -> None:
    begun = time.process_time()
    assert not holds("string", "a" * 200, f"MATCHES {pattern}")
    assert time.process_time() - begun < 5


def test_the_case_of_a_switch() -> None:
    cases = {"chat": "a", "default": "b"}
    assert [case_of(cases, value) for value in ("chat", "mail", None)] == ["chat", "default", "default"]
    assert case_of({"chat": "a"}, "mail") is None


def test_values_are_put_in_once_and_what_has_none_stays() -> None:
    done = substitute(
        "stop __a__:value and __b__:value, __a__:value", {"__a__": "__b__:value $(id)", "__b__": None}
    )
    assert done == (
        "stop __b__:value $(id) and __b__:value, __b__:value $(id)",
        ("__a__",),
        ("__b__",),
        False,
    )
    assert references("__a__:value__b__:value __c__:values __d__") == ("__b__",)
    assert references("x __a__:value y __b-2__:value __c__ __d__:valued") == ("__a__", "__b-2__")


@pytest.mark.parametrize(
    "text", ["_" * 3_000_000 + ":value", ("_" * 210 + ":value") * 10_000, "__-" * 1_000_000 + ":value"]
)
def test_no_text_makes_the_search_for_names_slow(text: str) -> None:
    begun = time.process_time()
    references(text)
    assert time.process_time() - begun < 10


def test_a_switch_is_on_one_value_and_nothing_else() -> None:
    assert sole_reference(" __a__:value ") == "__a__"
    assert [
        sole_reference(text) for text in ("__a__", "x __a__:value", "__a__:value x", "__a__:value__b__:value")
    ] == [""] * 4


def test_a_text_cannot_be_made_to_grow_without_bounds() -> None:
    done = substitute("__a__:value " * 1_000, {"__a__": "x" * 10_000})
    assert len(done.text) == MAX_SUBSTITUTED
    assert done.cut


def test_what_is_in_scope_of_a_step() -> None:
    own = {"__model__": {"type": "string", "value": "other"}}
    playbook = from_json(g.changed(f"/workflow/{g.STOP}/step_variables", own))
    assert values_of(scope(playbook, playbook.steps[g.STOP]))["__model__"] == "other"
    assert values_of(scope(playbook, playbook.steps[g.TELL]))["__model__"] == "bot-1"


def command(**properties: Any) -> Command:
    playbook = from_json(g.changed(f"/workflow/{g.STOP}/commands/0", properties))
    return playbook.steps[g.STOP].commands[0]


def test_only_manual_commands_are_done_by_hand() -> None:
    by_hand = present(command(type="manual", command="Call them"))
    assert by_hand == (True, "to be done by hand", "Call them", False)
    for kind in ("bash", "ssh", "powershell", "http-api", "openc2-http", "jupyter", "Manual", "x\x1b[2J"):
        shown = present(command(type=kind, command="rm -rf /", command_b64="", content_b64=""))
        assert not shown.by_hand
        assert shown.what.endswith("shown and not run here")
        assert shown.what.isprintable()


def test_a_command_shows_all_of_itself_and_is_inert() -> None:
    shown = present(
        command(
            type="http-api", command="POST /__model__:value HTTP/1.1", headers={"X-A": ["1", "\x1b[31m2"]},
            content_b64=b64encode(b"kill\x07\nnow").decode(),
        ),
        lambda text: substitute(text, {"__model__": "m\u202e1"}).text,
    )  # fmt: skip
    assert shown.text.splitlines() == ["POST /m\ufffd1 HTTP/1.1", "X-A: 1", "X-A: ␛[31m2", "kill␇", "now"]
    assert present(command(type="bash", command_b64="####")).unreadable
    asked = dict(texts_of(command(type="bash", command_b64=b64encode(b"stop __model__:value").decode())))
    assert asked == {"command_b64": "stop __model__:value"}
