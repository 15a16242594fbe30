"""Parameters whose value is a secret: a named hole in all that is planned, kept and shown, filled on the way out only."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ircockpit.core.errors import SecretError
from ircockpit.features.containment.engine.spec import Param

LEAST = 8
"""Characters of such a value at least: a shorter one would be found everywhere, and could be guessed."""
MOST = 256
NOT_KEPT = "(not kept: it is about a secret)"
"""What stands for the beginning of an answer about a secret: it may repeat a part of it, or spell it otherwise."""


def mark(name: str) -> str:
    """What stands for the value of a parameter wherever it is not sent."""
    return f"<secret:{name}>"


def values(
    params: Mapping[str, Param], given: Mapping[str, Any], reveal: Callable[[str], str]
) -> dict[str, str]:
    """By the mark that stands for it, the value of each secret parameter. Raises :class:`SecretError` naming its source.

    What is said of a value that cannot be used tells nothing of it.
    """
    found = {}
    for name, param in params.items():
        if param.type != "secret" or name not in given:
            continue
        uri = str(given[name])
        value = reveal(uri)
        fits = (
            LEAST <= len(value) <= MOST
            and value.isascii()
            and value.isprintable()
            and (param.pattern is None or re.fullmatch(param.pattern, value) is not None)
        )
        if not fits:
            raise SecretError(
                f"what {uri} gives is not of the form that the parameter {name} needs",
                safe="Nothing was sent.",
                fix=f"{param.help}; {LEAST} to {MOST} printable characters.",
            )
        found[mark(name)] = value
    return found


def opened(value: Any, secrets: Mapping[str, str]) -> Any:
    """A JSON value with every mark replaced by what it stands for."""
    return _replaced(value, secrets)


def closed(value: Any, secrets: Mapping[str, str]) -> Any:
    """A JSON value with every secret replaced by its mark, so that it can be compared, kept and shown."""
    return _replaced(value, {secret: mark for mark, secret in secrets.items()})


def _replaced(value: Any, instead: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        if type(value) is not str:
            return value  # a hole of another kind
        # The longest first: one secret may be a part of another.
        for old in sorted(instead, key=len, reverse=True):
            value = value.replace(old, instead[old])
        return value
    if isinstance(value, Mapping):
        return {_replaced(key, instead): _replaced(item, instead) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(item, instead) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return instead.get(str(value), value)
    return value
