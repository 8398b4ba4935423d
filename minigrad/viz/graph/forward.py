"""What an operation computes, as a formula: by the names of its operands, or in numbers."""

from __future__ import annotations

import math
from typing import Any

from minigrad.viz.graph import numbers
from minigrad.viz.graph.formula import FORMS, Formula, call, formula, words
from minigrad.viz.graph.writing import SIGNED, TABLE

LONGEST = 100           # letters of a formula that still says something
WRITTEN = {"add", "sub", "mul", "div", "power", "matmul", "neg", "exp", "sqrt", "log", "abs"}


def forward_formula(box: Any, in_numbers: bool = False) -> Formula:
    """What a box's operation computes, by the names of its operands or in numbers."""
    op, constants = box.op, box.constants
    operands = [box.operand(i, in_numbers) for i in range(len(box.parents))]
    for end in ("_by_constant", "_of_constant", "_broadcast", "_at_zero"):
        if op.endswith(end):
            op = op.removesuffix(end)
            operands += map(formula, constants if "constant" in end else ())
    op = SIGNED.get(op, op)
    if op in ("clip", "leaky_relu", "elu"):                 # whose arguments are numbers
        operands += map(formula, constants)
    if op in WRITTEN and len(operands) == len(FORMS[op].text.parts):
        return Formula(op, *operands)
    if op == "sum" and len(constants) == 2:
        shape, kept = constants
        return TABLE.sum(operands[0], tuple(i for i, (n, one) in enumerate(zip(shape, kept)) if n != one) or None
                         if math.prod(kept) != 1 else None)
    if op == "getitem":
        return TABLE.getitem(operands[0], constants[0])
    if op == "transpose" and len(constants[0]) == 2:
        return Formula("transpose", operands[0])
    if op == "reshape" and box.shape is not None:
        return call(op, operands[0], words(numbers.shape(box.shape)))
    while operands and str(operands[-1]) == "·":            # options that were not given, a bias, say
        del operands[-1]
    return call(op, *operands)


def forward_numbers(box: Any) -> Formula | None:
    """The same in numbers: of operations with a sign, where they are known and few."""
    written = forward_formula(box, True)
    return written if box.op and written.head in ("add", "sub", "mul", "div", "power", "matmul", "neg") and says_something(
        written) else None


def is_computed(written: Formula) -> bool:
    """Whether a formula could be computed as it is written: what is said in words is not worth saying again in numbers."""
    inside = [part for part in written.parts if isinstance(part, Formula)]
    return written.head != "placed" and not (written.head == "mul" and any(part.head == "words" for part in inside)) and (
        written.head != "words" and all(part.head == "words" or is_computed(part) for part in inside))


def says_something(written: Formula) -> bool:
    """Whether a formula can be read: its numbers known, and not too many of them."""
    if any(isinstance(part, Formula) and not says_something(part) for part in written.parts):
        return False
    unknown = written.head == "name" and written.parts == ("?",)
    return not unknown and (written.head != "number" or numbers.is_shown(written.parts[0])) and len(str(written)) <= LONGEST
