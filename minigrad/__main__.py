"""`python -m minigrad` is the command `minigrad`."""

from minigrad.system import startup


def main() -> int:
    """Import the command line and run it; Ctrl-C is answered at any moment."""
    try:
        from minigrad.cli import main as run

        return run()
    except (ImportError, KeyboardInterrupt) as error:
        startup.leave_if_command(error)
        raise


if __name__ == "__main__":
    raise SystemExit(main())
