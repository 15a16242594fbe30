"""Bundles: a record in a folder that stock tools can check, to be carried on a stick or handed to an auditor."""
