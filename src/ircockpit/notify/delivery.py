"""One message to one address: sent once by a process of its own, which is ended when its time is over."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from time import monotonic
from typing import Any, NamedTuple, Protocol

from ircockpit.core.errors import BadInput, CockpitError, RefusedError
from ircockpit.notify.services import check, is_clear
from ircockpit.processes import child

DELIVERED, FAILED, UNKNOWN = "delivered", "failed", "unknown"
OUTCOMES = (DELIVERED, FAILED, UNKNOWN)
"""``failed``: the service said so, or nothing left; ``unknown``: it may have arrived, and nobody here knows."""
TIMEOUT_S = 15.0
GRACE_S = 5.0
"""Seconds beyond those of the message itself: a process has to start, and to say what came of it."""
_MOST = 16 * 1024
_LONGEST = 160
_SAFE = "nothing was sent"
_PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV")
"""What of this process's surroundings the other one gets: no proxy, no home with settings and passwords of its own."""


class Hidden(Protocol):
    """An address that shows itself nowhere by accident; the hub and a workstation keep theirs in different places."""

    def reveal(self) -> str:
        """The address, for the one process that needs it."""
        ...


class Delivery(NamedTuple):
    """What became of a message."""

    outcome: str
    reason: str
    """Why it is not delivered, in words of this program alone; empty where it is."""
    ms: int


class Address(NamedTuple):
    """An address as it may be shown."""

    service: str
    masked: str
    """Its host or recipients, with what is secret left out."""
    clear: bool
    """Whether what is sent can be read on the way."""


def available() -> bool:
    """Whether the extra is installed; nothing is imported for it."""
    return find_spec("apprise") is not None


def need() -> None:
    """Raise :class:`RefusedError` where the extra is not installed."""
    if not available():
        raise RefusedError(
            "notifications need the extra notify, which is not installed", safe=_SAFE,
            fix="install it beside ircockpit: pip install 'ircockpit[notify]', or in a checkout: .venv/bin/python -m pip"
            " install --require-hashes --no-deps -r requirements-notify.lock",
        )  # fmt: skip


def look(address: Hidden, *, timeout_s: float = TIMEOUT_S) -> Address:
    """What an address is, as it may be shown. Nothing is sent, and no host is asked. Raises :class:`CockpitError`."""
    need()
    scheme = check(address.reveal())
    said = _ask({"do": "look", "url": address.reveal()}, timeout_s, lambda: False)
    if said is None:
        raise RefusedError("the address could not be read in time", safe=_SAFE)
    if not said.get("known"):
        raise BadInput(
            f"the address is not a complete one of {scheme}:", safe=_SAFE,
            fix="compare it with the form in apprise's documentation of that service",
        )  # fmt: skip
    return Address(str(said.get("service", scheme)), str(said.get("masked", "")), is_clear(scheme))


def send(
    address: Hidden,
    subject: str,
    text: str,
    *,
    timeout_s: float = TIMEOUT_S,
    ca: str = "",
    given_up: Callable[[], bool] = lambda: False,
) -> Delivery:
    """Send one message, once, as plain text. May take ``timeout_s`` and a little more.

    ``ca`` is the path of a file of certificates to be trusted instead of those of the system. Raises
    :class:`CockpitError` only where nothing was tried.
    """
    need()
    check(address.reveal())
    ca = os.path.expanduser(ca)
    if ca and not os.path.isfile(ca):
        raise BadInput(
            "the file of certificates of this channel is not there", safe=_SAFE, fix="correct its ca"
        )
    wanted = {
        "do": "send", "url": address.reveal(), "subject": subject, "text": text, "timeout": timeout_s,
        "ca": os.path.abspath(ca) if ca else "",
    }  # fmt: skip
    began = monotonic()
    said = _ask(wanted, timeout_s + GRACE_S, given_up)
    ms = int((monotonic() - began) * 1000)
    if said is None:
        why = "it was given up" if given_up() else f"there was no outcome within {timeout_s:g} s"
        return Delivery(UNKNOWN, f"{why}; it may have arrived", ms)
    outcome = said.get("outcome")
    if outcome not in OUTCOMES:
        return Delivery(UNKNOWN, "the process that sends ended without an outcome; it may have arrived", ms)
    return Delivery(str(outcome), str(said.get("reason", ""))[:_LONGEST], ms)


def _ask(wanted: Mapping[str, Any], timeout_s: float, given_up: Callable[[], bool]) -> dict[str, Any] | None:
    """What the other process says; ``None`` where it had to be ended, empty where it said nothing that makes sense."""
    surroundings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    argv = [sys.executable, "-P", "-m", "ircockpit.notify.child"]
    try:
        # The address goes through its input: arguments and surroundings of a process can be read by others.
        answer = child.run(argv, json.dumps(wanted).encode(), timeout_s, surroundings, _MOST, given_up)
    except (OSError, ValueError):
        raise CockpitError("the process that sends messages cannot be started", safe=_SAFE) from None
    except child.TooMuch:
        return {}
    if answer is None:
        return None
    try:
        said = json.loads(answer.out)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
