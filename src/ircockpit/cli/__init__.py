"""The command line: thin, derived from the registry, data on stdout and narration on stderr."""
