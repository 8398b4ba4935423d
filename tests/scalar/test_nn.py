"""micrograd's notebooks, with the import changed and nothing else: the picture of a graph, and a network of Values."""

import random
import sys
from types import ModuleType

import pytest

from minigrad import Value
from minigrad.scalar import nn

# What micrograd's notebook about pictures does, cell by cell.
NOTEBOOK = ['''
from graphviz import Digraph
''', '''
from minigrad import Value
''', '''
def trace(root):
    nodes, edges = set(), set()

    def visit(v):
        if v in nodes:
            return
        nodes.add(v)
        for child in v._prev:
            edges.add((child, v))
            visit(child)

    visit(root)
    return nodes, edges


def draw_dot(root, format="svg", rankdir="LR"):
    nodes, edges = trace(root)
    dot = Digraph(format=format, graph_attr={"rankdir": rankdir})
    for n in nodes:
        dot.node(name=str(id(n)), label="{ data %.4f | grad %.4f }" % (n.data, n.grad), shape="record")
        if n._op:
            dot.node(name=str(id(n)) + n._op, label=n._op)
            dot.edge(str(id(n)) + n._op, str(id(n)))
    for a, b in edges:
        dot.edge(str(id(a)), str(id(b)) + b._op)
    return dot
''', '''
x = Value(1.0)
y = (x * 2 + 1).relu()
y.backward()
simple = draw_dot(y)
''', '''
import random
from minigrad.scalar import nn

random.seed(1337)
n = nn.Neuron(2)
x = [Value(1.0), Value(-2.0)]
y = n(x)
y.backward()
dot = draw_dot(y)
''', '''
dot.render("gout")
''', '''
a, b = Value(0.5), Value(-0.25)
o = (a * b + b).tanh()
o.backward()
last = draw_dot(o)
''']


class Digraph:
    """graphviz's, as far as the notebook uses it."""

    def __init__(self, format, graph_attr):
        self.format, self.nodes, self.edges, self.rendered = format, {}, [], ""

    def node(self, name, label, shape=""):
        assert name not in self.nodes
        self.nodes[name] = label

    def edge(self, tail, head):
        self.edges.append((tail, head))

    def render(self, name):
        self.rendered = name


@pytest.fixture
def notebook(monkeypatch):
    """What the notebook's cells leave behind."""
    graphviz = ModuleType("graphviz")
    graphviz.Digraph = Digraph
    monkeypatch.setitem(sys.modules, "graphviz", graphviz)
    cells = {}
    for cell in NOTEBOOK:
        exec(cell, cells)
    return cells


def test_the_notebook_of_pictures(notebook):
    simple, dot, last = (notebook[name] for name in ("simple", "dot", "last"))
    assert sorted(simple.nodes.values()) == ["*", "+", "ReLU", "{ data 1.0000 | grad 2.0000 }", "{ data 2.0000 | grad 1.0000 }",
                                             "{ data 3.0000 | grad 1.0000 }", "{ data 3.0000 | grad 1.0000 }"]
    assert len(simple.edges) == 6 and all(end in simple.nodes for edge in simple.edges for end in edge)
    labels = sorted(dot.nodes.values())
    assert labels.count("*") == 2 and labels.count("+") == 2 and labels.count("ReLU") == 1 and dot.rendered == "gout"
    w = random.Random(1337).uniform(-1, 1)          # micrograd's very weight
    assert f"{{ data {w:.4f} | grad 1.0000 }}" in labels
    assert "tanh" in last.nodes.values() and all(end in last.nodes for edge in last.edges for end in edge)


def test_a_network_learns_as_in_the_demo():
    """Two classes, the max-margin loss of single numbers, plain steps: `p.data -= rate * p.grad`."""
    random.seed(0)
    model = nn.MLP(2, [6, 1])
    assert len(model.parameters()) == 6 * 3 + 7 and "LinearNeuron(6)" in repr(model) and "ReLUNeuron(2)" in repr(model)
    points = [([x / 2, y / 2], 1 if x * y > 0 else -1) for x in (-2, -1, 1, 2) for y in (-2, -1, 1, 2)]
    losses = []
    for _ in range(150):
        scores = [model(list(map(Value, x))) for x, _ in points]
        loss = sum((1 + -y * s).relu() for (_, y), s in zip(points, scores)) * (1.0 / len(points))
        model.zero_grad()
        assert all(p.grad == 0 for p in model.parameters())
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        losses.append(loss.data)
    assert losses[0] > 0.7 and losses[-1] < 0.1
    assert sum((s.data > 0) == (y > 0) for (_, y), s in zip(points, scores)) == len(points)


def test_a_neuron_is_its_formula():
    n = nn.Neuron(3, nonlin=False)
    for w, value in zip(n.w, (2, -1, 3)):
        w.data = value
    n.b.data = 5
    assert n([1, 2, 3]).data == 2 - 2 + 9 + 5 and repr(n) == "LinearNeuron(3)"
    assert [type(out) for out in (nn.Layer(2, 1)([1, 2]), nn.Layer(2, 3)([1, 2]))] == [Value, list]
    with pytest.raises(ValueError, match=r"^\[Neuron\] x has 2 numbers but expected 3"):
        n([1, 2])
