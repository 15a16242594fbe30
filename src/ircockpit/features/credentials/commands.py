"""Commands about secrets: store one where a source names it, and try all that are named."""

from ircockpit.command.action import Action, Danger, Kind, Param
from ircockpit.core.roles import EVERYBODY

_HERE = "ircockpit.features.credentials.actions:"

ACTIONS = (
    Action(
        id="secret.set", verb=("secret", "set"), title="put a secret where a source names it, on this device",
        handler=_HERE + "set_secret", danger=Danger.RECORD, roles=EVERYBODY, asks=True, result="stored secret",
        effect="puts the value into the keyring or a file of this device; the record gets nothing",
        params=(
            Param("source", "keyring:service/user, or file:/path", positional=True, required=True),
            Param("stdin", "take it from standard input, its last line end left out", Kind.FLAG),
            Param("replace", "a file that is there already is replaced", Kind.FLAG),
        ),
        long="The value is typed twice at the terminal and shown nowhere. Only keyrings that encrypt and answer without asking"
        " are used; where there is none, a file of mode 0600 is the source for a machine without a desktop. Other sources are"
        " set where they are: env: before the start, cred: in the systemd unit, cmd: in the program's own store.",
    ),
    Action(
        id="secret.check", verb=("secret", "check"), title="try every secret that is named here, and say which is missing",
        handler=_HERE + "check", result="secrets", slow=True,
        params=(Param("source", "try this source alone", positional=True),),
        long="Each is fetched in a process of its own that is ended after seconds, and no value is printed. A secret that is"
        " missing disables the control or channel that needs it and nothing else. The exit code is 7 where one is missing.",
    ),
)  # fmt: skip
