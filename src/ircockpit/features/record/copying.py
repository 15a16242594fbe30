"""Copying: an id, or a record as safe text, to the clipboard as far as there is one, and always to a file."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TextIO

from ircockpit.command.action import Result
from ircockpit.features.record.texts import Thing, thing
from ircockpit.inert.clipboard import sequence
from ircockpit.inert.foreign import unread
from ircockpit.inert.gate import CLIPBOARD_BYTES, clean, clipboard, summary
from ircockpit.render.span import Span
from ircockpit.store.profile import Profile, write_file
from ircockpit.store.workstation import Workstation

PATIENCE_S = 1.0
"""Seconds that a program beside the terminal gets to take a text."""
LINE_CHARACTERS = 2000
"""Characters of one line that are copied."""
_UNSURE = {
    "sent to the terminal": "; if it took it, nobody can tell",
    "to tmux": "; if its terminal took it, nobody can tell",
}
"""What is not known of where a text was sent."""
_HASH = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def copy(station: Workstation, *, target: str, record: bool = False) -> Result:
    """Copy the id of a thing, or its record as safe text. Raises :class:`NotFound`."""
    found = thing(station.view, target)
    text = safe_text(found) if record else found.short
    ways = hand_over(station.profile, text, os.environ, _at_terminal())
    data = {"id": found.ident, "kind": found.kind, "text": text, "file": str(station.profile.copied)}
    lines = tuple((Span(line),) for line in text.split("\n"))
    return Result(data, lines, said(str(station.profile.copied), ways))


def safe_text(found: Thing) -> str:
    """All that is held of a thing as lines anybody may see: gated, with what identifies or opens a door masked."""
    lines = [f"{found.short} {found.kind}"]
    for name, raw in found.texts:
        first, *more = map(_masked, raw.split("\n"))
        lines += [f"{clean(name)}: {first}", *(f"  {line}" for line in more)]
    return _cut(lines)


def safe_lines(lines: Iterable[str]) -> str:
    """Lines that stand on a screen, masked in the same way."""
    return _cut([_masked(line) for line in lines])


def _cut(lines: list[str]) -> str:
    """As many whole lines as a clipboard takes, with one that says how many are missing."""
    text = "\n".join(lines)
    if len(text.encode()) <= CLIPBOARD_BYTES:
        return text
    kept: list[str] = []
    room = CLIPBOARD_BYTES - 100
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, f"[{len(lines) - len(kept):,} more lines are left out]"])


def hand_over(
    profile: Profile, text: str, env: Mapping[str, str], write: Callable[[str], None] | None
) -> tuple[str, ...]:
    """Put a text into ``copied.txt``, then to whatever takes it here; returns where it went, in words.

    ``write`` sends a sequence to the terminal, ``None`` where there is none. Raises :class:`BadInput` for a text that
    is too long, and then nothing is copied; :class:`StoreError` where the file cannot be written.
    """
    safe = clipboard(text)
    write_file(profile.copied, (safe + "\n").encode())
    ways: list[str] = []
    if _is_local(env) and _beside(lambda: _to_display(safe)):
        ways.append("in this display's clipboard")
    elif env.get("TMUX") and _to_tmux(safe):
        # By default tmux drops what a program in it sends the terminal for its clipboard, but not what it is given.
        ways.append("to tmux")
    elif write is not None:
        write(sequence(safe, env))
        ways.append("sent to the terminal")
    return tuple(ways)


def said(place: str, ways: tuple[str, ...]) -> str:
    """Where a text went, honestly, in what fits a line of 80 columns behind a short id."""
    return ", ".join((f"in {place}", *(f"{way}{_UNSURE.get(way, '')}" for way in ways)))


def _masked(raw: str) -> str:
    if _HASH.fullmatch(raw):
        return raw  # an id or a hash of the record, which opens no door
    return summary(unread(raw), LINE_CHARACTERS)


def _at_terminal() -> Callable[[str], None] | None:
    stream = sys.__stderr__
    if stream is None or sys.stderr is not stream or not stream.isatty():
        return None  # in the cockpit the terminal is the screen's, which sends what its keys copy
    return partial(_write, stream)


def _write(stream: TextIO, raw: str) -> None:
    stream.write(raw)
    stream.flush()


def _is_local(env: Mapping[str, str]) -> bool:
    """Whether the display is this machine's own: over SSH a clipboard here is nobody's."""
    there = env.get("DISPLAY") or env.get("WAYLAND_DISPLAY") or sys.platform == "darwin"
    return bool(there) and not (env.get("SSH_CONNECTION") or env.get("SSH_TTY"))


def _to_display(text: str) -> None:
    import pyperclip  # type: ignore[import-untyped]  # looks for programs when it is imported

    pyperclip.copy(text)


def _beside(act: Callable[[], None]) -> bool:
    """Whether an act ended well in a moment; a display that hangs must not hold a key up."""
    done = threading.Event()

    def run() -> None:
        with suppress(Exception):  # pyperclip raises its own and those of what it runs
            act()
            done.set()

    threading.Thread(target=run, name="clipboard", daemon=True).start()
    return done.wait(PATIENCE_S)


def _to_tmux(text: str) -> bool:
    try:
        subprocess.run(
            ["tmux", "load-buffer", "-w", "-"], input=text.encode(), capture_output=True, timeout=PATIENCE_S, check=True
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return True
