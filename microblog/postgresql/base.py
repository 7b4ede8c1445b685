from __future__ import annotations

import select
import time
from typing import Any

from django.db.backends.postgresql import base

from microblog.postgresql.statements import PreparedStatements

# A connection that worked this long ago is not checked by a query, as long as the server has sent nothing since.
TRUSTED_SECONDS = 5


class DatabaseWrapper(base.DatabaseWrapper):
    """
    Checks a kept connection by a query only when it may be broken, rather than once for each request.

    A server that stops or ends a connection sends a message and closes it, which shows without a query. One that
    vanishes, or a firewall that forgets an idle connection, shows only by a query.

    The server does not compile queries (JIT), as it does when it overestimates one.

    `statements` prepares queries; None behind PgBouncer, which sends each transaction to any process of the server.
    """

    health_check_done: bool
    trusted_until = 0.0
    statements: PreparedStatements | None = None

    def _configure_connection(self, connection: Any) -> bool:
        # Compiling a query of a timeline takes a hundred times as long as running it. A statement, because PgBouncer
        # accepts no options of a connection; behind it, the database needs the setting too (docs/scale.md).
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('jit', 'off', false), pg_backend_pid()")
            _jit, process = cursor.fetchone()
        # PgBouncer tells its clients ids of its own.
        self.statements = PreparedStatements(connection) if process == connection.info.backend_pid else None
        super()._configure_connection(connection)  # type: ignore[misc] # not in the stubs
        return True  # to commit it

    def close_if_health_check_failed(self) -> None:
        if self.connection is not None and not self.health_check_done:
            if time.monotonic() < self.trusted_until and not self.connection.closed and not self._has_received():
                self.health_check_done = True
                return
            self.trusted_until = time.monotonic() + TRUSTED_SECONDS
        super().close_if_health_check_failed()

    def _has_received(self) -> bool:
        poll = select.poll()
        poll.register(self.connection, select.POLLIN)
        return bool(poll.poll(0))
