"""Who may read what: the scopes of an entry, from the widest circle of readers to the narrowest, and roles."""

TEAM, RESTRICTED, PRIVILEGED = "team", "restricted", "privileged"
SCOPES = (TEAM, RESTRICTED, PRIVILEGED)
"""Each has fewer readers than the one before; a word that is none of them counts as the last."""

READS = {
    "lead": PRIVILEGED,
    "legal": PRIVILEGED,
    "responder": RESTRICTED,
    "approver": RESTRICTED,
    "engineer": RESTRICTED,
    "comms": RESTRICTED,
    "auditor": RESTRICTED,
}
"""The narrowest scope that a role reads; one that is not named here reads what is for the team."""


def rank(scope: str) -> int:
    """How narrow a scope is: 0 is for the whole team."""
    return SCOPES.index(scope) if scope in SCOPES else len(SCOPES) - 1


def narrower(one: str, other: str) -> str:
    """Of two scopes the one with fewer readers."""
    return one if rank(one) >= rank(other) else other


def reads_upto(role: str) -> str:
    """The narrowest scope that a role reads."""
    return READS.get(role, TEAM)


def may_read(widest: str, scope: str) -> bool:
    """Whether somebody who reads up to ``widest`` reads this scope too."""
    return rank(scope) <= rank(widest)
