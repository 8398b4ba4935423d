"""Networks: modules, layers, losses, initial values, files. The names are PyTorch's.

module: Module      parameter: Parameter, Buffer      container: Sequential      containers: what attributes hold
hook: Hook      init: initial values
linear, conv, pool, norm, dropout, activation, shape, loss: layers      pixels: what they refuse
serialize: save, load
"""

from typing import NoReturn

from minigrad import ops
from minigrad.nn import init
from minigrad.nn.activation import ReLU, Sigmoid, Softmax, Tanh
from minigrad.nn.container import Sequential
from minigrad.nn.conv import Conv2d
from minigrad.nn.dropout import Dropout
from minigrad.nn.linear import Linear
from minigrad.nn.loss import CrossEntropyLoss, MSELoss
from minigrad.nn.module import Module
from minigrad.nn.norm import BatchNorm1d, BatchNorm2d
from minigrad.nn.parameter import Buffer, Parameter
from minigrad.nn.pool import AvgPool2d, MaxPool2d
from minigrad.nn.serialize import load, read_arrays, save, write_arrays
from minigrad.nn.shape import Flatten, Identity

__all__ = [
    "AvgPool2d", "BatchNorm1d", "BatchNorm2d", "Buffer", "Conv2d", "CrossEntropyLoss", "Dropout", "Flatten", "Identity",
    "Linear", "MSELoss", "MaxPool2d", "Module", "Parameter", "ReLU", "Sequential", "Sigmoid", "Softmax", "Tanh", "init",
    "load", "read_arrays", "save", "write_arrays"]

for _file in "dropout", "linear":       # else nn.dropout(x) would find the file and say that a module is not callable
    globals().pop(_file)

_CONTAINERS = "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"


def __getattr__(name: str) -> NoReturn:
    """Only asked for what is not here: says where it is."""
    hint = ""
    if name in ops.__all__:
        hint = f": layers are classes, such as nn.ReLU(); the function is mg.{name}"
    elif name == "functional":
        hint = ": functions are called mg.relu, mg.cross_entropy ..."
    elif name in _CONTAINERS:
        hint = ": a plain list or dict in an attribute will do, self.layers = [...], and what is in it is found"
    raise AttributeError(f"module 'minigrad.nn' has no attribute {name!r}{hint}")
