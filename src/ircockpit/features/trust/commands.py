"""Commands about keys: where they lie, who is certified, and how trust is given, kept and handed on."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import DEFAULT_ROLE

_HERE = "ircockpit.features.trust.actions:"
_FILES = "ircockpit.features.trust.enrolling:"
_PASSPHRASE = Param(
    "passphrase", "where the passphrase of the root key is: env:NAME, file:/path, cmd:[...], cred:NAME or keyring:service/user",
    metavar="SOURCE",
)  # fmt: skip

ACTIONS = (
    Action(
        id="trust.show", verb=("trust", "show"), title="show the organisation's keys, where they lie and who is certified",
        handler=_HERE + "show", result="trust", params=(SAFE,),
        long="Also says what somebody with root on this machine could forge, and the fingerprint to compare by voice.",
    ),
    Action(
        id="trust.protect", verb=("trust", "protect"), title="put a passphrase on the organisation's root key",
        handler=_HERE + "protect", danger=Danger.RECORD, result="root key",
        params=(
            Param("new", "where the new passphrase is; left out, it is asked for at the terminal", metavar="SOURCE"),
            _PASSPHRASE,
            Param("remove", "take the passphrase away again", Kind.FLAG),
        ),
        long="The file is encrypted PKCS #8 (scrypt, AES-256), which openssl reads too. Whatever needs the root from then on"
        " asks for the passphrase at the terminal or takes it from --passphrase. There is no way back without it.",
    ),
    Action(
        id="trust.successor", verb=("trust", "successor"), title="prepare a successor of the root key, or put it to use",
        handler="ircockpit.features.trust.succession:successor", danger=Danger.RECORD, result="successor",
        params=(
            Param("step", "prepare: while the root is at hand; use: when it is lost", Kind.CHOICE, positional=True, required=True,
                  choices=("prepare", "use"), ask="prepare or use"),
            Param("file", "the file that holds the successor", Kind.PATH, positional=True, required=True, ask="file"),
            Param("passphrase", "where the passphrase is: of the root to prepare, of the successor to use it", metavar="SOURCE"),
            Param("new", "where the passphrase for the successor is; left out, it is asked for at the terminal",
                  metavar="SOURCE"),
            Param("bare", "write the successor without a passphrase", Kind.FLAG),
            Param("another", "name a further one, because the file of the first is lost", Kind.FLAG),
        ),
        long="The root signs a statement that names the successor's key; whoever holds the statement takes what the successor"
        " certifies as the root's. It travels with the certificates. The organisation stays the same one.",
    ),
    Action(
        id="trust.request", verb=("trust", "request"), title="ask to be certified without a network: write a request file",
        handler=_FILES + "request", danger=Danger.RECORD, result="request",
        params=(Param("file", "the file to write", Kind.PATH, positional=True, required=True, ask="file"),),
        long="Carry it to whoever certifies, and say its fingerprint over a line you trust. Nothing changes on this device.",
    ),
    Action(
        id="trust.certify", verb=("trust", "certify"), title="certify the device that asks in a request file",
        handler=_FILES + "certify", danger=Danger.RECORD, result="certified",
        params=(
            Param("request", "the request file", Kind.PATH, positional=True, required=True, ask="request file"),
            Param("file", "the certificate file to write", Kind.PATH, positional=True, required=True, ask="file to write"),
            Param("confirm", "the request's fingerprint, as the person said it", metavar="FINGERPRINT"),
            Param("person", "name or pseudonym of somebody certified here, whose further device it is"),
            _PASSPHRASE,
            Param("hub", "the data folder of a hub on this machine: its authority certifies in place of the root", Kind.PATH,
                  metavar="DIR"),
            Param("role", "what they join as, with --hub", default=DEFAULT_ROLE),
        ),
        long="Without --confirm it shows who asks and certifies nothing (code 7). It needs the root key, its successor,"
        " or the folder of the hub.",
    ),
    Action(
        id="trust.accept", verb=("trust", "accept"), title="take on the certificate that was written for this device",
        handler=_FILES + "accept", danger=Danger.RECORD, result="accepted",
        params=(
            Param("file", "the certificate file", Kind.PATH, positional=True, required=True, ask="certificate file"),
            Param("confirm", "the organisation's fingerprint, as the person said it", metavar="FINGERPRINT"),
        ),
        long="Without --confirm it shows what would be joined and joins nothing (code 7). Everything recorded on this device so"
        " far belongs to that organisation's record from then on.",
    ),
    Action(
        id="trust.rotate", verb=("trust", "rotate"), title="give this device a new key", slow=True,
        handler="ircockpit.features.trust.rotation:rotate", danger=Danger.RECORD, result="new key",
        params=(
            Param("request", "ask for the certificate in this file, where neither root nor hub is in reach", Kind.PATH,
                  metavar="FILE"),
            _PASSPHRASE,
        ),
        long="The root certifies it where it is in this profile, else the hub. Entries so far stay good under the old key."
        " Where the old key may be in other hands, that is not enough: have the device revoked.",
    ),
)  # fmt: skip
