"""Whether each system could be stopped tonight: when its controls were proved, secrets, probes, and who answers for it."""
