"""Containment: controls over real APIs, proved by effect before they are believed."""
