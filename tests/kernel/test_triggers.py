"""The list of triggers says what the library's own would say of the same triggers."""

import pgtrigger
import pytest
from pgtrigger import registry

from hmis.kernel.models import AuditEntry
from hmis.kernel.triggers import Registry


@pytest.fixture
def added():
    """A trigger of a table of ours, as long as the test goes on."""
    trigger = pgtrigger.Protect(name="added_by_a_test", operation=pgtrigger.Delete)
    trigger.register(AuditEntry)
    yield trigger
    trigger.unregister(AuditEntry)


def in_words():
    """What both lists answer, ours and the library's."""
    ours, theirs = registry._registry, registry._Registry
    assert isinstance(ours, Registry)
    return [
        (getattr(ours, name), getattr(theirs, name).fget(ours))
        for name in ("by_db_table", "pg_function_names")
    ]


def test_all_triggers_are_known_by_table_and_function():
    for ours, theirs in in_words():
        assert ours == theirs
        assert len(ours) == len(pgtrigger.registered()) > 100


def test_what_comes_and_goes_is_noticed(added):
    table = AuditEntry._meta.db_table
    assert registry._registry.by_db_table[table, added.name] is added
    assert all(ours == theirs for ours, theirs in in_words())

    added.unregister(AuditEntry)
    assert (table, added.name) not in registry._registry.by_db_table
    assert all(ours == theirs for ours, theirs in in_words())
    added.register(AuditEntry)


def test_a_name_is_given_once(added):
    with pytest.raises(KeyError, match="already used"):
        pgtrigger.Protect(name=added.name, operation=pgtrigger.Update).register(AuditEntry)
