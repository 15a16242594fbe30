"""The form of the files of a response: roles with checklists, the RACI table, the times of escalation."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
Slug = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,31}$")]
Line = Annotated[str, Meta(min_length=1, max_length=100)]
Item = Annotated[str, Meta(min_length=1, max_length=68)]
"""Fits on one row of 80 cells beside its mark."""
Minutes = Annotated[int, Meta(ge=1, le=7 * 24 * 60)]
Letters = Literal["A", "R", "C", "I", "A/R"]
Act = Literal[
    "approve-stop", "approve-revert", "severity", "close", "reopen", "adopt", "hold", "release", "erase", "widen"
]  # fmt: skip
"""What the program itself records as decided."""
ANYONE = "anyone"
ACCOUNTABLE = ("A", "A/R")


class Check(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to do, in words for a tired person."""

    id: Slug
    do: Item
    key: Annotated[str, Meta(pattern=r"^([a-z]+\.[a-z_]+)?$")] = ""
    """The action it is done with, whose key is shown behind it."""


class Role(Struct, frozen=True, forbid_unknown_fields=True):
    """A duty role and what whoever holds it does first."""

    id: Name
    title: Line
    does: Line
    checklist: Annotated[list[Check], Meta(min_length=1, max_length=15)]


class RolesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """``roles.yaml``."""

    form: Literal[1]
    title: Line
    roles: Annotated[list[Role], Meta(min_length=1, max_length=20)]


class Decision(Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A decision, who has which part in it, and who may approve it."""

    id: Name
    title: Line
    from_: Literal["cosai", "ours"]
    """Whose table it is from: that of the CoSAI AI Incident Response Framework 1.0, or one's own judgement."""
    raci: Annotated[dict[Name, Letters], Meta(min_length=1)]
    authorises: Annotated[list[Name], Meta(min_length=1)]
    acts: list[Act] = []

    @property
    def accountable(self) -> str:
        """The one role that answers for it."""
        return next(role for role, letters in self.raci.items() if letters in ACCOUNTABLE)


class RaciFile(Struct, frozen=True, forbid_unknown_fields=True):
    """``raci.yaml``."""

    form: Literal[1]
    title: Line
    decisions: Annotated[list[Decision], Meta(min_length=1, max_length=40)]


class BySeverity(
    Struct, frozen=True, forbid_unknown_fields=True,
    rename={"sev1": "SEV1", "sev2": "SEV2", "sev3": "SEV3", "sev4": "SEV4"},
):  # fmt: skip
    """Minutes for each severity."""

    sev1: Minutes
    sev2: Minutes
    sev3: Minutes
    sev4: Minutes

    def of(self, severity: str) -> int:
        """Minutes at a severity; where it is not known, those of the worst."""
        known = {"SEV2": self.sev2, "SEV3": self.sev3, "SEV4": self.sev4}
        return known.get(severity, self.sev1)


class EscalationFile(Struct, frozen=True, forbid_unknown_fields=True):
    """``escalation.yaml``."""

    form: Literal[1]
    title: Line
    unattended: BySeverity
    """How long nobody has to have taken an incident before the first level is called."""
    wait: BySeverity
    """How long a level has to take it before the next is called, where the path states no minutes."""
