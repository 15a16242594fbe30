"""The containment engine: connector and target become an exact plan, sent, read back, probed, reverted."""
