"""The beginning: from an empty profile to one control on one's own gateway that is proved."""
