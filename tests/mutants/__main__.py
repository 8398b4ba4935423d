"""python -m tests.mutants: each planted mistake, what caught it, and what that said. Exit code 1 if one was not caught."""

import sys
import time
import warnings

import hypothesis

from . import wrong_kernels, wrong_rules
from .test_mutants import check_rule, check_table

warnings.simplefilter("ignore", hypothesis.errors.HypothesisWarning)


def caught(check, *args):
    """(what caught it, the first line of what it said), or None."""
    try:
        check(*args)
    except AssertionError as error:
        return type(error).__name__, str(error).strip().splitlines()[0]
    return None


def main():
    survived, start = 0, time.perf_counter()
    print("mutant | caught by | it said")

    def row(mistake, by, found):
        nonlocal survived
        survived += found is None
        print(f"{mistake} | NOT CAUGHT |" if found is None else f"{mistake} | {by}: {found[0]} | {found[1]}", flush=True)

    for mutant in wrong_rules.WRONG_RULES:
        with wrong_rules.planted(mutant):
            row(mutant.mistake, f"check_operation({mutant.operation!r})", caught(check_rule, mutant))
    for mistake, name, method in wrong_kernels.WRONG_KERNELS:
        row(mistake, f"check_kernel({name!r})", caught(check_table, name, wrong_kernels.planted(name, method)))
    total = len(wrong_rules.WRONG_RULES) + len(wrong_kernels.WRONG_KERNELS)
    print(f"{total - survived} of {total} caught in {time.perf_counter() - start:.0f} s")
    return 1 if survived else 0


sys.exit(main())
