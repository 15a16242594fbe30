"""One incident's screen as tabs on digits: a small class each, imported when somebody goes there."""
