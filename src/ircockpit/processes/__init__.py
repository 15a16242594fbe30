"""Programs of this machine, run without shell and terminal."""
