"""How many near-copies are found, how many false ones, and how does the search grow?

Of each of three sets of real photos 500 are drawn, and with each of eight transformations
a folder is made of them and their 500 copies. Recall: of the 500 pairs, those put into one
set. False: pairs that are named though they come from two photos (sign-letters: of two
hands or two signs, for takes of one are near-copies of each other; the one known pair of
cats-vs-dogs is none). receta: all pairs that it links, of which the finding names as many
as must go. imagehash: 64 bits, pairs up to a distance of 10 (the default of
imagededup); cleanvision: its near_duplicates and exact_duplicates as they come; imagededup:
its PHash as it comes. All read the same folders. Growth: pictures blended from crops of
real photos, the three audits of near-copies in a process of its own, decoding apart.

python benchmarks/near_duplicates.py [1000,10000,100000]: for how many pictures growth is measured.
"""

from __future__ import annotations

import functools
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import _peers
import _table
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from receta.audits import audit
from receta.copies.alike import alike
from receta.core import seeds
from receta.pixels import decode
from receta.sources import load

N = 500
SETS = ("cats-vs-dogs", "sign-digits", "sign-letters")
REAL = {
    frozenset(("cats-vs-dogs-train-dogs-dog.74", "cats-vs-dogs-train-dogs-dog.180")),
    frozenset(("cats-vs-dogs-train-dogs-dog.2027", "cats-vs-dogs-validation-dogs-dog.3082")),
}
# Each in an environment of its own; torch exactly so, or it brings gigabytes of CUDA along.
PEERS = {
    "hashes": ("imagehash==4.3.2", "cleanvision==0.3.7"),
    "imagededup": ("torch==2.13.0", "imagededup==0.3.3.post2"),
}

HASHES = """
import contextlib, io, json, sys, time
from pathlib import Path
import imagehash, numpy as np
from PIL import Image
folder = sys.argv[1]
names = sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.jpg"))
said = {}
for kind in ("phash", "dhash"):
    began = time.perf_counter()
    bits = np.array([getattr(imagehash, kind)(Image.open(f"{folder}/{name}")).hash.ravel() for name in names])
    signs = bits.astype(np.float32) * 2 - 1
    one, other = np.nonzero(np.triu(signs @ signs.T >= 64 - 2 * 10, 1))
    said["imagehash " + kind] = [[[names[i], names[j]] for i, j in zip(one, other)], time.perf_counter() - began]
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    from cleanvision import Imagelab
    began = time.perf_counter()
    lab = Imagelab(data_path=folder)
    lab.find_issues({"near_duplicates": {}, "exact_duplicates": {}})
    sets = lab.info["near_duplicates"]["sets"] + lab.info["exact_duplicates"]["sets"]
paths = [[str(Path(path).relative_to(folder)) for path in some] for some in sets]
said["cleanvision"] = [[[a, b] for some in paths for k, a in enumerate(some) for b in some[k + 1:]], time.perf_counter() - began]
print(json.dumps(said))
"""
IMAGEDEDUP = """
import contextlib, importlib.abc, importlib.machinery, io, json, sys, time, types
from pathlib import Path
from unittest.mock import MagicMock
folder = sys.argv[1]
class Hollow(importlib.abc.MetaPathFinder, importlib.abc.Loader):  # hashes need no torchvision; its build may not fit torch's
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] == "torchvision" else None
    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = lambda name: MagicMock() if not name.startswith("__") else (_ for _ in ()).throw(AttributeError(name))
        return module
    def exec_module(self, module):
        pass
sys.meta_path.insert(0, Hollow())
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    from imagededup.methods import PHash
    began = time.perf_counter()
    found = PHash(verbose=False).find_duplicates(image_dir=folder, recursive=True)
pairs = {tuple(sorted((a, b))) for a, some in found.items() for b in some}
print(json.dumps({"imagededup PHash": [sorted(pairs), time.perf_counter() - began]}))
"""
GROWTH = """
import io, json, resource, sys, time, zipfile
import numpy as np
from PIL import Image
from receta.audits import audit
from receta.data.dataset import Dataset, Images
from receta.pixels import decode

photos = []
with zipfile.ZipFile(sys.argv[2]) as archive:
    for name in archive.namelist()[::4]:
        photos.append(np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB").resize((160, 160))))


class Blends(Images):
    def __init__(self, n):
        self.ids, self.targets, self.class_names = [f"row-{i}" for i in range(n)], np.arange(n) % 10, tuple("abcdefghij")

    def raw(self, row):
        copied = row % 100 == 99  # every hundredth is the darker copy of the one ten before, which has its label
        rng = np.random.default_rng(row - 10 if copied else row)
        crops = []
        for _ in range(2):
            top, left = rng.integers(0, 64, 2)
            crops.append(photos[rng.integers(len(photos))][top : top + 96, left : left + 96].astype(np.uint16))
        return ((crops[0] * 5 + crops[1] * 3) // (10 if copied else 8)).astype(np.uint8)

    def stamp(self):
        return f"blends {len(self)}"


n = int(sys.argv[1])
data = Dataset.of(Blends(n))
pixels = decode(data)
began = time.perf_counter()
pixels_only = audit(data, pixels=pixels, only=["near_leak", "near_conflict", "near_duplicate"])
seconds = time.perf_counter() - began
pairs = {pair for finding in pixels_only for pair in finding.pairs}
right = sum((f"row-{row - 10}", f"row-{row}") in pairs for row in range(99, n, 100))
print(json.dumps({"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                  "recall": right / max(1, n // 100), "false": len(pairs) - right}))
"""


def main() -> None:
    """Measure and write the table."""
    shared = _table.real_data()
    if shared is None:
        print("real photos are not here; expected shared/data beside the checkout.")
        return
    sizes = [int(size) for size in (sys.argv[1] if len(sys.argv) > 1 else "1000,10000").split(",")]
    pythons = {peer: _peers.python_with(peer, wanted) for peer, wanted in PEERS.items()}
    notes = [
        f"{peer} could not be installed here and is left out."
        for peer, python in pythons.items()
        if isinstance(python, str)
    ]
    recalls: dict[str, dict[str, list[float]]] = {}
    false: dict[str, dict[str, int]] = {}
    seconds: dict[str, float] = {}
    for place in SETS:
        photos = _photos(shared / place / f"{place}.zip")
        for change in CHANGES:
            with tempfile.TemporaryDirectory() as folder:
                _write(Path(folder) / "data", photos, change)
                for tool, (pairs, spent) in _asked(Path(folder), pythons).items():
                    recall, wrong = _judged(pairs, list(photos), place)
                    recalls.setdefault(tool, {}).setdefault(change, []).append(recall)
                    false.setdefault(tool, {})[place] = false.get(tool, {}).get(place, 0) + wrong
                    seconds[tool] = seconds.get(tool, 0) + spent
            print(
                place,
                change,
                {tool: f"{by_change[change][-1]:.3f}" for tool, by_change in recalls.items()},
                false,
                flush=True,
            )
    rows: list[list[object]] = []
    for tool, by_change in recalls.items():
        cells = [
            "/".join(f"{100 * recall:.3g}" for recall in by_change[change]) for change in CHANGES
        ]
        rows.append(
            [
                tool,
                *cells,
                "/".join(str(false[tool][place]) for place in SETS),
                f"{seconds[tool] / len(SETS) / len(CHANGES):.1f}",
            ]
        )
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            words = [
                sys.executable,
                "-c",
                GROWTH,
                str(n),
                str(shared / "cats-vs-dogs" / "cats-vs-dogs.zip"),
            ]
            done = subprocess.run(
                words,
                check=True,
                capture_output=True,
                text=True,
                env={**os.environ, "RECETA_CACHE": folder},
            )
        said = json.loads(done.stdout)
        notes.append(
            f"{n:,} blended pictures of 96 x 96, decoded already: {said['seconds']:.1f} s, "
            f"{said['peak']:,.0f} MB at the peak; "
            f"of {n // 100} darker copies {said['recall']:.1%} found, {said['false']} "
            f"pairs of two blends (of one photo and nearly the same crop)."
        )
        print(notes[-1], flush=True)
    question, *_ = (__doc__ or "").partition("\n\npython ")
    _table.write(
        "near_duplicates",
        "Near-duplicates",
        question,
        ["", *CHANGES, "false pairs in 8 folders", "s a folder"],
        rows,
        [
            f"Recall in % and false pairs on {' / '.join(SETS)}. Seconds: 1,000 files read, "
            "decoded and compared, with whatever a tool "
            f"starts for it; of imagehash in one process, of the others on all cores.",
            *notes,
        ],
    )


def _photos(archive: Path) -> dict[str, tuple[str, bytes]]:
    """500 photos by name: their class and their bytes."""
    with zipfile.ZipFile(archive) as opened:
        names = sorted(name for name in opened.namelist() if not name.endswith("/"))
        chosen = np.sort(
            seeds.rng(0, "near-duplicates", archive.stem).choice(len(names), N, replace=False)
        )
        return {
            names[at].rpartition(".")[0].replace("/", "-"): (
                names[at].split("/")[-2],
                opened.read(names[at]),
            )
            for at in chosen
        }


def _write(folder: Path, photos: dict[str, tuple[str, bytes]], change: str) -> None:
    for name, (label, content) in photos.items():
        place = folder / label
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.jpg").write_bytes(content)
        with Image.open(io.BytesIO(content)) as opened:
            picture, quality = opened.convert("RGB"), 50 if change == "re-encode 50" else 92
        CHANGES[change](picture).convert("RGB").save(place / f"{name}__copy.jpg", quality=quality)


def _asked(
    folder: Path, pythons: dict[str, Path | str]
) -> dict[str, tuple[list[list[str]], float]]:
    """What every tool says about the pictures: pairs of files, and the seconds it took."""
    place = str(folder / "data")
    began = time.perf_counter()
    os.environ["RECETA_CACHE"] = str(folder / "cache")
    data = load(place)
    pixels = decode(data)
    findings = audit(
        data, pixels=pixels, only=["duplicate", "near_duplicate", "near_conflict", "label_conflict"]
    )
    spent = time.perf_counter() - began
    # found already, and kept
    linked = [[data.ids[link.one], data.ids[link.other]] for link in alike(data, pixels).links]
    exact = [
        list(pair)
        for finding in findings
        for pair in finding.pairs
        if not finding.check.startswith("near")
    ]
    said = {"receta": (linked + exact, spent)}
    for peer, script in (("hashes", HASHES), ("imagededup", IMAGEDEDUP)):
        if not isinstance(pythons[peer], str):
            done = subprocess.run(
                [str(pythons[peer]), "-c", script, place], capture_output=True, text=True
            )
            if done.returncode:
                raise SystemExit(f"{peer} failed: {done.stderr.strip().splitlines()[-1:]}")
            said |= {
                tool: (pairs, spent)
                for tool, (pairs, spent) in json.loads(done.stdout.splitlines()[-1]).items()
            }
    return said


def _judged(pairs: list[list[str]], names: list[str], place: str) -> tuple[float, int]:
    """Of all copies the share that stand in one set with their originals; pairs of two photos."""
    stems = [[Path(path).stem for path in pair] for pair in pairs]
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for one, other in stems:
        parent[root(one)] = root(other)
    found = sum(root(name) == root(f"{name}__copy") for name in names)
    wrong = {
        frozenset((one.removesuffix("__copy"), other.removesuffix("__copy")))
        for one, other in stems
    }
    return found / len(names), sum(
        len(pair) == 2 and pair not in REAL and not _takes(pair, place) for pair in wrong
    )


def _takes(pair: frozenset[str], place: str) -> bool:
    """Whether two photos of sign-letters are takes of one sign by one hand."""
    one, other = (name.split("-")[-1].split("_")[:2] for name in pair)
    return place == "sign-letters" and one == other


def _cropped(picture: Image.Image) -> Image.Image:
    across, down = round(picture.width * 0.05), round(picture.height * 0.05)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def _halved(picture: Image.Image) -> Image.Image:
    return picture.resize(
        (max(1, picture.width // 2), max(1, picture.height // 2)), Image.Resampling.LANCZOS
    )


def _marked(picture: Image.Image) -> Image.Image:
    """A word on a pale plate over about 7 % of the picture, below on the right."""
    width, height = round(picture.width * 0.5), round(picture.height * 0.14)
    plate = Image.new("RGBA", (width, height), (255, 255, 255, 150))
    word = "receta.example"
    font = ImageFont.load_default(size=max(4.0, 1.6 * width / len(word)))
    ImageDraw.Draw(plate).text(
        (width / 2, height / 2), word, fill=(20, 20, 20, 255), font=font, anchor="mm"
    )
    marked = picture.convert("RGBA")
    marked.alpha_composite(
        plate,
        (
            picture.width - width - picture.width // 30,
            picture.height - height - picture.height // 30,
        ),
    )
    return marked


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "re-encode 50": lambda picture: picture,
    "resize x 0.5": _halved,
    "crop 5 % of each edge": _cropped,
    "brightness + 20 %": lambda picture: ImageEnhance.Brightness(picture).enhance(1.2),
    "rotate 90": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    "mirror": lambda picture: picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "grey": lambda picture: picture.convert("L"),
    "watermark": functools.partial(_marked),
}


if __name__ == "__main__":
    main()
