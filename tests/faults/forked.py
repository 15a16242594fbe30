"""Run as a program: does commands of the program in forked children and kills each at a random moment.

``forked.py SEED WORD…`` does one command to its end, then reads a JSON list of words from each line of standard input;
for each it answers with one line: the exit code (negative for a kill) and what the command wrote. Forking spares the
start of an interpreter, so that the kills fall into the work.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import redirect_stdout

from ircockpit.cli.main import run


def child(words: list[str], out: int) -> None:
    os.dup2(out, 1)
    os.dup2(out, 2)
    code = 1
    try:
        code = run(words)
    finally:
        sys.stdout.flush()
        os._exit(code)


def main(seed: str, *warming: str) -> None:
    rng = random.Random(int(seed))  # noqa: S311 - when to kill, no secret
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        assert run(list(warming)) == 0  # what a command imports is imported once, here
    longest = 0.1
    for line in sys.stdin:
        words = json.loads(line)
        with tempfile.TemporaryFile() as out:
            pid = os.fork()
            if pid == 0:
                child(words, out.fileno())
            time.sleep(rng.uniform(0, longest))
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            out.seek(0)
            said = out.read().decode("utf-8", "replace")
        code = os.waitstatus_to_exitcode(status)
        longest *= 1.06 if code else 0.8  # about one in four comes through, however busy the machine is
        sys.stdout.write(json.dumps([code, said]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
