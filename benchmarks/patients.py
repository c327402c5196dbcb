"""How many patients are on file while the bench runs, and how long it took to write them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from django.db import connection

from benchmarks.places import BASE
from patients.models import Patient

WANTED = int(os.environ.get("BENCH_PATIENTS") or 100_000)


def on_file() -> int:
    """Patients in the bench's database."""
    count = Patient.objects.count()
    connection.close()
    return count


def fill_rows() -> Iterator[tuple[str, str, str]]:
    """Write what is missing to BENCH_PATIENTS, by `seed_load`; what an earlier run wrote is kept."""
    missing = WANTED - on_file()
    if missing <= 0:
        return
    owner = os.environ | {"DATABASE_URL": os.environ["DATABASE_OWNER_URL"]}
    command = [BASE / "manage.py", "seed_load", "--patients", str(missing), "--seed", str(WANTED)]
    began = time.monotonic()
    subprocess.run([sys.executable, *command], env=owner, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    yield (
        f"seed_load of {missing:,} patients",
        f"{seconds:.0f} s, {missing / seconds:,.0f} a second",
        "1 M ≤ 180 s",
    )
