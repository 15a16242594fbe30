"""A real SMTP server on this machine, which keeps what it takes, or answers as a test says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.support.daemon import free_ports


class Mailbox:
    """Every mail that was taken, and what the server says to the next one."""

    def __init__(self, says: str) -> None:
        self.says = says
        self.taken: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail."""
        del server, session
        self.taken.append(envelope)
        return self.says


@contextmanager
def mail_server(says: str = "250 taken", **options: Any) -> Iterator[tuple[Mailbox, int]]:
    """The mailbox and the port of a server that runs meanwhile."""
    box = Mailbox(says)
    (port,) = free_ports(1)
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()
