"""Roles with their checklists, the RACI table and the times of escalation, as data."""
