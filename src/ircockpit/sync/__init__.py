"""Synchronisation: what this device wrote goes to the hub, what others wrote comes back, verified."""
