"""Many small cases in one test: an item of its own costs more than each of them asks."""

from functools import wraps
from inspect import signature

from django.db import transaction

from hmis.kernel import recent


def of_each(cases):
    """Makes a test of one case one over all of them; each that fails is named, with what it failed at.

    A case is a tuple of what the test takes, or the one thing that it takes. No fixture goes with it.
    """
    held = [case if isinstance(case, tuple) else (case,) for case in cases]

    def over_all(check):
        def test():
            _ask(held, lambda case: check(*case))

        test.__doc__ = check.__doc__
        return test

    return over_all


def walked(names, cases):
    """As `parametrize`, in one test: what its fixtures have made serves all cases, and each is undone.

    For cases that differ in a value and change nothing but rows.
    """
    names = [names] if isinstance(names, str) else list(names)
    held = [case if len(names) > 1 else (case,) for case in cases]

    def over_all(check):
        @wraps(check)
        def test(**given):
            _ask(held, lambda case: _undone(check, given | dict(zip(names, case, strict=True))))

        takes = signature(check)
        fixtures = [one for name, one in takes.parameters.items() if name not in names]
        test.__signature__ = takes.replace(parameters=fixtures)
        return test

    return over_all


def _undone(check, given):
    """The check, as if it had never been."""
    recent.forget()
    undone = transaction.atomic()
    undone.__enter__()
    try:
        check(**given)
    finally:
        transaction.set_rollback(True)
        undone.__exit__(None, None, None)


def _ask(cases, check):
    assert cases, "There is no case."
    faults = []
    for case in cases:
        try:
            check(case)
        except Exception as fault:
            fault.add_note(f"This is the case of {case}.")
            faults.append(fault)
    if faults:
        raise ExceptionGroup(f"{len(faults)} of {len(cases)} cases", faults)
