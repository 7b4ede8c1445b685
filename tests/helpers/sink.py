"""A real SMTP server that stores accepted mail, for tests and benchmarks."""

import email
import email.policy
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from scripts.processes import free_port


class Sink:
    """Accepted mails, and replies that refuse the next recipients."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.came = threading.Event()
        self.answers: list[str] = []
        self.port = free_port()

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - named by aiosmtpd
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - likewise
        self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.came.set()
        return "250 OK"


class Hasty(SMTP):
    """A server that hangs up instead of saying goodbye."""

    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802 - likewise
        await self.push("421 Too busy")
        self.transport.close()


@contextmanager
def smtp_sink(server: type[SMTP] = SMTP, sink: Sink | None = None) -> Iterator[Sink]:
    """Run a server on a free port of this machine. It logs nothing, since tests check the log for email addresses."""
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    sink = sink or Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, ready_timeout=60)
    controller.factory = lambda: server(sink, hostname="sink")
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
