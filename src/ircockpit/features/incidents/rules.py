"""What an incident is worth at first sight, and how the queue is ordered; pure."""

SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4")
PROVISIONAL = "SEV2"
"""Severity of an incident nobody has triaged: high enough to be seen, and shown as provisional."""
OPEN = "open"
CLOSED = "closed"
MAX_TITLE = 120
MAX_NOTE = 8000
"""Characters of a note; longer text belongs into an exhibit."""


def rank(severity: str) -> int:
    """Position of a severity in the queue; unknown words come first, so that nothing hides."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1
