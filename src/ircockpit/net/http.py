"""HTTP as responders need it: no redirects, bounded answers, errors that say whether anything was sent."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Self
from urllib.parse import urlsplit

from ircockpit.core.errors import DeadlineError, OfflineError, RefusedError, TrustError, UsageError

if TYPE_CHECKING:
    import ssl

    import httpx

    from ircockpit.net.deadline import DeadlineBackend
    from ircockpit.net.giveup import GiveUp

CONNECT_S = 2.0
"""Seconds for one address to accept a connection; a name's look-up in the system resolver comes on top."""
BODY_BYTES = 1024 * 1024
"""Bytes of an answer read at most, unless a caller expects more."""
LINE_BYTES = 64 * 1024
"""Bytes of one streamed line at most."""
USER_AGENT = "ircockpit"
MOST_OF_A_LABEL = 63
"""Characters between two dots of a host's name (RFC 1035, section 2.3.4)."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!$&'()*+,;=%")


class UnknownOutcome(DeadlineError):
    """Handed over, perhaps, and no complete answer came: what it did is unknown until it is read back."""


class Request(NamedTuple):
    """One request, complete: nothing is added but Host, Content-Length, User-Agent and Accept-Encoding."""

    method: str
    url: str
    """Absolute and already percent-encoded; sent as it stands here."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


class Response(NamedTuple):
    """One answer, whatever its status; a redirect is an answer like any other."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; values of repeated headers joined with a comma; trailers that were announced among them."""
    body: bytes
    elapsed_us: int
    """Microseconds from handing over the request to the last byte of the answer."""


def check_url(url: str) -> None:
    """Refuse what is not one plain absolute http(s) URL: :class:`UsageError` with the reason.

    User information is refused because it would put a password into records, fragments because they
    are never sent, characters outside RFC 3986 and dot segments because they would be sent differently
    than shown.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("this is not a URL: its host or port cannot be read", fix=_URL_FIX) from None
    if not _PLAIN.issuperset(url):
        raise UsageError("this URL holds a fragment or a character that needs encoding", fix=_URL_FIX)
    if parts.scheme not in ("http", "https"):
        raise UsageError("this URL is neither http nor https", fix=_URL_FIX)
    if not parts.hostname or port == 0 or not is_host(parts.hostname):
        raise UsageError("this URL names no host or port to reach", fix=_URL_FIX)
    if {".", ".."} & set(parts.path.split("/")):
        raise UsageError(
            "the path of this URL holds . or .., which would be sent as another path", fix=_URL_FIX
        )
    if "@" in parts.netloc:
        raise UsageError("this URL holds a user name or password", fix="Name a secret source for it instead.")


def is_host(name: str) -> bool:
    """Whether a resolver takes it: of a name that has an empty part, or a long one, it makes an error of its own."""
    parts = name.removesuffix(".").split(".")
    return name.isascii() and name.isprintable() and all(0 < len(part) <= MOST_OF_A_LABEL for part in parts)


_URL_FIX = "Write it like https://host:port/path."


class HttpClient:
    """A client for one target, used by one thread at a time; a context manager.

    ``ca_file`` (PEM) replaces the system's certificate authorities, ``client_cert`` is a PEM file with
    certificate and key; both are read here, once, so that what ``trust`` names is what is used. ``keep_alive``
    off opens a new connection each time, so that an idle one closed by the other side cannot turn a request
    into an unknown outcome. ``give_up`` ends, from another thread, whatever is under way. ``in_turn`` asks the
    addresses of a name one after the other, where it has several, instead of always the first: for whoever has
    to see what all of them say.
    """

    def __init__(
        self,
        *,
        ca_file: str | None = None,
        client_cert: str | None = None,
        connect_s: float = CONNECT_S,
        body_bytes: int = BODY_BYTES,
        keep_alive: bool = True,
        give_up: "GiveUp | None" = None,
        in_turn: bool = False,
    ) -> None:
        from ircockpit.net.deadline import DeadlineBackend

        self._ca = _read_pem(ca_file) if ca_file else None
        self._cert = _read_pem(client_cert) if client_cert else None
        self._connect_s = connect_s
        self._body_bytes = body_bytes
        self._keep_alive = keep_alive
        self._backend = DeadlineBackend(give_up, in_turn=in_turn)
        self._ways: dict[str, httpx.BaseTransport] = {}

    @property
    def trust(self) -> str:
        """What an https answer is checked against and shown, by hash, as text that an approval can bind."""
        from hashlib import sha256

        said = f"ca file sha256:{sha256(self._ca).hexdigest()}" if self._ca is not None else "system ca"
        if self._cert is not None:
            said += f", client certificate sha256:{sha256(_first_certificate(self._cert)).hexdigest()}"
        return said

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; a further request opens new ones."""
        for way in self._ways.values():
            way.close()
        self._ways.clear()

    def send(self, request: Request, timeout_s: float, *, whole_s: float | None = None) -> Response:
        """Send once and read the whole answer within ``timeout_s`` seconds, connecting included.

        With ``whole_s`` that is the time for all of it, and ``timeout_s`` the longest silence: for what is
        large, so that a slow link is not taken for a dead one.
        Raises :class:`OfflineError` or :class:`TrustError` when nothing was sent, :class:`UnknownOutcome`
        when the request may have arrived, :class:`UsageError` for a request that cannot be sent.
        """
        response, started = self._open(request, timeout_s, timeout_s if whole_s is None else whole_s)
        try:
            body = bytearray()
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > self._body_bytes:
                    raise UnknownOutcome(
                        f"{_host(request.url)} answered {response.status_code} with more than "
                        f"{self._body_bytes} bytes; the rest was not read"
                    )
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        if "chunked" in headers.get("transfer-encoding", "").lower() and "trailer" in headers:
            headers = _trailers(self._backend.tail, headers["trailer"]) | headers
        return Response(
            response.status_code,
            headers,
            bytes(body),
            (time.monotonic_ns() - started) // 1000,
        )

    def stream_lines(self, request: Request, read_timeout_s: float) -> Iterator[str]:
        """The lines of an answer without end (server-sent events), without their line ends.

        Ends when the other side closes; raises :class:`DeadlineError` after ``read_timeout_s`` seconds of
        silence, :class:`OfflineError` when the connection cannot be made or breaks, :class:`RefusedError`
        when the answer is not 200.
        """
        response, _ = self._open(request, read_timeout_s, None)
        try:
            if response.status_code != 200:
                raise RefusedError(
                    f"{_host(request.url)} answered {response.status_code} to a request for a stream",
                    fix="Check the address and who may read there.",
                )
            pending = bytearray()
            for chunk in response.iter_raw():
                pending += chunk
                *lines, rest = bytes(pending).split(b"\n")
                for line in lines:
                    yield line.removesuffix(b"\r").decode("utf-8", "replace")
                if len(rest) > LINE_BYTES:
                    raise RefusedError(f"{_host(request.url)} sent a line longer than {LINE_BYTES} bytes")
                pending = bytearray(rest)
        except UnknownOutcome as error:
            if isinstance(error, _Silence):
                raise DeadlineError(f"no sign from {_host(request.url)} in {read_timeout_s:g} s") from None
            raise OfflineError(f"the stream from {_host(request.url)} broke off") from None
        finally:
            response.close()

    def _open(
        self, request: Request, timeout_s: float, whole_s: float | None
    ) -> tuple["httpx.Response", int]:
        """The answer up to its body, and when it was asked; ``whole_s`` is the time for all of it, if any."""
        import httpx

        check_url(request.url)
        headers = [("User-Agent", USER_AGENT), ("Accept-Encoding", "identity"), *request.headers]
        try:
            outgoing = httpx.Request(
                request.method,
                request.url,
                headers=headers,
                content=request.body,
                extensions={
                    "timeout": {
                        "connect": min(self._connect_s, timeout_s),
                        "pool": timeout_s,
                        "read": timeout_s,
                        "write": timeout_s,
                    }
                },
            )
        except (ValueError, TypeError, httpx.InvalidURL):
            # The message may repeat a header's value, and that may be a secret.
            raise UsageError("a header or the address cannot be sent as it is", safe=NOTHING_SENT) from None
        way = self._way(outgoing.url.scheme)
        started = time.monotonic_ns()
        self._backend.until = None if whole_s is None else time.monotonic() + whole_s
        self._backend.tail = b""
        return way.handle_request(outgoing), started

    def _way(self, scheme: str) -> "httpx.BaseTransport":
        # Not a client of httpx: it would keep the cookies of one answer for the next request, which nobody
        # approved, and read where a redirect leads although none is followed.
        if scheme not in self._ways:
            context = self._tls() if scheme == "https" else _no_tls()
            self._ways[scheme] = _transport(self._backend, context, self._keep_alive)
        return self._ways[scheme]

    def _tls(self) -> "ssl.SSLContext":
        import ssl

        try:
            # Comments between the certificates may be in any encoding; the certificates are ASCII.
            authorities = self._ca.decode("ascii", "ignore") if self._ca is not None else None
            context = ssl.create_default_context(cadata=authorities)
            if self._cert is not None:
                _show(context, self._cert)
        except (ValueError, OSError):  # ssl.SSLError is an OSError
            raise TrustError(
                "a certificate file is not usable PEM, or its key is encrypted",
                safe=NOTHING_SENT,
                fix="Check the ca and client certificate files of this target.",
            ) from None
        return context


NOTHING_SENT = "Nothing was sent."


class _Silence(UnknownOutcome):
    """No byte came in the time given."""


def _trailers(tail: bytes, announced: str) -> dict[str, str]:
    """Those announced fields that follow a chunked body: Caddy sends its ETag there."""
    names = {name.strip().lower() for name in announced.split(",")}
    _, _, section = tail.rpartition(b"\r\n0\r\n")
    found: dict[str, str] = {}
    for row in section.decode("latin-1").split("\r\n"):
        name, colon, value = row.partition(":")
        if colon and name.lower() in names:
            found[name.lower()] = value.strip()
    return found


def _read_pem(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1024 * 1024)
    except OSError as error:
        raise TrustError(
            f"a certificate file cannot be read: {error.strerror}: {path}", safe=NOTHING_SENT
        ) from None


def _show(context: "ssl.SSLContext", pem: bytes) -> None:
    """Give a context certificate and key as they were read: their file may be another by now, and that nobody approved.

    OpenSSL takes them by a path only. Those of two pipes, one for the certificates and one for the key, put the key
    into no further file.
    """
    ends = [os.pipe() for _ in range(2)]
    feeds = [Thread(target=_feed, args=(pem, into), daemon=True) for _, into in ends]
    for feed in feeds:
        feed.start()
    try:
        # An empty passphrase makes an encrypted key an error; asking would happen over the screen.
        certificates, key = (f"/dev/fd/{out}" for out, _ in ends)
        context.load_cert_chain(certificates, key, password="")
    finally:
        for out, _ in ends:
            os.close(out)  # which also ends a feed that nobody reads to its end
        for feed in feeds:
            feed.join()


def _feed(pem: bytes, into: int) -> None:
    with suppress(BrokenPipeError), os.fdopen(into, "wb") as pipe:
        pipe.write(pem)


def _first_certificate(pem: bytes) -> bytes:
    """The DER bytes whose hash every tool calls the certificate's fingerprint."""
    import ssl

    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    text = pem.decode("ascii", "ignore")
    if begin not in text or end not in text:
        raise TrustError("the client certificate file holds no PEM certificate", safe=NOTHING_SENT)
    return ssl.PEM_cert_to_DER_cert(text[text.index(begin) : text.index(end) + len(end)])


def _no_tls() -> "ssl.SSLContext":
    """A context that trusts nobody: what a client for plain http holds, and cheap to make."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _transport(
    backend: "DeadlineBackend", context: "ssl.SSLContext", keep_alive: bool
) -> "httpx.BaseTransport":
    import httpcore
    import httpx

    pool = httpcore.ConnectionPool(
        ssl_context=context,
        max_connections=4,
        max_keepalive_connections=4 if keep_alive else 0,
        keepalive_expiry=5.0,
        network_backend=backend,
    )

    class Body(httpx.SyncByteStream):
        def __init__(self, response: httpcore.Response, url: str) -> None:
            self._response = response
            self._url = url

        def __iter__(self) -> Iterator[bytes]:
            try:
                yield from self._response.iter_stream()
            except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
                _fail(error, self._url, backend.give_up.asked)

        def close(self) -> None:
            self._response.close()

    class Transport(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            url = request.url
            outgoing = httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
            try:
                answer = pool.handle_request(outgoing)
            except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
                _fail(error, str(url), backend.give_up.asked)
            return httpx.Response(answer.status, headers=answer.headers, stream=Body(answer, str(url)))

        def close(self) -> None:
            pool.close()

    return Transport()


def _fail(error: Exception, url: str, given_up: bool) -> NoReturn:
    """Sort a failure by the one question that matters: whether the other side can have seen the request."""
    import ssl

    import httpcore

    host = _host(url)
    cause = error.args[0] if error.args else None  # httpcore wraps what it caught, and cuts the chain
    if given_up and isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        raise OfflineError(f"the request to {host} was given up", safe=NOTHING_SENT) from None
    if given_up:
        raise UnknownOutcome(f"the request to {host} was given up before the answer was complete") from None
    if isinstance(error, httpcore.LocalProtocolError):
        raise UsageError("a header or the address cannot be sent as it is", safe=NOTHING_SENT) from None
    if isinstance(cause, ssl.SSLCertVerificationError):
        raise TrustError(
            f"the certificate of {host} is not trusted: {cause.verify_message}",
            safe=NOTHING_SENT,
            fix="Name the right ca file for this target, or find out who answers there.",
        ) from None
    if isinstance(error, httpcore.ConnectTimeout | httpcore.PoolTimeout):
        raise OfflineError(f"{host} did not accept a connection in time", safe=NOTHING_SENT) from None
    if isinstance(error, httpcore.ConnectError):
        why = "no connection of the kind asked for"
        if isinstance(cause, ssl.SSLError):
            why = "what answers there speaks no TLS, or none that is spoken here; http:// may be meant"
        elif isinstance(cause, OSError) and cause.strerror:
            why = cause.strerror.lower()
        raise OfflineError(f"{host} cannot be reached: {why}", safe=NOTHING_SENT) from None
    if isinstance(error, httpcore.ReadTimeout):
        raise _Silence(f"{host} did not answer completely in time") from None
    raise UnknownOutcome(f"the connection to {host} broke before the answer was complete") from None
