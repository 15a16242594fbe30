"""Who was affected by an incident and what the model did: a row and a state for each, counted for everybody."""
