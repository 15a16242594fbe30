"""Keeps a helper process of the demo from outliving the demo: its standard input is the leash."""

import os
import runpy
import signal
import sys
import threading
from collections.abc import Callable

LAST_S = 3.0
"""Seconds a helper gets to end by itself once it was let go."""


def hear(cue: Callable[[str], None] = lambda _: None) -> None:
    """Listen to standard input from now on: each line is a cue; at its end this process ends.

    The end also comes when whoever started the helper was killed, whatever the signal.
    """
    threading.Thread(target=_listen, args=(cue,), name="leash", daemon=True).start()


def _listen(cue: Callable[[str], None]) -> None:
    for line in sys.stdin:
        cue(line.strip())
    end = threading.Timer(LAST_S, os._exit, (1,))
    end.daemon = True
    end.start()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """``python -m ircockpit.demo.leash MODULE WORDS…`` runs a module on the leash."""
    hear()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
