"""Exchanges of a trial kept as files for tests: what was asked and answered, without secrets and without what is redacted."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ircockpit.core.errors import BadInput, StoreError
from ircockpit.core.jsontext import canonical, strict_loads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ircockpit.features.containment.engine.request import PlannedRequest
    from ircockpit.features.containment.engine.spec import Action
    from ircockpit.features.containment.engine.transport import Transport
    from ircockpit.net.http import Response

_CARRIES_SECRETS = ("set-cookie", "www-authenticate", "authentication-info")


class Recorder:
    """A transport that sends by another one and keeps what came of it."""

    def __init__(self, inner: "Transport") -> None:
        self._inner = inner
        self._redact: Sequence[str] = ()
        self._kept: list[dict[str, Any]] = []

    @property
    def trust(self) -> str:
        """See :class:`Transport`."""
        return self._inner.trust

    def send(self, request: "PlannedRequest", timeout_s: float) -> "Response":
        """See :class:`Transport`; what raises is kept as silence."""
        from ircockpit.features.containment.engine.request import bound

        asked = strict_loads(self.redact(canonical(bound(request)).decode()).encode())
        kept: dict[str, Any] = {"request": {"plane": request.plane, **asked}, "answer": None}
        self._kept.append(kept)
        answer = self._inner.send(request, timeout_s)
        kept["answer"] = {
            "status": answer.status,
            "headers": {
                name: self.redact(value)
                for name, value in sorted(answer.headers.items())
                if name not in _CARRIES_SECRETS
            },
            "body": self.redact(self._safe(answer.body)),
        }
        return answer

    def reveal(self, uri: str) -> str:
        """See :class:`Transport`."""
        return self._inner.reveal(uri)

    def redact(self, text: str) -> str:
        """See :class:`Transport`."""
        return self._inner.redact(text)

    def begin(self, action: "Action") -> None:
        """From here on the exchanges are those of an action."""
        probe = [action.verify.probe] if action.verify.probe is not None else []
        asks = [*action.resolve, action.read, *action.apply, *action.revert, *probe]
        self._redact = sorted({path for ask in asks for path in ask.redact})
        self._kept = []

    def write(self, folder: Path, name: str) -> Path:
        """Write what was kept since :meth:`begin`. Raises :class:`StoreError`."""
        path = folder / f"{name}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self._kept, indent=1) + "\n", "utf-8")
        except OSError as error:
            raise StoreError(f"the exchanges cannot be written: {error.strerror}: {path}") from None
        return path

    def _safe(self, body: bytes) -> str:
        if not self._redact:
            return body.decode("utf-8", "replace")
        from ircockpit.features.containment.engine.answer import take_out

        try:
            value = strict_loads(body, floats=True)
        except BadInput:
            return ""  # what is no JSON cannot be redacted by path
        take_out(value, self._redact)
        return canonical(value).decode()
