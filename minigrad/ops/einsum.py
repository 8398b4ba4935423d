"""Einstein's summation: products of tensors along named axes, summed over the names that the result leaves out.

Every pair is one matrix product: the names that both have and the result needs are its leading axes, those that nobody needs
any more are summed over, and what is left of either makes rows and columns. Where only one has such an axis it is an elementwise
product.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache, reduce
from itertools import combinations
from typing import Any

from minigrad.graph import alike
from minigrad.ops.compare import not_equal
from minigrad.ops.elementwise import mul
from minigrad.ops.index import getitem
from minigrad.ops.matmul import matmul
from minigrad.ops.operands import astype, operands, together
from minigrad.ops.reduce import sum as add_up
from minigrad.ops.shape import reshape, transpose
from minigrad.tensor import Tensor

__all__ = ["einsum"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def einsum(*terms: Any, optimize: Any = True) -> Tensor:
    """Products summed over named axes, by numpy's subscripts: einsum("bij,bjk->bik", a, b).

    Each operand has a letter for each axis; the result is the product of all of them, summed over the letters behind which "->"
    does not stand. Without "->" the result has the letters that occur once, in the order of the alphabet. A letter twice in one
    operand takes its diagonal; "..." stands for any further axes, which broadcast, as do sizes of 1. The other form of numpy,
    einsum(a, [0, 1], b, [1, 2], [0, 2]), is understood too.

    Three operands and more are multiplied two at a time, first those that cost least; numpy's `optimize` is taken and changes
    nothing. Each product goes through matmul. Integers stay integers of their dtype, and wrap around.

    Raises ValueError for subscripts that do not fit the operands.
    """
    subscripts, tensors = _as_text(terms)
    tensors = one_dtype("einsum", tensors)
    inputs, output = _parsed(subscripts, tuple([t.data.shape for t in tensors]))
    kind = tensors[0].data.dtype
    if kind.kind == "b":                # any instead of the sum, as numpy has it
        return not_equal(_contracted([astype(t, int) for t in tensors], inputs, output), 0)
    y = _contracted(tensors, inputs, output)
    return y if y.data.dtype == kind else astype(y, kind)       # sums of small integers are wider


def one_dtype(op, tensors):
    """Tensors of one dtype on one device, whatever their shapes, of operands at least one."""
    if len(tensors) == 2 and alike(*tensors):
        return tensors
    tensors = together(op, tensors)
    if not tensors:
        raise ValueError(f"[{op}] expected at least one tensor")
    widest = reduce(lambda a, b: operands(op, a, b)[0], tensors)
    return [astype(t, widest.data.dtype) for t in tensors]


def _contracted(tensors, inputs, output):
    terms = [_prepared(t, *labels) for t, labels in zip(tensors, inputs)]
    labels = tuple([names for _, names in terms])
    if len(terms) == 1:
        return _arranged(*_summed(*terms[0], output), output)
    if len(terms) == 2:
        return _arranged(*contract(*terms[0], *terms[1], output), output)
    sizes = tuple({n: s for t, names in terms for n, s in zip(names, t.data.shape)}.items())
    for i, j in contraction_order(labels, sizes, output):
        b, a = terms.pop(j), terms.pop(i)
        kept = output + tuple([n for _, names in terms for n in names])
        terms.append(contract(*a, *b, output if not terms else kept))
    return _arranged(*terms[0], output)


def contract(a, la, b, lb, kept):
    """(product, its names) of a with names la and b with names lb, summed over the names that are not in `kept`."""
    a, la = _summed(a, la, (*lb, *kept))
    b, lb = _summed(b, lb, (*la, *kept))
    order = {n: i for i, n in enumerate(kept)}
    batch = [n for n in la if n in lb and n in order]
    inner = [n for n in la if n in lb and n not in order]
    left, right = [n for n in la if n not in lb], [n for n in lb if n not in la]
    if left and right and order[left[-1]] > order[right[-1]]:
        a, la, b, lb, left, right = b, lb, a, la, right, left       # the result is in order then
    size = dict(zip((*la, *lb), (*a.data.shape, *b.data.shape)))

    def sizes(names):
        return tuple([size[n] for n in names])

    def as_matrix(t, names, rows, columns):
        t = _arranged(t, names, (*batch, *rows, *columns))
        if len(rows) == len(columns) == 1:
            return t                # no copy, however it lies in memory: strides will do
        return reshape(t, (*sizes(batch), math.prod(sizes(rows)), math.prod(sizes(columns))))

    names = (*batch, *left, *right)
    if not inner and not (left and right):
        a = _arranged(a, la, (*batch, *left))
        b = _arranged(b, lb, (*batch, *right))
        if right:
            a = reshape(a, (*sizes(batch), *[1] * len(right)))
        elif left:
            b = reshape(b, (*sizes(batch), *[1] * len(left)))
        return mul(a, b), names
    if batch and not left and not right:
        return add_up(mul(_arranged(a, la, (*batch, *inner)), _arranged(b, lb, (*batch, *inner))),
                      tuple(range(len(batch), len(batch) + len(inner)))), names
    y = matmul(as_matrix(a, la, left, inner), as_matrix(b, lb, inner, right))
    return y if len(left) == len(right) == 1 else reshape(y, sizes(names)), names


def _arranged(t, names, wanted):
    """t with its axes in the order of these names."""
    if tuple(names) == tuple(wanted):
        return t
    return transpose(t, [names.index(n) for n in wanted])


def _summed(t, names, kept):
    """t summed over the names that are not kept."""
    gone = tuple([i for i, n in enumerate(names) if n not in kept])
    return (add_up(t, gone), tuple([n for n in names if n in kept])) if gone else (t, names)


def _prepared(t, names, ones):
    """t without the axes of size 1 that others broadcast, and with the diagonals of repeated names."""
    if ones:
        t = reshape(t, [n for i, n in enumerate(t.data.shape) if i not in ones])
        names = tuple([n for i, n in enumerate(names) if i not in ones])
    for n, count in Counter(names).items():
        while count > 1:
            i = names.index(n)
            j = names.index(n, i + 1)
            rest = [m for m in range(len(names)) if m not in (i, j)]
            t = last_diagonal(transpose(t, (*rest, i, j)))
            names = (*[names[m] for m in rest], n)
            count -= 1
    return t, names


def last_diagonal(a, offset=0):
    """The diagonal of the last two axes, as the last one; offset > 0: above the main one."""
    *lead, rows, columns = a.data.shape
    first = offset if offset >= 0 else -offset * columns
    count = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    if not count:
        return getitem(a, (..., 0, slice(0, 0))) if rows else reshape(a, (*lead, 0))
    step = columns + 1
    return getitem(reshape(a, (*lead, rows * columns)), (..., slice(first, first + (count - 1) * step + 1, step)))


@lru_cache(512)
def contraction_order(labels, sizes, output):
    """The places of the two operands to multiply at each step, when each product is put behind those that are left.

    First the pair whose product has the fewest elements beyond those of the pair itself, of equals the one of fewest
    multiplications: what opt_einsum (Smith and Gray 2018) calls greedy.
    """
    size, steps = dict(sizes), []
    terms = [frozenset(names) for names in labels]

    def elements(names):
        return math.prod([size[n] for n in names])

    while len(terms) > 1:
        best = None
        for i, j in combinations(range(len(terms)), 2):
            kept = frozenset(output).union(*[t for m, t in enumerate(terms) if m not in (i, j)])
            both = terms[i] | terms[j]
            cost = elements(both & kept) - elements(terms[i]) - elements(terms[j]), elements(both)
            if best is None or cost < best[0]:
                best = cost, i, j, both & kept
        _, i, j, names = best
        steps.append((i, j))
        del terms[j], terms[i]
        terms.append(names)
    return tuple(steps)


# ---- subscripts

def _as_text(terms):
    """(subscripts, operands) of either form."""
    if not terms:
        raise ValueError('[einsum] expected subscripts and operands: einsum("ij,jk->ik", a, b)')
    if isinstance(terms[0], str):
        return terms[0], list(terms[1:])
    if len(terms) < 2:
        raise ValueError("[einsum] expected subscripts before the operands, or a list of axes after each, found one operand")
    pairs, output = (terms[:-1], terms[-1]) if len(terms) % 2 else (terms, None)
    text = ",".join([_letters(axes) for axes in pairs[1::2]])
    return text + ("" if output is None else "->" + _letters(output)), list(pairs[::2])


def _letters(axes):
    try:
        found = ["..." if i is Ellipsis else i.__index__() for i in axes]
    except (TypeError, AttributeError):
        raise TypeError(f"[einsum] axes are named by a list of ints and ..., found {axes!r}") from None
    if any(i != "..." and not 0 <= i < len(LETTERS) for i in found):
        raise ValueError(f"[einsum] axes are named by 0 to {len(LETTERS) - 1}, found {axes!r}")
    return "".join([i if i == "..." else LETTERS[i] for i in found])


@lru_cache(512)
def _parsed(subscripts, shapes):
    """(for each operand its names and the places of the sizes of 1 that broadcast, the names of the result).

    The axes of "..." are named by numbers, -1 the last of them.
    """
    facts = f"{subscripts!r}, operands {', '.join(map(str, shapes))}"
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(shapes):
        raise ValueError(f"[einsum] the subscripts name {len(parts)} operands, but {len(shapes)} are given: {facts}")
    inputs = [_names(part, len(shape), facts) for part, shape in zip(parts, shapes)]
    others = min([n for names in inputs for n in names if isinstance(n, int)], default=0)
    if arrow:
        output = _names(right, others, facts, output=True)
        if len(set(output)) < len(output):
            raise ValueError(f"[einsum] the result names an axis twice: {facts}")
        if missing := set(output) - {n for names in inputs for n in names}:
            raise ValueError(f"[einsum] the result names {sorted(map(str, missing))}, which no operand has: {facts}")
        if others and not any(isinstance(n, int) for n in output):
            raise ValueError(f"[einsum] the operands have axes of '...', but the result has none: {facts}")
    else:
        counts = Counter([n for names in inputs for n in names if isinstance(n, str)])
        output = (*range(others, 0), *sorted([n for n, count in counts.items() if count == 1]))
    sizes: dict[Any, int] = {}
    for names, shape in zip(inputs, shapes):
        for n, s in zip(names, shape):
            if s != 1 and sizes.setdefault(n, s) != s:
                name = n if isinstance(n, str) else "..."
                raise ValueError(f"[einsum] the axis {name!r} has sizes {sizes[n]} and {s}: {facts}")
    for names, shape in zip(inputs, shapes):
        if len(set(zip(names, shape))) != len(set(names)):
            raise ValueError(f"[einsum] no diagonal, as an axis that is named twice has two sizes: {facts}")
    ones = [tuple([i for i, (n, s) in enumerate(zip(names, shape)) if s == 1 and n in sizes])
            for names, shape in zip(inputs, shapes)]
    return tuple(zip(inputs, ones)), output


def _names(part, axes, facts, output=False):
    """The names of an operand with so many axes, or (output) of the result, where `axes` is the number of its first '...'."""
    before, dots, after = part.partition("...")
    letters = before + after
    if not all(c in LETTERS for c in letters):
        raise ValueError(f"[einsum] subscripts are letters, ',', '->' and '...', found {part!r} in {facts}")
    count = -axes if output else axes - len(letters)
    if not output and (count < 0 or count and not dots):
        raise ValueError(f"[einsum] {part!r} names {len(letters)} axes, but its operand has {axes}: {facts}")
    return (*before, *range(-count, 0), *after) if dots else tuple(before)
