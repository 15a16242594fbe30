"""The root of an organisation, or its successor, as this profile keeps it: where, under what, and how it is opened."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.command.asking import ask_hidden
from ircockpit.core.errors import BadInput, NotFound, RefusedError, SecretError, StoreError
from ircockpit.secrets.pkcs8 import is_locked, lock, unlock
from ircockpit.secrets.sources import resolve
from ircockpit.store.keys import MAX_FILE, damaged, key_of_text, key_text, read_key_file
from ircockpit.store.profile import Identity, Profile, write_file
from ircockpit.store.sqlite import disk_error

if TYPE_CHECKING:
    from ircockpit.ledger.signing import SigningKey


class RootHome(NamedTuple):
    """A key that certifies for the organisation, in this profile."""

    path: Path
    public: str
    """Its public key as hex."""
    is_successor: bool

    @property
    def name(self) -> str:
        """What it is called in sentences."""
        return "the successor's key" if self.is_successor else "the root key"

    def locked(self) -> bool:
        """Whether a passphrase protects it; who else can read the file is not judged here."""
        try:
            with self.path.open("rb") as file:
                return is_locked(file.read(MAX_FILE))
        except OSError as error:
            raise disk_error(self.path, error) from error


def root_home(profile: Profile, identity: Identity) -> RootHome | None:
    """The key here that certifies for the organisation written for; ``None`` where there is none.

    A successor put to use here goes before the root: somebody has said that the root is not to be used any more.
    """
    if identity.successor and profile.successor_key.exists():
        return RootHome(profile.successor_key, identity.successor, is_successor=True)
    own = not identity.org_root or identity.org_root == identity.own_root
    if own and profile.root_key.exists():
        return RootHome(profile.root_key, identity.own_root, is_successor=False)
    return None


def open_root(profile: Profile, identity: Identity, source: str | None = None) -> "SigningKey":
    """The key that certifies for the organisation, for the one act that needs it.

    ``source`` names where its passphrase is; without one it is asked for at the terminal, where there is one.
    Raises :class:`NotFound` where the key is not here, :class:`SecretError` for a passphrase that is wrong or
    missing, :class:`StoreError` for a file that holds another key.
    """
    home = root_home(profile, identity)
    if home is None:
        raise NotFound(
            "the organisation's root key is not in this profile", safe="nothing was signed",
            fix="run this where the root lies, or bring its successor here: ircockpit trust successor use FILE",
        )  # fmt: skip
    return open_key(home.path, home.public, home.name, source)


def open_key(path: Path, public: str, name: str, source: str | None) -> "SigningKey":
    """The key of a file, with its passphrase where one protects it; raises as :func:`open_root` does."""
    return key_from_bytes(read_key_file(path), bytes.fromhex(public), path, name, source)


def key_from_bytes(
    raw: bytes, public: bytes, path: Path | str, name: str, source: str | None
) -> "SigningKey":
    """The key in a file's bytes, which must be the one of this public key; raises as :func:`open_root` does."""
    from ircockpit.ledger.signing import SigningKey

    try:
        if is_locked(raw):
            key = SigningKey.from_raw(unlock(raw, told_passphrase(source, f"passphrase of {name}")))
        else:
            key = key_of_text(raw)
    except (ValueError, BadInput):
        raise damaged(Path(path)) from None
    if key.public != public:
        raise StoreError(
            f"{path} holds another key than the one that belongs there", safe="nothing was signed with it",
            fix="put the right file back from a backup",
        )  # fmt: skip
    return key


def told_passphrase(source: str | None, question: str, option: str = "--passphrase") -> str:
    """The passphrase from its source, or as typed. Raises :class:`SecretError` where there is neither.

    ``option`` is the one that names the source.
    """
    if source:
        return resolve(source).reveal()
    fix = f"name where it is: {option} SOURCE, or run the command at a terminal, which asks for it"
    words = ask_hidden(question)
    if words is None:
        raise SecretError(
            "a passphrase is needed and nobody can be asked", safe="nothing was changed", fix=fix
        )
    if not words:
        raise SecretError("no passphrase was typed", safe="nothing was changed", fix=fix)
    return words


def new_passphrase(source: str | None) -> str:
    """A passphrase from its source, or typed twice alike. Raises :class:`BadInput` where the two differ."""
    first = told_passphrase(source, "new passphrase", "--new")
    if not source and told_passphrase(None, "the same again", "--new") != first:
        raise BadInput("the two were not the same", safe="nothing was changed", fix="type it again")
    return first


def protect(
    profile: Profile, identity: Identity, *, new: str | None = None, present: str | None = None
) -> tuple[RootHome, bool]:
    """Put the key under a passphrase, or under another one; ``new`` and ``present`` name their sources.

    Returns where it lies, and whether its old bytes were written over.
    """
    home = _at_hand(profile, identity)
    key = open_key(home.path, home.public, home.name, present)
    return home, replace_secret(home.path, lock(key.raw(), new_passphrase(new)))


def unprotect(profile: Profile, identity: Identity, present: str | None = None) -> RootHome:
    """Take the passphrase away. Raises :class:`RefusedError` where none is there."""
    home = _at_hand(profile, identity)
    if not home.locked():
        raise RefusedError(f"no passphrase protects {home.name}", safe="nothing was changed")
    replace_secret(home.path, key_text(open_key(home.path, home.public, home.name, present)))
    return home


def _at_hand(profile: Profile, identity: Identity) -> RootHome:
    home = root_home(profile, identity)
    if home is None:
        raise NotFound(
            "the organisation's root key is not in this profile", safe="nothing was changed",
            fix="run this where the root lies: ircockpit trust show says so there",
        )  # fmt: skip
    return home


def replace_secret(path: Path, raw: bytes) -> bool:
    """Replace a key file durably, then write over the bytes it had; whether that could be done.

    Copies made by the file system (copy on write, snapshots), by the disk itself or in backups are not reached
    by that, and a file that has another name too is left alone: it may be somebody's backup.
    """
    real = path.resolve()
    try:
        handle = os.open(real, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise disk_error(path, error) from error
    try:
        write_file(real, raw)  # first: whatever happens from here on, one whole key is there
        old = os.fstat(handle)
        if old.st_nlink:
            return False
        os.pwrite(handle, os.urandom(old.st_size), 0)
        os.fsync(handle)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
