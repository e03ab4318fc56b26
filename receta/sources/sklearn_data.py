"""How are scikit-learn's data sets read by name: its bundled tables, and what it has downloaded?

Bundled ones need no file. The others are read from scikit-learn's own data folder
(SCIKIT_LEARN_DATA or ~/scikit_learn_data), without unpickling; they are never downloaded
here. `sklearn:NAME@FOLDER` looks in another folder.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from receta.codecs.pickled_values import Refused
from receta.codecs.plain_pickle import plain
from receta.core import naming
from receta.core.errors import InputError, UnknownName
from receta.core.progress import Progress
from receta.core.registry import nearest
from receta.data.dataset import Images
from receta.data.table import Column, Table
from receta.sources import Options, digits
from receta.sources.known.housing import CALIFORNIA

AFTER = "hugging_face"  # a name, known by its beginning
READS = (
    "sklearn:NAME (iris, wine, breast_cancer, diabetes, digits; california_housing, "
    "olivetti_faces if downloaded)"
)
FORM = "`sklearn:NAME`"
FACTS = (
    "`iris`, `wine`, `breast_cancer`, `diabetes`, `digits`, and what scikit-learn has downloaded"
)
_MOST_BYTES = 64 * 2**20  # packed or not; the largest honest one has 13 MB
# What scikit-learn calls the files.
_CALIFORNIA_FILE, _OLIVETTI_FILE = "cal_housing_py3.pkz", "olivetti_py3.pkz"


class Faces(Images):
    """400 grey pictures of 64 x 64: ten of each of forty people (AT&T Laboratories, 1992 to
    1994).
    """

    def __init__(self, place: str, file: str) -> None:
        self._place, self._file = place, os.path.abspath(file)
        self._pixels: np.ndarray | None = None
        n = len(self._load_pixels())
        self.ids = [f"face-{row}" for row in range(n)]
        self.targets = np.arange(n, dtype=np.int64) // 10
        self.class_names = tuple(f"person {number}" for number in range(-(-n // 10)))

    def _load_pixels(self) -> np.ndarray:
        if self._pixels is None:
            faces = _unpack(self._file)
            if (
                not isinstance(faces, np.ndarray)
                or faces.ndim != 2
                or faces.shape[1] != 64 * 64
                or faces.dtype.kind not in "uif"
            ):
                raise _strange(self._file)
            if len(faces) < 20 or not np.isfinite(faces).all() or faces.min() == faces.max():
                raise _strange(self._file)
            faces = faces - faces.min().astype(np.float64)
            # Stretched and turned as scikit-learn does.
            whole = np.round(faces * (255 / faces.max())).astype(np.uint8)  # 1.6 MB
            self._pixels = whole.reshape(-1, 64, 64, 1).transpose(0, 2, 1, 3)
        return self._pixels

    def raw(self, row: int) -> np.ndarray:
        """The face: (64, 64, 1) uint8."""
        return np.array(self._load_pixels()[row])

    def stamp(self) -> str:
        """Changes with name, size and time of the file."""
        return naming.file_stamp([self._file], "sklearn_data", 1)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_pixels": None}

    def __repr__(self) -> str:
        return (
            f"sklearn_data({self._place!r}, {len(self)} pictures, {len(self.class_names)} classes)"
        )


def accepts(place: str, options: Options) -> bool:
    """Whatever begins with sklearn:."""
    return place.startswith("sklearn:")


def sklearn_data(place: str, options: Options, progress: Progress) -> Table | Images:
    """A data set of scikit-learn by name; UnknownName, or InputError with the file to put where."""
    name, _, other = place.removeprefix("sklearn:").partition("@")
    name = name.removeprefix("load_").removeprefix("fetch_")
    reader = _READERS.get(name)
    if reader is None:
        raise UnknownName(
            f"sklearn:{naming.printable(name)} is unknown; expected one of "
            f"{', '.join(_READERS)}.{nearest(name, _READERS)}"
        )
    home = (
        Path(other or os.environ.get("SCIKIT_LEARN_DATA") or "~/scikit_learn_data")
        .expanduser()
        .absolute()
    )
    return reader(place, name, home)


def sample(folder: Path) -> str:
    """Nothing to write: return the DATA argument."""
    return "sklearn:iris"


def _read_bundled(place: str, name: str, home: Path) -> Table:
    """A table that comes with scikit-learn."""
    import sklearn.datasets

    found = getattr(sklearn.datasets, f"load_{name}")()
    x, y = np.asarray(found.data, np.float64), found.target
    task: Any = "classes" if "target_names" in found else "values"
    return Table(
        f"sklearn_data({place!r}",
        _columns([str(column) for column in found.feature_names], x),
        np.asarray(y, np.int64 if task == "classes" else np.float64),
        task=task,
        target_name="target",
        ids=_ids(len(x)),
        class_names=tuple(str(one) for one in found.get("target_names", ())),
        version=hashlib.blake2b(x.tobytes() + y.tobytes(), digest_size=16).hexdigest(),
    )


def _digits(place: str, name: str, home: Path) -> Images:
    """The handwritten digits, as pictures."""
    return digits.Digits()


def _california(place: str, name: str, home: Path) -> Table:
    """20,640 districts of the census of 1990: median house value in 100,000 dollars."""
    file = _there(place, home, _CALIFORNIA_FILE, "fetch_california_housing")
    held = _unpack(file)
    if (
        not isinstance(held, np.ndarray)
        or held.ndim != 2
        or held.shape[1] != 9
        or held.dtype.kind != "f"
        or not np.isfinite(held).all()
    ):
        raise _strange(file)
    y, x = held[:, 0] / 100_000, np.array(held[:, 1:], np.float64)
    households = x[:, 5].copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        x[:, 2:4] /= households[:, None]
        x[:, 5] = x[:, 4] / households
    return Table(
        f"sklearn_data({place!r}",
        _columns(CALIFORNIA, x),
        np.asarray(y, np.float64),
        task="values",
        target_name="MedHouseVal",
        ids=_ids(len(x)),
        version=naming.file_stamp([file], "sklearn_data", 1),
    )


def _olivetti(place: str, name: str, home: Path) -> Faces:
    return Faces(place, _there(place, home, _OLIVETTI_FILE, "fetch_olivetti_faces"))


def _columns(names: Sequence[str], x: np.ndarray) -> list[Column]:
    return [Column(name, "number", np.ascontiguousarray(x[:, at])) for at, name in enumerate(names)]


def _ids(n: int) -> list[str]:
    return [f"row-{row}" for row in range(n)]


def _there(place: str, home: Path, name: str, fetcher: str) -> str:
    path = home / name
    if not path.is_file():
        raise InputError(
            f"{place} is not in scikit-learn's data folder; expected {path}. Where there is "
            "network, "
            f"sklearn.datasets.{fetcher}() downloads it there; or put that file there by hand."
        )
    return str(path)


def _unpack(file: str) -> Any:
    """What joblib wrote, packed by zlib or not; read as plain data."""
    try:
        if os.path.getsize(file) > _MOST_BYTES:
            raise Refused(f"more than {_MOST_BYTES // 2**20} MB")
        content = Path(file).read_bytes()
        if content[:1] == b"\x78":
            unpacking = zlib.decompressobj()
            content = unpacking.decompress(content, _MOST_BYTES)
            if not unpacking.eof:
                raise Refused(f"cut off, or more than {_MOST_BYTES // 2**20} MB")
        return plain(content)
    except (Refused, zlib.error) as error:
        raise InputError(
            f"{file} is no plain data ({error}); expected the array that scikit-learn keeps "
            "there. Delete it and let "
            f"scikit-learn download it again."
        ) from error


def _strange(file: str) -> InputError:
    return InputError(
        f"{file} holds something else; expected the array that scikit-learn keeps there. Delete "
        "it and download it again."
    )


_READERS: dict[str, Callable[[str, str, Path], Table | Images]] = {
    **dict.fromkeys(("iris", "wine", "breast_cancer", "diabetes"), _read_bundled),
    "digits": _digits,
    "california_housing": _california,
    "olivetti_faces": _olivetti,
    "olivetti": _olivetti,
}
