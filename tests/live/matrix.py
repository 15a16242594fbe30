"""Every shipped action on its real server: what it is called with, and what users get before, under it and after.

``users`` asks as users do, with a client that shares nothing with the program. Where a control is to stop one of them
only, another one is asked too, and must be served throughout.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.support.daemon import Daemon, Said, chat

from ircockpit.features.containment.engine.measure import Value

LEAKED, OTHER = "sk-leaked-1", "sk-somebody-else"


class Case(NamedTuple):
    """One action; ``server`` names the fixture."""

    server: str
    connector: str
    action: str
    params: Callable[[Any], Mapping[str, Value]]
    users: Callable[[Any], tuple[str, ...]]
    free: tuple[str, ...]
    held: tuple[str, ...]

    @property
    def name(self) -> str:
        """As it is called in the output of a run."""
        return f"{self.connector}-{self.action}"


def got(said: Said) -> str:
    """What one user got: the name of the model that answered, or the refusal."""
    if said.status == 200:
        return str(said.body["choices"][0]["message"]["content"]).partition(":")[0].lstrip("[")
    return f"{said.status} {said.text.strip()[:60]}"


def one(server: Daemon) -> tuple[str, ...]:
    """A user without a key."""
    return (got(chat(server.front)),)


def two_keys(server: Daemon) -> tuple[str, ...]:
    """Whoever has the leaked key, and somebody with a key of their own."""
    return tuple(got(chat(server.front, {"Authorization": f"Bearer {key}"})) for key in (LEAKED, OTHER))


QUICK = (
    Case("envoy", "envoy", "halt", lambda _: {}, one, ("prod",), ("503 fault filter abort",)),
    Case("envoy", "envoy", "fallback", lambda _: {}, one, ("prod",), ("fallback",)),
    Case("envoy", "envoy", "limit", lambda _: {}, one, ("prod",), ("429 local_rate_limited",)),
    Case(
        "caddy",
        "caddy",
        "fallback",
        lambda caddy: {"dial": f"127.0.0.1:{caddy.fallback.port}"},
        one,
        ("prod",),
        ("fallback",),
    ),
    Case(
        "caddy",
        "caddy",
        "block-key",
        lambda _: {"key": LEAKED},
        two_keys,
        ("prod", "prod"),
        ("403 key blocked", "prod"),
    ),
)
"""On every change."""
