"""A hand-written backprop with each mistake that students make: every one is named, where it was made."""

import json
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.testing import check_gradient

N = 6
R = np.random.default_rng(0)
X, Y = R.standard_normal((N, 4)), R.integers(0, 4, N)
ONEHOT = np.eye(4)[Y]


def network(last=None):
    mg.manual_seed(1)
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), *([last] if last else []))


NET, SQUARED = network(), network(nn.Sigmoid())
W, B = ([getattr(NET[i], name).detach().numpy().astype(float) for i in (0, 2, 4)] for name in ("weight", "bias"))


def half_squares(a, y):
    return ((a - y) ** 2).sum() / 2


def backprop(x, y, wrong=""):
    """The three layers by hand, cross-entropy or (y of floats) half the squared error of a sigmoid, one mistake on request."""
    a, z = [x], []
    for layer in range(3):
        z.append(a[-1] @ W[layer].T + B[layer])
        a.append(np.maximum(z[-1], 0))
    if y.dtype.kind == "f":
        s = 1 / (1 + np.exp(-z[-1]))
        slope = {"no output derivative": 1, "derivative at the output": 1 / (1 + np.exp(-s)) * (1 - 1 / (1 + np.exp(-s))),
                 "derivative of z": z[-1] * (1 - z[-1]), "derivative twice": (s * (1 - s)) ** 2}.get(wrong, s * (1 - s))
        d = (s - y) * slope
    else:
        p = np.exp(z[-1]) / np.exp(z[-1]).sum(1, keepdims=True)
        hot = np.eye(4)[y]
        d = {"no onehot": p, "no softmax": -hot, "logits": z[-1] - hot, "target - softmax": hot - p}.get(wrong, p - hot)
        d = d / (1 if wrong == "no mean" else N * N if wrong == "mean twice" else N)
    if wrong == "last sample":
        d = d * (np.arange(N) == N - 1)[:, None] * N
    db, dw = [None] * 3, [None] * 3
    for i in (2, 1, 0):
        inputs = z[i - 1] if wrong == "z for a" and i else a[i]
        dw[i] = d.T @ inputs
        db[i] = d if wrong == "bias not summed" else d.mean(0) if wrong == "bias averaged" else d.sum(0)
        if wrong == "outer product":
            dw[i] = dw[i].T
        if i:
            d = d @ {"W not transposed": W[i].T, "no W": np.eye(4)}.get(wrong, W[i])
            mask = {"mask of the layer before": z[max(i - 2, 0)], "mask turned": -z[i - 1]}.get(wrong, z[i - 1]) > 0
            if wrong != "no mask" and (wrong, i) != ("no mask below", 1):
                d = d * mask
    if wrong == "shifted":
        db, dw = [*db[1:], np.zeros(4)], [*dw[1:], np.zeros((4, 4))]
    if wrong == "reversed":
        db, dw = db[::-1], dw[::-1]
    if wrong == "twice":
        db, dw = [2 * g for g in db], [2 * g for g in dw]
    return (dw, db) if wrong == "swapped" else (db, dw)


RIGHT = dict.fromkeys(("0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"), "right")
ALL, HIDDEN, FIRST = list(RIGHT), list(RIGHT)[:4], list(RIGHT)[:2]
MISTAKES = {        # the mistake: (its name, where it shows, words of the sentence, words of the step)
    "no onehot": ("softmax without - onehot", ALL, "the one-hot target is not taken off", "(softmax(z) - onehot(y)) / N"),
    "no softmax": ("onehot without softmax", ALL, "delta is minus the target alone", "(softmax(z) - onehot(y)) / N"),
    "logits": ("logits for softmax", ALL, "off the logits", "(softmax(z) - onehot(y)) / N"),
    "target - softmax": ("sign", ALL, "It is minus the right one", "delta = prediction - target"),
    "no mean": ("missing 1/N", ALL, "6 times the right one", "every gradient carries its 1/N"),
    "mean twice": ("1/N too much", ALL, "1/6 of the right one", "not divided by N"),
    "twice": ("twice", ALL, "2 times the right one", "constant in front of the loss"),
    "last sample": ("one sample only", ALL, "only the last of the 6 samples counts", "gradients are added up (+=)"),
    "no mask": ("missing mask", HIDDEN, "the mask of every relu is forgotten", "1[z > 0], at every relu"),
    "no mask below": ("missing mask", FIRST, "the mask of the relu after layer 0 is", "at the relu after layer 0"),
    "mask of the layer before": ("mask of another layer", HIDDEN, "the relu after layer 2 passes where the relu after layer "
                                 "0 is on", "with the z of this very layer"),
    "W not transposed": ("W for W^T", HIDDEN, "in every linear, the weights are not transposed on the way back",
                         "dL/dx = W^T delta"),
    "no W": ("missing factor", HIDDEN, "in every linear, the gradient is not multiplied by the weights", "dL/dx = W^T delta"),
    "outer product": ("transposed", ALL[::2], "It is the right one transposed", "dL/dW_ij = delta_i x_j"),
    "bias not summed": ("not summed", ALL[1::2], "has shape (6, 4), not (4,)", "db = the sum of delta over all samples"),
    "bias averaged": ("1/N too much", ALL[1::2], "1/6 of the right one", "not divided by N"),
    "z for a": ("z for the activation", ["2.weight", "4.weight"], "what comes before the relu", "so it is relu(z)"),
    "shifted": ("shifted by one layer", ALL, "the right gradient of the layer after", "delta of layer l goes with"),
    "reversed": ("layers in reverse", [*FIRST, *ALL[4:]], "the last layer's comes first", "the order"),
    "swapped": ("db and dw swapped", ALL, "dw comes first", "(db, dw)"),
}
OUTPUT = {
    "no output derivative": ("missing derivative", "the derivative of the sigmoid after", "a (1 - a)"),
    "derivative at the output": ("derivative at the output", "taken at its output, not at its input", "a (1 - a)"),
    "derivative of z": ("derivative of z for a", "written for its output, and given its input", "a (1 - a)"),
    "derivative twice": ("derivative twice", "multiplied in twice", "a (1 - a)"),
}


def test_right_ones_are_right():
    for report in (check_gradient(backprop, NET, X, Y), check_gradient(backprop, SQUARED, X, ONEHOT, loss=half_squares)):
        assert report and not report.mistakes and [f.name for f in report] == ["right"] * 6
        assert str(report).startswith("All 6 gradients are right.\n\nlayer     weight  bias\n0 Linear  right   right\n2 Linear")
        assert len(report.notes) == 0


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_named_where_it_was_made(mistake):
    name, where, sentence, step = MISTAKES[mistake]
    report = check_gradient(lambda x, y: backprop(x, y, mistake), NET, X, Y)
    assert not report
    found = {f"{f.layer.split()[0]}.{f.parameter}": f.name for f in report}
    assert found == RIGHT | dict.fromkeys(where, name)
    first, = report.mistakes
    assert sentence in first.sentence and step in first.step, first
    if first.entry is not None:
        assert first.mine != first.right
        assert f"yours {first.mine:.6g}, right {first.right:.6g}" in str(report)


@pytest.mark.parametrize("mistake", OUTPUT)
def test_the_derivative_of_the_output(mistake):
    name, sentence, step = OUTPUT[mistake]
    report = check_gradient(lambda x, y: backprop(x, y, mistake), SQUARED, X, ONEHOT, loss=half_squares)
    assert [f.name for f in report] == [name] * 6
    assert len(report.mistakes) == 1 and sentence in report.mistakes[0].sentence and step in report.mistakes[0].step


def test_two_mistakes_at_once():
    def both(x, y):
        db, dw = backprop(x, y, "no mask")
        return [N * g for g in db], [N * g for g in dw]

    report = check_gradient(both, NET, X, Y)
    assert report["4.weight"].name == report["4.bias"].name == "missing 1/N"
    assert {report[place].name for place in HIDDEN} == {"missing mask, missing 1/N"}
    assert "its gradient passes units that were off; and what was handed in is 6 times that" in str(report)
    assert [f.name for f in report.mistakes] == ["missing 1/N", "missing mask, missing 1/N"]
    assert "The first is nearest to the loss: begin there" in str(report)


def test_a_mistake_without_a_name_is_given_none():
    def noise(x, y):
        db, dw = backprop(x, y)
        dw[1][1, 1] += 0.01
        return db, dw

    found = check_gradient(noise, NET, X, Y)["2.weight"]
    assert found.name == "unknown" and found.entry == (1, 1) and abs(found.mine - found.right - 0.01) < 1e-9
    assert "in 1 of 16 entries" in found.sentence and "step by step from the loss" in found.step


def test_one_sample_in_every_usual_form():
    """D5a: a row, or a column as in Nielsen's book, the target a class, a one-hot vector or column; db as columns."""
    def columns(x, y):
        db, dw = backprop(x.reshape(1, -1), np.array([3]))
        return [N * b[:, None] for b in db], [N * w for w in dw]

    hot = np.eye(4)[3]
    for x in (X[0], X[:1], X[0][:, None]):
        for y in (3, np.array(3), np.array([3]), hot, hot[:, None]):
            assert check_gradient(columns, NET, x, y), (x.shape, y)
    assert check_gradient(lambda x, y: backprop(x.T, Y), NET, X.T, ONEHOT.T, columns=True)


def test_layers_in_reverse_of_a_net_whose_layers_differ_in_size():
    mg.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4))
    mg.cross_entropy(net(X.astype(np.float32)), Y).backward()
    grads = [(net[i].bias.grad.numpy()[:, None], net[i].weight.grad.numpy()) for i in (4, 2, 0)]
    report = check_gradient(([b for b, _ in grads], [w for _, w in grads]), net, X, Y)
    assert {f.name for f in report} == {"right", "layers in reverse"} and report["2.weight"] and len(report.mistakes) == 1


def test_a_mask_that_cannot_be_seen_is_said():
    net = network()
    with mg.no_grad():
        net[0].bias[...] = 100
    notes = " ".join(check_gradient(lambda x, y: None, net, X, Y).notes)
    assert notes == ""
    report = check_gradient([np.zeros(p.shape) for p in net.parameters()], net, X, Y)
    assert any("every unit of the relu after layer 0 is on" in note for note in report.notes)


def test_float32_and_what_was_returned_as_a_dict_a_list_or_arrays():
    p = dict(net_gradients())
    single = {name: g.astype(np.float32) for name, g in p.items()}
    assert check_gradient(single, NET, X, Y) and check_gradient(list(p.values()), NET, X, Y)
    assert check_gradient(lambda x, y: {name: mg.Tensor(g) for name, g in p.items()}, NET, X, Y)
    report = check_gradient({name: p[name] for name in ALL[:3]}, NET, X, Y)
    assert report["2.bias"].name == "none" and report["2.weight"] and "was it forgotten" in report["2.bias"].sentence


def net_gradients():
    db, dw = backprop(X, Y)
    for i in range(3):
        yield f"{2 * i}.weight", dw[i]
        yield f"{2 * i}.bias", db[i]


def raises(x, y):
    w = np.zeros((4, 3))
    return x @ w @ w


def leaves(x, y):
    raise SystemExit(3)


@pytest.mark.parametrize("f, name, words", [
    (lambda x, y: None, "wrong structure", "Nothing was returned (None): is there a return at the end?"),
    (lambda x, y: ([1], [2]), "wrong structure", "The lists have 1 and 1 entries, where the net has 3 layers"),
    (lambda x, y: 3.0, "wrong structure", "A float was returned, where 6 gradients are asked for."),
    (lambda x, y: {"w": 1}, "wrong structure", "A dict with the keys ['w'] was returned"),
    (raises, "error", "raises raised ValueError: matmul: "),
    (leaves, "error", "leaves raised SystemExit: 3 (line "),
])
def test_code_that_goes_wrong_is_a_finding(f, name, words):
    report = check_gradient(f, NET, X, Y)
    assert not report and report.findings[0].name == name and words in report.findings[0].sentence
    assert words in str(report)


def test_where_the_students_code_raised():
    sentence = check_gradient(raises, NET, X, Y).findings[0].sentence
    assert re.search(r"\(line \d+ of test_backprop.py: `return x @ w @ w`\)$", sentence)
    assert "given were arrays of shape (6, 4), (6,)" in check_gradient(raises, NET, X, Y).findings[0].step


def test_entries_that_are_no_arrays_or_have_wrong_shapes():
    def odd(x, y):
        db, dw = backprop(x, y)
        dw[0], db[0], dw[1], db[1] = "W", None, [[1, 2], [3]], np.ones(7)
        return db, dw

    report = check_gradient(odd, NET, X, Y)
    assert [f.name for f in report] == ["no array", "none", "no array", "unknown", "right", "right"]
    assert "a list, which is no array (lists of unequal lengths?)" in report["2.weight"].sentence
    assert "It has shape (7,), but the right one has (4,)" in report["2.bias"].sentence


def test_writing_into_x_is_noted():
    def writes(x, y):
        result = backprop(x, y)
        x *= 0
        return result

    report = check_gradient(writes, NET, X, Y)
    assert report and report.notes == ("writes writes into x, which it was given: its caller's x is changed by that.",)
    assert X.any()


def test_the_report_as_html_and_as_plain_things():
    report = check_gradient(lambda x, y: backprop(x, y, "no mask"), NET, X, Y)
    assert "<td>missing mask</td>" in report._repr_html_() and "look again at" in report._repr_html_()
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["right"] is False and plain["findings"][0]["name"] == "missing mask"
    with pytest.raises(KeyError, match=r"no finding at '7.weight': there are \['0 Linear, weight'"):
        report["7.weight"]


@pytest.mark.parametrize("arguments, words", [
    ((X, Y), "has no parameter that requires grad"), ((X,), "the loss needs a target")])
def test_what_the_teacher_gave(arguments, words):
    net = NET if len(arguments) == 1 else nn.ReLU()
    with pytest.raises(ValueError, match=re.escape("[check_gradient]") + ".*" + words):
        check_gradient(backprop, net, *arguments)
    with pytest.raises(TypeError, match="net is a int but expected a Module"):
        check_gradient(backprop, 3, X, Y)
    with pytest.raises(ValueError, match="the loss has shape"):
        check_gradient(backprop, NET, X, Y, loss=lambda a, y: a)
    with pytest.raises(ValueError, match="nothing says what the gradients are of"):
        check_gradient(backprop, mg.relu, X, Y)
