"""Rows as spans of (text, role), shared by early frame, screens, command tables and golden tests."""
