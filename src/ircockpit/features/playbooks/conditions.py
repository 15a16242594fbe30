"""The condition language: ``__variable__:value OPERATOR literal``, typed by the type of the variable.

CACAO asks for a STIX comparison expression; what programs that run playbooks read (SOARCA) is exactly these three parts.
The eleven operators are those of STIX. ``IN`` is membership in ``('a','b')``; with a single literal it is containment: of
a text in the value, of an address in a network, as SOARCA has it. ``LIKE`` knows ``%`` and ``_``. ``MATCHES`` is a search
with a regular expression, of a form whose time is bounded. ``ISSUBSET`` and ``ISSUPERSET`` compare networks. A literal may
stand in single quotes. Case counts everywhere but in hexadecimal digits.
"""

import ipaddress
import operator
import re
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.features.playbooks.model import Variable
from ircockpit.features.playbooks.vocabulary import VARIABLE_NAME

OPERATORS = ("=", "!=", ">", "<", ">=", "<=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET")
MAX_PATTERN = 200
MAX_MATCHED = 200
_MAX_REPEATS = 2
_MAX_CHOICES = 4

_EQUALITY = frozenset({"=", "!=", "IN"})
_ORDERED = _EQUALITY | {">", "<", ">=", "<="}
_TEXTUAL = _ORDERED | {"LIKE", "MATCHES"}
_ADDRESS = _EQUALITY | {"ISSUBSET", "ISSUPERSET"}
OPERATORS_OF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "bool": frozenset({"=", "!="}),
        "integer": _ORDERED, "long": _ORDERED, "float": _ORDERED,
        "string": _TEXTUAL, "hexstring": _TEXTUAL, "uri": _EQUALITY | {"LIKE", "MATCHES"},
        "hash": _EQUALITY, "md5-hash": _EQUALITY, "sha256-hash": _EQUALITY, "uuid": _EQUALITY, "mac-addr": _EQUALITY,
        "ipv4-addr": _ADDRESS, "ipv6-addr": _ADDRESS,
        "dictionary": frozenset(),
    }
)  # fmt: skip
"""Which operators a type of variable knows."""

_CONDITION = re.compile(r"(\S+) (\S+) (\S.*)", re.DOTALL)
_SET_ITEM = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|([^',()\s]+))\s*(?:,|$)")
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {
        "=": operator.eq,
        "!=": operator.ne,
        ">": operator.gt,
        "<": operator.lt,
        ">=": operator.ge,
        "<=": operator.le,
    }
)


class ConditionError(BadInput):
    """A condition that cannot be decided; ``why`` is one word for what asks a person instead.

    ``language``: it is not of the three parts. ``variable``: it is not defined. ``unknown``: it has no value yet.
    ``type``: value or literal are not of the variable's type. ``operator``: the type does not know it.
    """

    def __init__(self, why: str, what: str) -> None:
        super().__init__(
            what, safe="No way was chosen.", fix="Decide it yourself, or give the variable its value."
        )
        self.why = why


class Condition(NamedTuple):
    """The three parts of a condition; the literal without its quotes."""

    variable: str
    operator: str
    literal: str


def parse(text: str) -> Condition:
    """The parts; raises :class:`ConditionError` where it is not of the language."""
    match = _CONDITION.fullmatch(text.strip(" "))
    if match is None:
        raise ConditionError("language", f"“{text}” is not of the form __variable__:value OPERATOR literal")
    name, colon, suffix = match[1].partition(":")
    if (colon, suffix) != (":", "value") or VARIABLE_NAME.fullmatch(name) is None:
        raise ConditionError("language", f"“{match[1]}” is not a variable's value: __variable__:value")
    if match[2] not in OPERATORS:
        raise ConditionError(
            "language", f"“{match[2]}” is not an operator; there are: {', '.join(OPERATORS)}"
        )
    literal = match[3]
    if " " in literal and literal[0] not in "'(":
        raise ConditionError("language", f"“{literal}” is more than one word and not in quotes")
    return Condition(name, match[2], _unquoted(literal))


def check(condition: Condition, kind: str) -> None:
    """Raise :class:`ConditionError` where no value of a variable of this type could be compared like that."""
    if condition.operator not in OPERATORS_OF.get(kind, frozenset()):
        known = ", ".join(each for each in OPERATORS if each in OPERATORS_OF.get(kind, ())) or "none"
        raise ConditionError("operator", f"{condition.operator} does not compare a {kind}; there is: {known}")
    _right_side(condition, kind)


def evaluate(text: str, variables: Mapping[str, Variable], values: Mapping[str, str | None]) -> bool:
    """Whether a condition holds over the values of a run; raises :class:`ConditionError` where it cannot be told."""
    condition = parse(text)
    variable = variables.get(condition.variable)
    if variable is None:
        raise ConditionError("variable", f"{condition.variable} is not defined")
    value = values.get(condition.variable, variable.value)
    if value is None:
        raise ConditionError("unknown", f"{condition.variable} has no value yet")
    check(condition, variable.type)
    return _holds(condition, variable.type, value)


def case_of(cases: Mapping[str, str], value: str | None) -> str | None:
    """The key of the case that a switch takes: the value's own, else ``default``, else None."""
    if value is not None and value in cases:
        return value
    return "default" if "default" in cases else None


def typed(kind: str, text: str) -> Any:
    """A value as its type compares; raises :class:`ConditionError` where the text is not of it."""
    try:
        return _READERS.get(kind, str)(text)
    except (ValueError, ArithmeticError):
        raise ConditionError("type", f"“{text[:60]}” is not of the type {kind}") from None


def _holds(condition: Condition, kind: str, value: str) -> bool:
    left, right = typed(kind, value), _right_side(condition, kind)
    how = condition.operator
    if how == "IN":
        if isinstance(right, list):
            return left in right
        if isinstance(right, _NETWORKS):
            return left in right
        return str(right) in str(left) if kind in _CONTAINING else bool(left == right)
    if how in ("LIKE", "MATCHES"):
        if len(value) > MAX_MATCHED:
            raise ConditionError("type", f"a value of more than {MAX_MATCHED} characters is not matched here")
        return bool(right.search(value))
    if how in ("ISSUBSET", "ISSUPERSET"):
        ours = ipaddress.ip_network(value.strip())
        if ours.version != right.version:
            raise ConditionError("type", f"{value} and {condition.literal} are not of one kind of address")
        inner, outer = (ours, right) if how == "ISSUBSET" else (right, ours)
        return inner.network_address in outer and inner.prefixlen >= outer.prefixlen
    return _COMPARED[how](left, right)


_CONTAINING = frozenset({"string", "hexstring", "uri"})
_NETWORKS = (ipaddress.IPv4Network, ipaddress.IPv6Network)


def _right_side(condition: Condition, kind: str) -> Any:
    literal, how = condition.literal, condition.operator
    if how == "IN" and literal.startswith("("):
        if not literal.endswith(")"):
            raise ConditionError("language", f"“{literal}” is a set that does not end")
        return [typed(kind, item) for item in _items(literal[1:-1])]
    if how == "LIKE":
        return _like(literal)
    if how == "MATCHES":
        return _pattern(literal)
    if how in ("ISSUBSET", "ISSUPERSET") or (how == "IN" and kind in ("ipv4-addr", "ipv6-addr")):
        return _network(literal)
    return typed(kind, literal)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise ConditionError("type", f"“{text[:60]}” is not a network such as 192.0.2.0/24") from None


def _items(inside: str) -> list[str]:
    items, at = [], 0
    while at < len(inside):
        match = _SET_ITEM.match(inside, at)
        if match is None:
            raise ConditionError("language", f"“({inside})” is not a set such as ('a','b')")
        items.append(match[2] if match[1] is None else _unescaped(match[1]))
        at = match.end()
    return items


def _unquoted(literal: str) -> str:
    inside = literal[1:-1]
    if len(literal) < 2 or literal[0] != "'" or literal[-1] != "'":
        return literal
    return _unescaped(inside)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(['\\])", r"\1", text)


def _like(pattern: str) -> re.Pattern[str]:
    if pattern.count("%") > _MAX_REPEATS + 1 or len(pattern) > MAX_PATTERN:
        raise ConditionError("language", "a LIKE pattern has at most three % and 200 characters here")
    parts = (".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern)
    return re.compile(rf"\A{''.join(parts)}\Z", re.DOTALL)


def _pattern(pattern: str) -> re.Pattern[str]:
    """A regular expression whose search is bounded: a stranger wrote it, and nobody waits for it."""
    plain = re.sub(r"\\[^0-9]|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)
    repeats = len(re.findall(r"[*+{]", plain))
    choices = len(re.findall(r"(?<!\()[?|]", plain))
    if (
        len(pattern) > MAX_PATTERN
        or repeats > _MAX_REPEATS
        or choices > _MAX_CHOICES
        or re.search(r"\)[*+?{]|\\|\(\?(?!:)", plain)
        or re.search(
            r"\[\^?\]?[^\]]*(?:\[|--|&&|\|\||~~)", pattern
        )  # sets within sets, which Python may read some day
    ):
        raise ConditionError(
            "language",
            "a MATCHES pattern has at most 200 characters, two repetitions, four choices, no repeated group,"
            " no look-around and no back-reference here",
        )
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        raise ConditionError("language", f"“{pattern[:60]}” is no regular expression") from None


def _flag(text: str) -> bool:
    word = text.strip().lower()
    if word not in ("true", "false"):
        raise ValueError(word)
    return word == "true"


def _whole(text: str) -> int:
    if re.fullmatch(r"[+-]?[0-9]{1,40}", text.strip()) is None:
        raise ValueError(text)
    return int(text)


def _real(text: str) -> float:
    if (
        re.fullmatch(
            r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?", text.strip()
        )
        is None
    ):
        raise ValueError(text)
    return float(text)


def _hexadecimal(length: int = 0) -> Callable[[str], str]:
    def read(text: str) -> str:
        digits = text.strip().lower()
        if re.fullmatch("[0-9a-f]+", digits) is None or (length and len(digits) != length):
            raise ValueError(text)
        return digits

    return read


def _mac(text: str) -> str:
    digits = re.sub("[:.-]", "", text.strip().lower())
    if re.fullmatch("[0-9a-f]{12}", digits) is None:
        raise ValueError(text)
    return digits


def _address4(text: str) -> Any:
    return ipaddress.IPv4Network(text) if "/" in text else ipaddress.IPv4Address(text.strip())


def _address6(text: str) -> Any:
    return ipaddress.IPv6Network(text) if "/" in text else ipaddress.IPv6Address(text.strip())


def _uri(text: str) -> str:
    if re.match("[a-zA-Z][a-zA-Z0-9+.-]*:", text) is None:
        raise ValueError(text)
    return text


_READERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "bool": _flag, "integer": _whole, "long": _whole, "float": _real, "hexstring": _hexadecimal(),
        "hash": _hexadecimal(), "md5-hash": _hexadecimal(32), "sha256-hash": _hexadecimal(64), "mac-addr": _mac,
        "ipv4-addr": _address4, "ipv6-addr": _address6, "uri": _uri, "uuid": lambda text: uuid.UUID(text.strip()),
    }
)  # fmt: skip
