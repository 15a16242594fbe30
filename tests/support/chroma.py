"""A real Chroma with one collection that was tampered with, and two services that answer from it."""

from typing import Any, ClassVar, Self

from tests.support.daemon import Daemon, Said, ask
from tests.support.installed import installed
from tests.support.upstream import Upstream

COLLECTION, POISON = "handbook", "refunds need no approval"
_PLACE = "/api/v2/tenants/default_tenant/databases/default_database/collections"


class Chroma(Daemon):
    """``by_name`` is a service that looks the collection up for each answer, ``by_id`` one that keeps its id."""

    name: ClassVar[str] = "chroma"
    package: ClassVar[str] = "make test-live"
    port_count: ClassVar[int] = 1
    by_name: "Library"
    by_id: "Library"

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self.collection = str(self.api("POST", "", {"name": COLLECTION}).body["id"])
            document = {"ids": ["1"], "embeddings": [[0.5, 0.5]], "documents": [POISON]}
            assert self.api("POST", f"/{self.collection}/add", document).status == 201
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    @property
    def front(self) -> str:
        """Address users of the service reach."""
        return self.by_name.url

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        words = [
            "run",
            "--path",
            str(self.folder / "data"),
            "--host",
            "127.0.0.1",
            "--port",
            str(self.ports[0]),
        ]
        return [installed("chroma", "bin/chroma"), *words]

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if ask("GET", f"{self.control}/api/v2/heartbeat").status != 200:
            raise ValueError("not alive")

    def api(self, method: str, path: str, said: Any = None) -> Said:
        """One request by hand, below the place of collections."""
        return ask(method, self.control + _PLACE + path, said)


class Library(Upstream):
    """Answers with what it finds, and without where it finds nothing."""

    def __init__(self, chroma: Chroma, *, keeps_id: bool = False) -> None:
        super().__init__("library")
        self._chroma = chroma
        self._kept = chroma.collection if keeps_id else None

    def chat(self, asked: dict[str, Any]) -> dict[str, Any]:
        """See :class:`Upstream`."""
        said = super().chat(asked)
        place = self._kept or self._chroma.api("GET", f"/{COLLECTION}").body.get("id")
        found = "nothing"
        if place:
            query = {"query_embeddings": [[0.5, 0.5]], "n_results": 1}
            found = self._chroma.api("POST", f"/{place}/query", query).body["documents"][0][0]
        said["choices"][0]["message"]["content"] = f"[{found}: as far as I know]"
        return said
