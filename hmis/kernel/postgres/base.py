"""What Django opens by the name of `hmis.kernel.postgres`."""

from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, TRANSACTION_STATUS_INTRANS

WELL = {TRANSACTION_STATUS_IDLE, TRANSACTION_STATUS_INTRANS}


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "hmis.kernel.postgres.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def is_usable(self) -> bool:
        """Asked before each request's first statement: Django sends a statement of its own to learn it.

        A server that has ended or was killed has closed the line: that is heard here at once. One that hangs
        or is out of reach answers neither way. After an error the server is asked as ever.
        """
        line: Any = self.connection
        stands = line is not None and not line.closed and not self.errors_occurred
        return (stands and _is_silent(line)) or super().is_usable()


def _is_silent(line: Any) -> bool:
    """Whether all is well and nothing has come since: neither a last word nor the end of the line."""
    heard = poll()
    heard.register(line, POLLIN)
    return line.info.transaction_status in WELL and not heard.poll(0)
