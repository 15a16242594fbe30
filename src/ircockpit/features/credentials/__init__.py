"""Secrets on this device: put where a source names them, and tried, without their values being shown anywhere."""
