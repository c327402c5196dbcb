"""What must not run beside itself runs on one worker."""

import pytest

pytestmark = pytest.mark.xdist_group("groups")


def test_the_runner_knows_what_belongs_together(request):
    """pytest-xdist tells by the end of a test's name; pytest 9.2 let it drop that, and nothing failed."""
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@groups")
