"""The hub's own door on this machine: a program of its own, asked in one JSON object and answering in one."""

import json
import subprocess
import sys
from typing import Any

from ircockpit.core.errors import CockpitError, ExitCode, StoreError
from ircockpit.inert.gate import clean

HUB = [sys.executable, "-m", "ircockpit.hub"]
"""The hub shares no memory with a workstation, also not here: its folder never sees the root key."""


def ask_hub(words: list[str], said: Any = None) -> dict[str, Any]:
    """Run one command of the hub's own door; its refusals are raised as they were told."""
    given = json.dumps(said).encode() if said is not None else b""
    done = subprocess.run([*HUB, *words], input=given, capture_output=True, check=False)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise StoreError(
            f"the hub's own program failed: {clean(last)}", fix="run: ircockpit doctor"
        ) from None
    if "error" in answer:
        told = answer["error"]
        error = CockpitError(told["what"], safe=told["safe"], fix=told["fix"])
        error.code = ExitCode(told["code"])
        raise error
    return answer
