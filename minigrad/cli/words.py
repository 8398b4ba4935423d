"""What the command line prints. Where stdout takes nothing any more, the command goes on, so that its work is saved; the exit
code says so at the end."""

import os
import sys
from contextlib import suppress

_lost: Exception | None = None      # why stdout takes nothing any more


def one_line(error: BaseException) -> str:
    """The first line of an error's message; whoever wants the rest calls the function that the line names."""
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(":")


def tell(text: str) -> None:
    """A line to stderr, if there is one."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)


def say(text: str) -> None:
    """A line to stdout. After one that failed there are no more: `finish` says why."""
    global _lost
    if _lost is None and sys.stdout is not None:
        try:
            try:
                print(text, flush=True)
            except UnicodeEncodeError:
                print(text.encode("ascii", "backslashreplace").decode(), flush=True)
        except (OSError, ValueError) as error:
            _lost = error


def begin() -> None:
    """Forget an earlier command of this process."""
    global _lost
    _lost = None


def nobody_reads() -> bool:
    """Whether stdout was a pipe whose reader has gone, as in `minigrad ... | head`."""
    return isinstance(_lost, BrokenPipeError)


def finish(code: int) -> int:
    """The exit code of a command that ends with `code`: a failure if its words were lost."""
    global _lost
    if sys.stdout is not None and _lost is None:
        try:
            sys.stdout.flush()
        except (OSError, ValueError) as error:
            _lost = error
    if _lost is None:
        return code
    if not nobody_reads():
        tell(f"minigrad: stdout: {one_line(_lost)}")
    with suppress(OSError, ValueError):         # what is left in its buffer would be a traceback when Python ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code or 1
