"""What a person sets for their own cockpit: shown with where each value comes from, and changed in one file."""
