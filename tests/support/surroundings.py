"""The environment of a program under test or measurement: a profile of its own, and nothing that colours a run."""

import os
from pathlib import Path

UNSET = ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES", "TMUX", "STY")
UNSET_PREFIXES = ("CLICOLOR", "TEXTUAL", "IRCOCKPIT_")
KEEP = ("IRCOCKPIT_SHARED", "IRCOCKPIT_REQUIRE_SERVERS")


def clean_environment(home: Path) -> dict[str, str]:
    """The environment without what colours, themes or redirects a run, and with a profile of its own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEEP or (name not in UNSET and not name.startswith(UNSET_PREFIXES))
    }
    # No test may ask, fill or unlock the keyring of the person who runs it.
    own = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "TERM": "xterm-256color"}
    return {**kept, **own, "IRCOCKPIT_HOME": str(home), "XDG_STATE_HOME": f"{home}-state"}
