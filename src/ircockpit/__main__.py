"""The door: a command, or the cockpit."""

import os
import sys


def main() -> None:
    """Run what the words of the command line ask for and exit with its code."""
    _fill_standard_descriptors()
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]):
        from ircockpit import __version__

        sys.stdout.write(f"ircockpit {__version__}\n")
        return
    if words:
        from ircockpit.cli.main import run

        sys.exit(run(words))
    from ircockpit.screens.cockpit import open_cockpit

    sys.exit(open_cockpit())


def _fill_standard_descriptors() -> None:
    # Started with one of them closed, the next file opened would take its number, and what a library or a
    # child process prints would go into that file. To Python the stream stays absent.
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(handle, True)
    os.close(handle)


if __name__ == "__main__":
    main()
