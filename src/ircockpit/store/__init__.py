"""The workstation's profile on disk: the log, the views made from it, and the one way to write."""
