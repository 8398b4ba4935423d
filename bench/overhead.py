"""What the engine itself costs per operation, forward and backward together, and what importing it costs.

    python bench/overhead.py [--quick]

The kernels are stubs that return a ready array, so what is measured is the operation's checks, `record`, the walk, the rule
and the delivery of the gradients, with every feature on: `chain` is thirty elementwise operations and one backward call,
`network` six with four parameters (x w1 + b1, relu, w2, b2, tanh) and a backward call, so that the fixed cost of a backward
and of four delivered gradients weighs on six operations only, `value` thirty scalar operations, their arithmetic included.
Plain and compiled graphs are measured in processes of their own, in turn; each figure is a median.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def measure(blocks):
    """Microseconds per operation of the graph that this process runs: {name: median}."""
    import numpy as np

    import minigrad as mg
    from minigrad.kernels.reference import Kernels
    from minigrad.tensor import constant

    ready = np.ones((4,), np.float32)

    class Stub(Kernels):
        """Kernels that do nothing: the same array comes back from each."""

        name = "stub"

    def stub(*_, **__):
        return ready

    for name in ("add", "mul", "pick_mul", "relu", "relu_backward", "exp", "tanh", "tanh_backward", "copy", "full"):
        setattr(Stub, name, staticmethod(stub))
    k = Stub(np)
    x = constant(k, ready)
    w1, b1, w2, b2 = parameters = [constant(k, ready).requires_grad_() for _ in range(4)]

    def network():
        y = mg.relu(mg.add(mg.mul(x, w1), b1))
        y = mg.tanh(mg.add(mg.mul(y, w2), b2))
        y.backward(ready)
        for p in parameters:
            p.grad = None

    def chain():
        y = w1
        for _ in range(10):
            y = mg.relu(mg.exp(mg.tanh(y)))
        y.backward(ready)
        w1.grad = None

    value = mg.Value(0.5)

    def scalars():
        y = value
        for _ in range(10):
            y = (y * value + 0.25).tanh()
        y.backward()
        value.grad = None

    def per_operation(f, operations):
        times = []
        f()
        for _ in range(blocks):
            start = time.perf_counter()
            for _ in range(20):
                f()
            times.append((time.perf_counter() - start) / 20 / operations * 1e6)
        return statistics.median(times)

    return {"chain": per_operation(chain, 30), "network": per_operation(network, 6), "value": per_operation(scalars, 30)}


def import_seconds(statement):
    """Seconds for a fresh interpreter to run one statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measure(50 if arguments.quick else 200)))
        return
    runs = {"python": [], "compiled": []}
    failed = {}
    for _ in range(2 if arguments.quick else 5):
        for kind, results in runs.items():
            command = [sys.executable, __file__, "--child"] + ["--quick"] * arguments.quick
            environment = {**os.environ, "MINIGRAD_GRAPH": kind}
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            if done.returncode == 0:
                results.append(json.loads(done.stdout))
            else:
                failed[kind] = (done.stderr.strip() or "no message").splitlines()[-1]
    names = "chain", "network", "value"
    print(f"{'microseconds per operation, forward + backward':46}" + "".join(f"{n:>9}" for n in names))
    for kind, results in runs.items():
        if not results:
            print(f"  {kind} graph: not measured: {failed[kind]}")
            continue
        print(f"  {kind + ' graph':44}" + "".join(f"{statistics.median(r[n] for r in results):9.2f}" for n in names))
    repeats = 5 if arguments.quick else 15
    pairs = [(import_seconds("import numpy"), import_seconds("import minigrad")) for _ in range(repeats)]
    beyond = statistics.median(b - a for a, b in pairs)
    numpy_alone = statistics.median(a for a, _ in pairs)
    print(f"import minigrad: {beyond * 1e3:.0f} ms beyond numpy ({numpy_alone * 1e3:.0f} ms), "
          f"median of {len(pairs)} pairs")


if __name__ == "__main__":
    main()
