"""What people hand to fit, evaluate and predict by mistake: each a sentence that says what to write instead."""

import operator
import warnings
from typing import Any

from minigrad.graph import Variable
from minigrad.optim import LBFGS, Optimizer


def check_model(op: str, model: Any) -> None:
    """TypeError unless it is a Module, or behaves as one."""
    if not all(hasattr(model, name) for name in ("modules", "train", "eval", "parameters")) or isinstance(model, type):
        remedy = (f"write {model.__name__}(...), with brackets, which makes one" if isinstance(model, type)
                  else "nn.Sequential(...) makes one out of layers")
        raise TypeError(f"[{op}] the model must be an nn.Module, found {_name(model)}: {remedy}")


def check_loss(op: str, loss: Any) -> None:
    """TypeError unless it is a function, or an instance of a class of losses."""
    expected = f"[{op}] loss must be a function (predictions, targets), found {_name(loss)}"
    if isinstance(loss, type):
        raise TypeError(f"{expected}: write {loss.__name__}(), with brackets, which makes one")
    if all(hasattr(loss, name) for name in ("step", "zero_grad")):
        raise TypeError(f"{expected}: the loss comes before the optimiser, {op}(model, data, loss, optimizer)")
    if not callable(loss):
        hint = ("x and y go as one pair, (x, y)" if isinstance(loss, Variable) or hasattr(loss, "__array__")
                else "for classes pass mg.cross_entropy")
        raise TypeError(f"{expected}: {hint}")


def check_optimizer(op: str, model: Any, loss: Any, optimizer: Any) -> None:
    """Error unless it can step, and steps something of this model (or of the loss). A part of the model is fine.

    One RuntimeWarning where it looks as if a layer had been replaced after the optimiser was made.
    """
    if not all(hasattr(optimizer, name) for name in ("step", "zero_grad")) or isinstance(optimizer, type):
        raise TypeError(f"[{op}] optimizer must be one such as optim.SGD(model.parameters(), lr=0.1), found "
                        f"{_name(optimizer)}")
    if not isinstance(optimizer, Optimizer):
        return
    optimizer.check_open()
    if isinstance(optimizer, LBFGS):
        raise TypeError(f"[{op}] an LBFGS computes the loss many times in a step, so it takes no batches: call its "
                        "step(closure) in a loop of your own")
    steps = {id(p): p for group in optimizer.param_groups for p in group["params"]}
    own = {id(p): p for part in (model, loss) if hasattr(part, "parameters") for p in part.parameters()}
    common = [p for i, p in own.items() if i in steps]
    if not common:
        raise ValueError(f"[{op}] the {type(optimizer).__name__} steps none of the model's parameters, so nothing would be "
                         "trained: make it from this very model, optim.SGD(model.parameters(), lr=0.1) (a copy of a model "
                         "has parameters of its own)")
    if not any(p.requires_grad for p in common):
        raise ValueError(f"[{op}] all the parameters of the model that the {type(optimizer).__name__} steps are frozen, so "
                         "nothing would be trained: call .requires_grad_() on them, or make the optimiser from others")
    strange = sum(i not in own for i in steps)
    left_out = sum(p.requires_grad and i not in steps for i, p in own.items())
    if strange and left_out:
        warnings.warn(f"[{op}] the {type(optimizer).__name__} steps {strange} parameters that are not the model's, and leaves "
                      f"out {left_out} that are and require gradients: was a layer replaced after the optimiser was made? "
                      "Then make it again from model.parameters()", RuntimeWarning, stacklevel=3)


def check_count(op: str, name: str, value: Any) -> int:
    """value as an int, 0 or more."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"[{op}] {name} must be an int, 0 or more, found {value!r}")
    if value < 0:
        raise ValueError(f"[{op}] {name} must be 0 or more, found {value}")
    return operator.index(value)


def check_function(op: str, name: str, value: Any, others: tuple = (None,)) -> None:
    """TypeError unless it is a function or one of the others."""
    if not any(value is other for other in others) and (not callable(value) or isinstance(value, type)):
        raise TypeError(f"[{op}] {name} must be a function{''.join(f' or {other}' for other in others)}, found {_name(value)}")


def check_output(op: str, z: Any) -> None:
    """TypeError for a model that returned nothing."""
    if z is None:
        raise TypeError(f"[{op}] the model returned None: does its forward end with a return?")


def check_value(op: str, value: Any) -> None:
    """Error unless what a loss returned is a 0-d Tensor."""
    if not isinstance(value, Variable):
        hint = "does it end with a return?" if value is None else "return the Tensor itself, without .item() or float()"
        raise TypeError(f"[{op}] the loss must return a Tensor, found {_name(value)}: {hint}")
    if value.data.shape:
        raise ValueError(f"[{op}] the loss must return one number, found shape {value.shape}: take the mean over the batch, "
                         ".mean() or reduction='mean'")


def _name(a: Any) -> str:
    return f"the class {a.__name__}" if isinstance(a, type) else type(a).__name__
