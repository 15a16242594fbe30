"""The real servers, each started once for all tests of a process and ended with it."""

from collections.abc import Iterator

import pytest
from tests.support.alertmanager import Alertmanager, Pager
from tests.support.caddy import Caddy
from tests.support.envoy import Envoy
from tests.support.etcd import FLAG, Etcd, Flagged
from tests.support.haproxy import HAProxy
from tests.support.upstream import Upstream


@pytest.fixture(scope="session")
def upstreams() -> Iterator[tuple[Upstream, Upstream]]:
    """The model and its fallback, behind all gateways."""
    with Upstream("prod") as prod, Upstream("fallback") as fallback:
        yield prod, fallback


@pytest.fixture(scope="session")
def envoy(tmp_path_factory: pytest.TempPathFactory, upstreams: tuple[Upstream, Upstream]) -> Iterator[Envoy]:
    prod, fallback = upstreams
    with Envoy(tmp_path_factory.mktemp("envoy"), prod.port, fallback.port) as server:
        yield server


@pytest.fixture(scope="session")
def caddy(tmp_path_factory: pytest.TempPathFactory, upstreams: tuple[Upstream, Upstream]) -> Iterator[Caddy]:
    with Caddy(tmp_path_factory.mktemp("caddy")).behind(*upstreams) as server:
        yield server


@pytest.fixture(scope="session")
def haproxy(
    tmp_path_factory: pytest.TempPathFactory, upstreams: tuple[Upstream, Upstream]
) -> Iterator[HAProxy]:
    with HAProxy(tmp_path_factory.mktemp("haproxy")).behind(*upstreams) as server:
        yield server


@pytest.fixture(scope="session")
def etcd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Etcd]:
    with Etcd(tmp_path_factory.mktemp("etcd")) as server, Flagged(server) as server.agent:
        server.put(FLAG, "true")
        yield server


@pytest.fixture(scope="session")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with Pager() as pager, Alertmanager(tmp_path_factory.mktemp("alertmanager")).paging(pager) as server:
        yield server
