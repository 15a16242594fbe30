"""One prompt as a request, and one answer as what it is: an answer, a refusal, an error; all of it bounded and pure."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import strict_loads
from ircockpit.features.replay.events import CHAT, FAILED, OPEN, REFUSED, SILENT
from ircockpit.features.replay.rules import Terms

if TYPE_CHECKING:
    from ircockpit.net.http import Response

TEXT_CHARS = 32 * 1024
"""Characters of an answer that are kept and judged."""
CHAT_PATH = "/v1/chat/completions"
MOST_WAIT_S = 120.0
"""Seconds that a target may ask for between two requests."""
_CHARS_PER_TOKEN = 3
"""Where a target does not count tokens they are counted high, so that the cap holds."""


class Said(NamedTuple):
    """What came of one request."""

    kind: str
    """``open`` where it is an answer that is still to be judged."""
    text: str = ""
    why: str = ""
    """In words of this program alone."""
    tokens: int = 0
    wait_s: float = 0.0
    """Seconds the target asks to be left alone."""


def address(base: str, terms: Terms) -> str:
    """Where the requests of a run go, below the address of the data plane that this device has accepted."""
    root = base.rstrip("/")
    if terms.api == CHAT:
        return root + (CHAT_PATH.removeprefix("/v1") if root.endswith("/v1") else CHAT_PATH)
    return f"{root}/v2/models/{quote(terms.model, safe='')}/infer"


def body(prompt: str, terms: Terms) -> bytes:
    """The request's body, in ASCII."""
    said: dict[str, Any]
    if terms.api == CHAT:
        said = {
            "model": terms.model or "default", "messages": [{"role": "user", "content": prompt}],
            "max_tokens": terms.length, "stream": False,
        }  # fmt: skip
    else:
        given = {"name": terms.input, "shape": [1], "datatype": "BYTES", "data": [prompt]}
        said = {"inputs": [given], "parameters": {"max_tokens": terms.length}}
    return json.dumps(said, ensure_ascii=True).encode("ascii")


def read(response: "Response", prompt: str, terms: Terms) -> Said:
    """What a whole answer is. Never raises for what a target may send."""
    wait_s = _wait(response.headers)
    try:
        value = strict_loads(response.body, floats=True)
    except BadInput:
        value = None
    if response.status != 200:
        if _is_filtered(value):
            return Said(REFUSED, why="its own filter took the prompt back")
        why = "it turned the request away for now" if response.status in (429, 503) else "it is no answer"
        if 300 <= response.status < 400:
            why = "it leads elsewhere, and nobody went there"
        return Said(FAILED, why=f"status {response.status}: {why}", wait_s=wait_s)
    if value is None:
        return Said(FAILED, why="status 200 with what is not JSON")
    found = _chat(value) if terms.api == CHAT else _infer(value)
    spent = _tokens(value) or (len(prompt) + len(found.text)) // _CHARS_PER_TOKEN + 1
    return found._replace(text=found.text[:TEXT_CHARS], tokens=spent)


def _chat(value: Any) -> Said:
    choice = _first(_of(value, "choices"))
    message = _of(choice, "message")
    if not isinstance(message, Mapping):
        return Said(FAILED, why="status 200 without a message")
    text = _text(message.get("content"))
    if isinstance(message.get("refusal"), str) and message["refusal"]:
        return Said(REFUSED, text or message["refusal"], why="it says so itself")
    if _of(choice, "finish_reason") == "content_filter":
        return Said(REFUSED, text, why="its own filter cut it")
    return Said(OPEN, text) if text.strip() else Said(SILENT, why="an answer without words")


def _infer(value: Any) -> Said:
    outputs = _of(value, "outputs")
    if not isinstance(outputs, list):
        return Said(FAILED, why="status 200 without outputs")
    data = [each for output in outputs[:64] for each in _flat(_of(output, "data"))]
    text = "\n".join(each for each in data if isinstance(each, str))
    return Said(OPEN, text) if text.strip() else Said(SILENT, why="an answer without words")


def _flat(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return []
    return [inner for each in value[:256] for inner in (each[:256] if isinstance(each, list) else [each])]


def _text(content: Any) -> str:
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if isinstance(_of(part, "text"), str))
    return content if isinstance(content, str) else ""


def _is_filtered(value: Any) -> bool:
    error = _of(value, "error")
    return "content_filter" in (_of(error, "code"), _of(error, "type"))


def _tokens(value: Any) -> int:
    total = _of(_of(value, "usage"), "total_tokens")
    return total if isinstance(total, int) and not isinstance(total, bool) and 0 < total < 10**9 else 0


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds of ``Retry-After``; a date or anything else is taken for none."""
    said = headers.get("retry-after", "").strip()
    return min(float(said), MOST_WAIT_S) if said.isascii() and said.isdigit() and len(said) < 6 else 0.0


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None
