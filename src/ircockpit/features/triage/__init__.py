"""Triage: the questions that decide severity, and why they do."""
