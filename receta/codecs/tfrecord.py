"""How are TFRecord files of tf.train.Example read and written, without TensorFlow?

A file is records one behind the other: length (8 bytes, little end first), its checksum,
the record, its checksum. Checksums are CRC-32C, rotated by 15 bits and added to a constant
(https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np

from receta.core import disk
from receta.core.errors import InputError

_MASK = 0xA282EAD8  # "kMaskDelta" of TensorFlow's lib/hash/crc32c.h
_HEADER, _FOOTER = 12, 4  # bytes: length and its checksum; checksum of the record
_BYTES, _FLOATS, _INTEGERS = 1, 2, 3  # fields of tf.train.Feature
_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5  # wire types of protocol buffers

Feature = list[bytes] | np.ndarray  # texts and pictures, or (k,) float32, or (k,) int64
Given = (
    bytes
    | str
    | int
    | float
    | Sequence[bytes]
    | Sequence[str]
    | Sequence[int]
    | Sequence[float]
    | np.ndarray
)


def scan(path: str | Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Every record with the place in the file where it begins, both checksums proved.

    Raises InputError with the number of the record, counted from 1, that is damaged or cut off.
    """
    with open(path, "rb") as file:
        left = os.fstat(file.fileno()).st_size - start
        file.seek(start)
        number, offset = 0, start + _HEADER
        while left:
            number += 1
            header = file.read(_HEADER)
            if len(header) < _HEADER:
                _refuse(path, number, f"ends after {len(header)} of {_HEADER} bytes of its header")
            length = length_of(header)
            if length is None:
                _refuse(path, number, "has a length that its checksum does not agree with")
            left -= _HEADER + length + _FOOTER
            # asked before reading: nobody may make us take memory for what is not there
            if left < 0:
                _refuse(
                    path, number, f"ends after {max(0, left + length + _FOOTER)} of {length} bytes"
                )
            record = file.read(length)
            if len(record) < length or file.read(_FOOTER) != checksum(record):
                _refuse(path, number, "has bytes that its checksum does not agree with")
            yield offset, record
            offset += length + _FOOTER + _HEADER


def read(path: str | Path) -> Iterator[bytes]:
    """The records of a file, one by one."""
    return (record for _, record in scan(path))


def write(path: str | Path, records: Iterable[bytes]) -> None:
    """Write a file of records, as they come, atomically."""
    with disk.replacing(Path(path)) as temporary, open(temporary, "wb") as file:
        for record in records:
            file.write(frame(record))


def frame(record: bytes) -> bytes:
    """A record as it lies in a file.

    >>> frame(b"").hex()
    '000000000000000029039807d8ea82a2'
    """
    length = struct.pack("<Q", len(record))
    return b"".join((length, checksum(length), record, checksum(record)))


def checksum(content: bytes) -> bytes:
    """The 4 bytes of the masked CRC-32C."""
    import google_crc32c

    value = google_crc32c.value(content)
    return struct.pack("<I", ((value >> 15 | value << 17) + _MASK) & 0xFFFFFFFF)


def length_of(header: bytes) -> int | None:
    """Length of the record behind a header of 12 bytes; None if it is no header."""
    if len(header) < _HEADER or checksum(header[:8]) != header[8:_HEADER]:
        return None
    length: int = struct.unpack("<Q", header[:8])[0]
    return length


def example(features: Mapping[str, Given]) -> bytes:
    """A tf.train.Example of named features: bytes and text, whole numbers, or floats.

    >>> parse(example({"label": 3, "name": "cat"}))
    {'label': array([3]), 'name': [b'cat']}
    """
    entries = []
    for name, value in features.items():
        entry = _field(1, name.encode()) + _field(2, _feature(name, value))
        entries.append(_field(1, entry))
    return _field(1, b"".join(entries))


def parse(record: bytes | memoryview, where: str = "the record") -> dict[str, Feature]:
    """Features of a tf.train.Example by name; InputError when it is none.

    Bytes come as a list, floats as (k,) float32, whole numbers as (k,) int64.
    """
    found: dict[str, Feature] = {}
    try:
        for number, features in _fields(memoryview(record)):
            if number != 1 or not isinstance(features, memoryview):
                continue
            for inner, entry in _fields(features):
                if inner == 1 and isinstance(entry, memoryview):
                    name, feature = b"", memoryview(b"")
                    for at, content in _fields(entry):
                        if at == 1 and isinstance(content, memoryview):
                            name = bytes(content)
                        elif at == 2 and isinstance(content, memoryview):
                            feature = content
                    found[name.decode("utf-8", "replace")] = _values(feature)
    except (ValueError, IndexError, struct.error) as error:
        raise InputError(
            f"{where} is no tf.train.Example ({error}); expected named features. Name a TFRecord "
            "file of examples."
        ) from error
    return found


def _values(feature: memoryview) -> Feature:
    for kind, content in _fields(feature):
        if not isinstance(content, memoryview):
            raise ValueError("a feature without a list")
        if kind == _BYTES:
            return [
                bytes(item)
                for at, item in _fields(content)
                if at == 1 and isinstance(item, memoryview)
            ]
        dtype = "<f4" if kind == _FLOATS else "<i8"
        pieces: list[np.ndarray] = [np.empty(0, dtype)]
        # an old writer may not pack them: an array each would take a hundred times the memory
        single = bytearray()
        for at, item in _fields(content):
            if at != 1:
                continue
            if isinstance(item, int):
                single += struct.pack("<I" if kind == _FLOATS else "<Q", item)
                continue
            if single:
                pieces.append(np.frombuffer(bytes(single), dtype))
                single.clear()
            pieces.append(np.frombuffer(item, dtype) if kind == _FLOATS else _varints(item))
        if single:
            pieces.append(np.frombuffer(bytes(single), dtype))
        return np.concatenate(pieces)
    return []


def _fields(content: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Number and content of every field of a message."""
    at, end = 0, len(content)
    while at < end:
        tag, at = _varint(content, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(content, at)
            yield tag >> 3, value
            continue
        if kind == _LENGTH:
            length, at = _varint(content, at)
        elif kind in (_EIGHT, _FOUR):
            length = 8 if kind == _EIGHT else 4
        else:
            raise ValueError(f"a field of type {kind}")
        if length > end - at:
            raise ValueError("a field that is longer than the record")
        piece = content[at : at + length]
        yield tag >> 3, piece if kind == _LENGTH else int.from_bytes(piece, "little")
        at += length


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    """A number of 7 bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _varints(content: memoryview) -> np.ndarray:
    """(k,) int64 out of packed numbers: pixels come by the thousand."""
    coded = np.frombuffer(content, np.uint8)
    last = coded < 0x80
    if not len(coded):
        return np.empty(0, np.int64)
    if last.all():
        return coded.astype(np.int64)
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if not last[-1] or lengths.max() > 10:
        raise ValueError("numbers that do not end")
    shifts = 7 * (np.arange(len(coded)) - np.repeat(starts, lengths))
    return np.add.reduceat(
        (coded & 0x7F).astype(np.uint64) << shifts.astype(np.uint64), starts
    ).view(np.int64)


def _feature(name: str, value: Given) -> bytes:
    values = list(value) if isinstance(value, (list, tuple, np.ndarray)) else [value]
    if all(isinstance(one, (bytes, str)) for one in values):
        texts = (one if isinstance(one, bytes) else str(one).encode() for one in values)
        return _field(_BYTES, b"".join(_field(1, text) for text in texts))
    if all(isinstance(one, (int, np.integer, np.bool_)) for one in values):
        try:
            whole = np.array(values, np.int64)
        except OverflowError as error:
            raise InputError(
                f"feature {name!r} holds a number of more than 64 bits; expected int64. Mend it."
            ) from error
        coded = b"".join(_encode_varint(one & 0xFFFFFFFFFFFFFFFF) for one in whole.tolist())
        return _field(_INTEGERS, _field(1, coded))
    if all(isinstance(one, (int, float, np.number)) for one in values):
        return _field(_FLOATS, _field(1, np.array(values, "<f4").tobytes()))
    raise InputError(
        f"feature {name!r} holds {type(values[0]).__name__} values; expected bytes or text, "
        "whole numbers, or floats, "
        f"of one kind. Convert them."
    )


def _field(number: int, content: bytes) -> bytes:
    return _encode_varint(number << 3 | _LENGTH) + _encode_varint(len(content)) + content


def _encode_varint(value: int) -> bytes:
    coded = bytearray()
    while value > 0x7F:
        coded.append(value & 0x7F | 0x80)
        value >>= 7
    coded.append(value)
    return bytes(coded)


def _refuse(path: str | Path, number: int, what: str) -> NoReturn:
    raise InputError(
        f"{path}: record {number} {what}; expected a whole TFRecord file. Download it or write "
        "it again."
    )
