"""The pytest plugin of minigrad: the options of `@gradfuzz` tests, and their smallest failing case in the report.

    pytest --gradfuzz-examples=500              that many examples for each gradfuzz test
    pytest --gradfuzz-profile=nightly           dev (25 examples), ci (100, the same in every run) or nightly (2000)

It stands outside the package because pytest imports it in every run of everyone who has minigrad installed: a module of
the package would bring numpy and minigrad along. It imports them when a gradfuzz test runs. Without the entry point, as
in a source tree, `pytest -p _minigrad_pytest_plugin` loads it.
"""

import argparse
import os

import pytest

SECTION = "gradfuzz: the smallest failing case, as a test to paste"


def pytest_addoption(parser):
    group = parser.getgroup("gradfuzz", "minigrad: fuzzing of differentiable operations")
    group.addoption("--gradfuzz-examples", type=_positive, metavar="N",
                    help="how many examples each gradfuzz test tries, whatever the profile or the test say")
    group.addoption("--gradfuzz-profile", choices=("dev", "ci", "nightly"),
                    default="ci" if os.environ.get("CI") else "dev",
                    help="dev: 25 examples; ci: 100, the same in every run; nightly: 2000 (default: ci where the environment "
                         "variable CI is set, else dev)")


def _positive(text):
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, found {text!r}")
    return number


def _is_gradfuzz(item):
    return getattr(getattr(item, "obj", None), "is_gradfuzz", None) is True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    if not _is_gradfuzz(item):
        return (yield)
    from minigrad.testing.fuzzing import profile

    with profile(item.config.getoption("gradfuzz_profile"), item.config.getoption("gradfuzz_examples")):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """The text moves from the notes of the error, where pytest would mark every line with E, to a section of its own."""
    text = getattr(call.excinfo.value, "as_test", None) if call.excinfo is not None and _is_gradfuzz(item) else None
    if text is not None:
        notes = call.excinfo.value.__notes__
        notes[:] = [note for note in notes if text not in note]
    report = yield
    if text is not None:
        report.sections.append((SECTION, text))
    return report
