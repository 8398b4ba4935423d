"""Hints for whoever uses one name and means another: nn.relu for nn.ReLU, nn.dropout(x) for mg.dropout(x), mg.cat for
mg.concatenate. All of it runs only when something is wrong.
"""

import importlib.util
import os
import sys
from functools import wraps
from importlib import import_module
from inspect import signature
from itertools import zip_longest
from types import ModuleType

from minigrad.system import elsewhere, from_keras

SPACES = ("minigrad", "minigrad.nn", "minigrad.optim", "minigrad.data", "minigrad.train")

# what PyTorch, numpy and others call it: what it is called here
ELSEWHERE = {
    "view": "mg.reshape", "expand": "mg.broadcast_to", "array": "mg.tensor", "Variable": "mg.Tensor", "seed": "mg.manual_seed",
    "random": "mg.rand(2, 3) or mg.randn(2, 3)", "mse_loss": "mg.mse",
    "BatchNorm": "mg.nn.BatchNorm1d or mg.nn.BatchNorm2d", "Dense": "mg.nn.Linear",
    "DataLoader": "mg.utils.data.DataLoader, or mg.data.Loader",
    "device": "a device's name, as in mg.tensor(data, device=name)",
    "inference_mode": "mg.no_grad()",
    "LongTensor": "mg.tensor(data, dtype=mg.long)", "FloatTensor": "mg.tensor",
    "Conv": "mg.nn.Conv2d",
    "swa_utils": "mg.optim.AveragedModel, mg.optim.SWALR and mg.optim.update_bn", "profiler": "mg.profile",
    "func": "mg.grad, mg.vjp, mg.jvp, mg.jacobian and mg.hessian",
    "weight_norm": "mg.nn.utils.parametrizations.weight_norm", "spectral_norm": "mg.nn.utils.parametrizations.spectral_norm",
    "TensorDataset": "mg.utils.data.TensorDataset, or mg.data.Dataset",
    "random_split": "dataset.split(0.8)", "train_test_split": "dataset.split(0.8, stratified=True)",
    "Subset": "dataset[places]", "ConcatDataset": "dataset.concat(other)", "KFold": "dataset.folds(5, stratified=False)",
    "StratifiedKFold": "dataset.folds(5)", "WeightedRandomSampler": "mg.data.WeightedSampler",
    "SubsetRandomSampler": "mg.data.Loader(data, sampler=places, shuffle=True)",
    "RandomSampler": "mg.data.Loader(data, shuffle=True)",
    "IterableDataset": "mg.data.Loader(function, batch_size=32), of a function that makes a generator of samples",
    "default_collate": "mg.data.Loader, which does it, or takes a function of a list of samples as collate=",
}

METHODS = {  # what tensors of PyTorch and numpy's arrays have, and where it is here
    **{name: f"mg.nn.init.{name}(t)" for name in ("uniform_", "normal_")},
    "cuda": "t.to(device), with a name of mg.kernels.names()", "cpu": "t.numpy(), and .to(device) for another device",
    "type": "t.astype(dtype)",
    "is_contiguous": "no memory order to know of: kernels take any", "copy": "t.clone(); nothing writes into t itself",
    "tobytes": "t.numpy().tobytes()", "fill": "t.fill_(value)", "grad_fn": "t.node", "is_cuda": "t.device", "nbytes":
    "t.numpy().nbytes", "itemsize": "t.dtype.itemsize", "strides": "t.numpy().strides", "stride": "t.numpy().strides"}

LAYERS = {  # the function that a layer calls
    "LeakyReLU": "leaky_relu", "ELU": "elu", "CELU": "celu", "SELU": "selu", "GELU": "gelu", "SiLU": "silu", "Mish": "mish",
    "PReLU": "prelu", "LogSigmoid": "logsigmoid", "LogSoftmax": "log_softmax", "Softmin": "softmax", "Softplus": "softplus",
    "Softsign": "softsign", "Tanhshrink": "tanhshrink", "Hardtanh": "hardtanh", "Hardsigmoid": "hardsigmoid", "GLU": "glu",
    "Hardswish": "hardswish", "Hardshrink": "hardshrink", "Softshrink": "softshrink", "ReLU6": "relu6",
    "Threshold": "threshold",
    "ReLU": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax", "Dropout": "dropout", "Linear": "linear",
    "Conv2d": "conv2d", "BatchNorm1d": "batch_norm", "BatchNorm2d": "batch_norm", "MaxPool2d": "max_pool2d",
    "AvgPool2d": "avg_pool2d", "Flatten": "flatten", "Identity": None,
    "Embedding": "embedding", "Conv1d": "conv1d", "Conv3d": "conv3d", "ConvTranspose1d": "conv_transpose1d",
    "ConvTranspose2d": "conv_transpose2d", "ConvTranspose3d": "conv_transpose3d", "BatchNorm3d": "batch_norm",
    "LayerNorm": "layer_norm", "RMSNorm": "rms_norm", "GroupNorm": "group_norm", "InstanceNorm1d": "instance_norm",
    "InstanceNorm2d": "instance_norm", "InstanceNorm3d": "instance_norm", "LocalResponseNorm": "local_response_norm",
    "MaxPool1d": "max_pool1d", "MaxPool3d": "max_pool3d", "AvgPool1d": "avg_pool1d", "AvgPool3d": "avg_pool3d",
    "MaxUnpool1d": "max_unpool1d", "MaxUnpool2d": "max_unpool2d", "MaxUnpool3d": "max_unpool3d", "LPPool1d": "lp_pool1d",
    "LPPool2d": "lp_pool2d", "AdaptiveAvgPool1d": "adaptive_avg_pool1d", "AdaptiveAvgPool2d": "adaptive_avg_pool2d",
    "AdaptiveAvgPool3d": "adaptive_avg_pool3d", "AdaptiveMaxPool1d": "adaptive_max_pool1d",
    "AdaptiveMaxPool2d": "adaptive_max_pool2d", "AdaptiveMaxPool3d": "adaptive_max_pool3d",
    "GlobalAvgPool": "global_avg_pool", "GlobalMaxPool": "global_max_pool",
    "Upsample": "interpolate", "PixelShuffle": "pixel_shuffle", "PixelUnshuffle": "pixel_unshuffle", "Unflatten": "reshape",
    "ZeroPad1d": "pad", "ZeroPad2d": "pad", "ReflectionPad1d": None, "ReflectionPad2d": None, "ReplicationPad1d": None,
    "ReplicationPad2d": None, "Fold": "fold", "Unfold": "unfold",
    "BCELoss": "binary_cross_entropy", "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "CTCLoss": "ctc_loss", "CosineEmbeddingLoss": "cosine_embedding_loss", "CosineSimilarity": "cosine_similarity",
    "CrammerSingerLoss": "crammer_singer_loss", "CrossEntropyLoss": "cross_entropy", "GaussianNLLLoss": "gaussian_nll_loss",
    "HingeEmbeddingLoss": "hinge_embedding_loss", "HingeLoss": "hinge_loss", "HuberLoss": "huber_loss", "KLDivLoss": "kl_div",
    "L1Loss": "l1_loss", "MSELoss": "mse", "MarginRankingLoss": "margin_ranking_loss",
    "MultiLabelMarginLoss": "multilabel_margin_loss",
    "MultiLabelSoftMarginLoss": "multilabel_soft_margin_loss", "MultiMarginLoss": "multi_margin_loss", "NLLLoss": "nll_loss",
    "PairwiseDistance": "pairwise_distance", "PoissonNLLLoss": "poisson_nll_loss", "SmoothL1Loss": "smooth_l1_loss",
    "SoftMarginLoss": "soft_margin_loss", "SquaredHingeLoss": "squared_hinge_loss",
    "TripletMarginLoss": "triplet_margin_loss", "WestonWatkinsLoss": "weston_watkins_loss",
    "Dropout1d": "dropout", "Dropout2d": "dropout", "Dropout3d": "dropout",
    **dict.fromkeys(("AlphaDropout", "Bilinear", "ChannelShuffle", "FeatureAlphaDropout", "RReLU",
                     "TripletMarginWithDistanceLoss")),
    "LazyLinear": None,
    **{f"Lazy{kind}{n}d": None for kind in ("BatchNorm", "Conv", "ConvTranspose", "InstanceNorm") for n in (1, 2, 3)},
    **dict.fromkeys(("GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNCell", "MultiheadAttention", "PositionalEncoding",
                     "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder",
                     "TransformerEncoderLayer"))}

# layers that PyTorch can have write into their input: `inplace` is their last argument there
WRITERS = {"CELU", "ELU", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "Mish", "ReLU", "ReLU6",
           "RReLU", "SELU", "SiLU", "Threshold"}

# modules that are given modules or tensors
HOLDERS = {"Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"}

WEIGHTS = "weight", "pos_weight"        # what a layer may be given as a tensor where it is made

VALUES = {  # an operation that is no method of Value: how it is written with Values
    "add": "a + b", "sub": "a - b", "mul": "a * b", "div": "a / b", "power": "a ** b", "neg": "-v", "abs": "abs(v)",
    "maximum": "a.max(b)", "minimum": "a.min(b)", "greater": "a > b", "greater_equal": "a >= b", "less": "a < b",
    "less_equal": "a <= b", "equal": "a == b", "not_equal": "a != b", "sum": "sum(values)", "mean": "sum(values) / len(values)",
    "max": "max(values)", "min": "min(values)", "where": "a if condition else b", "mse": "(a - b) ** 2",
    "matmul": "sum(a * b for a, b in zip(row, column))", "linear": "sum(w * x for w, x in zip(weights, inputs)) + b"}


class Size(int):
    """t.size, numpy's: an int, the number of elements. Called as PyTorch's t.size(0) is, it says what is meant."""

    __slots__ = ()

    def __call__(self, dim=None):
        raise TypeError(f"[size] t.size is the number of elements here, {int(self)}, as in numpy: for t.size("
                        f"{'' if dim is None else dim}) write t.shape{'' if dim is None else f'[{dim}]'}")

    def __reduce__(self):
        return int, (int(self),)        # nobody keeps more than the number


# ---- attributes that are not there

def missing(module, name):
    """The message of the AttributeError for an attribute of one of minigrad's modules that does not exist."""
    message = f"module {module!r} has no attribute {name!r}"
    if name[:1] == "_" or not name.isidentifier():
        return message
    package = hasattr(sys.modules[module], "__path__")
    if package and importlib.util.find_spec(f"{module}.{name}") is not None:        # a file that is being imported
        return message
    meant = from_keras.NAMES.get(module, {}).get(name) or _meant(name, module)
    if not meant and module == "minigrad":
        tensor = import_module("minigrad.tensor").Tensor
        if hasattr(tensor, name):
            meant = f"t.{name}{'(...)' if callable(getattr(tensor, name)) else ''}, of a tensor"
    return f"{message}: there is {meant}" if meant else message + _not_here(module, name)


def missing_method(name):
    """The message of the AttributeError for an attribute of tensors that does not exist."""
    message = f"'Tensor' object has no attribute {name!r}"
    if name[:1] == "_":
        return message
    meant = METHODS.get(name) or _meant(name)
    return f"{message}: there is {meant}" if meant else message + _not_here("Tensor", name)


def _not_here(space, name):
    """Who else has something of that name, which is not here; "" if nobody has."""
    found = elsewhere.others(space, name)
    return f": {' and '.join(found[:2])} {'are' if found[1:] else 'is'} not here" if found else ""


def _meant(name, module="minigrad"):
    """What in minigrad, or in one of its modules, has that name, but for case and underscores, or is what others call so; "" if
    nothing is."""
    bare = _bare(name)
    found = {}                                  # a thing that stands in two places is named once
    for space in SPACES if module in SPACES else (module, *SPACES):
        module = import_module(space)
        for other in dir(module):
            thing = getattr(module, other)
            if _bare(other) == bare and other[0] != "_" and _is_public(space, other, thing):
                found.setdefault(id(thing), _described(space, other))
    return " and ".join(found.values()) or ELSEWHERE.get(name, "")


def _is_public(space, name, thing):
    listed = getattr(sys.modules[space], "__all__", None) if space not in SPACES else None
    return not isinstance(thing, ModuleType) and (listed is None or name in listed)


def _bare(name):
    return name.replace("_", "").lower()


def _described(space, name):
    path = f"{space.replace('minigrad', 'mg', 1).replace('mg.ops.', 'mg.', 1)}.{name}"
    if space == "minigrad.nn" and name in LAYERS:
        return f"the layer {path}, to be made once and then called: {path}(...)(x)"
    return f"the function {path}(...)" if name[0].islower() else path


# ---- files that are called

class File(ModuleType):
    """A module that says what was meant when it is called as a function: `nn.dropout(x)`."""

    def __reduce__(self):
        """By its name, as cloudpickle sends other modules: it takes nn.parameters for what `model.parameters()` needs."""
        return import_module, (self.__name__,)

    def __call__(self, *args, **options):
        path = self.__name__.replace("minigrad.", "mg.", 1)
        meant = _meant(path.rpartition(".")[2])
        raise TypeError(f"[{path}] this is a file of minigrad and no function" + (f": there is {meant}" if meant else ""))


def files_of(package, names=None):
    """Make `File`s of a package's modules that are imported, all or those of these names. Modules that operations read from
    are left out: Python finds a name faster in a plain module.
    """
    for name, module in list(vars(sys.modules[package]).items()):
        if type(module) is ModuleType and module.__name__ == f"{package}.{name}" and (names is None or name in names):
            module.__class__ = File


# ---- what `dir` and completion by tab show

INTERNAL = {"differentiable_kernels", "k", "keeps_its_array", "takes_any_shape", "touch"}


def listed(space, more=()):
    """The names of a package (its globals) that users use: what it lists in __all__, or all but modules; and `more` of them."""
    found = space.get("__all__") or [name for name, thing in space.items() if not isinstance(thing, ModuleType)]
    return sorted(shown({*found, *more, *(name for name in space if name[:2] == "__")}))


def shown(names):
    """Those that are neither private nor the engine's own business."""
    return [name for name in names if name not in INTERNAL and (name[:1] != "_" or name[:2] == "__")]


# ---- layers that are called as functions

def guard_layers(package, tensor_type):
    """Let the layers of a package refuse tensors where they are made: nn.ReLU(x) is nn.ReLU()(x)."""
    for name in LAYERS:
        cls = vars(sys.modules[package])[name]
        cls.__init__ = _guarded(cls.__init__, name, tensor_type)


def _guarded(init, name, tensor_type):
    parameters = list(signature(init).parameters)[1:]
    own = 0 if init is object.__init__ else len(parameters)

    @wraps(init)
    def checked(self, *args, **options):
        if name in WRITERS:
            if len(args) == own + 1 and isinstance(args[-1], bool):
                *args, options["inplace"] = args
            if options.pop("inplace", False):
                raise ValueError(f"[{name}] found inplace=True but expected False: nothing is written in place here; leave it "
                                 "out, the layer's result is the same")
        given = *zip_longest(parameters[:len(args)], args), *options.items()
        if any(isinstance(a, tensor_type) and parameter not in WEIGHTS for parameter, a in given):
            function = f", or call the function mg.{LAYERS[name]}" if LAYERS[name] else ""
            raise TypeError(f"[{name}] a layer is made first and then called with tensors: nn.{name}(...)(x){function}")
        if init is object.__init__ and (args or options):
            raise TypeError(f"[{name}] takes no arguments, found {', '.join([*map(repr, args), *options])}")
        init(self, *args, **options)

    return checked


# ---- Values where tensors belong

def of_values():
    """What to say to somebody who gives a Value to an operation on tensors; which one it was, the stack knows."""
    op = operation()
    return (f"[{op or 'tensor'}] this takes tensors, and found a Value, a number with operators and methods of its own: write "
            f"{form_with_values(op)}; or give v.data, its number as a constant")


def form_with_values(op):
    """How an operation is written with Values."""
    if op in VALUES:
        return VALUES[op]
    method = vars(import_module("minigrad.scalar.value").Value).get(op)
    if method is None:
        return "it with those"
    return f"a.{op}(b)" if "other" in method.__code__.co_varnames else f"v.{op}()"


WRAPPERS = {"operator", "with_second_names", "on_tensors", "widened"}      # they call an operation by another name
PROTOCOLS = {"array_function", "array_ufunc"}                               # numpy calls these
_OPS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "ops", "")


def operation():
    """The outermost function of ops/ on the stack."""
    frame, name = sys._getframe(), ""
    while frame is not None:
        if frame.f_code.co_filename.startswith(_OPS) and frame.f_code.co_name not in PROTOCOLS:
            name = frame.f_code.co_name
            if name in WRAPPERS:
                name = frame.f_locals["operation"].__name__
        frame = frame.f_back
    return name
