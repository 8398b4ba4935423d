"""What can be read from a declaration, and what `@forward` gives."""

import numpy as np

from minigrad.declare import Declared, beside_number, declared, forward
from minigrad.kernels import table


def test_a_declaration(monkeypatch):
    monkeypatch.setattr(Declared, "cube", None, raising=False)      # taken away again after the test
    monkeypatch.setattr(Declared, "mean_of_two", None, raising=False)

    @forward(lambda k, a: k.mul(a, k.mul(a, a)))
    def cube(k, g, need, a):
        return (k.mul(g, k.mul(3, k.mul(a, a))),)

    @forward(lambda k, a, b: k.div(k.add(a, b), 2), numeric=lambda k, a, b: k.add(k.div(a, 2), k.div(b, 2)))
    def mean_of_two(k, g, need):
        half = k.div(g, 2)
        return half if need[0] else None, half if need[1] else None

    @beside_number(mean_of_two, either_side=True)
    def mean_with_number(k, g, need, n):
        return (k.div(g, 2),)

    operations = declared({"cube": cube, "mean_of_two": mean_of_two, "mean_with_number": mean_with_number, "other": print})
    assert operations == {"cube": cube, "mean_of_two": mean_of_two}
    assert (cube.saves, cube.inputs, cube.of_number) == ((0,), 1, None)
    assert (mean_of_two.saves, mean_of_two.inputs, mean_of_two.of_number) == ((), 2, mean_with_number)
    assert mean_of_two.either_side and mean_with_number.saves == () and not hasattr(mean_with_number, "inputs")

    k = table("numpy")
    a, out = np.array([1.0, 2]), np.zeros(2)
    assert k.cube(a).tolist() == [1, 8] and k.mean_of_two(a, 3).tolist() == [2, 2.5]
    assert k.cube(a, out=out) is out and out.tolist() == [1, 8]
    assert k.cube.__name__ == "cube"


def test_the_rule_for_operands_of_different_shapes_sums_back():
    def product(k, g, need, a, b):
        return k.mul(g, b) if need[0] else None, k.mul(g, a)

    declared({"product": product})
    k = table("numpy")
    a, b, g = np.array([2.0]), np.array([1.0, 3]), np.ones(2)
    ga, gb = product.of_broadcast(k, g, (True, True), a, b, (1,), (2,))
    assert ga.tolist() == [4] and gb.tolist() == [2, 2] and product.of_broadcast.__name__ == "product"
    assert product.of_broadcast(k, g, (False, False), a, b, (1,), (2,)) == (None, None)
