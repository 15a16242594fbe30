"""Forms of the kinds of incidents, as data; no code."""
