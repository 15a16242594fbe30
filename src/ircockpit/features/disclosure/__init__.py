"""What of an incident may go to whom: classes of facts, audiences, TLP markings, and what was held back."""
