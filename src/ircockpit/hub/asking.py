"""What is asked of a hub and what it answers, apart from any web server."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput, CockpitError
from ircockpit.core.jsontext import strict_loads

BODY_BYTES = 1024 * 1024
"""Bytes of a request's JSON; a chunk of an evidence file may have :data:`manifest.CHUNK_BYTES`."""


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    """Names in lower case."""
    body: bytes = b""


class Answer(NamedTuple):
    """One answer."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)


class LimitedError(CockpitError):
    """Too much at once; the same request is welcome after ``retry_s`` seconds."""

    def __init__(self, what: str, *, safe: str = "", fix: str = "", retry_s: int = 5) -> None:
        super().__init__(what, safe=safe, fix=fix)
        self.retry_s = retry_s


def refusal(status: int, error: CockpitError, *headers: tuple[str, str]) -> Answer:
    """The answer that tells an expected failure."""
    said = {"what": error.what, "safe": error.safe, "fix": error.fix}
    return Answer(status, text_of({"error": said}), (("content-type", "application/json"), *headers))


def count_of(asked: Asked, name: str, default: int = 0) -> int:
    """A whole number of the query; raises :class:`BadInput` for anything else."""
    text = asked.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadInput(f"{name} must be a whole number")
    return int(text)


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; raises :class:`BadInput` for anything else."""
    value = strict_loads(body)
    if not isinstance(value, dict):
        raise BadInput("the request must be a JSON object")
    return value


def text_of(value: Any) -> bytes:
    """A value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def answer_of(value: Any) -> Answer:
    """The answer that says a value."""
    return Answer(200, text_of(value))
