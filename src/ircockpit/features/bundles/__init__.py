"""Bundles: the record out to a stick or an auditor, and in from a colleague."""
