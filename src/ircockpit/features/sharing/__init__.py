"""Sharing: joining a hub, running one, and bringing this device's record and the hub's together."""
