"""What a command prints: data to standard output, narration to standard error, all through the gate."""

import json
import os
import sys
from typing import TextIO

from ircockpit.command.action import Result
from ircockpit.core.errors import CockpitError, ExitCode
from ircockpit.inert.gate import clean, cut
from ircockpit.inert.output import is_unicode, to_ascii
from ircockpit.render.span import plain

LONGEST = 2_000
"""Cells of a sentence of a failure: what it repeats of a word or file may be a megabyte."""


def print_result(result: Result, *, as_json: bool, ascii_only: bool = False) -> None:
    """Print an action's result.

    JSON is pure ASCII: its escapes are inert on any terminal and exact for programs.
    """
    if as_json:
        sys.stdout.write(json.dumps(result.data, ensure_ascii=True, separators=(", ", ": ")) + "\n")
    else:
        for line in result.lines:
            _write(sys.stdout, plain(line), ascii_only)
    sys.stdout.flush()
    if result.said:
        say(result.said)


def say(text: str) -> None:
    """One sentence of narration on standard error."""
    _write(sys.stderr, text, ascii_only=False)
    sys.stderr.flush()


def fail(error: CockpitError) -> int:
    """Tell an expected failure: what happened, what is safe, what to do. Returns the exit code."""
    head, *rest = (cut(clean(sentence), LONGEST) for sentence in error.sentences())
    say(f"ircockpit: {head}")
    for sentence in rest:
        say(f"  {sentence}")
    return int(error.code or ExitCode.FAILED)


def _write(stream: TextIO, text: str, ascii_only: bool) -> None:
    shown = clean(text)
    if ascii_only or not is_unicode(stream.encoding, os.environ.get("TERM", "")):
        shown = to_ascii(shown)
    stream.write(shown + "\n")
