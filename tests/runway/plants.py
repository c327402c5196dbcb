"""Plants a fault in a copy of the code, one after the other, and asks whether a test turns red.

python tests/runway/plants.py, in the folder of the copy, with the servers of the tests at hand.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plant:
    """What is spoilt, where, how, and which tests must notice it."""

    name: str
    path: str
    was: str
    becomes: str
    noticed_by: str

    def grows(self) -> bool:
        """Whether the tests are red with it. Raises ValueError where the code has changed since."""
        file = Path(self.path)
        text = file.read_text()
        if text.count(self.was) != 1:
            raise ValueError(f"{self.name}: {self.path} does not say {self.was!r} once.")
        file.write_text(text.replace(self.was, self.becomes))
        try:
            return tests(self.noticed_by) == 1  # of pytest: tests have failed, and nothing else went wrong
        finally:
            file.write_text(text)


LOCKED = """return self.select_for_update(of=("self",)).order_by("pk")"""
PLANTS = [
    Plant(
        "a lock: rows are read and not held",
        "hmis/kernel/access.py",
        LOCKED,
        """return self.order_by("pk")""",
        "tests/billing/test_take_payment.py::test_twenty_counters_collect_what_is_billed_and_no_more",
    ),
    Plant(
        "visible_to: everybody's rows",
        "hmis/kernel/access.py",
        "return self.filter(posting.sees(self.facility_path)) if posting else self.none()",
        "return self.all()",
        "tests/kernel/test_access.py",
    ),
    Plant(
        "numbering: the counter is read, and no counter is put up",
        "hmis/kernel/numbering.py",
        "DO UPDATE SET last = series.last + 1",
        "DO UPDATE SET last = series.last",
        "tests/kernel/test_numbering.py",
    ),
    Plant(
        "request keys: what is sent twice is done twice",
        "hmis/kernel/requests.py",
        """    if _is_first(mine):
        return mine.answer, False""",
        """    _is_first(mine)
    return mine.answer, False""",
        "tests/billing/test_take_payment.py::test_the_same_click_twenty_times_is_one_payment",
    ),
]


def tests(which: str, *more: str) -> int:
    """How pytest ends with these tests."""
    # From this copy: pytest-django would find the project around it, in which nothing is spoilt.
    quiet = ["-q", "-x", "-p", "no:cacheprovider", "-o", "django_find_project=false"]
    asked = [sys.executable, "-m", "pytest", *quiet, *which.split(), *more]
    return subprocess.run(asked, check=False, capture_output=True).returncode


def main() -> None:
    if tests(" ".join(plant.noticed_by for plant in PLANTS), "--create-db") != 0:
        sys.exit("These tests are red before anything is planted.")
    for plant in PLANTS:
        noticed = plant.grows()
        print(f"{'noticed' if noticed else 'NOT NOTICED':>12}  {plant.name}", flush=True)
        if not noticed:
            sys.exit(1)


if __name__ == "__main__":
    main()
