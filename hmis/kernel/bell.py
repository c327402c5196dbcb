"""Ring for a worker: one publish, at most 0.3 s, no retry. A lost ring costs nothing: the sweep comes."""

from functools import cache

from celery import current_app
from kombu import Connection

PATIENCE = 0.12  # per socket step; a connect and a hello stay within 0.3 s together


@cache
def _connection() -> Connection:
    options = {
        "socket_timeout": PATIENCE,
        "socket_connect_timeout": PATIENCE,
        "retry_on_timeout": False,
        "max_retries": 0,
    }
    return current_app.connection_for_write(transport_options=options)


def ring(task: str = "kernel.sweep") -> None:
    """Ask any worker to sweep now, or to do another round. Raises whatever the broker's client raises."""
    current_app.send_task(task, connection=_connection(), retry=False, expires=5)
