"""Expressions say yes only when they are exactly true, and are checked before anything depends on them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.features.containment.engine import expression
from ircockpit.features.containment.engine.expression import Reference, check, evaluate, holds


def test_get_takes_any_key_from_a_parameter() -> None:
    scope = {"body": {"ir.halt_pct": {"v": "1"}, "other": {"v": "2"}}, "p": {"key": "ir.halt_pct"}}
    assert evaluate("get(body, p.key).v", scope) == "1"
    assert evaluate("get(body, p.key).v", {**scope, "p": {"key": "absent"}}) is None


@given(st.text(max_size=20), st.text(max_size=20))
def test_get_needs_no_quoting(key: str, value: str) -> None:
    assert evaluate("get(body, p.key)", {"body": {key: value}, "p": {"key": key}}) == value


def test_get_of_something_that_is_no_object_is_an_error_not_an_absence() -> None:
    bodies: tuple[object, ...] = (None, [], "text", 1)
    for body in bodies:
        with pytest.raises(BadInput, match="get"):
            evaluate("get(body, 'a') || 'off'", {"body": body})


@pytest.mark.parametrize(
    ("value", "yes", "warned"),
    [
        (True, True, False),
        (False, False, False),
        (None, False, False),
        ("", False, False),
        ([], False, False),
        ({}, False, False),
        ("yes", False, True),
        (1, False, True),
        ([1], False, True),
    ],
)
def test_only_true_holds_and_a_forgotten_comparison_warns(value: object, yes: bool, warned: bool) -> None:
    found = holds("state", {"state": value})
    assert (found.yes, bool(found.warning)) == (yes, warned)


def test_an_error_is_no_with_a_warning() -> None:
    found = holds("starts_with(text, 'OK')", {"text": None})
    assert not found.yes
    assert "starts_with" in found.warning


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("state.value == '100'", {("state", "value")}),
        ("get(body.entries, p.key).x[0].y || '0'", {("body", "entries"), ("p", "key")}),
        ("body[?name=='a' && sort == `1`] | [0].id", {("body", "")}),
        ("{a: state.x, b: [p.y, status]}", {("state", "x"), ("p", "y"), ("status", "")}),
        (
            "!contains(state, p.key) && headers.location",
            {("state", ""), ("p", "key"), ("headers", "location")},
        ),
        ("body.*.id", {("body", "")}),
        ("length(body.a[]) > `0`", {("body", "a")}),
        ("sort_by(body, &age)[0].name", {("body", "")}),
    ],
)
def test_the_names_an_expression_reads_are_found(text: str, references: set[tuple[str, str]]) -> None:
    assert check(text) == {Reference(*each) for each in references}


@pytest.mark.parametrize("text", ["!state.on", "p.a && !state[0].on", "state[?!a.on]", "!state[?on]"])
def test_a_not_that_reaches_no_further_than_a_name_is_refused(text: str) -> None:
    # It would never hold, whatever the state is.
    assert not holds(text, {"state": {"on": False}, "p": {"a": True}}).yes
    with pytest.raises(BadInput, match="alone"):
        check(text)
    assert check("!(state.on) && !contains(state, 'x') && !state") == {
        Reference("state", "on"),
        Reference("state", ""),
    }


@pytest.mark.parametrize("text", ["state ==", "nosuch(state)", "@", "[@, state]", "state" * 200, "(" * 500])
def test_what_could_never_work_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        check(text)


def test_what_doubles_a_value_without_end_is_refused_before_it_is_ever_evaluated() -> None:
    for endless in (
        "body" + " | [@,@]" * 60,
        "body" + " | {a: @, b: @}" * 30,
        "map(&[@,@,@], body)" + "[].[@,@]" * 20,
    ):
        with pytest.raises(BadInput, match="again and again"):
            check(endless)
    for good in ("{a: state.x, b: [p.y, status], c: [p.a, p.b]}", "body[].{value: name, label: title} | [0]"):
        check(good)


@pytest.mark.parametrize("literal", ["`tru`", "`False`", "`NaN`", "`off`", "`{`"])
def test_what_stands_in_back_ticks_is_json(literal: str) -> None:
    with pytest.raises(BadInput, match="is no JSON") as caught:
        check(f"status == {literal}")
    assert caught.value.fix == f"A text stands in single quotes: '{literal[1:-1]}'."
    for good in ("status == `200`", 'a == `"b\\`c"` && "`" == \'`x`\'', "contains(`[1, true]`, a)"):
        check(good)


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        expression.check(text)
    except BadInput:
        return
    assert holds(text, {"state": 1}).yes in (True, False)


@pytest.mark.parametrize("said", ["nan", "-inf", "1e999", ["1", "inf"]])
def test_a_number_that_json_does_not_have_is_no_value(said: object) -> None:
    text = "map(&to_number(@), body)" if isinstance(said, list) else "to_number(body)"
    with pytest.raises(BadInput, match="a number that is none"):
        evaluate(text, {"body": said})
    assert holds("to_number(body) < `5`", {"body": "4"}).yes  # what is a number is read as one
