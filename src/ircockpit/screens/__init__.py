"""The screens of the cockpit, one a file."""
