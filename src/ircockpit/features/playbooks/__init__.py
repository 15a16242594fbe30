"""CACAO 2.0 playbooks: read, checked, repaired, signed and asked about, never executed."""
