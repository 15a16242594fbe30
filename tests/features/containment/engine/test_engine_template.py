"""A value stays within the place it is put into, whatever it holds."""

import json
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.features.containment.engine import template
from ircockpit.features.containment.engine.expression import Reference

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_hole_alone_keeps_the_type(value: object) -> None:
    assert template.fill({"a": ["${before}"]}, {"before": value}) == {"a": [value]}


@given(st.text(max_size=40))
def test_text_never_becomes_structure(value: str) -> None:
    filled = template.fill({"a": "x ${p.v} y", "b": 1}, {"p": {"v": value}})
    assert json.loads(json.dumps(filled)) == {"a": f"x {value} y", "b": 1}


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_a_value_in_a_path_stays_one_segment(value: str) -> None:
    try:
        path = template.fill_path("/flags/${p.v}/on", {"p": {"v": value}})
    except BadInput:
        assert value in (".", "..")
        return
    _, flags, segment, on = path.split("/")
    assert (flags, unquote(segment), on) == ("flags", value, "on")
    assert path.isascii()
    assert not set(path) & set("?#; \\")


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_value_that_names_another_place_is_refused(value: str) -> None:
    with pytest.raises(BadInput):
        template.fill_path("/a/${p.v}/b", {"p": {"v": value}})


def test_dots_put_together_of_two_holes_are_refused() -> None:
    with pytest.raises(BadInput, match="leave its place"):
        template.fill_path("/a/${p.v}${p.v}/b", {"p": {"v": "."}})
    with pytest.raises(BadInput, match="leave its place"):
        template.fill_path("/a/%2e${p.v}/b", {"p": {"v": "."}})


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0", "ä", "a\x7f", "\u2028", "a\n", "a "])
def test_headers_take_no_line_ends_and_nothing_beyond_ascii(value: str) -> None:
    with pytest.raises(BadInput):
        template.fill_header("Bearer ${p.v}", {"p": {"v": value}})
    assert template.fill_header("Bearer ${p.v}", {"p": {"v": "plain"}}) == "Bearer plain"


@pytest.mark.parametrize("value", [None, [], {}, ["a"], {"a": 1}])
def test_what_has_no_text_form_is_not_put_into_text(value: object) -> None:
    with pytest.raises(BadInput, match="no value that can be written"):
        template.fill_text("x${before}", {"before": value})


def test_booleans_and_numbers_have_the_text_form_of_json() -> None:
    scope = {"p": {"a": True, "b": 7, "c": 0.5}}
    assert template.fill_text("${p.a} ${p.b} ${p.c}", scope) == "true 7 0.5"


def test_keys_are_filled_and_may_not_become_the_same() -> None:
    assert template.fill({"${p.a}": 1}, {"p": {"a": "x.y"}}) == {"x.y": 1}
    with pytest.raises(BadInput, match="become the same"):
        template.fill({"${p.a}": 1, "x": 2}, {"p": {"a": "x"}})


def test_references_are_found_everywhere() -> None:
    value = {"${p.a}": ["${before.b} and ${var.c}", {"d": "plain"}]}
    assert set(template.references(value)) == {
        Reference("p", "a"),
        Reference("before", "b"),
        Reference("var", "c"),
    }


@pytest.mark.parametrize("text", ["${p.a", "${}", "${p.a }} ${", "a ${ b"])
def test_holes_that_are_open_or_empty_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        list(template.references(text))
