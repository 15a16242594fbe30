"""Untrusted text made inert: the one gate before terminal, clipboard, log, file name and report."""
