"""`python -m minigrad` is the command `minigrad`."""

from minigrad.cli import main

raise SystemExit(main())
