"""Formats and proofs of the record: events, lanes, signatures, certificates, receipts and their check."""
