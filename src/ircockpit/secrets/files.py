"""Secrets in files: read only when nobody else on the machine can."""

import errno
import os
import stat

from ircockpit.core.errors import SecretError

_KEEP = "Only what needs this secret is disabled."


def read_private(path: str, limit: int) -> bytes:
    """A file that only its owner can read, owned by this user or root, of at most ``limit`` bytes.

    A symbolic link is followed only within its own directory, as mounted secrets are laid out.
    Raises :class:`SecretError` with the fix.
    """
    real = os.path.realpath(path)
    home = os.path.realpath(os.path.dirname(path))
    if os.path.commonpath([real, home]) != home:
        raise SecretError(
            f"The secret file {path} is a link to another directory.",
            safe=_KEEP,
            fix="Name the file itself.",
        )
    descriptor = _open_regular(path, real)
    try:
        state = os.fstat(descriptor)
        if os.name == "posix":
            _check_access(path, state)
        return _read(descriptor, path, state, limit)
    finally:
        os.close(descriptor)


def write_private(path: str, value: bytes, *, replace: bool = False) -> None:
    """Write a file that only its owner can read, whole or not at all. Raises :class:`SecretError` with nothing changed.

    What is there already is replaced only where that is said, and only a plain file is.
    """
    try:
        if not replace and os.path.lexists(path):
            raise SecretError(
                f"There is a file {path} already.",
                safe="It was not touched.",
                fix="Add --replace, or name another file.",
            )
        if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
            raise _not_regular(path)
        folder, name = os.path.split(path)
        temporary = os.path.join(folder, f".{name}.{os.urandom(4).hex()}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(value)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise SecretError(
            f"The secret file {path} cannot be written: {os.strerror(error.errno or errno.EIO)}.",
            safe="Nothing was stored.", fix="Name a file in a folder of yours that is there.",
        ) from None  # fmt: skip


def read_credential(path: str, limit: int) -> bytes:
    """A file of systemd's credentials directory, of at most ``limit`` bytes.

    The directory itself keeps others out, and its access list shows as group bits, so the mode of
    the file is not judged (systemd.exec(5), CREDENTIALS).
    """
    descriptor = _open_regular(path, path)
    try:
        return _read(descriptor, path, os.fstat(descriptor), limit)
    finally:
        os.close(descriptor)


def _open_regular(path: str, real: str) -> int:
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= int(getattr(os, name, 0))
    try:
        if not stat.S_ISREG(os.lstat(real).st_mode):
            raise _not_regular(path)
        return os.open(real, flags)
    except OSError as error:
        if error.errno == errno.ENOENT:
            fix = "Create it with mode 0600, or name another source."
        elif error.errno == errno.ELOOP:
            raise _not_regular(path) from None
        else:
            fix = "Check its owner and permissions."
        raise SecretError(
            f"The secret file {path} cannot be read: {os.strerror(error.errno or errno.EIO)}.",
            safe=_KEEP,
            fix=fix,
        ) from None


def _check_access(path: str, state: os.stat_result) -> None:
    if state.st_mode & 0o077:
        raise SecretError(
            f"The secret file {path} can be read by others (mode {stat.S_IMODE(state.st_mode):04o}).",
            safe=_KEEP,
            fix=f"Run: chmod 600 {path}; and replace the secret if others have used this machine.",
        )
    if state.st_uid not in (os.geteuid(), 0):
        raise SecretError(
            f"The secret file {path} belongs to another user.",
            safe=_KEEP,
            fix="Use a file of your own.",
        )


def _read(descriptor: int, path: str, state: os.stat_result, limit: int) -> bytes:
    if not stat.S_ISREG(state.st_mode):
        raise _not_regular(path)
    parts: list[bytes] = []
    size = 0
    while part := os.read(descriptor, limit + 1 - size):
        parts.append(part)
        size += len(part)
        if size > limit:
            raise SecretError(
                f"The secret file {path} has more than {limit:,} bytes.",
                safe=_KEEP,
                fix="Name the right file.",
            )
    return b"".join(parts)


def _not_regular(path: str) -> SecretError:
    return SecretError(
        f"The secret file {path} is not a regular file.", safe=_KEEP, fix="Name the file itself."
    )
