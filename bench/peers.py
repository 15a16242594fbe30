"""How long two admired programs made with the same library take, beside the cockpit, where they can be installed."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bench._bare_app import READY
from bench._profiles import SMALL, environment, folder, profile
from bench._runs import BARE_APP, COCKPIT, command_ms, frame_ms, in_turn
from bench._table import heading, left_out, table
from tests.support.crowd import SEEN

ROUNDS = 5
INSTALL_S = 300


class Peer(NamedTuple):
    """A program of others: what to install, how to start it, and the words of its first useful frame."""

    name: str
    wanted: tuple[str, ...]
    screen: tuple[str, ...]
    shown: str
    command: tuple[str, ...]


PEERS = (
    # Its newer tree-sitter ends it with a segmentation fault at the start.
    Peer("posting", ("posting>=2.10", "tree-sitter<0.26"), ("posting",), "Collection", ("posting", "--help")),
    Peer("harlequin", ("harlequin>=2",), ("harlequin", "-a", "sqlite"), "Query Editor", ("harlequin", "--version")),
)  # fmt: skip


def installed(peer: Peer, parent: Path) -> Path | None:
    """The folder of its programs, in an environment of its own; ``None`` where it cannot be installed."""
    place = parent / f"peer-{peer.name}"
    try:
        for words in (
            [sys.executable, "-m", "venv", str(place)],
            [str(place / "bin" / "pip"), "install", "--quiet", *peer.wanted],
        ):
            subprocess.run(
                words, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=INSTALL_S
            )
    except (OSError, subprocess.SubprocessError):
        return None
    return place / "bin"


def _started(programs: Path, words: tuple[str, ...]) -> tuple[str, ...]:
    return (str(programs / words[0]), *words[1:])


def _own(parent: Path, env: Mapping[str, str]) -> dict[str, str]:
    """A home of its own, so that no settings of this user are read or written."""
    home = parent / "peer-home"
    home.mkdir(exist_ok=True)
    names = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    return {**env, **dict.fromkeys(names, str(home))}


def main() -> None:
    with folder() as parent:
        heading("beside posting and harlequin, 80x24", parent)
        env = environment(profile(parent, SMALL))
        others = _own(parent, env)
        found = {peer: place for peer in PEERS if (place := installed(peer, parent))}
        for peer in PEERS:
            if peer not in found:
                left_out(peer.name, "it could not be installed here")
        table(
            "from start to the first useful frame",
            "ms",
            in_turn(
                ROUNDS,
                {
                    "bare Textual app, one Static": lambda: frame_ms(BARE_APP, env, READY),
                    f"ircockpit, {SMALL} rows": lambda: frame_ms(COCKPIT, env, SEEN),
                    **{
                        peer.name: lambda peer=peer, place=place: frame_ms(  # type: ignore[misc]
                            _started(place, peer.screen), others, peer.shown
                        )
                        for peer, place in found.items()
                    },
                },
            ),
        )
        table(
            "a command from start to end",
            "ms",
            in_turn(
                ROUNDS,
                {
                    "python -c pass": lambda: command_ms((sys.executable, "-c", "pass"), env),
                    "ircockpit --version": lambda: command_ms((*COCKPIT, "--version"), env),
                    "ircockpit --help": lambda: command_ms((*COCKPIT, "--help"), env),
                    **{
                        " ".join(peer.command): lambda peer=peer, place=place: command_ms(  # type: ignore[misc]
                            _started(place, peer.command), others
                        )
                        for peer, place in found.items()
                    },
                },
            ),
        )


if __name__ == "__main__":
    main()
