"""Installs the Debian programs that the long suites test against, where they are missing and this user may."""

import os
import shutil
import subprocess
import sys

PACKAGES = {
    "faketime": "faketime",
    "strace": "strace",
    "ssh-keygen": "openssh-client",
    "openssl": "openssl",
    "unshare": "util-linux",
    "tmux": "tmux",
    "screen": "screen",
    "mosh-server": "mosh",
    "zsh": "zsh",
    "fish": "fish",
}
"""Program, and the package it comes with."""


def missing() -> list[str]:
    """Packages whose program is not on the path."""
    return sorted({package for program, package in PACKAGES.items() if not shutil.which(program)})


def install() -> None:
    """Install what is missing; says what could not be, and leaves it to the tests to skip by name."""
    wanted = missing()
    if not wanted:
        return
    if shutil.which("apt-get"):
        words = [] if os.geteuid() == 0 else ["sudo", "-n"]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["install"], ["update"], ["install"]):
            what = ["--yes", "--no-install-recommends", *wanted] if step == ["install"] else []
            try:
                done = subprocess.run(
                    [*words, "apt-get", "--quiet=2", *step, *what],
                    env=quiet, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=600,
                )  # fmt: skip
            except (OSError, subprocess.TimeoutExpired):
                break
            if step == ["install"] and done.returncode == 0:
                break
    if still := missing():
        print(
            f"Not installed, what needs them is skipped by name: {', '.join(still)}.",
            file=sys.stderr,
            flush=True,
        )


if __name__ == "__main__":
    install()
