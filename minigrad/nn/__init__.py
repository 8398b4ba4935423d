"""Networks: modules, layers, losses, initial values, files. The names are PyTorch's.

module: Module      parameter: Parameter, Buffer      container: Sequential      containers: what attributes hold
hook: Hook      init: initial values      ownership: one optimiser per parameter
linear, conv, pool, adaptive, norm, layer_norm, image, embedding, dropout, activation, shape, loss: layers
serialize: save, load
"""

from typing import TYPE_CHECKING

from minigrad.nn import init
from minigrad.nn.activation import ReLU, Sigmoid, Softmax, Tanh
from minigrad.nn.adaptive import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    GlobalAvgPool,
    GlobalMaxPool,
)
from minigrad.nn.container import Sequential
from minigrad.nn.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from minigrad.nn.dropout import Dropout
from minigrad.nn.embedding import Embedding
from minigrad.nn.image import (
    Fold,
    PixelShuffle,
    PixelUnshuffle,
    ReflectionPad1d,
    ReflectionPad2d,
    ReplicationPad1d,
    ReplicationPad2d,
    Unfold,
    Upsample,
    ZeroPad1d,
    ZeroPad2d,
)
from minigrad.nn.layer_norm import (
    GroupNorm,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    LayerNorm,
    LocalResponseNorm,
    RMSNorm,
)
from minigrad.nn.linear import Linear
from minigrad.nn.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CosineSimilarity,
    CrammerSingerLoss,
    CrossEntropyLoss,
    CTCLoss,
    GaussianNLLLoss,
    HingeEmbeddingLoss,
    HingeLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MarginRankingLoss,
    MSELoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    NLLLoss,
    PairwiseDistance,
    PoissonNLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
    SquaredHingeLoss,
    TripletMarginLoss,
    WestonWatkinsLoss,
)
from minigrad.nn.module import Module
from minigrad.nn.norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from minigrad.nn.parameter import Buffer, Parameter
from minigrad.nn.pool import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    LPPool1d,
    LPPool2d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    MaxUnpool1d,
    MaxUnpool2d,
    MaxUnpool3d,
)
from minigrad.nn.serialize import load, read_arrays, save, write_arrays
from minigrad.nn.shape import Flatten, Identity, Unflatten
from minigrad.system.names import files_of, guard_layers, missing
from minigrad.tensor import Tensor

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
    "AvgPool1d", "AvgPool2d", "AvgPool3d", "BCELoss", "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d",
    "Buffer", "CTCLoss", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d",
    "CosineEmbeddingLoss", "CosineSimilarity", "CrammerSingerLoss", "CrossEntropyLoss", "Dropout", "Embedding",
    "Flatten", "Fold", "GaussianNLLLoss", "GlobalAvgPool", "GlobalMaxPool", "GroupNorm", "HingeEmbeddingLoss", "HingeLoss",
    "HuberLoss", "Identity", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "KLDivLoss", "L1Loss", "LPPool1d",
    "LPPool2d", "LayerNorm", "Linear", "LocalResponseNorm", "MSELoss", "MarginRankingLoss", "MaxPool1d", "MaxPool2d",
    "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", "Module", "MultiLabelSoftMarginLoss", "MultiMarginLoss",
    "NLLLoss", "PairwiseDistance", "Parameter", "PixelShuffle", "PixelUnshuffle", "PoissonNLLLoss", "RMSNorm", "ReLU",
    "ReflectionPad1d", "ReflectionPad2d", "ReplicationPad1d", "ReplicationPad2d", "Sequential", "Sigmoid",
    "SmoothL1Loss", "SoftMarginLoss", "Softmax", "SquaredHingeLoss", "Tanh", "TripletMarginLoss", "Unflatten", "Unfold",
    "Upsample", "WestonWatkinsLoss", "ZeroPad1d", "ZeroPad2d", "init", "load", "read_arrays", "save", "write_arrays"]

files_of(__name__)
guard_layers(__name__, Tensor)


if not TYPE_CHECKING:       # a type checker shall see what is not there
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
