"""Decisions with their reasons and sources, and the action items that follow from them."""
