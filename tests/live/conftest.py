"""The real servers, each started once for all tests of a process and ended with it."""

from collections.abc import Iterator

import pytest
from tests.support.alertmanager import Alertmanager, Pager
from tests.support.caddy import Caddy
from tests.support.chroma import Chroma, Library
from tests.support.envoy import Envoy
from tests.support.etcd import FLAG, Etcd, Flagged, Workers
from tests.support.express_gateway import ExpressGateway
from tests.support.haproxy import HAProxy
from tests.support.litellm import LiteLLM
from tests.support.mlflow import MLflow, Serving
from tests.support.mlserver import MLServer
from tests.support.rq import Queue
from tests.support.unleash import Summarizer, Unleash
from tests.support.upstream import Upstream
from tests.support.varnish import Varnish


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
    with (
        Etcd(tmp_path_factory.mktemp("etcd")) as server,
        Flagged(server) as server.agent,
        Workers(server, tmp_path_factory.mktemp("workers")) as server.workers,
    ):
        server.put(FLAG, "true")
        yield server


@pytest.fixture(scope="session")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with Pager() as pager, Alertmanager(tmp_path_factory.mktemp("alertmanager")).paging(pager) as server:
        yield server


@pytest.fixture(scope="session")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Queue]:
    with Queue(tmp_path_factory.mktemp("queue")) as server:
        yield server


@pytest.fixture(scope="session")
def unleash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unleash]:
    with Unleash(tmp_path_factory.mktemp("unleash")) as server, Summarizer(server) as server.summarizer:
        yield server


@pytest.fixture(scope="session")
def mlserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MLServer]:
    with MLServer(tmp_path_factory.mktemp("mlserver")) as server:
        yield server


@pytest.fixture(scope="session")
def express_gateway(
    tmp_path_factory: pytest.TempPathFactory, upstreams: tuple[Upstream, Upstream]
) -> Iterator[ExpressGateway]:
    with ExpressGateway(tmp_path_factory.mktemp("express"), upstreams[0]) as server:
        yield server


@pytest.fixture(scope="session")
def mlflow(
    tmp_path_factory: pytest.TempPathFactory, upstreams: tuple[Upstream, Upstream]
) -> Iterator[MLflow]:
    with MLflow(tmp_path_factory.mktemp("mlflow"), *upstreams) as server, Serving(server) as server.serving:
        yield server


@pytest.fixture(scope="session")
def litellm(
    tmp_path_factory: pytest.TempPathFactory, upstreams: tuple[Upstream, Upstream]
) -> Iterator[LiteLLM]:
    with LiteLLM(tmp_path_factory.mktemp("litellm"), upstreams[0]) as server:
        yield server


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    with (
        Chroma(tmp_path_factory.mktemp("chroma")) as server,
        Library(server) as server.by_name,
        Library(server, keeps_id=True) as server.by_id,
    ):
        yield server


@pytest.fixture(scope="session")
def varnish(
    tmp_path_factory: pytest.TempPathFactory, upstreams: tuple[Upstream, Upstream]
) -> Iterator[Varnish]:
    with Varnish(tmp_path_factory.mktemp("varnish")).behind(*upstreams) as server:
        yield server
