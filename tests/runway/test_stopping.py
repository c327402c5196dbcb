"""Told to end, a process ends, wherever in its waiting the signal comes."""

import os
import signal
import subprocess
import sys
import time

from hmis.stopping import Stopping

# The handler at the first line of the waiting, at the second, and so on to the last. With an Event it stands
# still for ever at the first line within the Event's lock.
WALK = """
import sys
from hmis.stopping import Stopping

def wait_with_a_signal_at(line):
    stopping, seen = Stopping(), 0

    def trace(frame, event, argument):
        nonlocal seen
        seen += 1
        if seen == line:
            stopping()
        return trace

    sys.settrace(trace)
    stopping.wait(0.05)
    sys.settrace(None)
    return seen >= line

line = 1
while wait_with_a_signal_at(line):
    line += 1
print(line - 1)
"""


def test_no_moment_of_the_waiting_is_a_wrong_one():
    walked = subprocess.run([sys.executable, "-c", WALK], timeout=30, check=True, stdout=subprocess.PIPE)

    assert int(walked.stdout) > 3


def test_it_is_told_soon_and_not_before():
    stopping = Stopping()
    before = signal.signal(signal.SIGUSR1, stopping)
    try:
        began = time.monotonic()
        assert not stopping.wait(0.3)
        assert time.monotonic() - began >= 0.3
        os.kill(os.getpid(), signal.SIGUSR1)
        assert stopping.wait(60)
        assert time.monotonic() - began < 30
    finally:
        signal.signal(signal.SIGUSR1, before)
