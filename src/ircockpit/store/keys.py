"""The keys of a profile: made once, kept 0600 or in a keyring that never asks, read without a prompt."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.core.errors import BadInput, SecretError, StoreError
from ircockpit.secrets.pkcs8 import is_locked
from ircockpit.store.profile import Profile, write_file
from ircockpit.store.sqlite import disk_error

if TYPE_CHECKING:
    from ircockpit.ledger.signing import SigningKey

KEYRING_SERVICE = "ircockpit"
MAX_FILE = 4096
"""Bytes of a key file that are read; no key is longer."""


def make_key(path: Path) -> "SigningKey":
    """Make a key and keep it in a file of mode 0600; one that is there already is kept and returned.

    A first start that was cut short, or a lost profile.json, must not cost an organisation its root.
    """
    from ircockpit.ledger.signing import SigningKey

    if path.exists():
        if is_locked(read_key_file(path)):
            raise SecretError(
                f"{path.name} is under a passphrase and profile.json, which says whose it is, is gone",
                safe="it was not touched",
                fix="put profile.json and log.db back from a backup, or set IRCOCKPIT_HOME to a new folder",
            )
        return read_key(path)
    key = SigningKey.generate()
    write_file(path, key_text(key))
    return key


def read_key_file(path: Path) -> bytes:
    """The bytes of a key file, whatever they are.

    Raises :class:`SecretError` when others can read it, :class:`StoreError` when it is gone.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(MAX_FILE)
    except FileNotFoundError:
        raise StoreError(
            f"{path.name} is gone: without it nothing can be signed", safe="the record was not touched",
            fix=f"put it back into {path.parent} from a backup of the profile, or enrol this device anew",
        ) from None  # fmt: skip
    except OSError as error:
        raise disk_error(path, error) from error
    if os.name == "posix" and mode & 0o077:
        raise SecretError(
            f"{path.name} can be read by others on this machine",
            safe="it was not used",
            fix=f"run: chmod 600 {path}",
        )
    return raw


def read_key(path: Path) -> "SigningKey":
    """Read a key from its file, where no passphrase protects it.

    Raises :class:`SecretError` when others can read it, :class:`StoreError` when it is gone or damaged.
    """
    raw = read_key_file(path)
    try:
        return key_of_text(raw)
    except (ValueError, BadInput):
        raise damaged(path) from None


def key_of_text(raw: bytes) -> "SigningKey":
    """The key in the bytes of an unprotected file; ValueError or :class:`BadInput` for anything else."""
    from ircockpit.ledger.signing import SigningKey

    return SigningKey.from_raw(bytes.fromhex(raw.decode("ascii").strip()))


def damaged(path: Path) -> StoreError:
    """What is said of a key file whose bytes are no key."""
    return StoreError(
        f"{path.name} is damaged", safe="the record was not touched",
        fix="restore the file from a backup of the profile, or enrol this device anew",
    )  # fmt: skip


def key_text(key: "SigningKey") -> bytes:
    """A key as its file holds it when no passphrase protects it."""
    return key.raw().hex().encode("ascii") + b"\n"


def new_device_key(profile: Profile, device: str, *, keyring: bool) -> "tuple[SigningKey, str]":
    """Make the device key; returns it with where it lies: ``keyring`` or ``file``.

    A keyring is used only when it is one of those known to answer without a prompt, and when it gave the key
    back; anything else, a slow or locked one too, leaves the key in a file of mode 0600.
    """
    from ircockpit.ledger.signing import SigningKey

    if keyring:
        from ircockpit.secrets.keyrings import store_in_keyring, try_keyring
        from ircockpit.secrets.secret import Secret

        if try_keyring().usable:
            key = SigningKey.generate()
            try:
                store_in_keyring(f"keyring:{KEYRING_SERVICE}/{device}", Secret(key.raw().hex()))
            except SecretError:
                return make_key(profile.device_key), "file"
            return key, "keyring"
    return make_key(profile.device_key), "file"


def device_key(profile: Profile, key_home: str, device: str) -> "SigningKey":
    """The device key from where the identity says it lies; never prompts."""
    if key_home == "keyring":
        from ircockpit.ledger.signing import SigningKey
        from ircockpit.secrets.sources import resolve

        held = resolve(f"keyring:{KEYRING_SERVICE}/{device}")
        try:
            return SigningKey.from_raw(bytes.fromhex(held.reveal()))
        except ValueError:
            raise SecretError(
                "the keyring holds no device key under this profile's name", safe="nothing was signed",
                fix="restore the keyring entry from a backup, or enrol this device anew",
            ) from None  # fmt: skip
    return read_key(profile.device_key)
