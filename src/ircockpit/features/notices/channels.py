"""The channels of this device: ``channels.toml`` in its profile, where nothing wrong keeps the right ones from being used."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.core.errors import NotFound, SecretError
from ircockpit.secrets.sources import SecretSource

FILE = "channels.toml"
LARGEST = 64 * 1024
MOST = 30
KINDS = ("escalation", "owner", "system", "role", "severity", "template")
"""What a rule of ``for`` begins with."""
AUTOMATIC = ("declared", "escalation", "severity", "contained", "failed", "expiry", "recurrence", "clear")
"""Templates that can be sent by itself; all others are sent by people."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_RULE = re.compile(rf"({'|'.join(KINDS)}):(\S.{{0,99}})")
_KEYS = ("url", "about", "behind", "for", "automatic", "timeout", "ca")
_LONGEST = 100
LEAST_S, MOST_S = 2, 60


class Rule(NamedTuple):
    """Whom a channel is for: ``escalation`` and a name or number, ``severity`` and the least bad one."""

    kind: str
    value: str

    @property
    def said(self) -> str:
        """As it is written."""
        return f"{self.kind}:{self.value}"


class Channel(NamedTuple):
    """A way to somebody. It names the source of its address, never the address: that holds the credentials."""

    name: str
    url: str
    about: str = ""
    behind: str = ""
    """Who reads it."""
    rules: tuple[Rule, ...] = ()
    automatic: tuple[str, ...] = ()
    """Templates that the cockpit sends there by itself; nothing unless somebody wrote it."""
    timeout: int = 15
    """Seconds a message may take."""
    ca: str = ""
    """A file of certificates to be trusted instead of the system's."""


class Channels(NamedTuple):
    """What is configured, and a sentence about each thing that is not used."""

    found: tuple[Channel, ...] = ()
    complaints: tuple[str, ...] = ()

    def find(self, name: str) -> Channel:
        """A channel by its name. Raises :class:`NotFound` naming those there are."""
        for each in self.found:
            if each.name == name.strip():
                return each
        named = ", ".join(each.name for each in self.found)
        raise NotFound(
            f"there is no channel {name[:40]!r}", safe="nothing was sent",
            fix=f"there are: {named}" if named else f"write {FILE} in the profile's folder; docs/notifications.md shows one",
        )  # fmt: skip


def place(folder: Path) -> Path:
    """Where the channels of a profile are."""
    return folder / FILE


def read(path: Path) -> Channels:
    """The channels, in the order of the file."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Channels()
    except OSError as error:
        return Channels((), (f"{FILE} cannot be read ({error.strerror}): no channel is used",))
    if len(raw) > LARGEST:
        return Channels((), (f"{FILE} is larger than {LARGEST // 1024} KiB: no channel is used",))
    import tomllib

    try:
        text = raw.decode("utf-8-sig")
        stated = tomllib.loads(text)
    except UnicodeDecodeError:
        return Channels((), (f"{FILE} is not UTF-8 text: no channel is used",))
    except (ValueError, RecursionError) as error:
        # The message itself may repeat what stands there, and that may be an address with its credentials.
        where = str(error).rpartition("(")[2].rstrip(")") if "(at " in str(error) else "too deep"
        return Channels((), (f"{FILE} is not TOML, {where}: no channel is used",))
    return _read(stated, text)


def _read(stated: Mapping[str, Any], text: str) -> Channels:
    found: list[Channel] = []
    tables = stated.get("channels", {})
    strange = not isinstance(tables, Mapping) or any(name != "channels" for name in stated)
    complaints = [f"{FILE}: it holds [channels.NAME] and nothing else"] if strange else []
    for name, table in tables.items() if isinstance(tables, Mapping) else ():
        wrong = _wrong(name, table)
        if not wrong and len(found) == MOST:
            wrong = f"there are more than {MOST}"
        if wrong:
            complaints.append(f"{FILE}{_line(text, name)}: channel {_short(name)} is not used: {wrong}")
        else:
            found.append(_channel(name, table))
    return Channels(tuple(found), tuple(complaints))


def _channel(name: str, table: Mapping[str, Any]) -> Channel:
    rules = tuple(Rule(*match.groups()) for each in table.get("for", ()) if (match := _RULE.fullmatch(each)))
    return Channel(
        name, table["url"], table.get("about", ""), table.get("behind", ""), rules, tuple(table.get("automatic", ())),
        table.get("timeout", 15), table.get("ca", ""),
    )  # fmt: skip


def _wrong(name: str, table: Any) -> str:
    """Why a channel cannot be used, without a word of its address; empty where it can."""
    if not _NAME.fullmatch(name):
        return "a name has small letters, digits and dashes"
    if not isinstance(table, Mapping):
        return "it is no table"
    for key in table:
        if key not in _KEYS:
            return f"there is no {_short(key)}; a channel has {', '.join(_KEYS)}"
    return _wrong_source(table.get("url")) or _wrong_words(table) or _wrong_lists(table)


def _wrong_source(url: Any) -> str:
    if not isinstance(url, str) or "://" in url:
        return "its url names a source (keyring:, env:, file:, …), since the address holds the credentials"
    try:
        SecretSource.parse(url)
    except SecretError as error:
        return f"its url: {error.what} {error.fix}"
    return ""


def _wrong_words(table: Mapping[str, Any]) -> str:
    for key in ("about", "behind", "ca"):
        value = table.get(key, "")
        if (
            not isinstance(value, str)
            or not value.isprintable()
            or len(value) > (4096 if key == "ca" else _LONGEST)
        ):
            return f"its {key} is no line of at most {_LONGEST} characters"
    timeout = table.get("timeout", 15)
    if not isinstance(timeout, int) or isinstance(timeout, bool) or not LEAST_S <= timeout <= MOST_S:
        return f"its timeout is a whole number of seconds from {LEAST_S} to {MOST_S}"
    return ""


def _wrong_lists(table: Mapping[str, Any]) -> str:
    for key in ("for", "automatic"):
        value = table.get(key, [])
        if not isinstance(value, list) or not all(
            isinstance(each, str) and each.isprintable() for each in value
        ):
            return f"its {key} is a list of words"
    for each in table.get("automatic", ()):
        if each not in AUTOMATIC:
            return f"its automatic has {_short(each)}; by itself only {', '.join(AUTOMATIC)} can be sent"
    for each in table.get("for", ()):
        match = _RULE.fullmatch(each)
        if match is None:
            return f"its for has {_short(each)}; a rule begins with {', '.join(f'{kind}:' for kind in KINDS)}"
        if match[1] == "severity" and match[2] not in ("1", "2", "3", "4"):
            return "its for has a severity that is not 1 to 4"
    return ""


def _line(text: str, name: str) -> str:
    """Where a channel begins in the file, as far as its heading is written in the usual way."""
    for number, row in enumerate(text.splitlines(), 1):
        if row.strip().replace('"', "").replace("'", "") == f"[channels.{name}]":
            return f", line {number}"
    return ""


def _short(word: object) -> str:
    text = repr(str(word))
    return text if len(text) <= 40 else text[:39] + "…'"
