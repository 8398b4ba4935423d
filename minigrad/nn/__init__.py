"""Networks: modules, layers, losses, initial values, files. The names are PyTorch's.

module: Module, made of hooks, keeping, moving, finding      parameter: Parameter, Buffer      containers: what attributes hold
container: Sequential, ModuleList, ModuleDict      parameters: ParameterList, ParameterDict      hook: Hook
linear, bilinear, conv, pool, norm, dropout, activation, shape, loss: layers      lazy: layers that learn their input's size
recurrent: RNN, LSTM, GRU and cells      attention, transformer: attention, transformers
init: initial values      ownership: one optimiser per parameter      serialize: save, load      summarize: summary
functional: PyTorch's names of functions      utils: parametrizations, padded sequences, parameters as a vector
"""

from typing import TYPE_CHECKING

from minigrad.nn import functional, init, utils
from minigrad.nn.activation import ReLU, Sigmoid, Softmax, Tanh
from minigrad.nn.attention import MultiheadAttention
from minigrad.nn.bilinear import Bilinear
from minigrad.nn.container import ModuleDict, ModuleList, Sequential
from minigrad.nn.conv import Conv2d
from minigrad.nn.dropout import AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout
from minigrad.nn.lazy import (
    LazyBatchNorm1d,
    LazyBatchNorm2d,
    LazyConv2d,
    LazyLinear,
    UninitializedBuffer,
    UninitializedParameter,
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
from minigrad.nn.norm import BatchNorm1d, BatchNorm2d
from minigrad.nn.parameter import Buffer, Parameter
from minigrad.nn.parameters import ParameterDict, ParameterList
from minigrad.nn.pool import AvgPool2d, MaxPool2d
from minigrad.nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from minigrad.nn.serialize import load, read_arrays, save, write_arrays
from minigrad.nn.shape import Flatten, Identity, Unflatten
from minigrad.nn.summarize import Summary, summary
from minigrad.nn.transformer import (
    PositionalEncoding,
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from minigrad.system.names import files_of, guard_layers, missing
from minigrad.tensor import Tensor

__all__ = [
    "GRU", "LSTM", "RNN", "AlphaDropout", "AvgPool2d", "BCELoss", "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d",
    "Bilinear", "Buffer", "CTCLoss", "Conv2d", "CosineEmbeddingLoss", "CosineSimilarity", "CrammerSingerLoss",
    "CrossEntropyLoss", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout", "Flatten", "GRUCell",
    "GaussianNLLLoss", "HingeEmbeddingLoss", "HingeLoss", "HuberLoss", "Identity", "KLDivLoss", "L1Loss", "LSTMCell",
    "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyConv2d", "LazyLinear", "Linear", "MSELoss", "MarginRankingLoss",
    "MaxPool2d", "Module", "ModuleDict", "ModuleList", "MultiLabelSoftMarginLoss", "MultiMarginLoss",
    "MultiheadAttention", "NLLLoss", "PairwiseDistance", "Parameter", "ParameterDict", "ParameterList", "PoissonNLLLoss",
    "PositionalEncoding", "RNNCell", "ReLU", "Sequential", "Sigmoid", "SmoothL1Loss", "SoftMarginLoss", "Softmax",
    "SquaredHingeLoss", "Summary", "Tanh", "Transformer", "TransformerDecoder", "TransformerDecoderLayer",
    "TransformerEncoder", "TransformerEncoderLayer", "TripletMarginLoss", "Unflatten", "UninitializedBuffer",
    "UninitializedParameter", "WestonWatkinsLoss", "functional", "init", "load", "read_arrays", "save", "summary",
    "utils", "write_arrays"]

files_of(__name__)
guard_layers(__name__, Tensor)


if not TYPE_CHECKING:       # a type checker shall see what is not there
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
