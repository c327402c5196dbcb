"""`pytest -p tests.factories.newcomer`: what is asked of each template or word, of the new app's alone.

Those of the house are asked by the suite itself; what is asked of the house as a whole stays.
"""

from collections import Counter

NAME = "pharmacy"
# So many cases of one test are a list of things of the house.
MANY = 40


def pytest_collection_modifyitems(config, items):
    of = {item: item.nodeid.partition("[")[0] for item in items}
    cases = Counter(of.values())
    others = {item for item in items if cases[of[item]] > MANY and NAME not in item.name.lower()}
    config.hook.pytest_deselected(items=list(others))
    items[:] = [item for item in items if item not in others]
