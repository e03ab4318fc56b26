"""How are Keras's data sets read by name, out of the very files that Keras keeps?

Keras itself is not loaded. What is not there is downloaded from where Keras has it, and
where there is no network one line says which file to put where. `keras:NAME@FOLDER` looks
in another folder than KERAS_HOME/datasets.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import naming
from receta.core.errors import InputError, UnknownName
from receta.core.progress import Progress
from receta.core.registry import nearest
from receta.data.dataset import Source
from receta.data.table import Table
from receta.fetching import published
from receta.sources import Options, arrays, idx
from receta.sources.blocks.stack import Stack
from receta.sources.known import cifar, imdb
from receta.sources.known.housing import CALIFORNIA, read_housing

AFTER = "digits"  # a name, known by its beginning
READS = "keras:NAME (mnist, fashion_mnist, cifar10, cifar100:fine|coarse, imdb, california_housing)"
FORM = "`keras:NAME`"
FACTS = (
    "`mnist`, `fashion_mnist`, `cifar10`, `cifar100:fine`, `cifar100:coarse`, `imdb` (texts),"
    " `california_housing` (a table)"
)
KERAS_FILES = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
CIFAR_FILES = "https://www.cs.toronto.edu/~kriz/"
DEBIAN_FILES = "/usr/share/datasets/fashion-mnist"  # of the package dataset-fashion-mnist

# SHA-256 as in keras 3.15 (keras/src/datasets); MD5 as on the publisher's page of CIFAR
# and, for Fashion-MNIST, in the README of github.com/zalandoresearch/fashion-mnist.
DIGESTS = {
    "mnist.npz": "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    "imdb.npz": "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    "imdb_word_index.json": "bfafd718b763782e994055a2d397834f",
    "california_housing.npz": "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
    "boston_housing.npz": "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
    "cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530",
    "cifar-100-binary.tar.gz": "03b5dce01913d631647c71ecec9e9cb8",
    "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
}
_FASHION_FILES = tuple(name for name in DIGESTS if name.endswith("ubyte.gz"))
_FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_BOSTON = (
    "CRIM",
    "ZN",
    "INDUS",
    "CHAS",
    "NOX",
    "RM",
    "AGE",
    "DIS",
    "RAD",
    "TAX",
    "PTRATIO",
    "B",
    "LSTAT",
)
_HIDDEN = ("boston_housing",)  # read when asked for, suggested to nobody


@dataclass(frozen=True)
class _Asked:
    """What a name says, and where to look."""

    name: str
    place: str
    folder: Path
    progress: Progress

    @property
    def title(self) -> str:
        return f"keras_data({self.place!r}"


def accepts(place: str, options: Options) -> bool:
    """Whatever begins with keras:."""
    return place.startswith("keras:")


def keras_data(place: str, options: Options, progress: Progress) -> Source:
    """A data set of Keras by name; raises UnknownName, or InputError with the file to put where."""
    name, _, other = place.removeprefix("keras:").partition("@")
    reader = _READERS.get(name)
    if reader is None:
        known = [one for one in _READERS if one.partition(":")[0] not in _HIDDEN]
        raise UnknownName(
            f"keras:{naming.printable(name)} is unknown; expected one of "
            f"{', '.join(known)}.{nearest(name, known)}"
        )
    folder = Path(other).expanduser() if other else _home() / "datasets"
    return reader(_Asked(name, place, folder, progress))


def sample(folder: Path) -> str:
    """Write a small mnist.npz, as Keras has it, and return the DATA argument."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.arange(12 * 5 * 4, dtype=np.uint8).reshape(12, 5, 4)
    labels = np.array([0, 1] * 6, np.uint8)
    np.savez(
        folder / "mnist.npz",
        x_train=pixels[:8],
        y_train=labels[:8],
        x_test=pixels[8:],
        y_test=labels[8:],
    )
    return f"keras:mnist@{folder}"


def _home() -> Path:
    """The folder that Keras takes for its own."""
    chosen = os.environ.get("KERAS_HOME")
    return Path(chosen).expanduser() if chosen else Path.home() / ".keras"


def _there(asked: _Asked, address: str, name: str, folder: Path | None = None) -> str:
    """Path of a file, downloaded if it is not there."""
    path = (folder or asked.folder) / name
    if not path.is_file():
        try:
            published.fetch(address + name, path, DIGESTS[name], asked.progress)
        except published.Unreachable as error:
            raise InputError(
                f"{asked.place} needs {address}{name}, which cannot be downloaded ({error}); "
                "expected that file as "
                f"{path.absolute()}. Put it there by hand, then repeat the command."
            ) from error
    return str(path)


def _mnist(asked: _Asked) -> Stack:
    """70,000 handwritten digits of 28 x 28 (LeCun, Cortes and Burges)."""
    file = _there(asked, KERAS_FILES, "mnist.npz")
    return _name_stack(arrays.arrays(file, Options(), asked.progress), asked)


def _fashion_mnist(asked: _Asked) -> Stack:
    """70,000 pieces of clothing of 28 x 28 (Xiao, Rasul and Vollgraf, 2017)."""
    folder = asked.folder / "fashion-mnist"
    if not any((folder / name).exists() for name in _FASHION_FILES) and all(
        os.path.isfile(os.path.join(DEBIAN_FILES, name)) for name in _FASHION_FILES
    ):
        folder = Path(DEBIAN_FILES)
    for name in _FASHION_FILES:
        _there(asked, KERAS_FILES, name, folder)
    return _name_stack(idx.idx(str(folder), Options(), asked.progress), asked, _FASHION)


def _name_stack(stack: Stack, asked: _Asked, names: tuple[str, ...] = ()) -> Stack:
    """The stack under the name that it was asked for by, with names for its numbers."""
    named = copy.copy(stack)
    named._title = asked.title
    if names:
        strange = [number for number in stack.class_names if int(number) not in range(len(names))]
        if strange:
            raise InputError(
                f"{asked.place} has the label {strange[0]}; expected 0 to {len(names) - 1}. "
                "Delete its files in "
                f"{asked.folder} and they are downloaded again."
            )
        named.class_names = tuple(names[int(number)] for number in stack.class_names)
    return named


def _cifar_pictures(kind: cifar.Kind) -> Callable[[_Asked], Source]:
    def read(asked: _Asked) -> Stack:
        n = "10" if kind is cifar.TEN else "100"
        pickled = "cifar-10-batches-py" if n == "10" else "cifar-100-python"
        inside = {
            *kind.names,
            *(
                f"{name}{suffix}"
                for names in kind.parts.values()
                for name in names
                for suffix in ("", ".bin")
            ),
        }
        # Ours first, then what Keras left, unpacked and packed, under the names of its versions 2
        # and 3.
        for name in (
            f"cifar-{n}-binary.tar.gz",
            "cifar-10-batches-bin" if n == "10" else "cifar-100-binary",
            f"{pickled}-target/{pickled}",
            pickled,
            f"{pickled}.tar.gz",
            f"{pickled}-target_archive",
            f"cifar-{n}-python.tar.gz",
        ):
            path = asked.folder / name
            if path.is_file() or any((path / file).is_file() for file in inside):
                return cifar.cifar(kind, str(path), asked.title)
        return cifar.cifar(
            kind, _there(asked, CIFAR_FILES, f"cifar-{n}-binary.tar.gz"), asked.title
        )

    return read


def _imdb_reviews(asked: _Asked) -> Source:
    """50,000 film reviews in the words of their index (Maas et al., 2011)."""
    file = _there(asked, KERAS_FILES, "imdb.npz")
    index = _there(asked, KERAS_FILES, "imdb_word_index.json")
    return imdb.imdb(file, index, asked.title)


def _california(asked: _Asked) -> Table:
    """20,640 districts of the census of 1990: median house value in dollars (Pace and Barry,
    1997).
    """
    file = _there(asked, KERAS_FILES, "california_housing.npz")
    return read_housing(file, asked.title, asked.name, CALIFORNIA, "MedHouseVal")


def _boston(asked: _Asked) -> Table:
    """506 districts of Boston: median value in k$ (Harrison and Rubinfeld, 1978). Better not used.

    Its column B is 1000 (share of Black residents - 0.63)^2: the authors wrote into the data
    the assumption that racial self-segregation raises prices. Many libraries have taken the
    set away; it is read here only for those who must look at it, and never suggested.
    """
    asked.progress.say(
        "boston_housing: its column B encodes the share of Black residents under an assumption "
        "about segregation; "
        "keras:california_housing is the better choice."
    )
    file = _there(asked, KERAS_FILES, "boston_housing.npz")
    return read_housing(file, asked.title, asked.name, _BOSTON, "MEDV")


_READERS: dict[str, Callable[[_Asked], Any]] = {
    "mnist": _mnist,
    "fashion_mnist": _fashion_mnist,
    "cifar10": _cifar_pictures(cifar.TEN),
    "cifar100": _cifar_pictures(cifar.FINE),
    "cifar100:fine": _cifar_pictures(cifar.FINE),
    "cifar100:coarse": _cifar_pictures(cifar.COARSE),
    "imdb": _imdb_reviews,
    "california_housing": _california,
    "california_housing:small": _california,
    "boston_housing": _boston,
}
