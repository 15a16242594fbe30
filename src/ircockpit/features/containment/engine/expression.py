"""JMESPath over what a control or probe answered: compiled once, checked when loaded, "no" when in doubt."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from math import isfinite, prod
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import strict_loads
from ircockpit.features.containment.engine.functions import functions

MAX_LENGTH = 600
"""Characters of one expression; longer ones cannot be reviewed."""


MAX_COPIES = 1000
"""Copies that an expression may make of one value; each ``| [@, @]`` doubles them, and 60 of those are never through."""


class Holds(NamedTuple):
    """Whether a predicate holds; an error is "no" with a warning that must be shown."""

    yes: bool
    warning: str = ""


class Reference(NamedTuple):
    """A name read from the scope: ``p.key`` is ``("p", "key")``, all of ``state`` is ``("state", "")``."""

    root: str
    member: str


def evaluate(text: str, scope: Mapping[str, Any]) -> Any:
    """The value of an expression over ``scope``. Raises :class:`BadInput` naming it and what failed.

    A number that JSON does not have, as ``to_number`` makes of the text ``nan``, is such a failure.
    """
    from jmespath import Options
    from jmespath.exceptions import JMESPathError

    try:
        value = _compiled(text).search(dict(scope), options=Options(custom_functions=functions()))
        if not _finite(value):
            raise ValueError("it gives a number that is none")
        return value
    except (JMESPathError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"{text!r} cannot be evaluated: {_reason(error)}") from None


def holds(text: str, scope: Mapping[str, Any]) -> Holds:
    """Whether a predicate is exactly true.

    JMESPath's empty values count as no; any other value that is not a boolean is no with a warning,
    because somebody forgot a comparison.
    """
    try:
        value = evaluate(text, scope)
    except BadInput as error:
        return Holds(False, error.what)
    if isinstance(value, bool):
        return Holds(value)
    if value is None or value == "" or value == [] or value == {}:
        return Holds(False)
    return Holds(False, f"{text!r} gave a value instead of yes or no")


def check(text: str) -> frozenset[Reference]:
    """Everything the expression reads from its scope.

    Raises :class:`BadInput` for wrong syntax, what stands in back-ticks and is no JSON, more than
    :data:`MAX_COPIES`, unknown functions, ``@`` where it means the whole scope, and a ``!``
    that means less than it seems to.
    """
    _check_literals(text)
    parsed = _compiled(text).parsed
    if _copies(parsed) > MAX_COPIES:
        raise BadInput(f"{text[:40]!r}… copies one value into itself again and again")
    for node in _nodes(parsed):
        # !a.b is a member of "not a", which is no object: always null, and so always no.
        if node["type"] in _NARROWING and node["children"][0]["type"] == "not_expression":
            raise BadInput(
                f"{text!r}: ! holds for the name after it alone", fix="Write !(...) around all it means."
            )
    known = type(functions()).FUNCTION_TABLE
    for name in _function_names(parsed):
        if name not in known:
            raise BadInput(f"{text!r} calls {name}(), which does not exist")
    return frozenset(_references(parsed))


_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?P<literal>(?:\\`|[^`])*)`""")


def _check_literals(text: str) -> None:
    """JMESPath takes a misspelt ``true`` in back-ticks for a text, which no answer ever is."""
    for quoted in _QUOTED.finditer(text):
        if (literal := quoted["literal"]) is not None:
            try:
                strict_loads(literal.replace("\\`", "`").encode(), floats=True)
            except BadInput:
                raise BadInput(
                    f"{quoted[0]} is no JSON", fix=f"A text stands in single quotes: '{literal}'."
                ) from None


@cache
def _compiled(text: str) -> Any:
    import jmespath
    from jmespath.exceptions import JMESPathError

    if len(text) > MAX_LENGTH:
        raise BadInput(f"an expression is longer than {MAX_LENGTH} characters: {text[:40]!r}…")
    try:
        return jmespath.compile(text)
    except (JMESPathError, ValueError, RecursionError) as error:
        raise BadInput(f"{text!r} is not JMESPath: {_reason(error)}") from None


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, list | dict):
        return all(map(_finite, value.values() if isinstance(value, dict) else value))
    return True


def _reason(error: Exception) -> str:
    from jmespath.exceptions import JMESPathTypeError

    if isinstance(error, JMESPathTypeError):
        # Its own message repeats the value, which may be what a model said, or a secret that came back.
        takes = " or ".join(error.expected_types)
        return f"{error.function_name}() takes {takes}, and was given {error.actual_type}"
    if isinstance(error, LookupError):
        return "something is not there"
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.get("children", ()):
            yield from _nodes(child)


def _copies(node: Any) -> int:
    """How many times one value may stand in what a node makes of it, at most."""
    counts = [_copies(child) for child in node["children"] if isinstance(child, dict)]
    if node["type"] in ("multi_select_list", "multi_select_dict"):
        return sum(counts) or 1
    return min(prod(counts), MAX_COPIES + 1)


def _function_names(parsed: Any) -> set[str]:
    return {node["value"] for node in _nodes(parsed) if node["type"] == "function_expression"}


# Of these nodes only the first child is evaluated where the node itself is; the others see its result.
_NARROWING = frozenset(
    {"subexpression", "index_expression", "projection", "filter_projection", "value_projection", "pipe"}
)


def _references(node: Any) -> Iterator[Reference]:
    if not isinstance(node, dict):
        return
    kind, children = node["type"], node.get("children", ())
    if kind == "current":
        raise BadInput("@ at the top of an expression means everything; name what is meant")
    if kind == "field":
        yield Reference(node["value"], "")
    elif kind == "subexpression" and children[0]["type"] == "field" and children[1]["type"] == "field":
        yield Reference(children[0]["value"], children[1]["value"])
    elif kind in _NARROWING:
        yield from _references(children[0])
    elif kind != "expref":
        for child in children:
            yield from _references(child)
