"""Installs the Debian programs that tests are run against, where they are missing and this user may."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

GROUPS = {
    "servers": {
        "caddy": "caddy",
        "haproxy": "haproxy",
        "etcd": "etcd-server",
        "prometheus-alertmanager": "prometheus-alertmanager",
        "setpriv": "util-linux",
    },
    "programs": {
        "strace": "strace",
        "ssh-keygen": "openssh-client",
        "openssl": "openssl",
        "unshare": "util-linux",
        "tmux": "tmux",
        "screen": "screen",
        "zsh": "zsh",
        "fish": "fish",
    },
    "live": {
        "pg_ctlcluster": "postgresql",
        "redis-server": "redis-server",
        "redis-cli": "redis-tools",
        "rq": "python3-rq",
        "varnishd": "varnish",
        "node": "nodejs",
        "npm": "npm",
    },
    "long": {
        "faketime": "faketime",
        "mosh-server": "mosh",
    },
}
"""Program, and the package it comes with: two groups for every change, one for `make test-live`, one for `make test-long`."""
SERVICES = {"etcd-server": "etcd"}
"""What a package calls the service that it starts, where that is not its own name."""
SECONDS = 600
"""For one step of the installation."""


def missing(groups: list[str]) -> list[str]:
    """Packages of these groups whose program is not to be found."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    wanted = [item for group in groups for item in GROUPS[group].items()]
    return sorted({package for program, package in wanted if not shutil.which(program, path=path)})


def install(groups: list[str]) -> None:
    """Install what is missing; says what could not be, and leaves it to the tests to skip by name."""
    wanted = missing(groups)
    if not wanted:
        return
    if shutil.which("apt-get"):
        for step in (["install"], ["update"], ["install"]):
            what = ["--yes", "--no-install-recommends", *wanted] if step == ["install"] else []
            try:
                done = subprocess.run(
                    [*as_root(), "apt-get", "--quiet=2", *step, *what],
                    env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                    stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=SECONDS,
                )  # fmt: skip
            except (OSError, subprocess.TimeoutExpired):
                break
            if step == ["install"] and done.returncode == 0:
                break
    still = missing(groups)
    end_services([package for package in wanted if package not in still])
    if still:
        print(
            f"Not installed, what needs them is skipped by name: {', '.join(still)}.",
            file=sys.stderr,
            flush=True,
        )


def end_services(packages: list[str]) -> None:
    """Stop what these packages have just started: the tests start servers of their own."""
    if not Path("/run/systemd/system").is_dir():
        return
    for package in packages:
        service = f"{SERVICES.get(package, package)}.service"
        subprocess.run(
            [*as_root(), "systemctl", "disable", "--now", "--quiet", service],
            stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
        )  # fmt: skip


def as_root() -> list[str]:
    """Words before a command that only root may give; it never asks for a password."""
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


if __name__ == "__main__":
    install(sys.argv[1:] or list(GROUPS))
