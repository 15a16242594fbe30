"""Untrusted text made inert: the one gate before terminal, clipboard, title, log, file name and report."""
