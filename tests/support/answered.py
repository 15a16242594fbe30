"""What real servers answered to the questions by which they are recognised, kept in a file, and asked again from there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.core.errors import DeadlineError, RefusedError
from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.engine.connector import Connector, shipped
from ircockpit.features.containment.engine.request import LINE, PlannedRequest
from ircockpit.features.containment.engine.transport import Transport
from ircockpit.net.http import Response

FILE = Path(__file__).parents[1] / "features" / "starting" / "golden" / "answers.json"
DEPTH, LENGTH = 3, 200
"""Of an answer in JSON, and of any other; what a server is recognised by lies far above both."""


class Said(NamedTuple):
    """One answer, as far as it is kept."""

    status: int
    type: str
    text: str
    errors: str = ""


Answers = dict[str, Said]
"""By what was asked."""


def connectors() -> list[Connector]:
    """All that come with the program."""
    return [shipped(name) for name in SHIPPED]


def asked(request: PlannedRequest) -> str:
    """A request without the place it went to."""
    if request.method == LINE:
        return request.body or ""
    if request.args:
        return " ".join(request.args)
    return f"{request.method} {request.url.split('/', 3)[-1]} {request.body or ''}".strip()


def pruned(value: Any, depth: int = DEPTH) -> Any:
    """A value without what lies deep, with the first one of many alike, and without paths of the machine it ran on."""
    if isinstance(value, list):
        return [pruned(each, depth - 1) for each in value[:1]] if depth else []
    if isinstance(value, dict):
        return {name: pruned(each, depth - 1) for name, each in value.items()} if depth else {}
    return "/" if isinstance(value, str) and value.startswith("/") else value


def kept(response: Response) -> Said:
    """An answer as it is kept: its form, and the beginning of its words."""
    text = response.body.decode("utf-8", "replace")
    try:
        text = json.dumps(pruned(json.loads(text)))
    except ValueError:
        text = text[:LENGTH]
    headers = response.headers
    return Said(response.status, headers.get("content-type", ""), text, headers.get("errors", "")[:LENGTH])


class Recording:
    """A transport that keeps what it is answered."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.trust = transport.trust
        self.answers: Answers = {}

    def send(self, request: PlannedRequest, timeout_s: float) -> Response:
        """See :class:`Transport`."""
        response = self._transport.send(request, timeout_s)
        self.answers[asked(request)] = kept(response)
        return response

    def reveal(self, uri: str) -> str:
        """See :class:`Transport`."""
        return self._transport.reveal(uri)

    def redact(self, text: str) -> str:
        """See :class:`Transport`."""
        return self._transport.redact(text)


class Again:
    """A transport that answers what was answered; ``otherwise`` is the answer to everything else."""

    trust = "nobody"

    def __init__(self, answers: Mapping[str, Said], otherwise: Said | None = None) -> None:
        self._answers, self._otherwise = answers, otherwise
        self.asked: list[str] = []

    def send(self, request: PlannedRequest, timeout_s: float) -> Response:
        """See :class:`Transport`."""
        name = asked(request)
        self.asked.append(name)
        said = self._answers.get(name, self._otherwise)
        if said is None:
            raise DeadlineError(f"nothing was recorded for {name}")
        headers = {"content-type": said.type, **({"errors": said.errors} if request.args else {})}
        return Response(said.status, headers, said.text.encode(), 1)

    def reveal(self, uri: str) -> str:
        """See :class:`Transport`."""
        raise RefusedError(f"{uri} is not to be known here")

    def redact(self, text: str) -> str:
        """See :class:`Transport`."""
        return text


def recorded() -> dict[str, Answers]:
    """What each server answered, by its name."""
    if not FILE.exists():
        return {}
    found = json.loads(FILE.read_text("utf-8"))
    return {name: {each: Said(*said) for each, said in answers.items()} for name, answers in found.items()}


def record(server: str, answers: Answers) -> None:
    """Keep what a server answered."""
    found = recorded() | {server: answers}
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(dict(sorted(found.items())), indent=1, ensure_ascii=False) + "\n", "utf-8")
