"""Set Django up for the bench, then run it: `make bench` starts the servers around it."""

import os

import django

from benchmarks.places import environ

os.environ |= environ(os.environ)
django.setup()

from benchmarks.report import main  # noqa: E402
from hmis.kernel import scope  # noqa: E402

with scope.within(scope.everywhere()):
    main()
