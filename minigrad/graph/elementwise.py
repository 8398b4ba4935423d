"""The usual case of an elementwise operation in one call, from the operands to the recorded result.

What a rule says of itself (`saves`, `of_number`, `of_broadcast`) is read from its declaration: `rules/`, `declare.py`.
u and v are a and b again, under names that `compiled.pxd` gives a type once it is known what they are.
"""

from minigrad.graph.node import Variable, record


def unary(rule, a, otherwise):
    """The operation that this rule declares (`rules/`), of a tensor of floats; anything else goes to otherwise(rule, a)."""
    if not isinstance(a, Variable):
        return otherwise(rule, a)
    u = a
    x = u._data
    if x.dtype.kind != "f":
        return otherwise(rule, a)
    k = u.k
    return record(k, getattr(k, rule.__name__)(x), (a,), rule, rule.saves)


def binary(rule, a, b, otherwise):
    """The same of two tensors of one table and one floating point dtype, broadcast, or of one and a Python number."""
    if isinstance(a, Variable):
        u = a
        k = u.k
        x = u._data
        dtype = x.dtype
        if dtype.kind != "f":
            return otherwise(rule, a, b)
        if isinstance(b, Variable):
            v = b
            z = v._data
            if v.k is not k or z.dtype is not dtype:
                return otherwise(rule, a, b)
            s = x.shape
            t = z.shape
            if s == t:
                return record(k, getattr(k, rule.__name__)(x, z), (a, b), rule, rule.saves)
            if _broadcast(s, t):
                return record(k, getattr(k, rule.__name__)(x, z), (a, b), rule.of_broadcast, rule.saves, (s, t))
        elif b.__class__ is float or b.__class__ is int:
            try:
                y = getattr(k, rule.__name__)(x, b)
            except OverflowError:       # an integer beyond every float
                return otherwise(rule, a, b)
            n = rule.of_number
            return record(k, y, (a, b), rule, rule.saves) if n is None else record(k, y, (a,), n, n.saves, (b,))
    elif isinstance(b, Variable) and (a.__class__ is float or a.__class__ is int):
        v = b
        k = v.k
        z = v._data
        if z.dtype.kind == "f":
            try:
                y = getattr(k, rule.__name__)(a, z)
            except OverflowError:
                return otherwise(rule, a, b)
            n = rule.of_number if rule.either_side else None
            return record(k, y, (a, b), rule, rule.saves) if n is None else record(k, y, (b,), n, n.saves, (a,))
    return otherwise(rule, a, b)


def _broadcast(s, t):
    """Whether two shapes broadcast."""
    i = len(s)
    j = len(t)
    while i > 0 and j > 0:
        i -= 1
        j -= 1
        if s[i] != t[j] and s[i] != 1 and t[j] != 1:
            return False
    return True
