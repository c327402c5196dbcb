"""Many small cases in one test: an item of its own costs more than each of them asks."""


def of_each(cases):
    """Makes a test of one case one over all of them; each that fails is named, with what it failed at.

    A case is a tuple of what the test takes, or the one thing that it takes. No fixture goes with it.
    """
    held = [case if isinstance(case, tuple) else (case,) for case in cases]

    def over_all(check):
        def test():
            faults = []
            for case in held:
                try:
                    check(*case)
                except Exception as fault:
                    fault.add_note(f"This is the case of {case}.")
                    faults.append(fault)
            assert held, "There is no case."
            if faults:
                raise ExceptionGroup(f"{len(faults)} of {len(held)} cases", faults)

        test.__doc__ = check.__doc__
        return test

    return over_all
