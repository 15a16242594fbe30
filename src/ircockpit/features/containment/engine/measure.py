"""A measure: one action of a connector with its parameters on one target."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import UNSET, UnsetType

from ircockpit.core.errors import BadInput, SecretError, UsageError
from ircockpit.features.containment.engine import sealed
from ircockpit.features.containment.engine.connector import Connector
from ircockpit.features.containment.engine.spec import Action, Param, Probe
from ircockpit.features.containment.engine.target import Target, check_target
from ircockpit.processes.patterns import is_all_of

VALUE_LENGTH = 256
"""Characters of a text parameter at most."""

ADDRESSES = {
    "http": "that begins with http:// or https://",
    "line": "like tcp://127.0.0.1:9999 or unix:/run/haproxy.sock",
    "program": "like exec:kubectl",
}
"""What the address of a target looks like, by the kind of request it takes."""

Value = str | int | bool


class Measure(NamedTuple):
    """Made by :func:`bind`, so parameters and addresses have been checked."""

    connector: Connector
    action: Action
    params: Mapping[str, Value]
    target: Target
    found: Mapping[str, str | int] = MappingProxyType({})
    """What its names stand for on the target, once that was looked up."""

    @property
    def probe(self) -> Probe | None:
        """The probe, where both the connector and the target have one."""
        return self.action.verify.probe if self.target.probe_url is not None else None

    @property
    def secrets(self) -> dict[str, str]:
        """The sources of its secret parameters, by their names."""
        declared = self.action.params.items()
        return {
            name: str(self.params[name])
            for name, param in declared
            if param.type == "secret" and name in self.params
        }

    @property
    def scope(self) -> dict[str, Any]:
        """What every expression may read; a secret is a mark here, as it is in all that is read and kept."""
        marks = {name: sealed.mark(name) for name in self.secrets}
        return {"p": dict(self.params) | marks, "var": dict(self.found)}


def bind(connector: Connector, action: str, params: Mapping[str, Value], target: Target) -> Measure:
    """One action made concrete; parameters left out take their defaults.

    Raises :class:`UsageError` naming the parameter, :class:`NotFound` for an unknown action, and what
    :func:`check_target` raises.
    """
    found = connector.action(action)
    check_target(target)
    if found.read.kind != target.kind("control"):
        raise UsageError(
            f"{connector.id} {action} does not work on {target.base_url}",
            fix=f"Give the target an address {ADDRESSES[found.read.kind]}.",
        )
    return Measure(connector, found, fill(found, params), target)


def partly_bound(connector: Connector, action: str, params: Mapping[str, Value], target: Target) -> Measure:
    """An action with those parameters that are known: what is offered for one may depend on others before it.

    Raises :class:`UsageError` for a value that its parameter refuses.
    """
    found = connector.action(action)
    known = {}
    for name, param in found.params.items():
        value = params.get(name, param.default)
        if not isinstance(value, UnsetType):
            known[name] = value_of(name, param, value)
    return Measure(connector, found, known, target)


def fill(action: Action, params: Mapping[str, Value]) -> dict[str, Value]:
    """All parameters of an action. Raises :class:`UsageError` for one it does not have, needs, or refuses."""
    for name in params:
        if name not in action.params:
            known = ", ".join(action.params) or "none"
            raise UsageError(f"{action.id} has no parameter {name!r}", fix=f"Its parameters: {known}.")
    values = {}
    for name, param in action.params.items():
        value = params.get(name, param.default)
        if value is UNSET:
            raise UsageError(f"{action.id} needs the parameter {name}: {param.help}")
        values[name] = value_of(name, param, value)
    return values


def value_of(name: str, param: Param, given: Value) -> Value:
    """The value of a parameter, from its own type or from text. Raises :class:`UsageError` naming it."""
    value: Value = given
    if param.type == "int":
        if isinstance(given, str) and re.fullmatch(r"-?[0-9]{1,15}", given):
            value = int(given)
        if isinstance(value, bool) or not isinstance(value, int):
            raise UsageError(f"{name} is a whole number")
    elif param.type == "flag":
        value = {"true": True, "false": False}.get(given, given) if isinstance(given, str) else given
        if not isinstance(value, bool):
            raise UsageError(f"{name} is true or false")
    elif param.type == "polarity":
        if given not in ("on", "off"):
            raise UsageError(f"{name} is on or off: the position in which the switch contains")
    elif param.type == "secret":
        _check_source(name, given)
    elif not isinstance(given, str) or len(given) > VALUE_LENGTH or not given.isprintable():
        raise UsageError(f"{name} is printable text of at most {VALUE_LENGTH} characters")
    elif param.pattern is not None:
        _check_form(name, param, given)
    if param.enum is not None and value not in param.enum:
        raise UsageError(f"{name} is one of {', '.join(map(str, param.enum))}")
    return value


def _check_source(name: str, given: Value) -> None:
    """Raise :class:`UsageError`, which never repeats it, for what names no source."""
    from ircockpit.secrets.sources import SecretSource

    try:
        SecretSource.parse(given if isinstance(given, str) else "")
    except SecretError:
        raise UsageError(
            f"{name} is a secret: name where it is kept, never the value",
            fix=f"for example: {name}=env:LEAKED_KEY or {name}=keyring:leaked/key",
        ) from None


def _check_form(name: str, param: Param, given: str) -> None:
    fits = is_all_of(param.pattern or "", given)
    if fits is None:
        raise UsageError(
            f"whether {name} is of its form took too long to say",
            fix="Its connector needs a simpler pattern.",
        )
    if not fits:
        raise UsageError(f"{name} is not of its form: {param.help}")


def check_default(name: str, param: Param) -> None:
    """Raise :class:`BadInput` for a default its own parameter would refuse."""
    if param.default is not UNSET:
        try:
            value_of(name, param, param.default)
        except UsageError as error:
            raise BadInput(f"the default is refused: {error.what}") from None
