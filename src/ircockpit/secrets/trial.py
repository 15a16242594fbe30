"""Whether a secret is to be had, found out by a process of its own: what hangs, asks or draws there harms only that one.

Run as ``python -m ircockpit.secrets.trial``: it reads a source from its input and prints what is wrong with it, as one JSON
object, empty where nothing is. The value is printed by nobody.
"""

import json
import os
import sys
from collections.abc import Mapping

from ircockpit.core.errors import SecretError
from ircockpit.secrets import child
from ircockpit.secrets.sources import TIMEOUT_S, SecretSource, resolve

GRACE_S = 2.0
"""Seconds beyond those of the source itself: a process has to start."""
_KEEP = "Only what needs this secret is disabled."


def missing(
    uri: str, *, timeout_s: float = TIMEOUT_S, environ: Mapping[str, str] | None = None
) -> SecretError | None:
    """Why a secret is not to be had on this device now, ``None`` where it is. May take a little over ``timeout_s`` seconds."""
    try:
        source = SecretSource.parse(uri)
    except SecretError as error:
        return error
    given = json.dumps([uri, timeout_s]).encode()
    argv = [sys.executable, "-P", "-m", "ircockpit.secrets.trial"]
    try:
        answer = child.run(argv, given, timeout_s + GRACE_S, os.environ if environ is None else environ)
    except SecretError as error:
        return error
    if answer is None:
        return SecretError(
            f"The source {source.uri} gave no answer within {timeout_s:g} s.", safe=_KEEP,
            fix="Find out what it waits for, or name another source.",
        )  # fmt: skip
    try:
        said = json.loads(answer.out)
        return SecretError(said["what"], safe=_KEEP, fix=said["fix"]) if said else None
    except (ValueError, TypeError, KeyError):
        return SecretError(
            f"The source {source.uri} could not be tried (code {answer.code}).",
            safe=_KEEP,
            fix="Name another source.",
        )


def main() -> None:
    """Try the source that the input names."""
    uri, timeout_s = json.load(sys.stdin)
    said = {}
    try:
        resolve(uri, timeout_s=timeout_s)
    except SecretError as error:
        said = {"what": error.what, "fix": error.fix}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
