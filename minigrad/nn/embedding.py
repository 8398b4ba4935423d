"""The embedding layer."""

from typing import Self

from minigrad.nn.functions import embedding
from minigrad.nn.init import normal_
from minigrad.nn.linear import positive, true_or_false, unset
from minigrad.nn.module import Module
from minigrad.nn.parameter import write
from minigrad.ops.loss.common import a_number
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand


class Embedding(Module):
    """The rows of a table that integers name: x (...) -> (..., embedding_dim). weight (num_embeddings, embedding_dim), drawn
    from N(0, 1).

    padding_idx: a row that is 0 at first and has no gradient. max_norm: rows that are named and longer than that, in the
    norm_type-norm, are made so short first, in the weight. scale_grad_by_freq: a row's gradient is divided by how often it is
    named. device: where the weight lies, as in mg.tensor.
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, max_norm: float | None = None,
                 norm_type: float = 2.0, scale_grad_by_freq: bool = False, *, device: str | None = None):
        positive("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if padding_idx is not None:
            if isinstance(padding_idx, bool) or not hasattr(padding_idx, "__index__"):
                raise TypeError(f"[Embedding] padding_idx must be an int or None, found {padding_idx!r}")
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ValueError(f"[Embedding] padding_idx must be the number of one of the {num_embeddings} rows, found "
                                 f"{padding_idx}")
            padding_idx = int(padding_idx) % num_embeddings
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.max_norm = None if max_norm is None else a_number("Embedding", "max_norm", max_norm, 0)
        self.norm_type = a_number("Embedding", "norm_type", norm_type, 0)
        true_or_false("Embedding", scale_grad_by_freq=scale_grad_by_freq)
        self.scale_grad_by_freq = scale_grad_by_freq
        self.weight = normal_(unset(num_embeddings, embedding_dim, device=device))
        if padding_idx is not None:
            self.weight.k.assign(self.weight.data, padding_idx, 0)
            self.weight.touch()

    @classmethod
    def from_pretrained(cls, embeddings: Operand, freeze: bool = True, padding_idx: int | None = None,
                        max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False) -> Self:
        """A layer of these rows, (V, D); freeze: they are not trained."""
        rows = lift(embeddings)
        if rows.ndim != 2:
            raise ValueError(f"[Embedding] expected embeddings (V, D), found {rows.shape}")
        layer = cls(rows.shape[0], rows.shape[1], padding_idx, max_norm, norm_type, scale_grad_by_freq, device=rows.device)
        write(layer.weight, rows.k.to_numpy(rows.data))
        layer.weight.requires_grad_(not freeze)
        return layer

    def forward(self, x: Operand) -> Tensor:
        return embedding(x, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq)

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name, usual in (("padding_idx", None), ("max_norm", None), ("norm_type", 2.0), ("scale_grad_by_freq", False)):
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        return text
