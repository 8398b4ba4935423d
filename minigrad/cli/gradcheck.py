"""`minigrad gradcheck`: every operation of this installation, fuzzed; the table of what was run."""

import argparse
import importlib
import sys
from typing import Any

import minigrad as mg
from minigrad.cli.words import say
from minigrad.system.console import stderr_is_a_terminal
from minigrad.system.files import check_writable, whole_file
from minigrad.testing.report import ASPECTS


def gradcheck(args: argparse.Namespace) -> int:
    """Run the command; returns its exit code: 0 all right, 1 something is wrong."""
    importlib.import_module("minigrad.testing.strategies")     # without hypothesis: an error that says how to install it
    suite = mg.testing.suite
    if args.list:
        return _list()
    from tqdm import tqdm

    if args.table is not None:
        check_writable(args.table)      # before the work, not after it
    names = list(mg.testing.operations.descriptions()) if args.ops is None else args.ops
    if unknown := [name for name in names if name not in mg.testing.operations.discover()]:
        args.parser.error(f"there is no operation {', '.join(unknown)}: minigrad gradcheck --list names them all")
    with tqdm(total=len(names), unit="op", file=sys.stderr, leave=False,
              disable=args.no_progress or not stderr_is_a_terminal()) as bar:

        def progress(part: Any) -> None:
            bar.update()
            for failure in part.failures:
                bar.clear()
                say(f"{failure}")

        report = suite.run(names, args.examples, args.profile, args.seed, args.aspects or ASPECTS, args.jobs, progress)
    if args.table is not None:
        with whole_file(args.table) as part:
            part.write_text(report.table(), encoding="utf-8")
    number, seconds = f"{report.cases:,} cases of {len(names)} operations", f"in {report.wall_seconds:.0f} s"
    if not report:
        say(f"{number} {seconds}: {len(report.failures)} failed, as above")
        return 1
    say(f"{number}, all right, {seconds}")
    return 0


def _list() -> int:
    """The operations and their inputs."""
    for name, found in mg.testing.operations.descriptions().items():
        say(f"{name:24}{'; '.join(d.about or 'tensors' for d in found)}")
    return 0
