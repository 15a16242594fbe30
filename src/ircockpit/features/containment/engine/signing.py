"""What is added to a request when it is sent: a signature over it, or a token got for it."""

import hmac
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from ircockpit.core.errors import BadInput, CockpitError, SecretError
from ircockpit.core.jsontext import strict_loads
from ircockpit.features.containment.engine.target import OAuth2, SigV4

if TYPE_CHECKING:
    from ircockpit.net.http import HttpClient, Request

EARLY_S = 30.0
"""Seconds before its end at which a token is no longer used: it must live until the request arrives."""
UNSTATED_S = 300.0
"""Seconds for which a token is used that does not say how long it lives, or that says a time no token has."""
LONGEST_S = 366 * 86_400.0
_NOTHING = "Nothing was sent."


def sigv4(request: "Request", how: SigV4, key: str, secret: str, session: str, at: datetime) -> "Request":
    """A request signed with AWS Signature Version 4 as of ``at``, every header of it included.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
    """
    parts = urlsplit(request.url)
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    body = sha256(request.body or b"").hexdigest()
    added = [("x-amz-date", stamp)]
    if how.service == "s3":
        added.append(("x-amz-content-sha256", body))
    if session:
        added.append(("x-amz-security-token", session))
    headers = sorted(
        (name.lower(), " ".join(value.split()))
        for name, value in (("host", parts.netloc), *request.headers, *added)
    )
    names = ";".join(name for name, _ in headers)
    canonical = "\n".join(
        (
            request.method, _path(parts.path, how.service), _query(parts.query),
            "".join(f"{name}:{value}\n" for name, value in headers), names, body,
        )
    )  # fmt: skip
    day = f"{stamp[:8]}/{how.region}/{how.service}/aws4_request"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", stamp, day, sha256(canonical.encode()).hexdigest()))
    signing = b"AWS4" + secret.encode()
    for part in day.split("/"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signature = hmac.digest(signing, to_sign.encode(), "sha256").hex()
    said = f"AWS4-HMAC-SHA256 Credential={key}/{day}, SignedHeaders={names}, Signature={signature}"
    return request._replace(headers=(*request.headers, *added, ("authorization", said)))


def _path(path: str, service: str) -> str:
    # Encoded once more than it is sent, everywhere but in S3.
    return path or "/" if service == "s3" else quote(path or "/", safe="/-_.~")


def _query(query: str) -> str:
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


class _Token(NamedTuple):
    value: str
    until: float
    """``time.monotonic()`` at which it is no longer used."""


class Signer:
    """Signs the requests of one target; tokens live in here, and nowhere else, until they expire.

    ``reveal`` gives the secret of a source, and is told each token, so that nothing recorded can hold one.
    """

    def __init__(
        self,
        reveal: Callable[[str], str],
        remember: Callable[[str], None],
        client: Callable[[], "HttpClient"],
    ) -> None:
        self._reveal, self._remember, self._client = reveal, remember, client
        self._tokens: dict[OAuth2, _Token] = {}

    def sign(self, request: "Request", how: SigV4 | OAuth2, timeout_s: float) -> "Request":
        """The request with what it lacks. Raises :class:`SecretError`, with nothing sent, where that is not to be had."""
        if isinstance(how, OAuth2):
            token = self._token(how, timeout_s)
            return request._replace(headers=(*request.headers, ("authorization", f"Bearer {token}")))
        session = self._reveal(how.session) if how.session else ""
        key, secret = self._reveal(how.key), self._reveal(how.secret)
        return sigv4(request, how, key, secret, session, datetime.now(UTC))

    def forget(self, how: SigV4 | OAuth2) -> None:
        """Get a new token next time: the other side did not take this one."""
        if isinstance(how, OAuth2):
            self._tokens.pop(how, None)

    def _token(self, how: OAuth2, timeout_s: float) -> str:
        held = self._tokens.get(how)
        if held is None or time.monotonic() >= held.until:
            held = self._tokens[how] = self._fetched(how, timeout_s)
        return held.value

    def _fetched(self, how: OAuth2, timeout_s: float) -> _Token:
        from ircockpit.net.http import Request

        secret = self._reveal(how.secret)
        # RFC 6749, 2.3.1: both parts are form-encoded before they are joined.
        basic = b64encode(f"{quote(how.client, safe='')}:{quote(secret, safe='')}".encode()).decode()
        form = "grant_type=client_credentials" + (f"&scope={quote(how.scope, safe='')}" if how.scope else "")
        headers = (
            ("authorization", f"Basic {basic}"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        )
        host = urlsplit(how.token_url).netloc
        fix = f"Check client {how.client}, its secret {how.secret} and its scope with whoever runs {host}."
        try:
            answer = self._client().send(Request("POST", how.token_url, headers, form.encode()), timeout_s)
        except CockpitError as error:
            # Whatever became of this request, the one it was for has not been sent.
            raise SecretError(f"no token was to be had: {error.what}", safe=_NOTHING) from None
        if answer.status != 200:
            raise SecretError(f"{host} gave no token: it answered {answer.status}", safe=_NOTHING, fix=fix)
        try:
            said = strict_loads(answer.body, floats=True)
            token, lives = said["access_token"], said.get("expires_in")
            bearer = str(said.get("token_type", "bearer")).lower() == "bearer"
        except (BadInput, TypeError, KeyError, AttributeError):
            token, lives, bearer = "", None, True
        if not (isinstance(token, str) and token and token.isascii() and token.isprintable() and bearer):
            raise SecretError(f"{host} answered with no bearer token", safe=_NOTHING, fix=fix)
        self._remember(token)
        stated = isinstance(lives, int | float) and not isinstance(lives, bool) and 0 < lives < LONGEST_S
        return _Token(token, time.monotonic() + (max(lives - EARLY_S, lives / 2) if stated else UNSTATED_S))
