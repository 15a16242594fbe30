"""Incidents: declared, owned, noted, closed; the queue and the timeline."""
