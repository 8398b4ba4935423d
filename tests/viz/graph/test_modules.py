"""Modules in pictures: which boxes there are, what they hold, and that arrows lead into them and out."""

import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, random
from minigrad.viz.graph.modules import Call, by_use
from minigrad.viz.graph.scene import Port, Tile
from minigrad.viz.graph.svg import routes
from minigrad.viz.graph.trace import boxes

draw = mg.draw


def titles(picture, opened=False):
    """The first lines of the module boxes."""
    return [tile.lines[0][0] for tile in picture._scene.all_tiles() if tile.kind == "module" and tile.open == opened]


class Block(nn.Module):
    def __init__(self, c):
        self.a, self.b, self.relu = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1), nn.ReLU()

    def forward(self, x):
        return self.relu(x + self.b(self.relu(self.a(x))))


class Residual(nn.Module):
    def __init__(self):
        self.stem, self.blocks, self.head = nn.Conv2d(1, 2, 3), nn.Sequential(Block(2), Block(2)), nn.Linear(2, 3)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


class Unrolled(nn.Module):
    def __init__(self):
        self.cell, self.head = nn.GRUCell(2, 3), nn.Linear(3, 1)

    def forward(self, x):
        h = None
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return self.head(h)


def mlp():
    mg.manual_seed(0)
    return nn.Sequential(nn.Sequential(nn.Linear(4, 8), nn.ReLU()), nn.Linear(8, 3))


X = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
Y = [0, 1, 2, 0, 1]
ROUND = 1e-6


def test_a_model_and_its_input():
    picture = draw(mlp(), X, loss=lambda y: mg.cross_entropy(y, Y))
    assert titles(picture) == ["0 Sequential", "0.0 Linear", "1 Linear"]
    text = picture.svg
    assert all(text.count(word) == 1 for word in ("0 Sequential", "2 operations", "40 parameters", "1 Linear"))
    assert "0.0 Linear" not in text and "relu(" not in text
    assert "5 × 8" in text and "5 × 3" in text and ">x<" in text and "cross_entropy" in text
    opened = draw(mlp(), X, loss=lambda y: mg.cross_entropy(y, Y), collapse=False)
    assert titles(opened, True) == titles(picture) and "relu(" in opened.svg and "0.0.weight" in opened.svg
    assert "gradient" in opened.svg and "gradient" not in draw(mlp(), X).svg          # several results have no gradient


def test_a_look_at_a_model_changes_nothing():
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))
    before = model.state_dict()
    state = random.get_state()
    picture = draw(model, X, loss=lambda y: y.sum())
    assert titles(picture) == ["0 Linear", "1 BatchNorm1d", "3 Linear"]
    for name, array in model.state_dict().items():
        np.testing.assert_array_equal(before[name], array)
    for a, b in zip(state, random.get_state(), strict=True):
        np.testing.assert_equal(a, b)
    assert all(p.grad is None for p in model.parameters()) and all(m._before is None for m in model.modules())


def test_the_graph_of_a_loss_that_is_there():
    model = mlp()
    loss = mg.cross_entropy(model(mg.tensor(X)), Y)
    for picture in (draw(loss, model), draw(loss, modules=model), draw(loss, {"loss": loss}, modules=model)):
        assert titles(picture) == ["0 Sequential", "0.0 Linear", "1 Linear"]
        assert "relu(" in picture.svg           # it comes after the last parameter, so it stands beside the box
    assert "loss = cross_entropy(" in draw(loss, {"loss": loss}, modules=model).svg
    model = Residual()
    loss = model(np.ones((1, 1, 6, 6))).sum()
    expected = ["stem Conv2d", "blocks Sequential", "blocks.0 Block", "blocks.0.a Conv2d", "blocks.0.b Conv2d",
                "blocks.1 Block", "blocks.1.a Conv2d", "blocks.1.b Conv2d", "head Linear"]
    assert titles(draw(loss, model)) == titles(draw(model, np.ones((1, 1, 6, 6)), loss=lambda y: y.sum())) == expected
    chains = by_use(model, boxes(loss))
    inside = [[call.path for call in chains[box]] for box in chains if box.op == "relu"]
    assert inside == [["blocks", "blocks.0"], ["blocks"], ["blocks", "blocks.1"], []]


def test_a_module_that_is_called_again_and_again():
    x = np.ones((1, 6, 2))
    traced = draw(Unrolled(), x, loss=lambda y: y.sum())
    assert titles(traced) == ["cell GRUCell", *(f"cell GRUCell, call {i}" for i in range(2, 7)), "head Linear"]
    assert re.findall('class="mg-again"', traced.svg)              # its weights are drawn again beside distant calls
    model = Unrolled()
    assert titles(draw(model(x).sum(), model)) == ["cell GRUCell", "head Linear"]         # all that uses it


class Around(nn.Module):
    """a, then b, then a again: one box for a would lead out and back."""

    def __init__(self):
        self.a, self.b = nn.Sequential(nn.Linear(4, 4), nn.ReLU()), nn.Linear(4, 4)

    def forward(self, x):
        return self.a(self.b(self.a(x)))


def test_boxes_that_would_make_a_circle():
    model = Around()
    assert titles(draw(model, X, loss=lambda y: y.sum())) == ["a Sequential", "b Linear", "a Sequential, call 2"]
    assert titles(draw(model(X).sum(), model)) == ["b Linear"]
    with mg.anomaly_mode():
        loss = model(X).sum()
    assert titles(draw(loss)) == ["b"]


class Interleaved(nn.Module):
    """Each of the two waits for the other, though no way leads out of one of them and back."""

    def __init__(self):
        self.a, self.b = nn.ParameterList([np.ones(3)] * 2), nn.ParameterList([np.ones(3)] * 2)

    def forward(self, x):
        a, b = x * self.a[0], x * self.b[0]
        return (a * self.b[1]).sum() + (b * self.a[1]).sum()


def test_two_modules_that_wait_for_each_other():
    model = Interleaved()
    picture = draw(model(np.ones(3)), model)
    assert titles(picture) == [] and picture.svg.count("<rect") == 4 + 4 + 2 + 1


def test_several_inputs_and_outputs_in_dicts():
    class Two(nn.Module):
        def __init__(self):
            self.inner = Inner()

        def forward(self, x, n):
            found = self.inner({"x": x, "n": n})
            return (found["a"] * found["b"][0]).sum()

    class Inner(nn.Module):
        def __init__(self):
            self.w, self.e = nn.Linear(2, 2), nn.Embedding(5, 2)

        def forward(self, given):
            return {"a": self.w(given["x"]) + 1, "b": [self.e(given["n"])]}

    picture = draw(Two(), (np.ones((3, 2)), np.array([0, 1, 4])))
    assert titles(picture) == ["inner Inner", "inner.w Linear", "inner.e Embedding"] and ">x1<" in picture.svg
    ports = next(tile.scene for tile in picture._scene.tiles if tile.scene is not None)
    assert len(ports.entries) == 1 and len(ports.exits) == 2


def test_what_draw_refuses():
    model = mlp()
    with pytest.raises(TypeError, match=r"^\[draw\] expected an input beside the model: draw\(model, x\)"):
        draw(model)
    with pytest.raises(TypeError, match=r"^\[draw\] loss goes with a model"):
        draw(model(X).sum(), loss=lambda y: y)
    with pytest.raises(TypeError, match=r"^\[draw\] the model returned a tuple but expected one tensor: give loss="):
        draw(nn.LSTM(2, 3), np.ones((4, 1, 2)))
    assert "module" in draw(nn.Sequential(nn.LSTM(2, 3)), np.ones((4, 1, 2)), loss=lambda found: found[0].sum()).svg
    with pytest.raises(TypeError, match=r"^\[draw\] expected names as .*, or a Module, found ndarray"):
        draw(model(X).sum(), X)
    with pytest.raises(ValueError, match=r"\[linear\]"):
        draw(model, np.ones((2, 3)))
    assert all(m._before is None for m in model.modules())


@pytest.mark.parametrize("collapse", [True, False])
@pytest.mark.parametrize("model, x", [(mlp(), X), (Residual(), np.ones((1, 1, 6, 6))), (Unrolled(), np.ones((1, 6, 2))),
                                      (nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), np.ones((1, 3, 4)))])
def test_boxes_lie_atile_and_no_arrow_meets_a_box(model, x, collapse):
    picture = draw(model, x, loss=lambda y: (y * y).sum(), collapse=collapse)
    ElementTree.fromstring(picture.svg)

    def check(scene, pad):
        at = scene.placed.centres
        rectangles = {tile: (at[tile][0] - tile.size[0] / 2, at[tile][1] - tile.size[1] / 2, *tile.size)
                      for tile in scene.tiles}
        for a, (x, y, w, h) in rectangles.items():
            for b, (u, v, c, d) in rectangles.items():
                assert a is b or x + w <= u or u + c <= x or y + h <= v or v + d <= y
        for ((_, head), points), chain in zip(routes(scene, pad), scene.placed.chains.values()):
            ends = {id(chain[0]), id(head)}
            for (x, y), (u, v) in pairwise(points):
                assert u >= x - 1e-6
                for tile, (left, top, w, h) in rectangles.items():
                    if id(tile) not in ends:            # a curve stays within the box of its end points
                        assert (u <= left + ROUND or x >= left + w - ROUND or max(y, v) <= top + ROUND
                                or min(y, v) >= top + h - ROUND)
            assert isinstance(chain[0], (Tile, Port)) and isinstance(head, (Tile, Port))
        for tile in scene.tiles:
            if tile.scene is not None and tile.open:
                inner = (tile.size[0] - tile.scene.placed.width) / 2
                assert tile.scene.placed.width <= tile.size[0] and tile.scene.placed.height < tile.size[1]
                check(tile.scene, inner)

    check(picture._scene, 0.0)


def test_dot_has_a_cluster_for_an_open_module():
    closed = draw(mlp(), X, loss=lambda y: y.sum()).dot
    opened = draw(mlp(), X, loss=lambda y: y.sum(), collapse=False).dot
    assert closed.count("->") == 3 and "cluster" not in closed
    assert opened.count("subgraph cluster_") == 3 and opened.count("->") == 8
    nodes = set(re.findall(r"(n\d+) \[label", opened))
    assert {end for arrow in re.findall(r"(n\d+) -> (n\d+);", opened) for end in arrow} == nodes


def test_titles():
    assert Call("a", "Linear").title == "a Linear" and Call("a", "", 2).title == "a, call 3"


# ---- size

def test_a_large_graph_is_drawn_quickly_or_refused():
    y = x = mg.Value(1.0, "x")
    for _ in range(9990):
        y = y + 1
    assert draw(y).svg.count("<rect") == 9991 and x.grad is None
    values = [x]
    for _ in range(60):                                 # each needs all before it
        total = values[0]
        for v in values[1:]:
            total = total + v
        values.append(total.tanh())
    assert len(draw(values[-1]).svg) < 5_000_000
    for _ in range(20_000):
        y = y + 1
    with pytest.raises(ValueError, match=r"^\[draw\] the graph has 29,991 boxes and .* but at most 20,000 of each are drawn"):
        draw(y)
    assert y._repr_html_() is None


def test_a_leaf_that_is_used_often_stands_beside_its_uses():
    x = mg.Value(1.0, "x")
    y = x
    for _ in range(800):
        y = y * 1.5 + x
    scene = draw(y)._scene
    assert sum(tile.kind == "again" for tile in scene.tiles) == 799
    assert max(map(len, scene.placed.chains.values())) == 3             # no arrow passes more than one column
    assert scene.placed.height < 300                                    # and the chain is straight
    few = mg.Value(1.0, "x")
    z = ((few * 2 + 1) * 3 + 1) * few
    assert "again" not in draw(z).svg
