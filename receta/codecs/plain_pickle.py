"""How are data that others pickled read, without unpickling: nothing is imported or called?

A pickle is a small program. This reader knows those of its instructions that build plain
data (dict, list, tuple, text, bytes, numbers, None) and the few spellings by which NumPy
and joblib write arrays; of everything else it says what it is and stops. A format that
puts other plain things into pickles is read by a `Reader` that knows their names.
"""

from __future__ import annotations

import io
import pickletools
import re
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from receta.codecs.pickled_values import (
    ARRAY,
    DTYPE,
    MARK,
    WRAPPER,
    ArrayInMaking,
    Named,
    Refused,
    count_values,
    expect,
    finish,
    finish_all,
    holds_in_tuple,
    make_array,
    make_dtype,
    make_pairs,
    refuse_depth,
)

# Each may make an object of 64 bytes out of one: 25,000 reviews of Keras's imdb.npz take 200,000.
MOST_STEPS = 1_000_000
# Bytes that may be made out of what was read already, which a pickle can name again and again.
# Honest ones make each byte once; a list of None has 8 bytes an item and takes one.
_GROWTH, _LEAST, _MOST = 8, 64 * 2**20, 2**31
MOST_BITS = 8192  # of a whole number: 1 kB
_KNOWN = {
    "numpy.ndarray": ARRAY,
    "numpy.dtype": DTYPE,
    WRAPPER: WRAPPER,
    "_codecs.encode": "encode",
    # b"" for Python 2: bytes() with nothing in it
    "__builtin__.bytes": "nothing",
    "builtins.bytes": "nothing",
    **{f"numpy.{core}.multiarray._reconstruct": "reconstruct" for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer": "frombuffer" for core in ("core", "_core")},
}
# Numbers, texts of one length, and lists of objects; NumPy itself would evaluate a longer text.
_PLAIN_TYPE = re.compile(r"[<>|=]?[biufSUO][0-9]{1,7}")
# Whatever stands for itself: numbers, texts, bytes. What Python 2 calls a text is bytes here.
_NUMBERS = frozenset({"BININT", "BININT1", "BININT2"})  # of word numbers there are millions
_VALUES = frozenset(
    {
        *("INT", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
        *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
    }
)
_TEXTS = ("STRING", "BINSTRING", "SHORT_BINSTRING")
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple}
# DeprecationWarning: an escape that Python no longer knows, where warnings are errors
_DAMAGES = (
    *(IndexError, KeyError, ValueError, TypeError, OverflowError, AttributeError),
    DeprecationWarning,
)
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def plain(content: bytes, start: int = 0) -> Any:
    """The data that a pickle holds: dict, list, tuple, str, bytes, numbers, arrays.

    Texts of Python 2 come as bytes, as with encoding="bytes". Raises Refused for
    whatever would import, call or build something else, and for what is cut off.

    >>> plain(bytes.fromhex("80025d71002858010000006171014b07652e"))
    ['a', 7]
    """
    return Reader(content, start).value()


class Reader:
    """One pass over the instructions, with a stack and a memo."""

    # what may stand as a name, and what it is called here
    names: ClassVar[Mapping[str, str]] = _KNOWN

    def __init__(self, content: bytes, start: int = 0) -> None:
        self.content = io.BytesIO(content)
        self.content.seek(start)
        self.left = min(max(_GROWTH * len(content), _LEAST), _MOST)
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.steps = 0

    @property
    def at(self) -> int:
        """Where the next instruction begins."""
        return self.content.tell()

    def value(self) -> Any:
        """What the pickle holds; `at` is where it ends. Raises Refused."""
        try:
            for instruction, argument, at in pickletools.genops(self.content):
                if instruction.name in _NUMBERS:
                    self.stack.append(argument)
                else:
                    self._step(instruction.name, argument, at or 0)
            value = finish(self.stack[-1])
            refuse_depth(value, self.left // 8)  # bytes of one place in a list
            return value
        except Refused:
            raise
        except _DAMAGES as error:
            raise Refused(f"damaged: {type(error).__name__} while it was read") from error

    def _step(self, name: str, argument: Any, at: int) -> None:
        stack = self.stack
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Refused(f"more than {MOST_STEPS:,} instructions beside its numbers")
        if name in _VALUES:
            if isinstance(argument, int) and argument.bit_length() > MOST_BITS:
                raise Refused(f"a number of {argument.bit_length():,} bits at byte {at}")
            stack.append(argument)
        elif name in _TEXTS:
            stack.append(argument.encode("latin-1"))
        elif name == "BYTEARRAY8":
            stack.append(bytes(argument))
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in ("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"):
            place = len(self.memo) if argument is None else argument
            if place > MOST_STEPS:  # huge numbers can be made to fall on one place of a dict
                raise Refused(f"a place {str(place)[:20]} of its memory at byte {at}")
            self.memo[place] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self.memo[argument])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name == "MARK":
            stack.append(MARK)
        elif name in _TUPLES:
            n = _TUPLES[name]
            stack[-n:] = [tuple(map(holds_in_tuple, stack[-n:]))]
        elif name == "TUPLE":
            stack.append(tuple(map(holds_in_tuple, self._since_mark())))
        elif name == "LIST":
            stack.append(self._since_mark())
        elif name == "DICT":
            stack.append(make_pairs({}, self._since_mark()))
        elif name in ("APPEND", "APPENDS"):
            items = self._since_mark() if name == "APPENDS" else [stack.pop()]
            expect(stack[-1], list).extend(finish_all(items))
        elif name in ("SETITEM", "SETITEMS"):
            items = self._since_mark() if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
            make_pairs(expect(stack[-1], dict), items)
        elif name == "POP":
            stack.pop()
        elif name == "DUP":
            stack.append(stack[-1])
        elif name == "POP_MARK":
            self._since_mark()
        elif name == "GLOBAL":
            stack.append(self._name(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            stack.append(self._name(stack.pop(-2), stack.pop()))
        elif name in ("REDUCE", "NEWOBJ"):
            arguments, what = expect(stack.pop(), tuple), expect(stack.pop(), Named)
            stack.append(self.called(what.name, arguments))
        elif name == "BUILD":
            self.built(stack.pop())
        elif name == "BINPERSID":
            stack.append(self.kept_apart(stack.pop()))
        elif name not in ("PROTO", "FRAME", "STOP"):
            raise Refused(f"instruction {name} at byte {at} builds more than plain data")

    def _count(self, n: int) -> None:
        """Count bytes before they are made; Refused where they become too many."""
        self.left -= n
        if self.left < 0:
            raise Refused(
                f"it makes many times more than its {len(self.content.getbuffer())} bytes"
            )

    def _take(self, n: int) -> bytes:
        piece = self.content.read(n)
        if len(piece) < n:
            raise Refused(f"cut off at byte {self.at}")
        return piece

    def _since_mark(self) -> list[Any]:
        stack = self.stack
        for at in range(len(stack) - 1, -1, -1):
            if stack[at] is MARK:
                items = stack[at + 1 :]
                del stack[at:]
                return items
        raise Refused("damaged: an end without a beginning")

    def _name(self, module: Any, name: Any) -> Named:
        full = f"{expect(module, str)}.{expect(name, str)}"
        if full not in self.names:
            raise Refused(f"it would import {full[:80]!r}, which is no plain data")
        return Named(self.names[full])

    def called(self, name: str, given: tuple[Any, ...]) -> Any:
        """What a call by which NumPy writes arrays would give; no other is known."""
        if name == "reconstruct" or name == WRAPPER:
            return ArrayInMaking(ARRAY if name == "reconstruct" else WRAPPER)
        if name == DTYPE:
            text = (
                given[0].decode("latin-1") if isinstance(given[0], bytes) else expect(given[0], str)
            )
            if not _PLAIN_TYPE.fullmatch(text):
                raise Refused(f"an array of type {text[:20]!r}")
            return ArrayInMaking(DTYPE, np.dtype(text))
        if name == "frombuffer":
            made = ArrayInMaking(ARRAY)
            made.value = self._make_array(
                given[0], make_dtype(given[1]), given[2], fortran=expect(given[3], str) == "F"
            )
            return made
        if name == "encode":
            self._count(len(expect(given[0], str)))
            return given[0].encode("latin-1")
        if name == "nothing" and not given:
            return b""
        raise Refused(f"it would call {name!r}, which is no plain data")

    def _make_array(
        self, values: Any, dtype: np.dtype[Any], shape: Any, *, fortran: bool
    ) -> np.ndarray:
        """The array of some values, counted before it is made. Bytes are not copied."""
        if isinstance(values, (str, list)):
            self._count(len(values) * (8 if isinstance(values, list) else 1))
        return make_array(values, dtype, shape, fortran=fortran)

    def kept_apart(self, told: Any) -> Any:
        """What stands outside of the pickle, by what the pickle tells of it."""
        raise Refused("it refers to something outside of it")

    def built(self, state: Any) -> None:
        """Finish the newest thing, an array or a dtype, by its state."""
        what = expect(self.stack[-1], ArrayInMaking)
        if what.kind == DTYPE:
            order = state[1] if isinstance(state[1], str) else state[1][:1].decode("latin-1")
            if order in ("<", ">") and what.dtype is not None:
                what.dtype = what.dtype.newbyteorder(order)
        elif what.kind == ARRAY:
            _, shape, dtype, fortran, values = state
            what.value = self._make_array(values, make_dtype(dtype), shape, fortran=bool(fortran))
        else:
            # joblib writes the values of an array right behind the wrapper, outside of the pickle
            dtype = make_dtype(state["dtype"])
            if state.get("numpy_array_alignment_bytes"):
                self._take(self._take(1)[0])
            if dtype.hasobject:
                raise Refused("an array of Python objects")
            content = self._take(count_values(state["shape"]) * dtype.itemsize)
            what.value = self._make_array(
                content, dtype, state["shape"], fortran=expect(state["order"], str) == "F"
            )
