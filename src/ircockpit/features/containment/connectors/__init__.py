"""Connectors that come with the program, as data; each names the server and version it was run against."""
