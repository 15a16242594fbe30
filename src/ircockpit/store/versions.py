"""Numbers by which the file of a log says what it is."""

SCHEMA = 4
"""``user_version`` after the last migration: a current log is told without importing what migrates."""
TRIAL = 3
"""``user_version`` of the last log whose events are of the trial format, from before it was frozen."""
APPLICATION_ID = 0x49524C47  # "IRLG"
