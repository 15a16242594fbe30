"""One prompt as a request, and one answer as what it is: an answer, a refusal, an error; all of it bounded and pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import strict_loads
from ircockpit.features.replay.events import CHAT, FAILED, OPEN, REFUSED, SILENT
from ircockpit.features.replay.rules import MODEL, Terms

if TYPE_CHECKING:
    from ircockpit.net.http import Response

TEXT_CHARS = 32 * 1024
"""Characters of an answer that are kept and judged."""
CHAT_PATH = "/v1/chat/completions"
MOST_WAIT_S = 120.0
"""Seconds that a target may ask for between two requests."""
FILTERED, SAID_SO, TOOLS, BROKE, LONG = (
    "its own filter cut it", "it says so itself", "it asks for a tool", "it broke off with an error",
    f"only {TEXT_CHARS:,} characters of it are kept",
)  # fmt: skip
"""What is noted of an answer with words in it that are judged all the same: what was let through counts."""
_FILTERS = ("content_filter", "content_policy_violation")
_MOST_EVENTS = 20_000
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
    model: str = ""
    """What model it says that it is of; empty where it says none, or what is no name."""


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
    value = _value(response.body)
    if response.status != 200:
        if _is_filtered(value):
            return Said(REFUSED, why="its own filter took the prompt back")
        why = "it turned the request away for now" if response.status in (429, 503) else "it is no answer"
        if 300 <= response.status < 400:
            why = "it leads elsewhere, and nobody went there"
        return Said(FAILED, why=f"status {response.status}: {why}", wait_s=wait_s)
    if value is None and terms.api == CHAT and "event-stream" in response.headers.get("content-type", ""):
        value = _streamed(response.body)
        if value is None:
            return Said(SILENT, why="a stream that broke off before its end", tokens=expected(prompt, terms))
    if value is None:
        packed = response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity")
        return Said(
            FAILED,
            why=f"status 200 with what is {'packed, though nobody asked for that' if packed else 'not JSON'}",
        )
    found = _chat(value) if terms.api == CHAT else _infer(value)
    spent = _tokens(value) or (len(prompt) + len(found.text)) // _CHARS_PER_TOKEN + 1
    if len(found.text) > TEXT_CHARS and found.kind == OPEN:
        found = found._replace(why=LONG)
    return found._replace(text=found.text[:TEXT_CHARS], tokens=spent, model=_model(value))


def expected(prompt: str, terms: Terms) -> int:
    """Tokens that a request may have cost whose answer nobody has: as many as it was allowed."""
    return len(prompt) // _CHARS_PER_TOKEN + 1 + terms.length


def _value(raw: bytes) -> Any:
    """The JSON of a body; ``None`` where it is none."""
    try:
        return strict_loads(raw, floats=True)
    except BadInput:
        return None


def _streamed(raw: bytes) -> Any:
    """A stream of chunks, which nobody asked for, as the answer they make together; ``None`` where its end is missing."""
    said: dict[str, str] = {"content": "", "refusal": ""}
    calls: list[Any] = []
    whole, last = False, {"finish_reason": None, "usage": None, "model": ""}
    for row in raw.replace(b"\r\n", b"\n").split(b"\n", _MOST_EVENTS)[:_MOST_EVENTS]:
        data = row.removeprefix(b"data:").strip() if row.startswith(b"data:") else b""
        if data == b"[DONE]":
            whole = True
        elif data and (event := _value(data)) is not None:
            if _of(event, "error") is not None:
                return event
            choice = _first(_of(event, "choices"))
            delta = _of(choice, "delta")
            for name in said:
                said[name] += _text(_of(delta, name))
            calls += _rows(_of(delta, "tool_calls"))
            last["finish_reason"] = _of(choice, "finish_reason") or last["finish_reason"]
            last["usage"], last["model"] = (
                _of(event, "usage") or last["usage"],
                _of(event, "model") or last["model"],
            )
    message = {**said, "tool_calls": calls}
    return (
        {**last, "choices": [{"message": message, "finish_reason": last["finish_reason"]}]} if whole else None
    )


def _chat(value: Any) -> Said:
    choice = _first(_of(value, "choices"))
    message = _of(choice, "message")
    if not isinstance(message, Mapping):
        if _is_filtered(value):
            return Said(REFUSED, why="its own filter took the prompt back")
        wrong = "an error in it" if _of(value, "error") is not None else "no message in it"
        return Said(FAILED, why=f"status 200 with {wrong}")
    spoken, called = _text(message.get("content")), _calls(message)
    text = "\n".join(each for each in (spoken, called) if each.strip())
    refusal = message.get("refusal") if isinstance(message.get("refusal"), str) else ""
    ended = _of(choice, "finish_reason")
    note = SAID_SO if refusal else FILTERED if ended == "content_filter" else ""
    if not text:
        return Said(REFUSED, refusal or "", why=note) if note else Said(SILENT, why="an answer without words")
    if ended == "error":
        note = note or BROKE
    return Said(OPEN, text, why=note or ("" if spoken.strip() else TOOLS))


def _calls(message: Mapping[str, Any]) -> str:
    """What tools a message calls and with what: what an agent does is no less than what it says."""
    functions = [_of(each, "function") for each in _rows(message.get("tool_calls"))[:64]]
    old = [message["function_call"]] if "function_call" in message else []
    said = [(_of(each, "name"), _of(each, "arguments")) for each in (*functions, *old)]
    return "\n".join(" ".join(each for each in pair if isinstance(each, str)) for pair in said).strip()


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
    return any(_of(error, name) in _FILTERS for name in ("code", "type"))


def _tokens(value: Any) -> int:
    total = _of(_of(value, "usage"), "total_tokens")
    return total if isinstance(total, int) and not isinstance(total, bool) and 0 < total < 10**9 else 0


def _model(value: Any) -> str:
    """What an answer says it is of: of Open Inference with the version."""
    name, version = _of(value, "model") or _of(value, "model_name"), _of(value, "model_version")
    said = f"{name}:{version}" if isinstance(version, str) and version else name
    return said if isinstance(said, str) and MODEL.fullmatch(said) else ""


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds of ``Retry-After``, in either of its forms (RFC 9110, section 10.2.3); anything else is taken for none.

    A date is held against the answer's own ``Date``, so that no clock of this machine has a part in it.
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said[:6]), MOST_WAIT_S)
    until, now = _moment(said), _moment(headers.get("date", "")) or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), MOST_WAIT_S) if until else 0.0


def _moment(said: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None
