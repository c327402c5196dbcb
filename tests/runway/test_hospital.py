"""The whole hospital: it opens, and leaves nothing behind.

What can be asked of one that stays open is asked in tests/faults, and how Ctrl-C ends it at its end there:
each start costs ten seconds of processor.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from hmis import embedded
from hmis.supervisor import PREPARED
from tests.runway.hospital import CLIENTS, Hospital, hospital, second_starts

# A first start on a busy machine has taken 210 seconds.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("hospital")]


def prepared(var: Path) -> None:
    """Somebody has opened the hospital of this folder before."""
    if not (var / PREPARED).exists():  # this test alone
        with hospital(var):
            pass


def start_again(var: Path) -> tuple[float, float]:
    """From `make run` to the first healthy answer: the seconds, and those of processor."""
    run = Hospital(var, ["make", "run"])
    try:
        return run.opens(240), run.worked()
    finally:
        run.process.terminate()
        run.process.wait(20)


def import_seconds() -> float:
    """How long this machine takes, busy as it is, to import what the web serves."""
    before = time.monotonic()
    environ = os.environ | {"HMIS_MODE": "demo", "SECRET_KEY": "none"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", "import hmis.wsgi"], env=environ, check=True)
    return time.monotonic() - before


def test_whoever_kills_it_ends_every_process(var):
    with hospital(var) as run:
        assert run.ends_by(signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_make_takes_everything_down_with_it(var, number):
    with hospital(var, "make", "run") as run:
        assert run.ends_by(number)  # sent to `make` alone


def test_with_servers_elsewhere_it_runs_none_of_its_own(var, tmp_path):
    prepared(var)
    own = tmp_path / "var"
    own.mkdir()
    for collected in "static", "static.stamp":  # the pages' files are those of the same code
        (own / collected).symlink_to(var / collected)
    with embedded.servers(var, {}) as servers, hospital(own, servers=servers) as run:
        assert set(run.children(CLIENTS)) == set(CLIENTS)
        with urlopen(f"http://127.0.0.1:{run.port}/healthz") as answer:
            said = json.load(answer)

    assert (said["database"], said["broker"]) == (True, True)
    assert not (own / "postgres").exists()


def test_the_second_start_takes_five_seconds_at_most(var):
    prepared(var)
    starts = [*second_starts] or [start_again(var)]
    for _ in range(2):  # the machine itself may have been slow for some minutes
        if min(worked for _took, worked in starts) > 5:
            starts.append(start_again(var))

    # However busy the machine is: all of it, what runs beside the opening too.
    assert min(worked for _took, worked in starts) <= 5
    # Other tests may run beside this one: then a bare import takes longer too, and so does luck.
    assert in_time(min(took for took, _worked in starts)) or any(
        in_time(start_again(var)[0]) for _ in range(3)
    )


def in_time(took: float) -> bool:
    """Within five seconds, or what they are worth on this machine as busy as it is."""
    return took <= 5 or took <= 2.5 * import_seconds()
