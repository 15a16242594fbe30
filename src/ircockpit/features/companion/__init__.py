"""A record beside an incident's for counsel's words, of which others see only that it exists."""
