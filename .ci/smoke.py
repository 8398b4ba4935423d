"""Does an installed minigrad work here, and with the parts it should have?

    python .ci/smoke.py TABLE GRAPH         (TABLE: native or numpy, GRAPH: compiled or python)

Run it with the Python of an environment into which the package was installed. Shows `minigrad info`, then trains for a
minute at most on whatever digits there are. Exits with a message at the first thing that is not as it should be.
"""

import re
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path


def main():
    table, kind = sys.argv[1:]
    import minigrad
    from minigrad import graph, kernels

    home = Path(minigrad.__file__).parent
    expect("installed in", home.parent, Path(sysconfig.get_path("platlib")))
    print(run("info"), flush=True)
    expect("table", kernels.default_table().name, table)
    expect("graph", graph.kind, kind)
    for name in ("py.typed", "__init__.pyi", "tensor.pyi", "ops/__init__.pyi"):
        expect(name, (home / name).exists(), True)
    expect("version", run("--version").split()[-1], minigrad.__version__)

    with tempfile.TemporaryDirectory() as folder:
        output = run("train", "mnist", "--quick", "--out", str(Path(folder, "run")))
    print(output, flush=True)
    last = re.fullmatch(r"test accuracy (0\.\d{4}) \(.+\)", output.splitlines()[-1])
    if not last or float(last[1]) < 0.7:
        sys.exit(f"the last line should be `test accuracy 0.9xxx (...)`, found {output.splitlines()[-1]!r}")
    print(f"minigrad {minigrad.__version__} works here: {table} table, {kind} graph, Python {sys.version.split()[0]}")


def run(*arguments):
    """What the command `minigrad ARGUMENTS` of this environment prints."""
    command = Path(sysconfig.get_path("scripts"), "minigrad.exe" if sys.platform == "win32" else "minigrad")
    done = subprocess.run([command, *arguments], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"minigrad {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout.strip()


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: expected {wanted}, found {found}")


main()
