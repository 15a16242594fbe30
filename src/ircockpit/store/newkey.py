"""Changing the device key: the new one waits beside the old until the certificate in force names it, then takes its place."""

from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.core.errors import SecretError, TrustError
from ircockpit.store.keys import KEYRING_SERVICE, device_key, key_text, make_key, read_key
from ircockpit.store.profile import Identity, Profile, write_file
from ircockpit.store.rootkey import replace_secret

if TYPE_CHECKING:
    from ircockpit.ledger.signing import SigningKey


def waiting(profile: Profile) -> Path:
    """Where a new key waits."""
    return profile.keys / "next.key"


def prepare(profile: Profile) -> "SigningKey":
    """The new key, made where none waits yet: what was asked for with it before can still be answered."""
    return make_key(waiting(profile))


def key_in_force(profile: Profile, identity: Identity, public: str) -> "tuple[SigningKey, bool]":
    """The device key that the certificate in force names, and whether a change of it was completed just now.

    ``public`` is that certificate's key as hex. A change that was cut off after the certificate came into force
    is completed here: the old key is of no use any more. Raises :class:`TrustError` where no key fits.
    """
    if waiting(profile).exists():
        new = read_key(waiting(profile))
        if new.public.hex() == public:
            return new, _take_its_place(profile, identity, new)
    key = device_key(profile, identity.key_home, identity.device)
    if key.public.hex() != public:
        raise TrustError(
            "the device key is not the one this profile's certificate names", safe="nothing was signed with it",
            fix="restore the profile's keys folder and log.db from one backup, or enrol this device anew",
        )  # fmt: skip
    return key, False


def _take_its_place(profile: Profile, identity: Identity, new: "SigningKey") -> bool:
    """Put the new key where the old one lies; where a keyring does not take it now, it goes on from where it waits."""
    if identity.key_home == "keyring":
        from ircockpit.secrets.keyrings import store_in_keyring
        from ircockpit.secrets.secret import Secret

        try:
            store_in_keyring(f"keyring:{KEYRING_SERVICE}/{identity.device}", Secret(new.raw().hex()))
        except SecretError:
            return False
        replace_secret(waiting(profile), b"")
    elif profile.device_key.exists():
        replace_secret(profile.device_key, key_text(new))
    else:
        write_file(profile.device_key, key_text(new))
    waiting(profile).unlink(missing_ok=True)
    return True
