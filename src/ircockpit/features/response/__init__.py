"""Who does what in a response: duty roles, who is accountable for which decision, whom to call next, checklists."""
