"""Prints which of the changed lines no test has noticed, and fails below the share that must be.

python tests/runway/mutants.py PERCENT, in the folder where mutmut has run.
"""

import json
import sys
from collections import Counter
from pathlib import Path

KILLED, SURVIVED, UNTESTED = "killed", "survived", "no tests"
# How the run of the tests ended: mutmut keeps pytest's own code, 33 where no test walks the line.
ENDINGS = {0: SURVIVED, 1: KILLED, 3: KILLED, 33: UNTESTED}


def endings(folder: Path) -> dict[str, str]:
    """How each changed line fared, by its name; whatever hung or crashed was noticed too."""
    return {
        name: ENDINGS.get(code, KILLED)
        for path in sorted(folder.rglob("*.meta"))
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items()
        if code is not None
    }


def main(least: float) -> None:
    found = endings(Path("mutants"))
    for name, ending in found.items():
        if ending != KILLED:
            print(f"{ending:>10}  {name}")
    count = Counter(found.values())
    percent = 100 * count[KILLED] / len(found) if found else 0
    print(f"{len(found)} changes, {count[KILLED]} noticed: {percent:.1f} % (at least {least:g} %)")
    sys.exit(percent < least)


if __name__ == "__main__":
    main(float(sys.argv[1]))
