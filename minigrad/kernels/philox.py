"""Philox 4x32-10, a counter-based generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).

Every random 32-bit word is a pure function of (seed, stream, element), so any part of a stream can be made anywhere, in
any order, on any device and thread, and comes out the same.
"""

MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
ROUNDS = 10


def uint32(xp, key, count):
    """The first `count` words of a stream: uint32 (count,). key: uint64 [seed, stream].

    Words 4 i .. 4 i + 3 come from the counter (i low, i high, stream low, stream high), the key (seed low, seed high).
    """
    return _words(xp, key, xp.arange((count + 3) // 4, dtype=xp.uint64)).reshape(-1)[:count]


def of_samples(xp, index, key, count):
    """The first `count` words of each of the samples index (B,): uint32 (B, count), those from word index 2^26 of the
    stream."""
    start = index.astype(xp.uint64) << xp.uint64(24)
    blocks = (start[:, None] + xp.arange((count + 3) // 4, dtype=xp.uint64)).reshape(-1)
    return _words(xp, key, blocks).reshape(index.shape[0], (count + 3) // 4 * 4)[:, :count]


def _words(xp, key, block):
    """The four words of each block (N,): uint32 (N, 4)."""
    low = xp.uint64(0xFFFFFFFF)
    half = xp.uint64(32)
    seed, stream = key[0], key[1]
    c0, c1 = block & low, block >> half
    c2, c3 = xp.full_like(block, stream & low), xp.full_like(block, stream >> half)
    k0, k1 = seed & low, seed >> half
    for _ in range(ROUNDS):
        p0, p1 = c0 * xp.uint64(MULTIPLIERS[0]), c2 * xp.uint64(MULTIPLIERS[1])
        c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ k0, p1 & low, (p0 >> half) ^ c3 ^ k1, p0 & low
        k0, k1 = (k0 + xp.uint64(WEYL[0])) & low, (k1 + xp.uint64(WEYL[1])) & low
    return xp.stack((c0, c1, c2, c3), axis=1).astype(xp.uint32)


def threshold(p):
    """p 2^32, rounded: a random 32-bit word is less than that with probability p."""
    return round(p * 2**32)
