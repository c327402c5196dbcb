"""How the tests are dealt out to the workers: pytest-xdist's own way, for sixteen thousand of them."""

from collections import defaultdict
from functools import cached_property

from xdist.scheduler import LoadGroupScheduling

# So many variants of a test that is asked for many rows go out together.
BUNDLE = 20


class Dealer(LoadGroupScheduling):
    """After each test xdist counts through whatever a worker has ever had: what is done is forgotten here."""

    @cached_property
    def bundle_of(self) -> dict[str, str]:
        """The bundle of each variant of a test with many; groups stay groups."""
        variants = defaultdict(list)
        for name in self.collection or ():
            if name.endswith("]"):
                variants[name.split("[")[0]].append(name)
        return {
            name: f"{test} {place // BUNDLE}"
            for test, names in variants.items()
            if len(names) > 2 * BUNDLE
            for place, name in enumerate(names)
        }

    def _split_scope(self, nodeid: str) -> str:
        return self.bundle_of.get(nodeid) or super()._split_scope(nodeid)

    def mark_test_complete(self, node, item_index: int, duration: float = 0) -> None:
        super().mark_test_complete(node, item_index, duration)
        work = self.assigned_work[node]
        scope = self._split_scope(self.registered_collections[node][item_index])
        if all(work[scope].values()):
            del work[scope]
