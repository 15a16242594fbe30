"""Signing in: a nonce signed by the device key buys a short-lived token; the hub keeps nothing about either."""

import hashlib
import hmac
from collections.abc import Callable

from ircockpit.core.clock import Clock
from ircockpit.core.errors import TrustError

NONCE_US = 120 * 1_000_000
TOKEN_US = 30 * 60 * 1_000_000


class SignedOutError(TrustError):
    """What was shown is no longer valid, or never was: whoever has the key signs in again."""


class Sessions:
    """Nonces and tokens with a MAC instead of a table, so that any process of the hub knows them.

    Their age is measured on the hub's own clock alone; a workstation's clock may say what it likes.
    """

    def __init__(self, secret: bytes, clock: Clock, rand: Callable[[int], bytes]) -> None:
        self._key = hashlib.sha256(b"ircockpit/session-secret/1\0" + secret).digest()
        self._clock = clock
        self._rand = rand

    def challenge(self) -> str:
        """A fresh nonce."""
        return self._seal("nonce", self._rand(16).hex(), NONCE_US)

    def check_challenge(self, nonce: str) -> None:
        """Raise :class:`SignedOutError` for a nonce this hub did not give out lately."""
        self._open("nonce", nonce)

    def token(self, device: str) -> str:
        """A token for a device that has signed in."""
        return self._seal("token", device, TOKEN_US)

    def device(self, token: str) -> str:
        """The device a token was given to; raises :class:`SignedOutError` where it is none or too old."""
        return self._open("token", token)

    def _seal(self, kind: str, word: str, lifetime_us: int) -> str:
        body = f"{word}.{self._clock.wall_us() + lifetime_us}"
        return f"{body}.{self._mac(kind, body)}"

    def _open(self, kind: str, text: str) -> str:
        body, _, mac = text.rpartition(".")
        word, _, until = body.rpartition(".")
        good = hmac.compare_digest(mac.encode("utf-8", "replace"), self._mac(kind, body).encode())
        if not good or int(until) < self._clock.wall_us():
            raise SignedOutError(f"this {kind} is not valid or is too old")
        return word

    def _mac(self, kind: str, body: str) -> str:
        message = f"{kind}\0{body}".encode("utf-8", "replace")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()
