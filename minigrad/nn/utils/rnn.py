"""Sequences of several lengths in one batch."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from minigrad.ops.index import getitem
from minigrad.ops.operands import same_kind
from minigrad.ops.shape import pad, stack, transpose
from minigrad.system.names import missing
from minigrad.tensor import Tensor

__all__ = ["pack_padded_sequence", "pack_sequence", "pad_packed_sequence", "pad_sequence", "unpad_sequence"]


def pad_sequence(sequences: Sequence[Any], batch_first: bool = False, padding_value: float = 0.0,
                 padding_side: str = "right") -> Tensor:
    """Sequences (T_i, ...) as one (T, N, ...), or (N, T, ...) with batch_first, T the longest; the rest is padding_value."""
    if padding_side not in ("right", "left"):
        raise ValueError(f"[pad_sequence] padding_side must be 'right' or 'left', found {padding_side!r}")
    tensors = same_kind("pad_sequence", sequences)
    rest = tensors[0].shape[1:]
    if any(t.ndim == 0 or t.shape[1:] != rest for t in tensors):
        raise ValueError("[pad_sequence] sequences (T, ...) that differ in T alone are needed, found "
                         f"{[t.shape for t in tensors]}")
    longest = max(t.shape[0] for t in tensors)
    padded = []
    for t in tensors:
        more = longest - t.shape[0]
        widths = [(more, 0) if padding_side == "left" else (0, more), *[(0, 0)] * len(rest)]
        padded.append(pad(t, widths, constant_values=padding_value) if more else t)
    batch = stack(padded, 0)
    return batch if batch_first else transpose(batch, (1, 0, *range(2, batch.ndim)))


def unpad_sequence(padded_sequences: Tensor, lengths: Any, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a batch without their padding, which stands at the end."""
    counts = [int(n) for n in (lengths.tolist() if isinstance(lengths, (Tensor, np.ndarray)) else lengths)]
    places = ((i, slice(0, n)) if batch_first else (slice(0, n), i) for i, n in enumerate(counts))
    return [getitem(padded_sequences, place) for place in places]


def _not_packed(name):
    def refuse(*args: Any, **options: Any) -> NoReturn:
        raise NotImplementedError(
            f"[{name}] packed sequences are not supported here: pad_sequence makes one batch; give the layers that, take each "
            "sequence's output at its own last step (y[lengths - 1, range(N)]), and leave padding out of the loss with a mask")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Not supported: raises NotImplementedError, which says what to do instead."
    return refuse


pack_padded_sequence = _not_packed("pack_padded_sequence")
pack_sequence = _not_packed("pack_sequence")
pad_packed_sequence = _not_packed("pad_packed_sequence")


if not TYPE_CHECKING:
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
