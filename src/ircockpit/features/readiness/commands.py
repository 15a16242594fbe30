"""Commands about readiness: show and look, prove, approve a schedule, say that a contact was reached."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import Capability, roles_with

_HERE = "ircockpit.features.readiness.actions:"
_SYSTEM = Param("system", "name of the system", positional=True)
_CONTROL = Param("control", "name of the control", positional=True)
_CONFIRM = Param("confirm", "system and control once more", metavar="SYSTEM/CONTROL")

ACTIONS = (
    Action(
        id="readiness.show", verb=("readiness", "show"), alone=True,
        title="show whether each system could be stopped now: proofs, secrets, probes",
        handler=_HERE + "show", keys=("full_stop",), places=("*",), screen="readiness", result="readiness",
        effect="with `--check`, asks the accepted targets of the systems and keeps what that shows on this device",
        params=(
            _SYSTEM,
            Param("check", "try every secret and ask every control first; nothing is changed anywhere", Kind.FLAG),
            SAFE,
        ),
        slow=True,
        long="A control counts as proved for care.proof_days days after it was seen effective and taken back: in an incident,"
        " by readiness prove, or by connector try on this device with the same parameters and addresses. The exit code is 1"
        " while one may still be on after a proof.",
    ),
    Action(
        id="readiness.reached", verb=("readiness", "reached"), title="say that the contact of a system was reached, and how",
        handler=_HERE + "reached", danger=Danger.RECORD, keys=("t",), places=("readiness",), hint="reached", screen="reached",
        result="contact",
        params=(
            _SYSTEM._replace(required=True),
            Param("by", "how: called, paged, met", required=True, ask="how were they reached?"),
        ),
    ),
    Action(
        id="readiness.prove", verb=("readiness", "prove"), title="prove a control: switch it on, see the effect, take it back",
        handler=_HERE + "prove", danger=Danger.WIDE, keys=("p",), places=("readiness",), hint="prove", screen="prove",
        result="proofs", slow=True,
        params=(
            _SYSTEM, _CONTROL,
            Param("due", "those that are due by a schedule approved on this device; what was cut off is taken back first",
                  Kind.FLAG),
            _CONFIRM,
        ),
        long="Refused while an incident has a control on at that address, while it is on already, and with care.read_only."
        " --due runs from cron or a systemd timer, needs --yes alone, refuses what has changed since it was approved, and ends"
        " at the first that stays on. Exit codes: 1 failed or still on, 7 refused, 0 proved or nothing due.",
    ),
    Action(
        id="readiness.schedule", verb=("readiness", "schedule"), title="approve that a control is proved on a schedule",
        handler=_HERE + "schedule", danger=Danger.WIDE, keys=("e",), places=("readiness",), hint="schedule",
        screen="schedule", result="schedule", roles=roles_with(Capability.APPROVE), slow=True,
        effect="adds to the record; lets `readiness prove --due` reach that one control from this device",
        params=(
            _SYSTEM._replace(required=True), _CONTROL._replace(required=True),
            Param("every", "how often: 12h, 30d, 2w", metavar="TIME"),
            Param("end", "end it: it is proved by hand alone again", Kind.FLAG),
            _CONFIRM,
        ),
        long="Only where the connector says proof: scheduled, and where it reaches little or its target is recorded as a canary."
        " The approval is bound to the connector's SHA-256, action, parameters, addresses and trust, and stays on this device.",
    ),
)  # fmt: skip
