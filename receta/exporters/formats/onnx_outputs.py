"""How does ONNX Runtime give a value inside of a network that its file does not list as an output?

The value is put on the list in memory, field by field of the file's format (onnx.proto3): so a
file keeps the one output that others expect of it, and no more than ONNX Runtime is needed.
"""

from __future__ import annotations

_GRAPH = 7  # of a ModelProto
_OUTPUT, _NAME, _TYPE = 12, 1, 2  # of a GraphProto; of a ValueInfoProto
_FLOAT = 1  # of TensorProto.DataType
_NONE = "the file is no ONNX network ({})"
_ENDS = {0: 0, 1: 8, 5: 4}  # bytes of a value by its wire type; 2 tells its own length


def with_output(content: bytes, name: str, width: int) -> bytes:
    """The file with one more output, float32 (n, width). ValueError for what is no ONNX file."""
    at = 0
    while at < len(content):
        start = at
        key, at = _number(content, at)
        kind = key & 7
        if kind == 2:
            length, at = _number(content, at)
            if key >> 3 == _GRAPH:
                graph = content[at : at + length] + _field(_OUTPUT, _value(name, width))
                return content[:start] + _field(_GRAPH, graph) + content[at + length :]
            at += length
        elif kind == 0:
            _, at = _number(content, at)
        elif kind in _ENDS:
            at += _ENDS[kind]
        else:
            break
    raise ValueError(_NONE.format("it has no graph"))


def _value(name: str, width: int) -> bytes:
    """A ValueInfoProto: rows of floats, any number of them."""
    rows, columns = _field(1, _field(2, b"n")), _field(1, _varint(1 << 3) + _varint(width))
    tensor = _varint(1 << 3) + _varint(_FLOAT) + _field(2, rows + columns)
    return _field(_NAME, name.encode()) + _field(_TYPE, _field(1, tensor))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """A number in groups of 7 bits, the lowest first.

    >>> _varint(300)
    b'\\xac\\x02'
    """
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def _number(content: bytes, at: int) -> tuple[int, int]:
    """(a number, where it ends)."""
    value = 0
    for place, byte in enumerate(content[at : at + 10]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError(_NONE.format("it is cut off"))
