"""Looks for a pattern in texts: a program of its own, so that a pattern that never ends can be ended.

It is started as a file and imports nothing of ircockpit. What it prints is one digit for each text.
"""

import json
import re
import sys


def main() -> None:
    """Read ``[pattern, whole, [text, …]]`` and print ``1`` or ``0`` for each text.

    With ``whole`` all of a text has to be of the pattern; else it is looked for in it, in either case of letters.
    """
    pattern, whole, texts = json.load(sys.stdin)
    found = re.compile(pattern, 0 if whole else re.IGNORECASE)
    looks = found.fullmatch if whole else found.search
    sys.stdout.write("".join("1" if looks(text) else "0" for text in texts))


if __name__ == "__main__":
    main()
