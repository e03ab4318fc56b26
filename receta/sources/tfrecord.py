"""How are TFRecord files of pictures read, without TensorFlow?

Pictures are encoded (image/encoded, image) or pixels; labels are numbers with a list of
names beside the files (labels.txt), with a text in the record, or texts. The features id
and part are known too. Other names: --content and --label.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

from receta.codecs import tfrecord as records
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.sources import Options
from receta.sources.parts.part_names import part_of
from receta.sources.records import record_files, record_index

AFTER = "idx"
READS = "a .tfrecord file of pictures (tf.train.Example), or a folder of them"
FORM = "`.tfrecord`, or a folder of them"
FACTS = "`tf.train.Example`; `labels.txt` beside it names the classes"
USES = ("label", "content", "shape")
NAMES = "labels.txt"
MOST_NAMES = 16 * 2**20  # bytes
_FILE = re.compile(r"(?i)[^.].*\.(tfrecords?|tfrec)(\.gz|-\d+-of-\d+)?")
_NUMBERED = re.compile(r"([0-9]{1,9})[:\s]\s*(.+)")


def accepts(place: str, options: Options) -> bool:
    """A file with that suffix, or a folder that holds one."""
    if os.path.isfile(place):
        return _FILE.fullmatch(os.path.basename(place)) is not None
    return os.path.isdir(place) and bool(_files(place))


def tfrecord(place: str, options: Options, progress: Progress) -> record_files.Records:
    """Pictures in records; InputError for a file that is damaged or holds others."""
    files = (
        [(place, "")]
        if os.path.isfile(place)
        else [(os.path.join(place, name), _part(name)) for name in _files(place)]
    )
    empty = [file for file, _ in files if os.path.getsize(file) == 0]
    if empty:
        raise InputError(
            f"{empty[0]} is empty (0 bytes); expected records of pictures with labels. Write it "
            "again."
        )
    keys = record_index.choose_keys(files[0][0], options.label, options.content)
    folder = os.path.dirname(files[0][0])
    wanted = record_files.Wanted(
        title=f"tfrecord({place!r}",
        place=place,
        keys=keys,
        names=names_beside(folder, keys.label),
        shape=options.shape,
        words=(record_index.VERSION, options),
    )
    return record_files.read_records(wanted, files, progress)


def sample(folder: Path) -> str:
    """Write two classes of four small pictures and return the DATA argument."""
    from PIL import Image

    examples = []
    for row in range(8):
        stream = io.BytesIO()
        Image.new("RGB", (6, 5), (200 * (row % 2), 30 * row, 50)).save(stream, "PNG")
        examples.append(
            records.example({"image": stream.getvalue(), "label": ("cat", "dog")[row % 2]})
        )
    folder.mkdir(parents=True, exist_ok=True)
    records.write(folder / "pets.tfrecord", examples)
    return str(folder / "pets.tfrecord")


def names_beside(folder: str, label: str) -> list[str] | None:
    """Class names by number out of labels.txt or LABEL.labels.txt; None if there is no such file.

    One a line, or NUMBER:NAME a line.
    """
    for name in (NAMES, f"{label.replace('/', '-')}.{NAMES}", f"label.{NAMES}"):
        path = Path(folder) / name
        if not path.is_file():
            continue
        if os.path.getsize(path) > MOST_NAMES:
            raise InputError(
                f"{path} has more than {MOST_NAMES >> 20} MB; expected a class name a line. Name "
                "another file."
            )
        try:
            lines = path.read_text(encoding="utf-8-sig").split("\n")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path} is no UTF-8 ({error.reason}); expected a class name a line. Save it as "
                "UTF-8."
            ) from error
        lines = [line.strip() for line in lines]
        while lines and not lines[-1]:
            lines.pop()
        numbered = [_NUMBERED.fullmatch(line) for line in lines if line]
        if (
            numbered
            and all(numbered)
            and len({found[1] for found in numbered if found}) == len(numbered)
        ):
            by_number = {int(found[1]): found[2] for found in numbered if found}
            if max(by_number) < 10**6:
                return [
                    by_number.get(number, f"class {number}") for number in range(max(by_number) + 1)
                ]
        return lines
    return None


def _files(place: str) -> list[str]:
    try:
        found = [
            entry.name
            for entry in os.scandir(place)
            if _FILE.fullmatch(entry.name) and entry.is_file()
        ]
    except OSError:
        return []
    return sorted(found, key=lambda name: (_order(_part(name)), naming.natural(name)))


def _order(part: str) -> int:
    return ("train", "validation", "test", "").index(part)


def _part(name: str) -> str:
    """The part that a word of a file's name means.

    >>> _part("cats-train.tfrecord-00000-of-00002"), _part("pets.tfrecord")
    ('train', '')
    """
    words = re.split(r"[-_.]", name)
    return next((part_of(word) for word in words if part_of(word)), "")
