"""Read a pickle of arrays without Python's unpickler: CIFAR's archives are made of such files.

A pickle is a program, and `pickle.load` runs it: whoever made the file chooses which functions are called. What is read
here is data. The few instructions that build lists, tuples, dicts, numbers and strings are carried out; an array is put
together from its shape, its dtype and its bytes, by hand, so that not even numpy's own functions are called on behalf of the
file. Every other name and every other instruction is refused by name.

Memory is bounded: numbers have at most 8 bytes, strings and arrays only the bytes that lie in the file, and there are at most
2**19 instructions (CIFAR-100's larger file has 200,000). Nothing is recursive, so nesting is no danger.

Source: the comments of Python's pickletools.py, which describe every instruction; numpy's methods.c, array_reduce.
"""

import math
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

_MOST = 1 << 19         # instructions
_LONG = 1 << 16         # longer byte strings, an array's, are not copied
_NUMBERS = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c8|c16)")
_NAMES = {
    **{f"{core}.multiarray._reconstruct": "reconstruct" for core in ("numpy.core", "numpy._core")},
    **{f"{core}.numeric._frombuffer": "frombuffer" for core in ("numpy.core", "numpy._core")},
    "numpy.ndarray": "ndarray", "numpy.dtype": "dtype", "_codecs.encode": "encode",
    "__builtin__.bytes": "bytes", "builtins.bytes": "bytes",
}
_STOP = ord(".")


def unpickle(data: bytes | bytearray | memoryview, what: str) -> Any:
    """What a pickle of binary form (protocol 2 to 5) holds: dicts, lists, tuples, numbers, str, bytes, arrays, None.

    Arrays are read-only views of `data`; strings of Python 2 are bytes, long ones memoryviews. `what` is what the message calls
    the file. ValueError for a pickle that names, or asks for, anything else, and for a damaged one.
    """
    machine = _Machine(memoryview(data), what)
    try:
        return machine.run()
    except (IndexError, KeyError, struct.error, UnicodeError) as error:
        at = "at its end" if machine.at >= len(data) else f"at byte {machine.at}"
        raise machine.bad(f"something else {at} ({type(error).__name__})") from None


class _Name(str):
    """One of the names that a pickle may use."""


class _Pending:
    """An array without content so far, and where the memo keeps it."""

    slot = -1


class _Machine:
    """The state of a pickle that is read: its stack, its marks in it, and its memo."""

    def __init__(self, data: memoryview, what: str) -> None:
        self.data, self.what, self.at = data, what, 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        data, known = self.data, _INSTRUCTIONS
        for _ in range(_MOST):
            code = data[self.at]
            self.at += 1
            if code == _STOP:
                return self.stack.pop()
            if code not in known:
                raise self.refused(f"the instruction {_called(code)}")
            known[code](self)
        raise self.bad(f"more than {_MOST} instructions")

    def bad(self, found: str) -> ValueError:
        return ValueError(f"[unpickle] {self.what}: expected a whole pickle of arrays, found {found}; the file is damaged "
                          "or is another one: delete it and fetch it again")

    def refused(self, thing: str) -> ValueError:
        return ValueError(f"[unpickle] {self.what}: {thing} is refused: only arrays, containers, numbers and strings are read, "
                          "and nothing was run; a file that asks for more is not this data set: delete it")

    # ---- the file

    def take(self, count: int) -> memoryview:
        piece = self.data[self.at:self.at + count]
        if len(piece) < count:
            self.at = len(self.data)
            raise IndexError
        self.at += count
        return piece

    def number(self, form: str) -> int:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self) -> str:
        head = bytes(self.data[self.at:self.at + 256])
        end = head.index(b"\n") if b"\n" in head else -1
        if end < 0:
            raise self.bad(f"a name without an end at byte {self.at}")
        self.at += end + 1
        return head[:end].decode("ascii")

    def push(self, thing: Any) -> None:
        self.stack.append(thing)

    def text(self, form: str) -> None:
        self.push(str(self.take(self.number(form)), "utf-8", "surrogatepass"))

    def string(self, form: str) -> None:
        piece = self.take(self.number(form))
        self.push(piece if len(piece) > _LONG else bytes(piece))

    def integer(self, form: str) -> None:
        count = self.number(form)
        if not 0 <= count <= 8:
            raise self.refused(f"an integer of {count} bytes")
        self.push(int.from_bytes(self.take(count), "little", signed=True))

    # ---- containers

    def to_mark(self) -> list[Any]:
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def tuple_of(self, count: int) -> None:
        items = [self.stack.pop() for _ in range(count)]
        self.push(tuple(reversed(items)))

    def extend(self, items: list[Any]) -> None:
        if type(self.stack[-1]) is not list:
            raise self.bad(f"items for a {type(self.stack[-1]).__name__}")
        self.stack[-1].extend(items)

    def update(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not dict or len(items) % 2:
            raise self.bad(f"{len(items)} keys and values for a {type(target).__name__}")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if type(key) not in (bytes, str):       # the hash of a deep tuple would end Python, that of a number can be chosen
                raise self.refused(f"a dict with a {type(key).__name__} for a key")
            target[key] = value

    def put(self, slot: int) -> None:
        self.memo[slot] = self.stack[-1]
        if isinstance(self.stack[-1], _Pending):
            self.stack[-1].slot = slot

    # ---- arrays

    def name(self, module: str, name: str) -> None:
        if not isinstance(module, str) or not isinstance(name, str) or f"{module}.{name}" not in _NAMES:
            raise self.refused(f"the name {f'{module}.{name}'[:80]!r}")
        self.push(_Name(_NAMES[f"{module}.{name}"]))

    def reduce(self) -> None:
        given, called = self.stack.pop(), self.stack.pop()
        if not isinstance(called, _Name) or not isinstance(given, tuple):
            raise self.refused(f"a call of a {type(called).__name__}")
        if called == "reconstruct" and given and isinstance(given[0], _Name) and given[0] == "ndarray":
            self.push(_Pending())
        elif called == "dtype" and given:
            self.push(self.dtype(given[0], ""))
        elif called == "encode" and len(given) == 2 and isinstance(given[0], str) and given[1] in ("latin1", "latin-1"):
            self.push(given[0].encode("latin1"))        # how Python 3 writes bytes in protocol 2
        elif called == "bytes" and not given:
            self.push(b"")                              # and empty ones
        elif called == "frombuffer" and len(given) == 4:
            self.push(self.array(given[2], given[1], given[3] == "F", given[0]))
        else:
            raise self.refused(f"{called} with these arguments")

    def build(self) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if not isinstance(state, tuple):
            raise self.refused(f"a state for a {type(target).__name__}")
        if isinstance(target, np.dtype) and len(state) > 1:
            self.stack[-1] = self.dtype(target.str[1:], state[1])
        elif isinstance(target, _Pending) and len(state) in (4, 5):     # a version stands first in those of 5
            whole = self.array(*state[-4:])
            self.stack[-1] = whole
            if target.slot in self.memo:
                self.memo[target.slot] = whole
        else:
            raise self.refused(f"a state for a {type(target).__name__}")

    def dtype(self, code: Any, order: Any) -> np.dtype:
        code, order = (str(part, "ascii") if isinstance(part, bytes) else part for part in (code, order))
        if not isinstance(code, str) or not isinstance(order, str) or order not in ("", "<", ">", "|", "=") \
                or not _NUMBERS.fullmatch(code):
            raise self.refused(f"the dtype {str(code)[:80] if isinstance(code, str) else type(code).__name__!r}")
        return np.dtype(order + code.lstrip("<>|=") if order else code)

    def array(self, shape: Any, dtype: Any, fortran: Any, data: Any) -> np.ndarray:
        if not isinstance(shape, tuple) or len(shape) > 32 or not all(type(n) is int and n >= 0 for n in shape):
            raise self.bad(f"a shape that is a {type(shape).__name__} of something else than sizes")
        if not isinstance(dtype, np.dtype) or not isinstance(data, bytes | bytearray | memoryview):
            raise self.refused(f"an array of dtype {type(dtype).__name__} from a {type(data).__name__}")
        if math.prod(shape) * dtype.itemsize != len(data):      # Python integers: cannot overflow
            raise self.bad(f"{len(data)} bytes for an array {shape} of {dtype}")
        try:
            return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran is True else "C")
        except ValueError as error:         # nothing in it, and yet too large: (0, 2**62, 2**62)
            raise self.bad(f"a shape that no array can have, {shape} ({error})") from None


def _called(code: int) -> str:
    import pickletools

    known = [instruction.name for instruction in pickletools.opcodes if instruction.code == chr(code)]
    return known[0] if known else f"0x{code:02x}, which no pickle has,"


_Step = Callable[[_Machine], Any]
_INSTRUCTIONS: dict[int, _Step] = {
    0x80: lambda m: m.take(1), 0x95: lambda m: m.take(8),                                           # PROTO FRAME
    ord("("): lambda m: m.marks.append(len(m.stack)), ord("0"): lambda m: m.stack.pop(), ord("1"): _Machine.to_mark,
    ord("N"): lambda m: m.push(None), 0x88: lambda m: m.push(True), 0x89: lambda m: m.push(False),
    ord("K"): lambda m: m.push(m.take(1)[0]), ord("M"): lambda m: m.push(m.number("<H")),           # BININT1 BININT2
    ord("J"): lambda m: m.push(m.number("<i")), ord("G"): lambda m: m.push(m.number(">d")),         # BININT BINFLOAT
    0x8A: lambda m: m.integer("<B"), 0x8B: lambda m: m.integer("<i"),                               # LONG1 LONG4
    ord("U"): lambda m: m.string("<B"), ord("T"): lambda m: m.string("<I"),                           # strings of Python 2
    ord("C"): lambda m: m.string("<B"), ord("B"): lambda m: m.string("<I"), 0x8E: lambda m: m.string("<Q"),
    0x96: lambda m: m.string("<Q"),                                                                  # BYTEARRAY8
    0x8C: lambda m: m.text("<B"), ord("X"): lambda m: m.text("<I"), 0x8D: lambda m: m.text("<Q"),
    ord("]"): lambda m: m.push([]), ord("a"): lambda m: m.extend([m.stack.pop()]), ord("e"): lambda m: m.extend(m.to_mark()),
    ord("l"): lambda m: m.push(m.to_mark()), ord(")"): lambda m: m.push(()), ord("t"): lambda m: m.push(tuple(m.to_mark())),
    0x85: lambda m: m.tuple_of(1), 0x86: lambda m: m.tuple_of(2), 0x87: lambda m: m.tuple_of(3),
    ord("}"): lambda m: m.push({}), ord("s"): lambda m: m.update([m.stack.pop(), m.stack.pop()][::-1]),
    ord("u"): lambda m: m.update(m.to_mark()),
    ord("q"): lambda m: m.put(m.take(1)[0]), ord("r"): lambda m: m.put(m.number("<I")), 0x94: lambda m: m.put(len(m.memo)),
    ord("h"): lambda m: m.push(m.memo[m.take(1)[0]]), ord("j"): lambda m: m.push(m.memo[m.number("<I")]),
    ord("c"): lambda m: m.name(m.line(), m.line()), 0x93: lambda m: m.name(*[m.stack.pop(), m.stack.pop()][::-1]),
    ord("R"): _Machine.reduce, ord("b"): _Machine.build,
}
