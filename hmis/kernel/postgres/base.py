"""What Django opens by the name of `hmis.kernel.postgres`."""

from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base, operations


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
        if line is None or line.closed or self.errors_occurred or not _is_silent(line):
            return super().is_usable()
        return True


def _is_silent(line: Any) -> bool:
    """Whether nothing has come since the last answer: neither a last word nor the end of the line."""
    heard = poll()
    heard.register(line, POLLIN)
    return not heard.poll(0)
