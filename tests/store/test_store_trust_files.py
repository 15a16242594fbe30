"""What several commands accept at once is all accepted: files that are read, changed and written hold the lock meanwhile."""

import os
import subprocess
import sys
from pathlib import Path

from tests.store.profiles import open_station

from ircockpit.features.containment import shelf

MANY = 40
TRUST = """
import sys
from contextlib import nullcontext
from pathlib import Path
from ircockpit.features.containment import shelf
from ircockpit.store.profile import Profile
home, word, how = sys.argv[1:]
if how == "unlocked":
    Profile.lock = lambda self: nullcontext()
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    shelf.trust(Profile(Path(home)), f"{word}-{number}")
"""


def kept(repository: Path, home: Path, how: str) -> int:
    """How many of what four commands trusted at once is trusted in the end."""
    started = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", TRUST, str(home), word, how],
            env={**os.environ, "PYTHONPATH": str(repository / "src")},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for word in "abcd"
    ]  # fmt: skip
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    for each in started:
        each.communicate(timeout=60)
        assert each.returncode == 0
    with open_station(home) as station:
        return len(shelf._trusted(station.profile))


def test_what_four_commands_trust_at_once_is_all_trusted(repository: Path, home: Path) -> None:
    open_station(home).close()
    assert kept(repository, home, "locked") == 4 * MANY


def test_without_the_lock_some_of_it_is_forgotten(repository: Path, home: Path) -> None:
    """Control: what the lock is for."""
    open_station(home).close()
    assert kept(repository, home, "unlocked") < 4 * MANY
