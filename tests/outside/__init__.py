"""The tests of other libraries, adapted: `python -m tests.outside` runs all of them and writes docs/outside.md."""
