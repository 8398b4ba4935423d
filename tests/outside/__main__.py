"""Run all outside suites and write docs/outside.md: python -m tests.outside (PyTorch must be there)."""

import warnings
from pathlib import Path

from . import hips, report, tinygrad_ops, torch_op_db


def main():
    """A few minutes on one core."""
    warnings.simplefilter("ignore")
    suites = {"tinygrad's operator tests": tinygrad_ops.run(), "HIPS autograd's tests": hips.run(),
              "PyTorch's operator database": torch_op_db.run()}
    page = Path(__file__).parents[2] / "docs" / "outside.md"
    page.write_text(report.text(suites), encoding="utf-8")
    for name, outcomes in suites.items():
        print(report.figures(name, outcomes))
    print(f"written: {page}")


if __name__ == "__main__":
    main()
