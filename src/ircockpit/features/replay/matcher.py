"""Looks for a pattern in texts: a program of its own, so that a pattern that never ends can be ended.

It is started as a file and imports nothing of ircockpit. What it prints is one digit for each text.
"""

import json
import re
import sys


def main() -> None:
    """Read ``[pattern, [text, …]]`` and print ``1`` or ``0`` for each text."""
    pattern, texts = json.load(sys.stdin)
    found = re.compile(pattern, re.IGNORECASE)
    sys.stdout.write("".join("1" if found.search(text) else "0" for text in texts))


if __name__ == "__main__":
    main()
