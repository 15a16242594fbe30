"""What a server said in a recorded trial, said again: a transport without a network, for tests of connectors."""

import json
from pathlib import Path
from typing import Any

from ircockpit.core.errors import RefusedError
from ircockpit.features.containment.engine.request import PlannedRequest, bound
from ircockpit.net.http import Response, UnknownOutcome


class Replayed:
    """Answers each request as it was answered then, in the order of then; a request that was never made is refused."""

    trust = "recorded"

    def __init__(self, path: Path) -> None:
        self._left: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
        self.unasked = len(self._left)

    def send(self, request: PlannedRequest, timeout_s: float) -> Response:
        """See :class:`ircockpit.features.containment.engine.transport.Transport`."""
        wanted = {"plane": request.plane, **json.loads(json.dumps(bound(request)))}
        for place, each in enumerate(self._left):
            if each["request"] == wanted:
                # How often a state is polled depends on the machine, so the last answer may be given again.
                more = any(other["request"] == wanted for other in self._left[place + 1 :])
                answer = (self._left.pop(place) if more else each)["answer"]
                self.unasked = len(self._left)
                if answer is None:
                    raise UnknownOutcome("no answer came when this was recorded")
                return Response(answer["status"], answer["headers"], answer["body"].encode(), 1000)
        raise RefusedError(f"never recorded: {request.method} {request.url}", safe="Nothing was sent.")

    def reveal(self, uri: str) -> str:
        """See :class:`ircockpit.features.containment.engine.transport.Transport`."""
        return uri

    def redact(self, text: str) -> str:
        """See :class:`ircockpit.features.containment.engine.transport.Transport`."""
        return text
