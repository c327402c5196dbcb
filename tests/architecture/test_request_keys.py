"""Sent twice, counted once: every POST of the API reads its key, or says why it needs none."""

from types import FunctionType

from hmis.api import router


def posts():
    """(noun and action, viewset, its function) of every POST."""
    for noun, viewset, _name in router.registry:
        for route in router.get_routes(viewset):
            action = router.get_method_map(viewset, route.mapping).get("post")
            if action:
                yield f"{noun} {action}", viewset, getattr(viewset, action)


def reads_its_key(viewset, function):
    """Whether it, or what it calls of the edges, asks for `idempotency_key`."""
    waiting, seen = [function], set()
    while waiting:
        one = waiting.pop()
        names = set(one.__code__.co_names)
        if "idempotency_key" in names:
            return True
        called = [getattr(viewset, name, None) or one.__globals__.get(name) for name in names - seen]
        seen |= names
        waiting += [
            other for other in called if isinstance(other, FunctionType) and ".api" in other.__module__
        ]
    return False


def test_every_post_of_the_api_counts_once():
    without = {name for name, viewset, function in posts() if not reads_its_key(viewset, function)}
    said = {f"{noun} {one}" for noun, viewset, _name in router.registry for one in viewset.once_by_nature}

    assert without == said
