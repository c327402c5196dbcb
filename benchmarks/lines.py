"""A medicine while its line is typed: what the server takes at each keystroke, the whole request."""

import statistics
import time
from dataclasses import dataclass

from django.test import Client
from django.urls import reverse

from benchmarks.charts import a_doctor
from benchmarks.places import HOST

TYPED = (
    "para 500 1-1-1 5d",
    "amox 500 tds 5 days after food",
    "inj ceftriaxone 1g iv bd 3d",
    "insulin glargine 10 u sc hs",
    "pred 40 od 5d then 20 od 5d then 10 od 5d",
    "azithromicin 500 od 3d",
)


@dataclass(frozen=True)
class Typing:
    """Milliseconds of one keystroke's answer."""

    p50: float
    p95: float
    worst: float


def typing() -> Typing:
    """Each of the lines letter by letter, as the doctor's room asks, in this process."""
    client = Client(headers={"host": HOST})
    client.force_login(a_doctor())
    address = reverse("patients:medicine_list")
    client.post(address, {"line": TYPED[0]})  # reads the formulary, once a process
    times = []
    for text in TYPED:
        for end in range(1, len(text) + 1):
            began = time.perf_counter()
            answer = client.post(address, {"line": text[:end]})
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200
    times.sort()
    return Typing(statistics.median(times), times[int(len(times) * 0.95)], times[-1])
