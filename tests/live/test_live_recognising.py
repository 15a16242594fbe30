"""What every shipped connector makes of every real server, asked as `init` asks: each is what it is, and nothing else."""

import os
from typing import Any, NamedTuple

import pytest
from tests.support.answered import Recording, connectors, record

from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.transport import TargetTransport
from ircockpit.features.starting.recognising import recognise

pytestmark = pytest.mark.live


class Asked(NamedTuple):
    """One address of one server; none is recognised where users are served."""

    fixture: str
    address: str
    """The property of the server that is the address."""
    expected: frozenset[str]


def place(fixture: str, address: str, *expected: str) -> Asked:
    """Short for the list below."""
    return Asked(fixture, address, frozenset(expected))


QUICK = (
    place("envoy", "admin", "envoy"),
    place("envoy", "listener"),
    place("caddy", "control", "caddy"),
    place("caddy", "front"),
    place("haproxy", "control", "haproxy-stats"),
    place("haproxy", "runtime", "haproxy"),
    place("haproxy", "front"),
    place("etcd", "control", "etcd"),
    place("alertmanager", "control", "alertmanager"),
)
HEAVY = (
    place("unleash", "control", "unleash"),
    place("unleash", "front"),
    place("mlserver", "control", "open-inference"),
    place("chroma", "control", "chroma"),
    place("express_gateway", "control", "express-gateway"),
    place("express_gateway", "front"),
    place("mlflow", "control", "mlflow-gateway", "mlflow-registry"),
    place("litellm", "control", "litellm"),
    place("queue", "control", "rq"),
    place("varnish", "control", "varnish"),
    place("varnish", "front"),
)


def check(asked: Asked, server: Any) -> None:
    """Ask, and keep what was answered where that is wanted."""
    address = getattr(server, asked.address)
    program = server.client if address.startswith("exec:") else ""
    target = Target("it", address, program=program)
    with TargetTransport(target, lambda uri: uri) as transport:
        heard = Recording(transport)
        found = recognise(connectors(), target, heard)
    assert {each.id for each in found.connectors} == asked.expected, found
    if os.environ.get("GOLDEN") == "write":
        record(f"{asked.fixture} {asked.address}", heard.answers)


@pytest.mark.parametrize("asked", QUICK, ids=lambda asked: f"{asked.fixture}-{asked.address}")
def test_a_server_is_recognised_as_what_it_is(asked: Asked, request: pytest.FixtureRequest) -> None:
    check(asked, request.getfixturevalue(asked.fixture))


@pytest.mark.heavy
@pytest.mark.parametrize("asked", HEAVY, ids=lambda asked: f"{asked.fixture}-{asked.address}")
def test_a_large_server_is_recognised_as_what_it_is(asked: Asked, request: pytest.FixtureRequest) -> None:
    check(asked, request.getfixturevalue(asked.fixture))
