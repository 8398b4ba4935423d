"""The pytest plugin: light, its options, and the smallest failing case as a section of the report."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad

ROOT = Path(minigrad.__file__).parents[1]
TESTS = """
import minigrad as mg
from minigrad.testing import gradfuzz

own, profile = [], []

@mg.custom_function
def double(x):
    return x * 2

@double.gradient
def double_gradient(g, y, x):
    return g * 3

test_double = gradfuzz(double)

NUMBERS = (mg.testing.strategies.arrays(shape=(2,)),)

@gradfuzz(inputs=NUMBERS, checks=("dtype",), examples=7)
def test_count_own(x):
    own.append(0)
    return x * x

@gradfuzz(inputs=NUMBERS, checks=("dtype",))
def test_count_profile(x):
    profile.append(0)
    return x * x

def test_count():
    print("calls:", len(own), len(profile))
"""
CALLS = 5       # of the operation for each example: once to look at its outputs, four times in checks.dtype
pytest_plugins = ["pytester"]


@pytest.fixture
def run(pytester, monkeypatch):
    """pytest in this process, in a folder with TESTS, with the plugin -> its result."""
    monkeypatch.delenv("CI", raising=False)
    pytester.makeini("[pytest]")
    pytester.makepyfile(test_mine=TESTS)
    return lambda *options: pytester.runpytest_inprocess("-p", "_minigrad_pytest_plugin", "-p", "no:cacheprovider", *options)


def test_the_smallest_case_is_a_section_that_can_be_pasted(run, pytester):
    result = run("test_mine.py", "-k", "double")
    result.assert_outcomes(failed=1, deselected=3)
    output = result.stdout.str()
    assert output.count("def test_double_smallest_case():") == 1
    text = re.search(r"--+ gradfuzz: the smallest failing case, as a test to paste --+\n(.*?)\n===", output, re.S)[1]
    assert "\n    x = np.array(" in text
    pytester.makepyfile(test_pasted=text)
    pasted = run("test_pasted.py")
    pasted.assert_outcomes(failed=1)
    assert re.search(r"GradientError: (.*)", output)[1] in pasted.stdout.str()


def counts(run, *options):
    """How often the test with 7 examples and the one with the profile's number were called, in examples."""
    result = run("-s", "-k", "count", *options)
    result.assert_outcomes(passed=3, deselected=1)
    own, profile = map(int, re.search(r"calls: (\d+) (\d+)", result.stdout.str()).groups())
    return own / CALLS, profile / CALLS


def test_how_many_examples_are_tried(run, monkeypatch):
    assert counts(run) == (7, 25)
    assert counts(run, "--gradfuzz-examples=11") == (11, 11)
    assert counts(run, "--gradfuzz-profile=ci") == (7, 100)
    monkeypatch.setenv("CI", "true")
    assert counts(run) == (7, 100)


@pytest.mark.parametrize("option", ["--gradfuzz-examples=0", "--gradfuzz-profile=weekly"])
def test_wrong_options_are_refused(run, option):
    result = run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert option.split("=")[0] in result.stderr.str()


@pytest.mark.parametrize("text", ["0", "-1", "abc", "1.5"])
def test_a_wrong_number_of_examples_is_shown(run, text):
    assert f"expected a whole number of 1 or more, found '{text}'" in run(f"--gradfuzz-examples={text}").stderr.str()


def test_without_gradfuzz_tests_minigrad_is_not_imported(tmp_path):
    (tmp_path / "test_other.py").write_text("import sys\ndef test_it():\n    assert 'minigrad' not in sys.modules\n"
                                            "    assert 'numpy' not in sys.modules\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in (str(ROOT), os.environ.get("PYTHONPATH")) if path)
    command = [sys.executable, "-m", "pytest", "-p", "_minigrad_pytest_plugin", "-p", "no:cacheprovider", "-p",
               "no:hypothesispytest"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_entry_point_has_the_name_of_the_module():
    """So that `-p` beside an installed plugin registers it once."""
    file = ROOT / "pyproject.toml"
    if not file.exists():
        pytest.skip("an installed package has no pyproject.toml beside it")
    text = file.read_text(encoding="utf-8")
    assert '_minigrad_pytest_plugin = "_minigrad_pytest_plugin"' in text
    assert 'py-modules = ["_minigrad_pytest_plugin"]' in text
