"""Which system a signal belongs to, with a reason that is true, and which records of a system are refused."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.features.systems.rules import (
    Control,
    System,
    Target,
    check,
    check_address,
    resolve,
    stated_fields,
    system_from,
)

EU = Target("eu-1", "http://127.0.0.1:9901", "http://127.0.0.1:10000")
HALT = Control("halt", "halt the model", "envoy", "halt", "eu-1")


def system(name: str, *rules: Mapping[str, str]) -> System:
    return System(f"id-{name}", name, match=tuple(tuple(sorted(rule.items())) for rule in rules))


def test_the_most_specific_rule_wins_and_says_so() -> None:
    wide, narrow = (
        system("wide", {"source": "garak"}),
        system("narrow", {"source": "garak", "model": "gpt-*"}),
    )
    labels = {"source": "garak", "model": "gpt-prod"}
    for order in ([wide, narrow], [narrow, wide]):
        found = resolve(labels, order)
        assert found.system == "id-narrow"
        assert found.reason == "model=gpt-prod and source=garak matches rule 1 of narrow"
    assert resolve({"source": "garak"}, [wide, narrow]).system == "id-wide"


def test_where_two_fit_equally_well_a_person_decides() -> None:
    found = resolve({"source": "garak"}, [system("a", {"source": "g*"}), system("b", {"source": "garak"})])
    assert found.system == ""
    assert "a and b match equally well" in found.reason
    twice = system("a", {"source": "g*"}, {"source": "garak"})
    assert resolve({"source": "garak"}, [twice]).system == "id-a", "two rules of one system do not contradict"


@pytest.mark.parametrize("rules", [(), ({},), ({"service": "x"},), ({"source": "garak", "service": "*"},)])
def test_without_a_rule_that_matches_there_is_none_and_it_says_so(
    rules: tuple[Mapping[str, str], ...],
) -> None:
    found = resolve({"source": "garak"}, [system("a", *rules)])
    assert found == ("", "no system's rules match its labels")


names = st.sampled_from(("source", "service", "model", "app"))
patterns = st.sampled_from(("*", "?", "g*", "garak", "", "[ab]", "x"))
rules = st.lists(st.dictionaries(names, patterns, max_size=3), max_size=3)


@given(st.dictionaries(names, st.sampled_from(("garak", "g", "", "[ab]"))), st.lists(rules, max_size=4))
def test_any_labels_and_rules_resolve_to_a_reason_that_names_only_what_is_there(
    labels: dict[str, str], stated: list[list[dict[str, str]]]
) -> None:
    systems = [system(f"s{number}", *each) for number, each in enumerate(stated)]
    found = resolve(labels, systems)
    assert found.reason
    assert found.system in {"", *(each.ident for each in systems)}
    if found.system:
        said = found.reason.partition(" matches rule")[0]
        for pair in said.split(" and "):
            name, _, value = pair.partition("=")
            assert labels[name] == value
    assert resolve(labels, reversed(systems)) == found, "the order of records decides nothing"


GOOD = System("", "pharmacy-bot", targets=(EU,), controls=(HALT,))


def test_a_whole_record_passes_and_comes_back_as_stated() -> None:
    check(GOOD)
    assert system_from("", stated_fields(GOOD)) == GOOD


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "Pharmacy Bot"}, "small letters"),
        ({"name": ""}, "small letters"),
        ({"context": "secret"}, "context"),
        ({"controls": tuple(HALT._replace(name=str(n)) for n in range(10))}, "at most 9"),
        ({"controls": (HALT, HALT)}, "same name"),
        ({"controls": (HALT._replace(target="us-1"),)}, "not among the targets"),
        ({"targets": (EU, EU._replace(admin="http://127.0.0.1:1"))}, "same name"),
        ({"targets": (EU._replace(auth="Authorization"),)}, "secret source"),
        ({"targets": (EU._replace(auth="Authorization: hunter2"),)}, "secret source"),
        ({"targets": (EU._replace(admin="ftp://127.0.0.1"),)}, "http"),
        ({"targets": (EU._replace(probe="http://user:pw@127.0.0.1"),)}, "must not hold a password"),
    ],
)
def test_what_could_not_be_used_on_the_night_is_refused_beforehand(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check(GOOD._replace(**wrong))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1:9901",
        "http://",
        "http://:80",
        "http://h:0",
        "http://h:99999",
        "http://h ost",
        "http://h\x1b",
        "http://é",
    ],
)
def test_addresses_that_lead_nowhere(address: str) -> None:
    check_address("https://gateway.example:8443/admin")
    with pytest.raises(BadInput):
        check_address(address)


values = st.none() | st.integers() | st.text(max_size=3)
rows = st.fixed_dictionaries(
    {"name": values, "admin": values, "probe": values, "title": values, "connector": values},
    optional={
        "action": values,
        "target": values,
        "params": values | st.dictionaries(st.text(max_size=2), values),
    },
)


@given(
    st.dictionaries(
        st.sampled_from((*stated_fields(GOOD), "other")), values | st.lists(values | rows, max_size=2)
    )
)
def test_a_colleague_s_strange_record_is_never_fatal(stated: dict[str, Any]) -> None:
    found = system_from("some-id", stated)
    assert found.name
    assert stated_fields(found)
