"""How requests to a target show who sends them, as one line of a system's record; the secret is only named."""

import re
from typing import Literal, NamedTuple

from ircockpit.core.errors import BadInput

Kind = Literal["header", "bearer", "basic", "query", "sigv4", "oauth2"]

FORMS = {
    "header": "Authorization: Bearer env:GATEWAY_TOKEN",
    "bearer": "bearer env:GATEWAY_TOKEN",
    "basic": "basic responder env:GATEWAY_PASSWORD",
    "query": "query api_key env:GATEWAY_KEY",
    "sigv4": "sigv4 eu-central-1 wafv2 env:AWS_ACCESS_KEY_ID env:AWS_SECRET_ACCESS_KEY",
    "oauth2": "oauth2 https://login.example.org/token responder env:CLIENT_SECRET control.write",
}
"""One of each kind, as people write them."""
_COUNTS = {"bearer": (1, 1), "basic": (2, 2), "query": (2, 2), "sigv4": (4, 5), "oauth2": (3, 9)}
_SECRETS = {
    "header": (2, 3),
    "bearer": (0, 1),
    "basic": (1, 2),
    "query": (1, 2),
    "sigv4": (2, 5),
    "oauth2": (2, 3),
}
"""Which of the words that follow name secrets: from, to."""
_SOURCE = re.compile(r"[a-z]+:.+")


class Stated(NamedTuple):
    """What such a line says."""

    kind: Kind
    words: tuple[str, ...]
    """What follows the kind; for a header its name, what stands before the secret, and the secret's source."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The sources it names."""
        begins, ends = _SECRETS[self.kind]
        return self.words[begins:ends]


def read_auth(text: str) -> Stated:
    """Read such a line. Raises :class:`BadInput` with an example for what is none."""
    first, space, rest = text.strip().partition(" ")
    if first in _COUNTS and space:
        words = tuple(rest.split())
        least, most = _COUNTS[first]
        begins, ends = _SECRETS[first]
        if not least <= len(words) <= most or not all(map(_SOURCE.fullmatch, words[begins:ends])):
            raise BadInput(f"auth of the kind {first} is not complete", fix=f"for example: {FORMS[first]}")
        return Stated(first, words)  # type: ignore[arg-type]
    header, colon, rest = text.partition(":")
    scheme, blank, source = rest.strip().rpartition(" ")
    if not colon or not header.strip() or not _SOURCE.fullmatch(source):
        raise BadInput("auth names a header and a secret source", fix=f"for example: {FORMS['header']}")
    return Stated("header", (header.strip(), scheme + blank, source))
