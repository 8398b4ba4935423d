"""summary: shapes, counts, operations; and the model is as it was."""

import json

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def cnn():
    return nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Dropout(0.5), nn.Linear(8 * 14 * 14, 10))


def test_a_cnn(device):
    found = mg.summary(cnn(), (1, 28, 28))
    assert [layer.kind for layer in found.layers] == ["Sequential", "Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Flatten",
                                                      "Dropout", "Linear"]
    assert [layer.output for layer in found.layers] == [(1, 10), (1, 8, 28, 28), (1, 8, 28, 28), (1, 8, 28, 28), (1, 8, 14, 14),
                                                        (1, 1568), (1, 1568), (1, 10)]
    assert [layer.parameters for layer in found.layers] == [0, 80, 16, 0, 0, 0, 0, 15690]
    size = 8 * 28 * 28
    assert [layer.flops for layer in found.layers] == [0, 2 * size * 9 + size, size, size, size, 0, 0, 2 * 15680 + 10]
    assert found.parameters == found.trainable == 15786 and found.flops == sum(layer.flops for layer in found.layers)
    assert found.parameter_bytes == 4 * (15786 + 16) + 8 and found.input_bytes == 4 * 784
    assert found.output_bytes == 4 * (3 * size + 3 * 1568 + 10)


def test_how_it_looks():
    text = str(nn.summary(nn.Sequential({"body": nn.Sequential(nn.Linear(784, 40), nn.ReLU()), "head": nn.Linear(40, 10)}), 784,
                          batch_size=32))
    assert text == """\
layer                output    parameters   FLOPs   memory
----------------------------------------------------------
Sequential           (32, 10)
  Sequential (body)  (32, 40)
    Linear (0)       (32, 40)      31,400  2.01 M  5.12 kB
    ReLU (1)         (32, 40)              1.28 k  5.12 kB
  Linear (head)      (32, 10)         410  25.9 k  1.28 kB
----------------------------------------------------------
inputs (32, 784): 100 kB
31,810 parameters: 127 kB with buffers
2.04 MFLOPs forward, 11.5 kB in the layers' outputs"""


def test_html_and_dict():
    found = mg.summary(nn.Sequential(nn.Linear(3, 2)), (3,))
    page = found._repr_html_()
    assert page.startswith("<table><tr><th") and page.count("<tr>") == 3 and "Linear (0)" in page
    back = json.loads(json.dumps(found.as_dict()))
    assert back["parameters"] == 8 and back["layers"][1]["output"] == [1, 2] and back["flops"] == found.flops


def test_the_model_is_as_it_was(device):
    model = cnn()
    model[2].eval()
    seen = []
    model[0].register_forward_hook(lambda m, args, output: seen.append(m))
    before, modes = model.state_dict(), [m.training for m in model.modules()]
    mg.manual_seed(3)
    expected = mg.dropout(mg.ones(50)).tolist()
    mg.manual_seed(3)
    mg.summary(model, (1, 28, 28), batch_size=4)
    assert mg.dropout(mg.ones(50)).tolist() == expected and not seen
    for name, a in model.state_dict().items():
        np.testing.assert_array_equal(a, before[name])
    assert [m.training for m in model.modules()] == modes and "forward" not in vars(model[0])
    table = model[0].weight.k
    assert not [name for name in vars(table) if callable(getattr(type(table), name, None))]
    with pytest.raises(ValueError, match=r"^0: \[conv2d\] x has 3 channels"):
        mg.summary(model, (3, 28, 28))
    assert not [name for name in vars(table) if callable(getattr(type(table), name, None))]
    assert mg.is_grad_enabled()


class Two(nn.Module):
    """Two inputs, a product that no layer makes, a layer used twice, one not at all."""

    def __init__(self):
        self.left = nn.Linear(3, 4)
        self.idle = nn.Linear(9, 9)

    def forward(self, a, b, scale=1.0):
        return {"product": mg.matmul(self.left(a), mg.transpose(self.left(b))) * scale}


def test_several_inputs_shared_layers_and_what_forward_computes_itself():
    model = Two()
    model.left.bias.requires_grad_(False)
    found = mg.summary(model, [(3,), (3,)], batch_size=5, scale=2.0)
    assert [(layer.path, layer.parameters, layer.repeated) for layer in found.layers] == [
        ("", 0, False), ("left", 16, False), ("left", 0, True), ("idle", 90, False)]
    assert found.layers[0].flops == 2 * 5 * 5 * 4 + 25 and found.layers[0].output == {"product": (5, 5)}
    assert found.layers[3].output is None and "not called" in str(found) and "again" in str(found)
    assert found.trainable == 102 and "106 parameters, 4 of them frozen" in str(found)
    whole = mg.summary(model, [(5, 3), (2, 3)], batch_size=None)
    assert whole.inputs == [(5, 3), (2, 3)] and whole.layers[0].output == {"product": (5, 2)}
    given = mg.summary(model, data=(np.ones((1, 3), np.float32), mg.ones((2, 3))))
    assert given.layers[0].output == {"product": (1, 2)}


def test_recurrent_layers_attention_and_dtypes():
    found = mg.summary(nn.LSTM(5, 7), (4, 5), batch_size=None)
    assert found.layers[0].output == [(4, 7), [(1, 7), (1, 7)]] and found.flops > 2 * 4 * 28 * (5 + 7)
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    found = mg.summary(nn.Sequential(layer, nn.Flatten()), (6, 8), depth=1)
    assert [row.kind for row in found.layers] == ["Sequential", "TransformerEncoderLayer", "Flatten"]
    assert found.layers[1].parameters == layer.num_parameters() == found.parameters
    assert mg.summary(nn.Identity(), (3,), dtype=np.int64).input_bytes == 24


def test_what_is_refused():
    for call, error, message in (
            (lambda: mg.summary((1, 2), nn.ReLU()), TypeError, r"\[summary\] expected a Module, found tuple"),
            (lambda: mg.summary(nn.ReLU()), TypeError, r"\[summary\] expected either input_shape or data"),
            (lambda: mg.summary(nn.ReLU(), "x"), TypeError, r"\[summary\] input_shape must be a shape or a list of shapes"),
            (lambda: mg.summary(nn.ReLU(), (2,), dtype=[None] * 2), ValueError, r"\[summary\] found 2 dtypes but expected 1")):
        with pytest.raises(error, match=message):
            call()
