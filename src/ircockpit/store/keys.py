"""The keys of a profile: made once, kept 0600 or in a keyring that never asks, read without a prompt."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.core.errors import SecretError, StoreError
from ircockpit.store.profile import Profile, write_file
from ircockpit.store.sqlite import disk_error

if TYPE_CHECKING:
    from ircockpit.ledger.signing import SigningKey

KEYRING_SERVICE = "ircockpit"


def make_key(path: Path) -> "SigningKey":
    """Make a key and keep it in a file of mode 0600; one that is there already is kept and returned.

    A first start that was cut short, or a lost profile.json, must not cost an organisation its root.
    """
    from ircockpit.ledger.signing import SigningKey

    if path.exists():
        return read_key(path)
    key = SigningKey.generate()
    write_file(path, key.raw().hex().encode() + b"\n")
    return key


def read_key(path: Path) -> "SigningKey":
    """Read a key from its file.

    Raises :class:`SecretError` when others can read it, :class:`StoreError` when it is gone or damaged.
    """
    from ircockpit.ledger.signing import SigningKey

    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii").strip()
        key = SigningKey.from_raw(bytes.fromhex(text))
    except OSError as error:
        raise disk_error(path, error) from error
    except ValueError:
        raise StoreError(
            f"{path.name} is damaged", safe="the record was not touched",
            fix="restore the file from a backup of the profile, or enrol this device anew",
        ) from None  # fmt: skip
    if os.name == "posix" and mode & 0o077:
        raise SecretError(
            f"{path.name} can be read by others on this machine",
            safe="it was not used",
            fix=f"run: chmod 600 {path}",
        )
    return key


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
