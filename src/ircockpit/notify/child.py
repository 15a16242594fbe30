"""The process that sends one message and says what came of it: the one place of apprise.

Run as ``python -m ircockpit.notify.child``: it reads what to do from its input and prints one JSON object. Nothing else is
printed by anybody here, and nothing of the address is in what is printed.
"""

import json
import os
import sys
import time
from typing import Any
from urllib.parse import unquote, urlsplit

from ircockpit.notify import wires

_SHOWN = 60
"""Characters of a masked address."""
_SECRET_FROM = 5
"""Characters from which a piece of an address is taken out where apprise has left it standing."""


def main() -> None:
    """Do what the input says."""
    wanted = json.load(sys.stdin)
    answers = os.dup(1)
    # A plug-in that prints, or a library that warns, must not be taken for an answer.
    with open(os.devnull, "w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
        said = look(wanted["url"]) if wanted["do"] == "look" else send(wanted)
    os.write(answers, json.dumps(said).encode())


def look(url: str) -> dict[str, Any]:
    """The service and the masked address."""
    plugin = _plugin(url)
    if plugin is None:
        return {"known": False}
    return {
        "known": True,
        "service": str(plugin.service_name),
        "masked": masked(url, plugin.url(privacy=True)),
    }


def send(wanted: dict[str, Any]) -> dict[str, Any]:
    """Send it once."""
    until = time.monotonic() + wanted["timeout"]
    wires.watch(until, wanted["ca"])
    plugin = _plugin(wanted["url"])
    if plugin is None:
        return {
            "outcome": "failed",
            "reason": "the address is not a complete one of its service; nothing was sent",
        }
    from apprise import NotifyFormat, NotifyType, OverflowMode

    plugin.notify_format = NotifyFormat.TEXT
    plugin.overflow_mode = OverflowMode.TRUNCATE
    plugin.socket_connect_timeout = plugin.socket_read_timeout = max(until - time.monotonic(), 0.1)
    try:
        good = bool(
            plugin.notify(
                body=wanted["text"], title=wanted["subject"], notify_type=NotifyType.WARNING, body_format=NotifyFormat.TEXT
            )
        )  # fmt: skip
    except Exception as error:  # a plug-in may raise anything, and its words may hold the address
        wires.note(
            wires.BEFORE if not wires.FACTS else wires.AFTER, f"its plug-in failed ({type(error).__name__})"
        )
        good = False
    outcome, reason = wires.verdict(good)
    return {"outcome": outcome, "reason": reason}


def masked(url: str, private: str) -> str:
    """An address without its secrets: as apprise masks it, without its options, and whatever still stands taken out."""
    parts = urlsplit(url)
    shown = unquote(private.partition("?")[0]).rstrip("/")
    host = parts.hostname or ""
    pieces = {
        parts.password or "",
        *parts.path.split("/"),
        *(unquote(each) for each in parts.path.split("/")),
    }
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= _SECRET_FROM and piece != host and "@" not in piece:
            shown = shown.replace(piece, "...")
    return shown[:_SHOWN]


def _plugin(url: str) -> Any:
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id="ircockpit", app_desc="ircockpit", app_url="", image_url_mask="", image_url_logo="", image_path_mask="",
        async_mode=False, secure_logging=True, http_redirects=False, default_service_retry=0, pgp_autogen=False,
        pem_autogen=False, plugin_paths=[], storage_path=None, storage_mode="memory", allow_templates=False,
    )  # fmt: skip
    try:
        return Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    except Exception:  # its words may hold the address
        return None


if __name__ == "__main__":
    main()
