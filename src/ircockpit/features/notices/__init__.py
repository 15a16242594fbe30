"""Messages to stakeholders and along the escalation path: made of safe facts alone, sent on purpose, on record."""
