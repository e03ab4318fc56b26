"""How are data that others pickled read, without unpickling: nothing is imported or called?

A pickle is a small program. This reader knows those of its instructions that build plain
data (dict, list, tuple, text, bytes, numbers, None) and the few spellings by which NumPy
and joblib write arrays; of everything else it says what it is and stops. A format that
puts other plain things into pickles is read by a `Reader` that knows their names.
"""

from __future__ import annotations

import math
import re
import struct
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
    expect,
    finish,
    holds_in_tuple,
    make_array,
    make_dtype,
    make_pairs,
    read_line,
)

# Each may make an object of 64 bytes out of one: 25,000 reviews of Keras's imdb.npz take 200,000.
MOST_STEPS = 5_000_000
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
# instruction: (bytes of the length that follows, what the content is)
_SIZED = {
    b"U": (1, "s"),
    b"T": (4, "s"),
    b"C": (1, "b"),
    b"B": (4, "b"),
    b"\x8e": (8, "b"),
    b"\x96": (8, "b"),
    b"\x8c": (1, "u"),
    b"X": (4, "u"),
    b"\x8d": (8, "u"),
    b"\x8a": (1, "n"),
    b"\x8b": (4, "n"),
}
_CONSTANTS = {b"N": None, b"\x88": True, b"\x89": False}


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
        self.content, self.at = content, start
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.steps = 0

    def value(self) -> Any:
        """What the pickle holds; `at` is where it ends. Raises Refused."""
        try:
            return self._value()
        except Refused:
            raise
        except (
            IndexError,
            KeyError,
            ValueError,
            TypeError,
            OverflowError,
            struct.error,
            AttributeError,
        ) as error:
            raise Refused(f"damaged: {type(error).__name__} while it was read") from error

    def _value(self) -> Any:
        content, stack, end = self.content, self.stack, len(self.content)
        at = self.at
        while at < end:
            code = content[at]
            # The three whole numbers first: of word numbers there are millions.
            if code == 0x4B:
                stack.append(content[at + 1])
                at += 2
            elif code == 0x4D:
                stack.append(content[at + 1] | content[at + 2] << 8)
                at += 3
            elif code == 0x4A:
                stack.append(struct.unpack_from("<i", content, at + 1)[0])
                at += 5
            elif code == 0x2E:
                self.at = at + 1
                return finish(stack[-1])
            else:
                self.at = at + 1
                self._step(content[at : at + 1])
                at = self.at
        raise Refused("cut off: it has no end")

    def _step(self, code: bytes) -> None:
        stack = self.stack
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Refused(f"more than {MOST_STEPS:,} instructions beside its numbers")
        if code in _SIZED:
            stack.append(self._sized(*_SIZED[code]))
        elif code in _CONSTANTS:
            stack.append(_CONSTANTS[code])
        elif code in b"q\x94rp":
            self._remember(code)
        elif code in b"hjg":
            stack.append(self.memo[self._index(code, b"hjg")])
        elif code in b"]}()":
            stack.append({b"]": list, b"}": dict, b")": tuple}[code]() if code != b"(" else MARK)
        elif code in b"\x85\x86\x87":
            n = code[0] - 0x84
            stack[-n:] = [tuple(map(holds_in_tuple, stack[-n:]))]
        elif code in b"tld":
            items = self._since_mark()
            stack.append(
                tuple(map(holds_in_tuple, items))
                if code == b"t"
                else items
                if code == b"l"
                else make_pairs({}, items)
            )
        elif code in b"ea":
            items = self._since_mark() if code == b"e" else [stack.pop()]
            expect(stack[-1], list).extend(map(finish, items))
        elif code in b"us":
            items = self._since_mark() if code == b"u" else [stack.pop(-2), stack.pop()]
            make_pairs(expect(stack[-1], dict), items)
        elif code in b"02":
            stack.pop() if code == b"0" else stack.append(stack[-1])
        elif code == b"1":
            self._since_mark()
        elif code == b"G":
            stack.append(struct.unpack(">d", self._take(8))[0])
        elif code in b"ILFSV":
            stack.append(read_line(code, self._line()))
        elif code in b"\x80\x95":
            self._take(1 if code == b"\x80" else 8)  # protocol; length of a frame
        elif code in b"c\x93":
            names = (self._line(), self._line()) if code == b"c" else (stack.pop(-2), stack.pop())
            stack.append(self._name(*names))
        elif code in b"R\x81":
            arguments, what = expect(stack.pop(), tuple), expect(stack.pop(), Named)
            stack.append(self.called(what.name, arguments))
        elif code == b"b":
            self.built(stack.pop())
        elif code == b"Q":
            stack.append(self.kept_apart(stack.pop()))
        else:
            raise Refused(f"instruction {code!r} at byte {self.at - 1} builds more than plain data")

    def _take(self, n: int) -> bytes:
        piece = self.content[self.at : self.at + n]
        if len(piece) < n:
            raise Refused(f"cut off at byte {len(self.content)}")
        self.at += n
        return piece

    def _line(self) -> str:
        end = self.content.index(b"\n", self.at)
        line = self.content[self.at : end]
        self.at = end + 1
        return line.decode("latin-1")

    def _sized(self, n: int, kind: str) -> Any:
        content = self._take(int.from_bytes(self._take(n), "little"))
        if kind == "u":
            return content.decode("utf-8", "surrogatepass")
        return int.from_bytes(content, "little", signed=True) if kind == "n" else content

    def _index(self, code: bytes, codes: bytes) -> int:
        if code == codes[:1]:
            return self._take(1)[0]
        return int.from_bytes(self._take(4), "little") if code == codes[1:2] else int(self._line())

    def _remember(self, code: bytes) -> None:
        index = len(self.memo) if code == b"\x94" else self._index(code, b"qrp")
        self.memo[index] = self.stack[-1]

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
            made.value = make_array(given[0], make_dtype(given[1]), given[2], given[3] == "F")
            return made
        if name == "encode":
            return expect(given[0], str).encode("latin-1")
        if name == "nothing" and not given:
            return b""
        raise Refused(f"it would call {name!r}, which is no plain data")

    def kept_apart(self, told: Any) -> Any:
        """What stands outside of the pickle, by what the pickle tells of it."""
        raise Refused("it refers to something outside of it")

    def built(self, state: Any) -> None:
        """Finish the newest thing, an array or a dtype, by its state."""
        what = expect(self.stack[-1], ArrayInMaking)
        if what.kind == DTYPE:
            order = state[1] if isinstance(state[1], str) else state[1].decode("latin-1")
            if order in ("<", ">") and what.dtype is not None:
                what.dtype = what.dtype.newbyteorder(order)
        elif what.kind == ARRAY:
            _, shape, dtype, fortran, values = state
            what.value = make_array(values, make_dtype(dtype), shape, bool(fortran))
        else:
            # joblib writes the values of an array right behind the wrapper, outside of the pickle
            dtype = make_dtype(state["dtype"])
            if state.get("numpy_array_alignment_bytes"):
                self._take(self._take(1)[0])
            if dtype.hasobject:
                raise Refused("an array of Python objects")
            content = self._take(math.prod(state["shape"]) * dtype.itemsize)
            what.value = make_array(content, dtype, state["shape"], state["order"] == "F")
