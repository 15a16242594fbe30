"""Readers of what monitors and red-team tools write: bytes in, findings out; no store, no network."""
