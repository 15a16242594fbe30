"""Calls of a program to the system that are made to fail in the system itself, by strace; and what it then asked for."""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SYNCS = "fsync,fdatasync"
WRITES = "pwrite64,write"
PATIENCE_S = 60

_CALL = re.compile(r"(\d+) +(\w+)\((.*?)(?:\) += (-?\d+)(.*)| <unfinished \.\.\.>)$")
_RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*?)\) += (-?\d+)(.*)$")
_FILE = re.compile(r"(\d+)<([^>]*)>")


def tracer(need_program: Callable[[str, str], str], skip: Callable[[str], object]) -> str:
    """Where strace is, on a machine where it may trace; skips by name elsewhere."""
    strace = need_program("strace", "apt install strace")
    tried = subprocess.run([strace, "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False)
    if tried.returncode:
        skip("elsewhere: no process may be traced here")
    return strace


def failing(
    strace: str, calls: str, error: str, paths: Sequence[Path] = (), *, when: str = "1+", out: Path
) -> tuple[str, ...]:
    """The words before a program, or before ``-p``, that make these calls fail: of all files, or of these.

    ``when`` counts the calls of each thread: ``3`` the third, ``3+`` all from there on, ``1+2`` every second.
    """
    traced = f"trace={SYNCS},pwrite64,openat,close,{calls}"
    files = [word for path in paths for word in ("-P", str(path))]
    inject = f"inject={calls}:{error}:when={when}"
    return (strace, "-f", "-y", "-s", "0", "-o", str(out), *files, "-e", traced, "-e", inject)


@contextmanager
def attached(pid: int, words: Sequence[str], said: Path) -> Iterator[None]:
    """While inside, the calls of a running process fail as told; afterwards they do no more."""
    with said.open("wb") as file:
        running = subprocess.Popen([*words, "-p", str(pid)], stderr=file)
    try:
        end = time.monotonic() + PATIENCE_S
        while b"attached" not in said.read_bytes():
            assert running.poll() is None, said.read_text()
            assert time.monotonic() < end
            time.sleep(0.01)
        yield
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(PATIENCE_S)


def asked_again(trace: Path) -> list[str]:
    """Syncs that were asked for on a handle on which one had failed before; and that one did fail."""
    failed: set[tuple[str, str]] = set()
    begun: dict[str, tuple[str, str]] = {}
    found: list[str] = []
    seen = False
    for line in trace.read_text("utf-8", "replace").splitlines():
        if resumed := _RESUMED.match(line):
            name, words = begun.pop(resumed[1], ("", ""))
            result, rest = resumed[3], resumed[4]
        elif call := _CALL.match(line):
            name, words = call[2], call[3]
            if call[4] is None:
                begun[call[1]] = (name, words)
                continue
            result, rest = call[4], call[5]
        else:
            continue
        if name == "openat":
            if opened := _FILE.match(result + rest):
                failed.discard((opened[1], opened[2]))
            continue
        file = _FILE.match(words)
        if file is None:
            continue
        handle = (file[1], file[2])
        if name == "close":
            failed.discard(handle)
        elif name in SYNCS.split(","):
            if handle in failed:
                found.append(line)
            if result == "-1":
                seen = True
                failed.add(handle)
    assert seen, "no sync failed"
    return found
