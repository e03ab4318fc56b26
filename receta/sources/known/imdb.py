"""How is Keras's imdb.npz read, whose reviews are pickled lists of ranks of words?"""

from __future__ import annotations

import io
import itertools
import json
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
from receta.data.texts import Texts, join_texts
from receta.sources.parts.part_names import settle_parts

VERSION = 2  # of this reader: raise it when what it keeps changes
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


def imdb(file: str, index: str, title: str) -> Texts:
    """Reviews in the order of the file, train and then test; index: the rank of each word."""
    stamp = naming.file_stamp([file, index], "imdb", VERSION)
    folder, facts = unpacked.unpack_once(
        "imdb", file, stamp, lambda folder: _read(file, index, folder)
    )
    labels, ends = (
        np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("labels", "ends")
    )
    parts = [part for part, n in facts["parts"].items() for _ in range(n)]
    ids = [f"{part}-{row}" for part, n in facts["parts"].items() for row in range(n)]
    return Texts(
        title,
        (folder / "pages.txt").read_bytes(),
        ends,
        Marks(ids, labels, CLASSES, settle_parts(file, parts, labels, CLASSES)),
        stamp=stamp,
    )


def _read(file: str, index: str, folder: Path) -> dict[str, Any]:
    """Fill the cache folder: pages.txt, ends.npy and labels.npy."""
    spelled = _spellings(index)
    texts: list[str] = []
    labels = []
    counts: dict[str, int] = {}
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
        for review in np.split(words, np.cumsum(lengths)[:-1]) if len(lengths) else []:
            texts.append(" ".join(spelled.get(rank, "") for rank in review.tolist()))
        labels.append(targets.astype(np.int64))
        counts[part] = len(lengths)
    pages, ends = join_texts(texts)
    disk.write_bytes(folder / "pages.txt", pages)
    for name, values in (("ends", ends), ("labels", np.concatenate(labels))):
        with disk.replacing(folder / f"{name}.npy") as temporary:
            np.save(temporary, values)
    return {"parts": counts}


def _spellings(index: str) -> dict[int, str]:
    """The word of each rank."""
    with outside.reading(index, "Keras's imdb_word_index.json", "Delete it and download it again."):
        plain = json.loads(outside.read_file(index, outside.MOST_JSON))
        return {int(rank): str(word) for word, rank in plain.items()}


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
    if len(words) and (words.min() < 0 or words.max() > 2**31 - 1):
        _refuse(file, f"has word numbers in {key!r} from {words.min()} to {words.max()}")
    return words.astype(np.int32), lengths


def _refuse(file: str, what: str, cause: Exception | None = None) -> NoReturn:
    raise InputError(
        f"{file} {what}; expected Keras's imdb.npz (x_train, y_train, x_test, y_test). Delete it "
        "and download it again."
    ) from cause
