"""`minigrad gradcheck`: every operation of this installation, fuzzed; the table of what was run."""

import argparse
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import minigrad as mg
from minigrad.testing.report import ASPECTS


def gradcheck(args: argparse.Namespace) -> int:
    """Run the command; returns its exit code: 0 all right, 1 something is wrong."""
    importlib.import_module("minigrad.testing.strategies")     # without hypothesis: an error that says how to install it
    suite = mg.testing.suite
    if args.list:
        return _list()
    from tqdm import tqdm

    names = list(mg.testing.operations.descriptions()) if args.ops is None else args.ops
    if unknown := [name for name in names if name not in mg.testing.operations.discover()]:
        args.parser.error(f"there is no operation {', '.join(unknown)}: minigrad gradcheck --list names them all")
    with tqdm(total=len(names), unit="op", file=sys.stderr, disable=args.no_progress or None, leave=False) as bar:

        def progress(part: Any) -> None:
            bar.update()
            for failure in part.failures:
                bar.write(f"{failure}", file=sys.stdout)

        report = suite.run(names, args.examples, args.profile, args.seed, args.aspects or ASPECTS, args.jobs, progress)
    if args.table is not None:
        _write(args.table, report.table())
    number, seconds = f"{report.cases:,} cases of {len(names)} operations", f"in {report.wall_seconds:.0f} s"
    if not report:
        print(f"{number} {seconds}: {len(report.failures)} failed, as above")
        return 1
    print(f"{number}, all right, {seconds}")
    return 0


def _list() -> int:
    """The operations and their inputs."""
    for name, found in mg.testing.operations.descriptions().items():
        print(f"{name:24}{'; '.join(d.about or 'tensors' for d in found)}")
    return 0


def _write(path: Path, text: str) -> None:
    """The whole file, or none of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(f"[gradcheck] the table could not be written to {path}: {error.strerror}") from None
