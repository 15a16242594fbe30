"""Membership: who belongs to the organisation and as what, what was not accepted, and what a lead adopts."""
