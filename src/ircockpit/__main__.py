"""The door: a command, or the cockpit."""

import sys


def main() -> None:
    """Run what the words of the command line ask for and exit with its code."""
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


if __name__ == "__main__":
    main()
