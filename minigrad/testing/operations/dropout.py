"""Dropout: its mask is a pure function of the seed, the call's number and the element's place, so it has an oracle too."""

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, unary
from minigrad.testing.strategies import arrays

OTHER_GENERATOR = "PyTorch draws its masks from another generator"
PROBABILITIES = st.sampled_from((0.0, 0.1, 0.5, 0.9, 1.0))


def philox(seed, stream, block):
    """The four 32-bit words of one block of Philox 4x32-10, in Python's integers, from the paper's definition."""
    low = 0xFFFFFFFF
    c = [block & low, block >> 32, stream & low, stream >> 32]
    k = [seed & low, seed >> 32]
    for _ in range(10):
        p, q = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(q >> 32) ^ c[1] ^ k[0], q & low, (p >> 32) ^ c[3] ^ k[1], p & low]
        k = [(k[0] + 0x9E3779B9) & low, (k[1] + 0xBB67AE85) & low]
    return c


def dropped(x, p, seed, stream):
    """x with its elements counted channels last: element i is kept if word i of the stream is at least p 2^32."""
    words = [w for block in range((x.size + 3) // 4) for w in philox(seed, stream, block)][:x.size]
    shape = x.shape if x.ndim < 3 else (x.shape[0], *x.shape[2:], x.shape[1])
    kept = np.array(words, np.uint64).reshape(shape) >= round(p * 2**32)
    kept = np.moveaxis(kept, -1, 1) if x.ndim > 2 else kept
    return np.where(kept, x / (1 - p) if p < 1 else 0, 0)


def dropout(x, p, training, seed, calls):
    """mg.dropout as the call number `calls` after manual_seed(seed)."""
    mg.manual_seed(seed)
    for _ in range(calls):
        mg.dropout(mg.zeros_like(x), 0.5)
    return mg.dropout(x, p, training)


def oracle(x, p, training, seed, calls):
    return dropped(x, p, seed, calls) if training and p else x


@st.composite
def keyed(draw):
    """x, p and the key [seed, stream]."""
    key = np.array([draw(st.integers(0, 2**64 - 1)), draw(st.integers(0, 2**34))], np.uint64)
    return arguments(draw(arrays()), draw(PROBABILITIES), key)


FLOATS = "integers become floats first: what is kept is scaled"
describe("dropout", unary(p=PROBABILITIES, training=st.booleans(), seed=st.integers(0, 2**64 - 1), calls=st.integers(0, 2)),
         oracle, call=dropout, without={"integers": FLOATS, "torch": OTHER_GENERATOR})
describe("dropout_with_key", keyed(), lambda x, p, key: dropped(x, p, int(key[0]), int(key[1])),
         without={"integers": FLOATS, "torch": OTHER_GENERATOR})
