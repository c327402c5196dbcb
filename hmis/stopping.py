"""Told to end: what a signal's handler may say, and what the loop that it interrupts looks at."""

import time

STEP_SECONDS = 0.2


class Stopping:
    """Whether this process was told to end; itself the handler.

    No `threading.Event`: the handler runs in the thread that waits, in the middle of whatever that does. If
    that holds the Event's lock just then, the handler waits for it for ever, and nothing ends any more.
    """

    def __init__(self) -> None:
        self.told = False

    def __call__(self, *_signal: object) -> None:
        self.told = True

    def wait(self, seconds: float) -> bool:
        """Whether it was told, after at most so many seconds and soon after it is told."""
        until = time.monotonic() + seconds
        while not self.told and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, STEP_SECONDS))
        return self.told
