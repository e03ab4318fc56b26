"""Which arrays stand in a file of weights that PyTorch wrote?

It is read without PyTorch and without unpickling.

A state dict is a pickle whose tensors are only told of: which storage, from where on, of
which shape. The storages stand behind it: in one file one after the other (until
PyTorch 1.5), or each in a member of a ZIP archive. Whole models, which need their own
code, are refused.
"""

from __future__ import annotations

import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from receta.codecs.pickled_values import Refused, expect
from receta.codecs.plain_pickle import Reader
from receta.core import outside

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_BEGINNING = b"\x80\x02\x8a\x0a" + _MAGIC.to_bytes(10, "little")
_MOST_BYTES = 2**31  # of a file; the largest of keras.applications, ConvNeXtXLarge, takes 1.4e9
_MOST_PICKLED = 64 * 2**20  # bytes that tell of tensors: 0.1 MB for 296
_TYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "|b1",
}
# where a checkpoint of a training keeps its state dict
_INSIDE = ("state_dict", "model_state_dict", "model")
_WRAPPED = "module."  # before each name, where several GPUs trained


@dataclass(frozen=True)
class _Storage:
    """A row of numbers of one type behind the pickle."""

    key: str
    dtype: np.dtype[Any]
    n: int


@dataclass(frozen=True)
class _Tensor:
    """Which numbers of a storage an array is, told and not yet read."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def of(self, storages: dict[str, np.ndarray]) -> np.ndarray:
        """The array. Raises Refused where it would reach beyond its storage."""
        numbers = storages[self.storage.key]
        last = self.offset + sum(
            (side - 1) * step for side, step in zip(self.shape, self.strides, strict=True)
        )
        whole = (self.offset, *self.shape, *self.strides)
        if (
            min(whole) < 0
            or math.prod(self.shape) > len(numbers)
            or (0 not in self.shape and last >= len(numbers))
        ):
            raise Refused(
                f"a tensor of shape {self.shape} that reaches beyond its {len(numbers)} numbers"
            )
        if 0 in self.shape:
            return np.empty(self.shape, numbers.dtype)
        steps = [step * numbers.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(
            numbers[self.offset :], self.shape, steps, writeable=False
        ).copy()


class _StateDict(Reader):
    """Plain data, tensors by name, and nothing else."""

    names: ClassVar = {
        "collections.OrderedDict": "dict",
        "torch._utils._rebuild_tensor_v2": "tensor",
        "torch._utils._rebuild_parameter": "parameter",
        **{f"torch.{name}": name for name in _TYPES},
    }

    def called(self, name: str, given: tuple[Any, ...]) -> Any:
        """A dictionary, or what is told of a tensor."""
        if name == "dict" and not given:
            return {}
        if name == "tensor":
            storage, offset, shape, strides = given[:4]
            sides = [
                expect(one, int) for one in (offset, *expect(shape, tuple), *expect(strides, tuple))
            ]
            if len(shape) != len(strides) or len(shape) > 8:
                raise Refused("a tensor with too many sides")
            return _Tensor(
                expect(storage, _Storage),
                offset,
                tuple(sides[1 : 1 + len(shape)]),
                tuple(sides[1 + len(shape) :]),
            )
        if name == "parameter":
            return expect(given[0], _Tensor)
        raise Refused(f"it would call {name!r}, which makes no array")

    def kept_apart(self, told: Any) -> Any:
        """A storage: ('storage', type, key, device, numbers), and in older files None."""
        word, kind, key, _, n, *view = expect(told, tuple)
        name = getattr(kind, "name", "")
        if (
            word != "storage"
            or name not in _TYPES
            or any(one is not None for one in view)
            or expect(n, int) < 0
        ):
            raise Refused("a storage of a kind that is not known")
        return _Storage(expect(key, str), np.dtype(_TYPES[name]), n)

    def built(self, state: Any) -> None:
        """Versions of layers, which stand beside the tensors: not needed."""
        expect(self.stack[-1], dict)


def is_torch(path: Path) -> bool:
    """Whether PyTorch wrote the file, by its first bytes or its members."""
    try:
        with open(path, "rb") as handle:
            begins = handle.read(len(_BEGINNING))
        if begins == _BEGINNING:
            return True
        if not begins.startswith(b"PK"):
            return False
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("/data.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a state dict, by name. Raises InputError in one line."""
    with outside.reading(
        path, "a state dict of PyTorch", "Save it with torch.save(model.state_dict(), FILE)."
    ):
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise Refused(f"it takes {size} bytes, of {_MOST_BYTES} at most")
        tensors, storages = (
            _read_zip(path) if zipfile.is_zipfile(path) else _in_a_row(path.read_bytes())
        )
        return {name: tensor.of(storages) for name, tensor in tensors.items()}


def _in_a_row(content: bytes) -> tuple[dict[str, _Tensor], dict[str, np.ndarray]]:
    """Five pickles, then for each storage how many numbers it has, and these."""
    read: list[Any] = []
    at = 0
    for _ in range(5):
        reader = _StateDict(content, at)
        read.append(reader.value())
        at = reader.at
    magic, protocol, system, told, keys = read
    if magic != _MAGIC or protocol != _PROTOCOL or not expect(system, dict).get("little_endian"):
        raise Refused("it was written in another way")
    tensors = _find_tensors(told)
    wanted = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    storages = {}
    for key in expect(keys, list):
        n = int.from_bytes(content[at : at + 8], "little")
        storage = wanted.get(key)
        if storage is None or storage.n != n or at + 8 + n * storage.dtype.itemsize > len(content):
            raise Refused(f"the storage {str(key)[:30]!r} is not whole")
        storages[key] = np.frombuffer(content, storage.dtype, n, at + 8)
        at += 8 + n * storage.dtype.itemsize
    return tensors, storages


def _read_zip(path: Path) -> tuple[dict[str, _Tensor], dict[str, np.ndarray]]:
    """One pickle, and a member for each storage; PyTorch packs nothing."""
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = name.removesuffix("data.pkl")
        order = f"{folder}byteorder"
        if (
            order in archive.namelist()
            and outside.read_member(archive, order, path, most=_MOST_PICKLED) != b"little"
        ):
            raise Refused("it was written in another way")
        tensors = _find_tensors(
            _StateDict(outside.read_member(archive, name, path, most=_MOST_PICKLED)).value()
        )
        storages = {}
        for storage in {tensor.storage.key: tensor.storage for tensor in tensors.values()}.values():
            info = archive.getinfo(f"{folder}data/{storage.key}")
            if (
                info.file_size != storage.n * storage.dtype.itemsize
                or info.compress_type != zipfile.ZIP_STORED
            ):
                raise Refused(f"the storage {storage.key[:30]!r} is not whole")
            storages[storage.key] = np.frombuffer(archive.read(info), storage.dtype)
    return tensors, storages


def _find_tensors(read: Any) -> dict[str, _Tensor]:
    """The tensors of a state dict, which may lie in a checkpoint."""
    found = expect(read, dict)
    if not any(isinstance(value, _Tensor) for value in found.values()):
        found = next((found[name] for name in _INSIDE if isinstance(found.get(name), dict)), {})
    tensors = {
        str(name).removeprefix(_WRAPPED): value
        for name, value in found.items()
        if isinstance(value, _Tensor)
    }
    if not tensors:
        raise Refused("it holds no tensors by name")
    return tensors
