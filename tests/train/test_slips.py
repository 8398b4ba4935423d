"""What people pass by mistake: a sentence that helps, before anything has moved."""

import copy
import math

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.data import Loader
from minigrad.train import evaluate, fit


def sgd(model, lr=.1):
    return optim.SGD(model.parameters(), lr=lr)


def weights(model):
    return [array.tobytes() for array in model.state_dict().values()]


# ---- optimisers of something else

def test_an_optimiser_of_another_model_is_an_error(small, blobs):
    model, other = small(), small()
    optimizer = sgd(other)
    before = weights(model), weights(other)
    for wrong in (model, copy.deepcopy(other)):
        with pytest.raises(ValueError, match=r"^\[fit\] the SGD steps none of the model's parameters, so nothing would be"):
            fit(wrong, blobs, mg.cross_entropy, optimizer)
    assert (weights(model), weights(other)) == before


def test_lbfgs_needs_a_loop_of_its_own(small, blobs):
    model = small()
    with pytest.raises(TypeError, match=r"^\[fit\] an LBFGS computes the loss many times .*: call its step\(closure\)"):
        fit(model, blobs, mg.cross_entropy, optim.LBFGS(model.parameters()))


def test_optimisers_of_a_part_or_of_more_are_fine(small, blobs):
    model, more = small(), nn.Parameter(np.ones(2, np.float32))
    body = weights(model[0])
    fit(model, blobs, mg.cross_entropy, optim.SGD(model[3].parameters(), lr=.1))
    assert weights(model[0]) == body
    fit(model, blobs, mg.cross_entropy, optim.SGD([*model.parameters(), more], lr=.1))

    class Scaled(nn.Module):
        def __init__(self):
            self.scale = nn.Parameter(1.0)

        def forward(self, z, target):
            return mg.cross_entropy(z * self.scale, target)

    loss = Scaled()
    fit(model.requires_grad_(False), blobs, loss, sgd(loss))
    assert loss.scale.item() != 1


def test_an_optimiser_that_cannot_train_anything_is_said_before_the_first_step(small, blobs):
    model = small()
    optimizer = optim.SGD(model[3].parameters(), lr=.1)
    model[3].requires_grad_(False)
    with pytest.raises(ValueError, match=r"\[fit\] all the parameters of the model that the SGD steps are frozen"):
        fit(model, blobs, mg.cross_entropy, optimizer)
    optimizer.close()
    with pytest.raises(RuntimeError, match=r"\[SGD\] this optimiser is closed"):
        fit(model, blobs, mg.cross_entropy, optimizer)


def test_a_layer_replaced_after_the_optimiser_was_made_is_suspected(small, blobs):
    model = small()
    optimizer = sgd(model)
    model[3] = nn.Linear(8, 3)
    with pytest.warns(RuntimeWarning, match=r"\[fit\] the SGD steps 2 parameters that are not the model's, and leaves out 2 "
                                            r"that are .* was a layer replaced") as caught:
        fit(model, blobs, mg.cross_entropy, optimizer)
    assert len(caught) == 1 and caught[0].filename == __file__


# ---- errors

class Forgetful(nn.Module):
    def __init__(self, model, output=lambda z: None):
        self.model, self.output = model, output

    def forward(self, x):
        return self.output(self.model(x))


SLIPS = {
    "forward without return": (lambda z: None, mg.cross_entropy, None,
                               TypeError, r"the model returned None: does its forward end with a return\?"),
    "loss without return": (lambda z: z, lambda z, t: None, None,
                            TypeError, r"the loss must return a Tensor, found NoneType: does it end with a return\?"),
    "loss of a float": (lambda z: z, lambda z, t: mg.cross_entropy(z, t).item(), None,
                        TypeError, r"the loss must return a Tensor, found float: return the Tensor itself, without .item"),
    "loss per sample": (lambda z: z, nn.CrossEntropyLoss(reduction="none"), None,
                        ValueError, r"the loss must return one number, found shape \(32,\): take the mean over the batch"),
    "accuracy as a share": (lambda z: z, mg.cross_entropy, lambda z, t: float((z.argmax(1) == t).mean()),
                            TypeError, r"accuracy must return how many rows are right, an int, found 0\.\d+: their sum"),
    "accuracy of a tuple": (lambda z: (z, z), lambda z, t: mg.cross_entropy(z[0], t), lambda z, t: 0,
                            TypeError, r"accuracy= counts predictions that are one Tensor, but the model returned a tuple"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_are_named_in_the_first_batch(small, blobs, slip):
    output, loss, accuracy, error, message = SLIPS[slip]
    model = Forgetful(small(), output)
    before = weights(model)
    with pytest.raises(error, match=r"^\[fit\] " + message):
        fit(model, blobs, loss, sgd(model, lr=0.0), accuracy=accuracy)
    assert weights(model) == before
    with pytest.raises(error, match=r"^\[evaluate\] " + message):
        evaluate(model, blobs, loss, batch_size=32, accuracy=accuracy)


def test_models_may_return_what_their_loss_takes(small, blobs):
    model = Forgetful(small(), lambda z: (z, None))
    history = fit(model, blobs, lambda z, t: mg.cross_entropy(z[0], t), sgd(model), validation=blobs)
    assert "train_accuracy_running" not in history and math.isfinite(history[0]["validation_loss"])


@pytest.mark.parametrize(("changes", "error", "message"), [
    ({"model": nn.Linear}, TypeError, r"the model must be an nn.Module, found the class Linear: write Linear\(\.\.\.\), with"),
    ({"model": lambda x: x}, TypeError, r"the model must be an nn.Module, found function: nn.Sequential"),
    ({"model": nn.ReLU}, TypeError, r"found the class ReLU"),
    ({"loss": "mse"}, TypeError, r"loss must be a function \(predictions, targets\), found str: for classes pass mg"),
    ({"loss": nn.CrossEntropyLoss}, TypeError, r"found the class CrossEntropyLoss: write CrossEntropyLoss\(\), with brack"),
    ({"loss": np.zeros(3)}, TypeError, r"found ndarray: x and y go as one pair, \(x, y\)"),
    ({"loss": optim.SGD([nn.Parameter([1.0])], .1)}, TypeError, r"found SGD: the loss comes before the optimiser, fit\(mod"),
    ({"accuracy": "top5"}, TypeError, "accuracy must be a function or None or True or False, found str"),
    ({"on_epoch": 3}, TypeError, "on_epoch must be a function or None, found int"),
    ({"epochs": "3"}, TypeError, "epochs must be an int, 0 or more, found '3'"),
    ({"epochs": True}, TypeError, "epochs must be an int, 0 or more, found True"),
    ({"optimizer": "sgd"}, TypeError, r"optimizer must be one such as optim.SGD\(model.parameters\(\), .*, found str"),
    ({"optimizer": optim.SGD}, TypeError, "found the class SGD"),
    ({"epochs": -1}, ValueError, "epochs must be 0 or more, found -1"),
    ({"data": (np.zeros((0, 4)), np.zeros(0, int))}, ValueError, r"the data holds no batch: 0 samples, batches of 32$"),
    ({"data": Loader(np.zeros((3, 4)), np.zeros(3, int), drop_last=True)}, ValueError,
     "the data holds no batch: 3 samples, batches of 32, drop_last"),
    ({"data": Loader(np.zeros((3, 4)), np.zeros(3, int)), "batch_size": 5}, ValueError,
     r"a Loader has its own batch size \(32\) and seed \(0\): leave out batch_size= \(5\) and seed= \(None\)"),
    ({"validation": (np.zeros((0, 4)), np.zeros(0, int))}, ValueError, "the data holds no samples"),
])
def test_errors(small, blobs, changes, error, message):
    model = small()
    arguments = {"model": model, "data": blobs, "loss": mg.cross_entropy, "optimizer": sgd(model)} | changes
    with pytest.raises(error, match=r"^\[fit\] .*" + message):
        fit(**arguments)
