"""How planned requests travel: over HTTP, as a line to a socket, or as a run of a local program."""

from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from ircockpit.core.errors import (
    DeadlineError,
    OfflineError,
    RefusedError,
    SecretError,
    TrustError,
    UsageError,
)
from ircockpit.features.containment.engine.request import LINE, PROGRAM, PlannedRequest, Reveal, wire
from ircockpit.features.containment.engine.signing import Signer
from ircockpit.features.containment.engine.target import Plane, Target, check_target, place
from ircockpit.secrets.redact import Redactor
from ircockpit.secrets.secret import Secret

if TYPE_CHECKING:
    from ircockpit.net.giveup import GiveUp
    from ircockpit.net.http import HttpClient, Response

NOT_SENT = (OfflineError, TrustError, SecretError, UsageError, RefusedError)
"""Errors of :meth:`Transport.send` that mean the other side has seen nothing."""
UNKNOWN = DeadlineError
"""The error that means it may have seen everything."""


class Transport(Protocol):
    """Sends to one target and knows its secrets."""

    @property
    def trust(self) -> str:
        """What the other side is checked against, as text that an approval binds."""
        ...

    def send(self, request: PlannedRequest, timeout_s: float) -> "Response":
        """Send once. Raises one of :data:`NOT_SENT` or :data:`UNKNOWN`."""
        ...

    def reveal(self, uri: str) -> str:
        """The secret of a source, which is redacted from then on. Raises :class:`SecretError`."""
        ...

    def redact(self, text: str) -> str:
        """The text without any secret this transport has used, however it is spelt."""
        ...


class TargetTransport:
    """To the two planes of one target, each request on a connection of its own; a context manager.

    ``give_up`` ends from another thread what is under way.
    """

    def __init__(self, target: Target, reveal: Reveal, give_up: "GiveUp | None" = None) -> None:
        from ircockpit.net.http import HttpClient

        check_target(target)
        self._target = target
        self._reveal = reveal
        self._used: set[str] = set()
        self._unseen = {uri for auth in (target.auth, target.probe_auth) if auth for uri in auth.sources}
        self._redactor = Redactor(())
        self._give_up = give_up
        self._issuer: HttpClient | None = None
        self._signer = Signer(self.reveal, self._hide, self._tokens_from)
        self._clients: dict[Plane, HttpClient] = {
            "control": HttpClient(
                ca_file=target.ca_file, client_cert=target.client_cert, keep_alive=False, give_up=give_up
            ),
            # The certificate that may switch things is not shown to the data plane.
            # Users are spread over all addresses of a name, so the probe must not see but the first.
            "probe": HttpClient(ca_file=target.ca_file, keep_alive=False, give_up=give_up, in_turn=True),
        }

    @property
    def trust(self) -> str:
        """See :class:`Transport`."""
        return trust_text(self._target, self._clients["control"].trust, self._clients["probe"].trust)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in (*self._clients.values(), self._issuer):
            if client is not None:
                client.close()

    def send(self, request: PlannedRequest, timeout_s: float) -> "Response":
        """See :class:`Transport`."""
        from ircockpit.net import lines, program

        if request.method == PROGRAM:
            if request.url != f"exec:{self._target.program}" or self._target.kind(request.plane) != "program":
                raise RefusedError(
                    "a request names another program than its target's", safe="Nothing was sent."
                )
            return program.run(self._target.program, request.args, timeout_s, give_up=self._give_up)
        base = self._target.base(request.plane)
        beside = self._target.probe_beside if request.plane == "probe" else ()
        if place(request.url) not in map(place, (base, *beside)) or (request.method == LINE) != (
            self._target.kind(request.plane) == "line"
        ):
            raise RefusedError("a request leaves its target", safe="Nothing was sent.")
        if request.method == LINE:
            return lines.ask(request.url, request.body or "", timeout_s, give_up=self._give_up)
        outgoing, client = wire(request, self.reveal), self._clients[request.plane]
        if request.signing is None:
            return client.send(outgoing, timeout_s)
        answer = client.send(self._signer.sign(outgoing, request.signing, timeout_s), timeout_s)
        if answer.status == 401:
            self._signer.forget(request.signing)
        return answer

    def redact(self, text: str) -> str:
        """See :class:`Transport`; also without a secret of the other plane, which may not have been used yet."""
        for uri in tuple(self._unseen):
            # A control that shows the key of what stands behind it is read before that is asked.
            with suppress(SecretError):
                self.reveal(uri)
        return self._redactor.text(text)

    def reveal(self, uri: str) -> str:
        """See :class:`Transport`."""
        self._unseen.discard(uri)
        secret = self._reveal(uri)
        self._hide(secret)
        return secret

    def _hide(self, secret: str) -> None:
        if secret and secret not in self._used:
            self._used.add(secret)
            self._redactor = Redactor(map(Secret, self._used))

    def _tokens_from(self) -> "HttpClient":
        from ircockpit.net.http import HttpClient

        if self._issuer is None:
            # The certificate that may switch things is not shown to whoever issues tokens.
            self._issuer = HttpClient(ca_file=self._target.ca_file, keep_alive=False, give_up=self._give_up)
        return self._issuer


def trust_text(target: Target, control: str, probe: str) -> str:
    """Trust per plane in words; what is not checked is called by its name."""
    said = [f"control: {_trusted(target.base_url, control)}"]
    if target.probe_url is not None:
        urls = (target.probe_url, *target.probe_beside)
        said.append(f"probe: {' and '.join(dict.fromkeys(_trusted(url, probe) for url in urls))}")
    return "; ".join(said)


def _trusted(url: str, tls: str) -> str:
    plain = {"http": "plain http", "tcp": "plain tcp", "unix": "local socket", "exec": "local program"}
    return plain.get(url.partition(":")[0], tls)
