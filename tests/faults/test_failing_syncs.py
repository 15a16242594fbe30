"""Real commands whose syncs fail in the system itself: a sentence, nothing acknowledged is lost, and the next one works."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Say
from tests.e2e.plain import plain
from tests.e2e.stage import command, ok

from ircockpit.core.errors import ExitCode

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no strace"),
]

SYNCS = "fsync,fdatasync"
FIRST = range(1, 9)
"""Which sync of the process is the first to fail."""


@pytest.fixture
def failing(tmp_path: Path, need_program: Callable[[str, str], str]) -> Callable[[int, str], tuple[str, ...]]:
    """The words before a command whose syncs fail from the n-th on, or only the n-th."""
    strace = need_program("strace", "apt install strace")
    tried = subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip("elsewhere: no process may be traced here")

    def words(first: int, more: str) -> tuple[str, ...]:
        inject = f"inject={SYNCS}:error=EIO:when={first}{more}"
        return (strace, "-f", "-qq", "-o", os.devnull, "-e", f"trace={SYNCS}", "-e", inject)

    return words


@pytest.mark.parametrize("more", ["+", ""], ids=["for good", "once"])
def test_a_command_whose_syncs_fail(
    tmp_path: Path, failing: Callable[[int, str], tuple[str, ...]], more: str, say: Say
) -> None:
    home = tmp_path / "home"
    ident = str(ok(home, "open", "wrong dose")["short"])
    acknowledged, refused = [], []
    for first in FIRST:
        text = f"note {first}"
        done = command(home, "note", ident, text, before=failing(first, more))
        if done.code == ExitCode.OK:
            acknowledged.append(text)
            continue
        said = plain(done)
        assert done.code == ExitCode.DAMAGED, said
        assert "Traceback" not in said
        assert "check" in said
        refused.append(text)
        assert command(home, "note", ident, f"after {first}").code == ExitCode.OK, (
            "nothing is to be mended by hand"
        )
        acknowledged.append(f"after {first}")
    there = [str(row["text"]) for row in ok(home, "timeline", ident)]
    assert [text for text in acknowledged if there.count(text) != 1] == []
    assert [text for text in refused if there.count(text) > 1] == []
    assert command(home, "verify").code == ExitCode.OK
    say(
        f"syncs failing {more or 'once'}: {len(refused)} of {len(FIRST)} notes refused,"
        f" {len(acknowledged)} acknowledged, none lost"
    )
    assert refused, "no sync of a note failed"
