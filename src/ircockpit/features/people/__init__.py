"""Who people are: names for the pseudonyms that stand in events."""
