"""Set Django up for the bench, then run it: `make bench` starts the servers around it."""

import os

from benchmarks.places import environ

os.environ |= environ(os.environ)

# Pages that are asked for in this process are served as by a web worker: it looks for garbage as rarely.
import hmis.wsgi  # noqa: F401
from benchmarks.report import main
from hmis.kernel import scope

with scope.within(scope.everywhere()):
    main()
