"""What log lines and audit rows say of the request being answered: its id, and no key of an address."""

import logging
import re
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id, or "" outside a request."""
    return request_id.get()


class RequestIdFilter(logging.Filter):
    """Gives each log line the id of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id() or "-"
        return True


# Addresses that open something by themselves: a screen, or a receipt, certificate (also of a death),
# prescription or report to check. Whoever reads a log must not be able to.
KEYS_IN_ADDRESSES = re.compile(r"/(display|r|c|d|p|l)/[^/\s\"']+")


def without_keys(text: str) -> str:
    return KEYS_IN_ADDRESSES.sub(r"/\1/*", text)


class NoKeysFilter(logging.Filter):
    """Leaves the keys of screens and of papers to check out of every log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if KEYS_IN_ADDRESSES.search(said):
            record.msg, record.args = without_keys(said), ()
        return True
