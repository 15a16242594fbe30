"""What a command prints: data to standard output, narration to standard error, all through the gate."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TextIO

from ircockpit.command.action import Result, Rows
from ircockpit.core.errors import CockpitError, ExitCode
from ircockpit.inert.gate import clean
from ircockpit.inert.output import is_unicode, to_ascii
from ircockpit.render.span import plain

END_CHARS = 180
"""Characters kept of either end of a sentence that is longer than two of them."""


def print_result(result: Result, *, as_json: bool, ascii_only: bool = False) -> None:
    """Print an action's result.

    JSON is pure ASCII: its escapes are inert on any terminal and exact for programs.
    """
    if as_json or result.lines:
        _print(result, as_json, ascii_only)
    if result.said:
        say(result.said)


def _print(result: Result, as_json: bool, ascii_only: bool) -> None:
    if sys.stdout is None:
        raise CockpitError(
            "standard output is closed, so the result could not be printed", safe="what was done is kept",
            fix="run it again with its output open where the result is needed",
        )  # fmt: skip
    if as_json:
        last = ""
        for piece in _pieces(result.data):
            sys.stdout.write(last)
            last = piece
        sys.stdout.write(last + "\n")
    else:
        for line in result.lines:
            _write(sys.stdout, plain(line).rstrip(" "), ascii_only)
    sys.stdout.flush()


def _pieces(data: Any) -> Iterator[str]:
    """The JSON of an action's data: what is read row by row is written row by row."""
    if isinstance(data, Rows):
        yield "["
        for at, row in enumerate(data):
            yield (", " if at else "") + _json(row)
        yield "]"
    elif isinstance(data, dict) and any(isinstance(each, Rows) for each in data.values()):
        for at, (name, each) in enumerate(data.items()):
            yield f"{', ' if at else '{'}{_json(name)}: "
            yield from _pieces(each)
        yield "}"
    else:
        yield _json(data)


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=True, separators=(", ", ": "))


def say(text: str) -> None:
    """One sentence of narration on standard error; where that is closed or full, the exit code must do."""
    if sys.stderr is not None:
        with suppress(OSError):
            _write(sys.stderr, text, ascii_only=False)
            sys.stderr.flush()


def fail(error: CockpitError) -> int:
    """Tell an expected failure: what happened, what is safe, what to do. Returns the exit code."""
    head, *rest = map(_both_ends, error.sentences())
    say(f"ircockpit: {head}")
    for sentence in rest:
        say(f"  {sentence}")
    return int(error.code or ExitCode.FAILED)


def _both_ends(sentence: str) -> str:
    """A sentence without the middle of what somebody pasted into it."""
    return sentence if len(sentence) <= 2 * END_CHARS else f"{sentence[:END_CHARS]}…{sentence[-END_CHARS:]}"


def drop_output() -> None:
    """Forget what standard output could not take: the interpreter would fail on it once more when it ends."""
    if sys.stdout is not None:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(stream: TextIO, text: str, ascii_only: bool) -> None:
    shown = clean(text)
    if ascii_only or not is_unicode(stream.encoding, os.environ.get("TERM", "")):
        shown = to_ascii(shown)
    stream.write(shown + "\n")
