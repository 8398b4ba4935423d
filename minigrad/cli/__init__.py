"""The command line: `minigrad train`, `data`, `explain`, `gradcheck` and `info`. Every part of it is a few
calls to public names.

Exit codes: 0 done, 1 failed (the reason on stderr), 2 wrong usage, 130 Ctrl-C (after saving what there is); 143 SIGTERM
and 129 SIGHUP likewise, where they end a training run.

Here: main. arguments.py: flags, their checks and --help. train.py, data.py, explain.py, gradcheck.py, info.py: the
commands; pictures.py draws for `data show`.
folder.py: where a run puts its files. ending.py: signals. words.py: what is printed.
"""

import shlex
import sys
import warnings

from minigrad.cli import words
from minigrad.cli.arguments import complete, parsed
from minigrad.cli.words import one_line, tell
from minigrad.data import DataUnavailable

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code. Usage errors and --help leave through SystemExit, as argparse does."""
    words.begin()
    with warnings.catch_warnings():
        for category in (RuntimeWarning, UserWarning):      # with -W error a warning would end a run
            warnings.simplefilter("default", category)
        warnings.showwarning = lambda message, *rest, **more: tell(f"minigrad: warning: {message}")
        try:
            return words.finish(_run(argv))
        except SystemExit as leave:
            raise SystemExit(words.finish(leave.code if isinstance(leave.code, int) else 1)) from None


def _run(argv: list[str] | None) -> int:
    try:
        args = parsed(argv)
        args.command = shlex.join(["minigrad", *(sys.argv[1:] if argv is None else argv)])
        complete(args)
        return args.run(args)
    except KeyboardInterrupt:               # before or after training: there is nothing that is not saved
        tell("minigrad: interrupted")
        return 130
    except DataUnavailable as error:        # all of it: which files to put where
        tell(f"minigrad: {error}")
        return 1
    except (OSError, ValueError, RuntimeError, ImportError, MemoryError) as error:
        tell(f"minigrad: {one_line(error)}")
        return 1
