"""How are data sets that TensorFlow Datasets has prepared read, without TensorFlow?

They lie in TFDS_DATA_DIR or ~/tensorflow_datasets as NAME[/CONFIG]/VERSION/. What is not
there is prepared by the package tensorflow_datasets, if it is installed, in a process of
its own. `tfds:NAME@FOLDER` looks in another folder.
"""

from __future__ import annotations

import importlib.util
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

from receta.codecs import tfrecord as codec
from receta.core import disk, naming, outside
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.core.registry import nearest
from receta.sources import Options
from receta.sources.parts.part_names import part_of
from receta.sources.records import record_files, record_index

AFTER = "cleaned"  # a name, known by its beginning
READS = "tfds:NAME[/CONFIG][:VERSION] (TensorFlow Datasets, prepared in ~/tensorflow_datasets)"
FORM = "`tfds:NAME[/CONFIG][:VERSION]`"
FACTS = "what TensorFlow Datasets has prepared; read without TensorFlow"
USES = ("label", "content")
_NAME = re.compile(r"(\w+)(?:/([\w.+-]+))?(?::(\d+\.\d+\.\d+))?", re.ASCII)
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_MOST_NOTES = 16 * 2**20  # bytes of a file beside the records
_PREPARE = (
    "import sys, tensorflow_datasets as tfds; tfds.builder(sys.argv[1], "
    "data_dir=sys.argv[2]).download_and_prepare()"
)


def accepts(place: str, options: Options) -> bool:
    """Whatever begins with tfds:."""
    return place.startswith("tfds:")


def tensorflow_datasets(place: str, options: Options, progress: Progress) -> record_files.Records:
    """The pictures of a prepared data set; InputError in one line where there are none."""
    asked, _, other = place.removeprefix("tfds:").partition("@")
    named = _NAME.fullmatch(asked)
    if named is None:
        raise InputError(
            f"{naming.printable(place)} is no name of a data set; expected tfds:NAME, "
            "tfds:NAME/CONFIG or "
            f"tfds:NAME:1.0.0, such as tfds:cats_vs_dogs. Mend it."
        )
    name, config, version = named[1], named[2] or "", named[3] or ""
    root = (
        Path(other or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets")
        .expanduser()
        .absolute()
    )
    folder = _find_prepared(place, root / name, config, version)
    if folder is None:
        _prepare(place, root, name, config, version, progress)
        folder = _find_prepared(place, root / name, config, version)
        if folder is None:
            _refuse(f"{place} was prepared, but {root / name} does not hold it")
    features, info = (_json(folder / file) for file in ("features.json", "dataset_info.json"))
    if not isinstance(info, dict):
        _refuse(f"{folder / 'dataset_info.json'} describes no data set")
    image, label = _keys(place, folder, features, info, options)
    files = _shards(folder, info)
    names = None
    with_names = folder / f"{label}.labels.txt"
    if with_names.is_file():
        with outside.reading(
            with_names, "a class name a line in UTF-8", "Prepare the data set anew."
        ):
            if os.path.getsize(with_names) > _MOST_NOTES:
                _refuse(f"{with_names} has more than {_MOST_NOTES >> 20} MB of class names")
            names = with_names.read_text(encoding="utf-8").rstrip("\n").split("\n")
    first = codec.parse(next(codec.read(files[0][0]), b""), f"{files[0][0]}: record 1")
    keys = record_index.Keys(
        image,
        label,
        "",
        next((key for key in record_index.IDS if isinstance(first.get(key), list)), ""),
    )
    wanted = record_files.Wanted(
        title=f"tensorflow_datasets({place!r}",
        place=str(folder),
        keys=keys,
        names=names,
        shape=None,
        words=(record_index.VERSION, place, keys),
    )
    found = record_files.read_records(wanted, files, progress)
    stated = sum(int(n) for split in info.get("splits", ()) for n in split.get("shardLengths", ()))
    if stated and stated != len(found) + len(found.strays):
        _refuse(
            f"{folder} holds {len(found) + len(found.strays)} records where its "
            f"dataset_info.json says {stated}"
        )
    return found


def sample(folder: Path) -> str:
    """Write a small prepared data set, as TFDS lays it out, and return the DATA argument."""
    from PIL import Image

    place = folder / "pets" / "1.0.0"
    place.mkdir(parents=True, exist_ok=True)
    for split, n in (("train", 8), ("test", 4)):
        examples = []
        for row in range(n):
            stream = io.BytesIO()
            Image.new("RGB", (6, 5), (200 * (row % 2), 20 * row, n)).save(stream, "PNG")
            examples.append(codec.example({"image": stream.getvalue(), "label": row % 2}))
        codec.write(place / f"pets-{split}.tfrecord-00000-of-00001", examples)
    of = "tensorflow_datasets.core.features."
    image = {"pythonClassName": f"{of}image_feature.Image", "image": {"encodingFormat": "png"}}
    label = {
        "pythonClassName": f"{of}class_label_feature.ClassLabel",
        "classLabel": {"numClasses": "2"},
    }
    disk.write_json(
        place / "features.json", {"featuresDict": {"features": {"image": image, "label": label}}}
    )
    splits = [{"name": "train", "shardLengths": ["8"]}, {"name": "test", "shardLengths": ["4"]}]
    disk.write_json(
        place / "dataset_info.json",
        {"name": "pets", "version": "1.0.0", "fileFormat": "tfrecord", "splits": splits},
    )
    disk.write_text(place / "label.labels.txt", "cat\ndog\n")
    return f"tfds:pets@{folder}"


def _find_prepared(place: str, folder: Path, config: str, version: str) -> Path | None:
    """The folder of a version that is prepared, the newest if none is asked for."""
    if not config:
        versions = _versions(folder)
        if not versions:
            configs = (
                sorted(entry.name for entry in folder.iterdir() if _versions(entry))
                if folder.is_dir()
                else []
            )
            if len(configs) > 1:
                raise InputError(
                    f"{place} is prepared as {naming.first_few(configs)}; expected one of them. "
                    "Say "
                    f"{place.partition('@')[0]}/{configs[0]}."
                )
            folder = folder / configs[0] if configs else folder
    else:
        folder = folder / config
    versions = _versions(folder)
    if version:
        return folder / version if version in versions else None
    return folder / versions[-1] if versions else None


def _versions(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    found = [
        entry.name
        for entry in folder.iterdir()
        if _VERSION.fullmatch(entry.name) and (entry / "features.json").is_file()
    ]
    return sorted(found, key=lambda name: tuple(map(int, name.split("."))))


def _prepare(
    place: str, root: Path, name: str, config: str, version: str, progress: Progress
) -> None:
    """Let the package download and prepare it, in a process of its own: it loads TensorFlow."""
    where = root / name / config / (version or "1.0.0")
    try:
        known = sorted(
            entry.name for entry in root.iterdir() if entry.is_dir() and entry.name != name
        )
    except OSError:
        known = []
    if importlib.util.find_spec("tensorflow_datasets") is None:
        raise InputError(
            f"{place} is not prepared in {root}; expected its files (features.json, "
            "*.tfrecord-*) in a folder such as "
            f"{where}.{nearest(name, known)} Put them there, or install what prepares it: pip "
            "install tensorflow-datasets "
            f"tensorflow-cpu."
        )
    progress.say(f"preparing {place} with TensorFlow Datasets into {root}")
    full = name + (f"/{config}" if config else "") + (f":{version}" if version else "")
    done = subprocess.run(
        [sys.executable, "-c", _PREPARE, full, str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = naming.printable(
            next(
                (line for line in reversed(lines) if "Error" in line),
                (lines or ["no reason said"])[-1],
            )
        )
        raise InputError(
            f"{place} cannot be prepared by TensorFlow Datasets ({reason[:300]}); expected its "
            "files (features.json, "
            f"*.tfrecord-*) in a folder such as {where}.{nearest(name, known)} Prepare it where "
            "there is network, and put it there."
        )


def _keys(place: str, folder: Path, features: Any, info: Any, options: Options) -> tuple[str, str]:
    """Names of the features of picture and label."""
    try:
        kinds = {
            name: str(what["pythonClassName"]).rpartition(".")[2]
            for name, what in features["featuresDict"]["features"].items()
        }
    except (KeyError, TypeError, AttributeError):
        _refuse(f"{folder / 'features.json'} describes no dictionary of features")
    images = [name for name, kind in kinds.items() if kind == "Image"]
    labels = [name for name, kind in kinds.items() if kind in ("ClassLabel", "Text", "Scalar")]
    try:
        supervised = [item["featureKey"] for item in info["supervisedKeys"]["tuple"]["items"]]
    except (KeyError, TypeError):
        supervised = []
    # What the data set itself calls input and target stands first; then classes with names.
    order = {"ClassLabel": 0, "Scalar": 1, "Text": 1}
    labels.sort(key=lambda name: (name not in supervised, order[kinds[name]], name != "label"))
    images.sort(key=lambda name: (name not in supervised, name != "image"))
    image, label = (
        options.content or next(iter(images), ""),
        options.label or next(iter(labels), ""),
    )
    for what, name in (("picture (--content)", image), ("label (--label)", label)):
        if name not in kinds:
            raise InputError(
                f"{place} has the features {naming.first_few(sorted(kinds))}, none of them a {what}"
                f"{f' called {name!r}' if name else ''}; expected pictures with one label each. "
                "Name another data set."
            )
    return image, label


def _shards(folder: Path, info: Any) -> list[tuple[str, str]]:
    """Files of all splits with the part that each means, train first."""
    if info.get("fileFormat", "tfrecord") != "tfrecord":
        _refuse(f"{folder} is prepared as {info['fileFormat']}, not as tfrecord")
    found: dict[str, dict[int, str]] = {}
    totals: dict[str, int] = {}
    for name in sorted(os.listdir(folder)):
        match = re.fullmatch(r"\w+-([\w.+-]+)\.tfrecord-(\d+)-of-(\d+)", name)
        if match:
            found.setdefault(match[1], {})[int(match[2])] = str(folder / name)
            totals[match[1]] = int(match[3])
    for split, shards in found.items():
        if sorted(shards) != list(range(totals[split])):
            _refuse(
                f"{folder} has {len(shards)} of the {totals[split]} files of the split {split!r}"
            )
    lacking = [
        split["name"]
        for split in info.get("splits", ())
        if split["name"] not in found and any(int(n) for n in split.get("shardLengths", ()))
    ]
    if lacking or not found:
        _refuse(
            f"{folder} lacks the files of {naming.first_few(lacking) if lacking else 'every split'}"
        )
    order = sorted(
        found, key=lambda split: (("train", "validation", "test", "").index(part_of(split)), split)
    )
    return [
        (found[split][at], part_of(split))
        for split in order
        for at in sorted(found[split])
        if os.path.getsize(found[split][at])
    ]


def _json(path: Path) -> Any:
    with outside.reading(path, "what TensorFlow Datasets writes", "Prepare the data set anew."):
        if os.path.getsize(path) > _MOST_NOTES:
            raise InputError(
                f"{path} has more than {_MOST_NOTES >> 20} MB; expected notes about a data set. "
                "Prepare it anew."
            )
        return outside.parse_json(path.read_bytes(), path)


def _refuse(what: str) -> NoReturn:
    raise InputError(f"{what}; expected a whole prepared data set. Prepare it anew.")
