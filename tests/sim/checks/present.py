"""Which of the receipts a log keeps are part of the present history."""

PRESENT = "JOIN cursor c ON c.stream=r.stream AND c.gen=r.gen"
"""For receipts ``r``."""
