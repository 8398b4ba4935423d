"""The command line: `minigrad train`, `minigrad gradcheck`, `minigrad info`. Every part of it is a few calls to public names.

Exit codes: 0 done, 1 failed (the reason on stderr), 2 wrong usage, 130 Ctrl-C (after saving what there is).

Here: main. arguments.py: flags, their checks and --help. train.py, gradcheck.py, info.py: the commands.
"""

import os
import shlex
import sys
import warnings

from minigrad.cli.arguments import complete, parser
from minigrad.cli.words import one_line
from minigrad.data import DataUnavailable

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code. Usage errors and --help leave through SystemExit, as argparse does."""
    args = parser().parse_args(argv)
    args.command = shlex.join(["minigrad", *(sys.argv[1:] if argv is None else argv)])
    complete(args)
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *rest, **more: print(f"minigrad: warning: {message}", file=sys.stderr)
        try:
            code = args.run(args)
            sys.stdout.flush()
            return code
        except KeyboardInterrupt:       # before or after training: there is nothing that is not saved
            print("minigrad: interrupted", file=sys.stderr)
            return 130
        except BrokenPipeError:         # `minigrad ... | head`: whoever read this has gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except DataUnavailable as error:        # all of it: which files to put where
            print(f"minigrad: {error}", file=sys.stderr)
            return 1
        except (OSError, ValueError, RuntimeError, ImportError, MemoryError) as error:
            print(f"minigrad: {one_line(error)}", file=sys.stderr)
            return 1
