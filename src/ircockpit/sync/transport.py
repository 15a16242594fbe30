"""How requests reach a hub: over HTTP, or however a simulation likes."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

REQUEST_S = 10.0
"""Seconds without a byte after which a request is given up."""
WHOLE_S = 600.0
"""Seconds for one request and its whole answer, besides :data:`LEAST_RATE` for what is sent: silence ends it sooner."""
LEAST_RATE = 1000
"""Bytes a second at which a large body may still go out: several share a link of 64 kbit/s."""
SILENCE_S = 45.0
"""Seconds without a heartbeat after which a stream of hints is given up."""
ANSWER_BYTES = 16 * 1024 * 1024


Headers = tuple[tuple[str, str], ...]


class Reply(NamedTuple):
    """One answer of a hub."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Transport(Protocol):
    """A way to one hub, used by one thread.

    Methods raise :class:`OfflineError` where nothing was sent, :class:`DeadlineError` where no answer came.
    """

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        """Send one request; ``path`` begins with a slash and may hold a query."""
        ...

    def lines(self, path: str, headers: Headers = ()) -> Iterator[str]:
        """The lines of an answer without end."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class HttpTransport:
    """A :class:`Transport` over HTTP(S) with short time-outs, no redirects and no proxies."""

    def __init__(self, url: str, *, request_s: float = REQUEST_S, silence_s: float = SILENCE_S) -> None:
        from ircockpit.net.http import HttpClient, check_url

        self._base = url.rstrip("/")
        check_url(self._base)
        self._request_s = request_s
        self._silence_s = silence_s
        self._client = HttpClient(body_bytes=ANSWER_BYTES)

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        """See :class:`Transport`."""
        from ircockpit.net.http import Request

        asked = Request(method, self._base + path, headers, body)
        whole_s = max(WHOLE_S, self._request_s) + len(body or b"") / LEAST_RATE
        answer = self._client.send(asked, self._request_s, whole_s=whole_s)
        return Reply(answer.status, answer.headers, answer.body)

    def lines(self, path: str, headers: Headers = ()) -> Iterator[str]:
        """See :class:`Transport`."""
        from ircockpit.net.http import Request

        return self._client.stream_lines(Request("GET", self._base + path, headers), self._silence_s)

    def close(self) -> None:
        """See :class:`Transport`."""
        self._client.close()
