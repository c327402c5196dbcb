"""The registry of triggers looks its names up, and refuses what pgtrigger refuses."""

import pgtrigger
import pytest
from pgtrigger import registry

from facilities.models import Facility
from hmis.kernel.registered import Registry

SAYS_NO = pgtrigger.Protect(name="no_writing", operation=pgtrigger.Insert)


def test_every_trigger_is_there_by_its_table_and_its_function():
    known = registry._registry

    assert isinstance(known, Registry)
    assert len(known) > 300
    of_models = list(known.values())
    assert known.by_db_table == {(model._meta.db_table, one.name): one for model, one in of_models}
    assert known.pg_function_names == {one.get_pgid(model) for model, one in of_models}


def test_a_name_that_a_table_has_is_refused_until_it_is_given_up():
    SAYS_NO.register(Facility)
    try:
        with pytest.raises(KeyError, match="already used"):
            pgtrigger.Protect(name="no_writing", operation=pgtrigger.Delete).register(Facility)
    finally:
        SAYS_NO.unregister(Facility)

    assert (Facility._meta.db_table, "no_writing") not in registry._registry.by_db_table
    assert SAYS_NO.get_pgid(Facility) not in registry._registry.pg_function_names
