"""Content-addressed files: evidence bytes under the SHA-256 of what they hold."""
