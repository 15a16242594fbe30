"""What a responder does, one vertical slice each."""
