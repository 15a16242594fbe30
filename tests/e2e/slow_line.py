"""A line of 64 kbit/s: runs a program on a terminal of 80 by 24 and passes on what it writes no faster than that."""

import os
import pty
import sys
import time

BYTES_PER_S = 8_000
PIECE = 200
"""Bytes passed on in one go, 25 ms of the line."""
SIZED = 'stty cols 80 rows 24; exec "$@"'


def passed_on(terminal: int) -> bytes:
    """The next piece, once the line has carried it."""
    piece = os.read(terminal, PIECE)
    time.sleep(len(piece) / BYTES_PER_S)
    return piece


if __name__ == "__main__":
    sys.exit(os.waitstatus_to_exitcode(pty.spawn(["sh", "-c", SIZED, "sh", *sys.argv[1:]], passed_on)))
