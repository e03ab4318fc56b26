"""How is Keras's imdb.npz read, whose reviews are pickled lists of word numbers?"""

from __future__ import annotations

import io
import itertools
import zipfile
import zlib
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from receta.codecs import unpacked
from receta.codecs.pickled_values import Refused
from receta.codecs.plain_pickle import plain
from receta.core import disk, naming, outside
from receta.core.errors import InputError
from receta.data.marks import Marks
from receta.data.tokens import Tokens
from receta.sources.parts.part_names import settle_parts

VERSION = 1  # of this reader: raise it when what it keeps changes
# What keras.datasets.imdb.load_data does too: 0 pads, 1 starts, 2 is an unknown word, so words
# begin at 1 + 3.
START, FIRST_WORD = 1, 3
CLASSES = ("negative", "positive")
_MOST_BYTES = 128 * 2**20  # of one array; the honest ones have 30 MB
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    KeyError,
)


def imdb(file: str, title: str) -> Tokens:
    """Reviews in the order of the file, all words, train and then test."""
    folder, facts = unpacked.kept("imdb", file, VERSION, lambda folder: _read(file, folder))
    labels, ends = (
        np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("labels", "ends")
    )
    parts = [part for part, n in facts["parts"].items() for _ in range(n)]
    ids = [f"{part}-{row}" for part, n in facts["parts"].items() for row in range(n)]
    return Tokens(
        title,
        folder / "steps.npy",
        ends,
        marks=Marks(ids, labels, CLASSES, settle_parts(file, parts, labels, CLASSES)),
        stamp=naming.file_stamp([file], "imdb", VERSION),
    )


def _read(file: str, folder: Path) -> dict[str, Any]:
    """Fill the cache folder: steps.npy, ends.npy and labels.npy."""
    steps, ends, labels = [], [], []
    counts: dict[str, int] = {}
    total = 0
    for part in ("train", "test"):
        targets = _array(file, f"y_{part}")
        if (
            targets.ndim != 1
            or targets.dtype.kind not in "iu"
            or not np.isin(targets, (0, 1)).all()
        ):
            _refuse(file, f"has labels in 'y_{part}' that are not 0 and 1")
        words, lengths = _words(file, f"x_{part}", _array(file, f"x_{part}"))
        if len(lengths) != len(targets):
            _refuse(file, f"has {len(lengths)} reviews in 'x_{part}' and {len(targets)} labels")
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if len(lengths) else lengths
        steps.append(np.insert(words + np.int32(FIRST_WORD), first, START).astype(np.int32))
        ends.append(total + np.cumsum(lengths + 1))
        labels.append(targets.astype(np.int64))
        counts[part], total = len(lengths), total + len(steps[-1])
    for name, values in (("steps", steps), ("ends", ends), ("labels", labels)):
        with disk.replacing(folder / f"{name}.npy") as temporary:
            np.save(temporary, np.concatenate(values))
    return {"parts": counts}


def _array(file: str, key: str) -> np.ndarray:
    try:
        with zipfile.ZipFile(file) as archive:
            info = archive.getinfo(f"{key}.npy")
            content = outside.read_member(archive, info, file, most=_MOST_BYTES)
        stream = io.BytesIO(content)
        version = np.lib.format.read_magic(stream)
        header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        _, _, dtype = header(stream)
        if not dtype.hasobject:
            return np.load(io.BytesIO(content), allow_pickle=False)
        found = plain(content, stream.tell())
    except Refused as error:
        _refuse(file, f"has no plain data in {key!r} ({error})", error)
    except _UNREADABLE as error:
        _refuse(file, f"is damaged ({' '.join(str(error).split()) or type(error).__name__})", error)
    if not isinstance(found, np.ndarray):
        _refuse(file, f"has no array in {key!r}")
    return found


def _words(file: str, key: str, reviews: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(all words,) int32 and (n,) lengths."""
    if reviews.ndim != 1 or not all(type(review) is list for review in reviews.tolist()):
        _refuse(file, f"has no list of words a review in {key!r}")
    lengths = np.array([len(review) for review in reviews], np.int64)
    if set(map(type, itertools.chain.from_iterable(reviews))) - {int}:
        _refuse(file, f"has words in {key!r} that are no whole numbers")
    try:
        words = np.fromiter(itertools.chain.from_iterable(reviews), np.int64, int(lengths.sum()))
    except OverflowError as error:
        _refuse(file, f"has a word number in {key!r} of more than 64 bits", error)
    if len(words) and (words.min() < 0 or words.max() > 2**31 - 1 - FIRST_WORD):
        _refuse(file, f"has word numbers in {key!r} from {words.min()} to {words.max()}")
    return words.astype(np.int32), lengths


def _refuse(file: str, what: str, cause: Exception | None = None) -> NoReturn:
    raise InputError(
        f"{file} {what}; expected Keras's imdb.npz (x_train, y_train, x_test, y_test). Delete it "
        "and download it again."
    ) from cause
