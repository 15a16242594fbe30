"""Fixtures of the end-to-end tests: a real gateway, a profile that holds something, a cockpit on it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e import hostile_profile
from tests.e2e.stage import add_system, ok
from tests.support.envoy import Envoy
from tests.support.upstream import Upstream


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of a profile that does not exist yet."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> hostile_profile.HostileProfile:
    """A profile in which everything is hostile, made once; tests add to it and take nothing away."""
    folder = tmp_path_factory.mktemp("hostile")
    return hostile_profile.make(folder / "home", folder)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Envoy]:
    """A real Envoy in front of a model and its fallback."""
    folder = tmp_path_factory.mktemp("envoy")
    with (
        Upstream("prod") as prod,
        Upstream("fallback") as fallback,
        Envoy(folder, prod.port, fallback.port) as envoy,
    ):
        yield envoy


@pytest.fixture
def served(gateway: Envoy) -> Iterator[Envoy]:
    """The gateway, with nothing switched on before and after the test."""
    _release(gateway)
    yield gateway
    _release(gateway)


@pytest.fixture
def ready(home: Path, served: Envoy, shared_data: Path) -> Path:
    """A profile with a system behind the gateway, a real red-team run taken in, and an older incident."""
    add_system(home, served)
    ok(home, "intake", str(shared_data / "garak" / "support_bot.hitlog.jsonl"))
    ok(home, "open", "Biased ranking in CV screener", "--severity", "SEV3")
    return home


def _release(gateway: Envoy) -> None:
    for key in ("ir.halt_pct", "ir.fallback_pct"):
        gateway.modify(key, "")


@pytest.fixture(scope="session")
def as_the_owner(need_program: Callable[[str, str], str]) -> tuple[str, ...]:
    """The words before a command that make file modes count for it, also where the tests run as root."""
    if os.geteuid() != 0:
        return ()
    setpriv = need_program("setpriv", "util-linux")
    return (setpriv, "--bounding-set", "-dac_override,-dac_read_search")
