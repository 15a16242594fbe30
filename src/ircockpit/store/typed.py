"""Lines typed before, for Up and Down: a small file of the profile that nothing depends on."""

from contextlib import suppress
from pathlib import Path

from ircockpit.core.errors import StoreError
from ircockpit.store.profile import write_file

MOST = 200
"""Lines that are kept."""
LONGEST = 200
"""Characters of a line that is kept; a longer one is not."""
_LARGEST = MOST * (LONGEST * 4 + 1)


def lines(path: Path) -> tuple[str, ...]:
    """What was typed, the newest last; nothing where there is no such file, or none that can be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST)
    except OSError:
        return ()
    return tuple(
        line for line in raw.decode("utf-8", "replace").split("\n") if line and len(line) <= LONGEST
    )[-MOST:]


def add(path: Path, line: str) -> None:
    """Keep one more line, once; that it cannot be kept is nobody's trouble."""
    if not line or len(line) > LONGEST or "\n" in line:
        return
    before = [each for each in lines(path) if each != line]
    with suppress(StoreError):
        write_file(path, "".join(f"{each}\n" for each in [*before, line][-MOST:]).encode())
