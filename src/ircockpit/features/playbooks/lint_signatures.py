"""Rules about signatures: whether each holds, whose it is, and whether it speaks of this version."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ircockpit.features.playbooks.finding import Finding, Rule, Severity, found
from ircockpit.features.playbooks.floor import shown
from ircockpit.features.playbooks.jss import KnownKey, Verdict, verify
from ircockpit.features.playbooks.lint_statements import moment
from ircockpit.features.playbooks.model import Playbook, Signature
from ircockpit.features.playbooks.source import pointer

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

INVALID = Rule(
    "signature-invalid", ERROR, "A signature does not hold",
    "The playbook was changed after it was signed, or the signature is not of this key.",
    "Do not use it before its makers say which is right.",
)  # fmt: skip
STRANGER = Rule(
    "signature-of-a-stranger", WARNING, "A signature holds, and its key is not known here",
    "It proves that nothing was changed since that key signed; anybody can have made the key.",
    "Ask the signer for the key's SHA-256 by another way, then add the key to the known ones.",
)  # fmt: skip
UNCHECKED = Rule(
    "signature-not-checked", WARNING, "A signature could not be checked here",
    "It proves nothing as long as nobody checks it.", "Get the key, or have it checked by another program.",
)  # fmt: skip
OTHER_VERSION = Rule(
    "signature-of-another-version", ERROR, "A signature says it is of another playbook or version",
    "related_to and related_version name the playbook's id and its time of modification.", "Have this version signed.",
)  # fmt: skip
OUTDATED = Rule(
    "signature-out-of-date", WARNING, "A signature is revoked or not valid now",
    "The signer does not stand by it any more, or not yet.", "Have it signed anew.",
)  # fmt: skip
COUNTERSIGNED = Rule(
    "countersignature-not-checked", NOTE, "A countersignature is not checked here",
    "Over what it goes is not settled among those who write them.", "Have it checked by the program that made it.",
)  # fmt: skip
RULES = (INVALID, STRANGER, UNCHECKED, OTHER_VERSION, OUTDATED, COUNTERSIGNED)


def check(playbook: Playbook, now: datetime | None, known: Iterable[KnownKey]) -> Iterator[Finding]:
    """Every finding of the rules above."""
    for verdict, signature in zip(verify(playbook.json, known), playbook.signatures, strict=True):
        place = pointer("/signatures", verdict.number)
        yield from _of(verdict, place)
        if signature.countersigned:
            yield found(
                COUNTERSIGNED,
                pointer(place, "signature"),
                f"the signature of {shown(verdict.signee)} has one",
            )
        if _outdated(signature, now):
            yield found(
                OUTDATED, place, f"the signature of {shown(verdict.signee)} is revoked or not valid now"
            )


def _of(verdict: Verdict, place: str) -> Iterator[Finding]:
    whose = f"the signature of {shown(verdict.signee)}"
    if verdict.holds is None:
        yield found(UNCHECKED, place, f"{whose}: {verdict.why}")
    elif not verdict.holds:
        yield found(INVALID, place, f"{whose}: {verdict.why}")
    elif not verdict.signer:
        yield found(STRANGER, place, f"{whose} holds over {verdict.reading}; the key is {verdict.key}")
    if not verdict.same_version:
        yield found(OTHER_VERSION, pointer(place, "related_version"), f"{whose} says so")


def _outdated(signature: Signature, now: datetime | None) -> bool:
    if signature.revoked:
        return True
    begin, end = moment(signature.valid_from), moment(signature.valid_until)
    return now is not None and ((begin is not None and now < begin) or (end is not None and now >= end))
